import { Script } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Page from "@tapewire/server/Page"
import { feed, serve } from "./support/service.ts"

const inside = (name: string) =>
  new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(Page.html)?.[1] ?? ""

const hash = (text: string) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (bytes) => Buffer.from(bytes).toString("base64")
  )

describe("Page", () => {
  it("loads nothing from elsewhere", () => {
    const addresses = Array.from(
      Page.html.matchAll(/https?:\/\/[^\s"'<]+/g),
      ([address]) => address
    )
    assert.deepStrictEqual([...new Set(addresses)], ["http://www.w3.org/2000/svg"])
    assert.notMatch(Page.html, /<script src|<link rel="stylesheet"|@import|url\(/)
  })

  it("has a script that a browser can read", () => {
    assert.isNotEmpty(inside("script"))
    assert.doesNotThrow(() => new Script(inside("script")))
  })

  it("builds what it shows of text, never of markup", () => {
    assert.notMatch(
      inside("script"),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/
    )
  })

  it("has the elements its script asks for", () => {
    const asked = Array.from(inside("script").matchAll(/byId\("([^"]+)"\)/g), ([, id]) => id)
    const present = new Set(Array.from(Page.html.matchAll(/ id="([^"]+)"/g), ([, id]) => id))
    assert.deepStrictEqual(
      asked.filter((id) => !present.has(id)),
      []
    )
    assert.isNotEmpty(asked)
  })

  it.effect("is served with a policy that lets only its own script and style run", () =>
    Effect.gen(function* () {
      const { request } = yield* serve([feed({})])
      const response = yield* request("/")
      assert.strictEqual(response.status, 200)
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/)
      const policy = response.headers.get("content-security-policy") ?? ""
      assert.include(policy, "default-src 'none'")
      assert.include(policy, `script-src 'sha256-${yield* hash(inside("script"))}'`)
      assert.include(policy, `style-src 'sha256-${yield* hash(inside("style"))}'`)
      assert.strictEqual(yield* Effect.promise(() => response.text()), Page.html)
    })
  )
})
