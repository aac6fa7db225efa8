import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Endpoint from "tapewire/Endpoint"
import { venue } from "./support/venue.ts"

const load = (settings: Record<string, string>, id = "testing") =>
  Endpoint.load({ ...venue, id }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings))
  )

const websocket = (text: string) =>
  Effect.map(load({ TAPEWIRE_TESTING_WS: text }), ({ websocket }) => websocket)

const rest = (text: string) => Effect.map(load({ TAPEWIRE_TESTING_REST: text }), ({ rest }) => rest)

describe("Endpoint", () => {
  it.effect("is the venue's own where nothing is set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* load({}), venue.endpoints)
    })
  )

  it.effect("is what the settings of the venue say, each by itself", () =>
    Effect.gen(function* () {
      const settings = {
        TAPEWIRE_KRAKEN_FUTURES_WS: "wss://other.example:8443/base",
        TAPEWIRE_TESTING_REST: "https://not.mine"
      }
      assert.deepStrictEqual(yield* load(settings, "kraken-futures"), {
        websocket: "wss://other.example:8443/base",
        rest: "https://rest.testing"
      })
    })
  )

  it.effect("is the venue's own where a setting is empty", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* websocket(""), venue.endpoints.websocket)
    })
  )

  it("the settings bear the venue's id in capitals", () => {
    assert.deepStrictEqual(Endpoint.settings({ id: "binance-us" }), {
      websocket: "TAPEWIRE_BINANCE_US_WS",
      rest: "TAPEWIRE_BINANCE_US_REST"
    })
  })

  it.effect.each([
    ["wss://host", "wss://host"],
    ["wss://host/", "wss://host"],
    ["wss://host:443/a/b//", "wss://host:443/a/b"],
    ["wss://[2001:db8::1]:1", "wss://[2001:db8::1]:1"],
    ["ws://localhost:8080", "ws://localhost:8080"],
    ["ws://127.0.0.1", "ws://127.0.0.1"],
    ["ws://127.1.2.3:9/x", "ws://127.1.2.3:9/x"],
    ["ws://[::1]:9", "ws://[::1]:9"]
  ] as const)("%s is where the venue is, without slashes at the end", ([text, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* websocket(text), expected)
      const http = (url: string) => url.replace(/^ws/, "http")
      assert.strictEqual(yield* rest(http(text)), http(expected))
    })
  )

  it.effect.each([
    ["ws://host", "may use ws: for the loopback interface only"],
    ["ws://localhost.example", "may use ws: for the loopback interface only"],
    ["ws://127.0.0.1.example", "may use ws: for the loopback interface only"],
    ["ws://10.0.0.1", "may use ws: for the loopback interface only"],
    ["http://localhost", "must begin with wss:, or with ws: for the loopback interface"],
    ["https://host", "must begin with wss:, or with ws: for the loopback interface"],
    ["file:///etc/passwd", "is not a URL"],
    ["host", "is not a URL"],
    ["wss://", "is not a URL"],
    ["wss:///path", "is not a URL"],
    ["wss://:443", "is not a URL"],
    ["wss://host:port", "is not a URL"],
    ["wss://host name", "is not a URL"],
    ["wss://host/a b", "is not a URL"],
    [" wss://host", "is not a URL"],
    ["wss://host\n", "is not a URL"],
    ["wss://me:secret@host", "is not a URL"],
    ["wss://me@host", "is not a URL"],
    ["ws://localhost@host", "is not a URL"],
    ["ws://localhost:80@host", "is not a URL"],
    ["ws://[::1]@host", "is not a URL"],
    ["ws://127.0.0.1\\@host", "is not a URL"],
    ["ws://127.0.0.1\\.host", "is not a URL"],
    ["wss://host?a=b", "is not a URL"],
    ["wss://host/#a", "is not a URL"]
  ] as const)("%j is refused: it %s", ([text, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(websocket(text))
      assert.strictEqual(error.setting, "TAPEWIRE_TESTING_WS")
      assert.include(error.message, `TAPEWIRE_TESTING_WS ${detail}`)
    })
  )

  it.effect("http is for the loopback interface only, as ws is", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(rest("http://host"))
      assert.strictEqual(
        error.message,
        "TAPEWIRE_TESTING_REST may use http: for the loopback interface only"
      )
    })
  )
})
