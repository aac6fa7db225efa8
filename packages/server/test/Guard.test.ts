import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { feed, serve, type Service } from "./support/service.ts"

const tagged = (service: Service) => (path: string, init?: RequestInit) =>
  Effect.map(service.json(path, init), ([status, body]) => [
    status,
    typeof body === "object" && body !== null && "_tag" in body ? body._tag : undefined
  ])

describe("Guard", () => {
  it.effect("a name that was made to point here is not answered", () =>
    Effect.gen(function* () {
      const answer = tagged(yield* serve([feed({})]))
      for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""]) {
        for (const path of ["/", "/health", "/metrics", "/nothing"]) {
          assert.deepStrictEqual(yield* answer(path, { headers: { host } }), [403, "ForeignHost"])
        }
      }
    })
  )

  it.effect("loopback and the hosts given are, with any port", () =>
    Effect.gen(function* () {
      const { request } = yield* serve([feed({})], { hosts: ["Tape.Example"] })
      for (const host of [
        "127.0.0.1",
        "localhost:8787",
        "LOCALHOST",
        "[::1]:80",
        "tape.example:443"
      ]) {
        const { status } = yield* request("/health", { headers: { host } })
        assert.deepStrictEqual([host, status], [host, 200])
      }
    })
  )

  it.effect("a page of another host gets nothing, one of ours does", () =>
    Effect.gen(function* () {
      const service = yield* serve([feed({})])
      const answer = tagged(service)
      for (const origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
        assert.deepStrictEqual(yield* answer("/health", { headers: { origin } }), [
          403,
          "ForeignHost"
        ])
      }
      const response = yield* service.request("/health", {
        headers: { origin: "http://localhost:8787" }
      })
      assert.strictEqual(response.status, 200)
      assert.isFalse(response.headers.has("access-control-allow-origin"))
    })
  )

  it.effect("every answer says what a browser may do with it", () =>
    Effect.gen(function* () {
      const { request } = yield* serve([feed({})])
      const paths = [
        "/health",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/",
        "/nothing",
        "/api/v1/ticks"
      ]
      for (const path of paths) {
        const { headers } = yield* request(path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer", path)
        assert.strictEqual(headers.get("cache-control"), "no-store", path)
        assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/, path)
      }
    })
  )

  it.effect("what is not there is 404, however it is spelt", () =>
    Effect.gen(function* () {
      const answer = tagged(yield* serve([feed({})]))
      const paths = ["/nothing", "/api", "/api/v1/book/binance", "/api/v1/book/binance/%E0%A4%A"]
      for (const path of paths) {
        assert.deepStrictEqual([path, ...(yield* answer(path))], [path, 404, "NotFound"])
      }
    })
  )

  it.effect("nothing can be changed", () =>
    Effect.gen(function* () {
      const service = yield* serve([feed({})])
      const answer = tagged(service)
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        assert.deepStrictEqual(yield* answer("/health", { method }), [405, "MethodNotAllowed"])
      }
      const { headers } = yield* service.request("/health", { method: "DELETE" })
      assert.strictEqual(headers.get("allow"), "GET, HEAD")
    })
  )

  it.effect("HEAD is GET without the body", () =>
    Effect.gen(function* () {
      const { request } = yield* serve([feed({})])
      const response = yield* request("/health", { method: "HEAD" })
      assert.strictEqual(response.status, 200)
      assert.strictEqual(yield* Effect.promise(() => response.text()), "")
    })
  )

  it.effect("a failure of ours is 500 and tells no secrets", () =>
    Effect.gen(function* () {
      let broken = false
      const { status } = feed({})
      const { json } = yield* serve([
        feed({
          status: Effect.suspend(() => (broken ? Effect.die(new Error("what is inside")) : status))
        })
      ])
      broken = true
      assert.deepStrictEqual(yield* json("/health"), [
        500,
        { _tag: "InternalError", message: "the request failed; the log says why" }
      ])
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})
