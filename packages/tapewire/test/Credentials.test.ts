import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Credentials from "tapewire/Credentials"
import * as Rest from "tapewire/Rest"
import type { Venue } from "tapewire/Venue"
import { venue } from "./support/venue.ts"

const load = (settings: Readonly<Record<string, string>>, kind: "key" | "pair" = "pair", at = "") =>
  Credentials.load({ id: "some-venue", credentials: { kind, tryingAt: ["try.me"] } }, at).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings))
  )

describe("Credentials", () => {
  it.effect("are read from the settings of the venue, and print as nothing", () =>
    Effect.gen(function* () {
      const found = yield* load({
        TAPEWIRE_SOME_VENUE_KEY: "AK1",
        TAPEWIRE_SOME_VENUE_SECRET: "s3"
      })
      assert.strictEqual(found && Redacted.value(found.key), "AK1")
      assert.strictEqual(found && Redacted.value(found.secret), "s3")
      assert.notMatch(JSON.stringify(found), /AK1|s3/)
    })
  )

  it.effect("are none of a venue that wants none", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* Credentials.load({ id: "some-venue" }, ""))
    })
  )

  it.effect("are those of another venue where it has none of its own", () =>
    Effect.gen(function* () {
      const found = yield* Credentials.load(
        { id: "some-venue", credentials: { kind: "key", of: "other" } },
        ""
      ).pipe(
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromUnknown({ TAPEWIRE_OTHER_KEY: "AK1", TAPEWIRE_SOME_VENUE_KEY: "AK2" })
        )
      )
      assert.strictEqual(found && Redacted.value(found.key), "AK1")
    })
  )

  it.effect("are missed by the name of their setting", () =>
    Effect.gen(function* () {
      const key = yield* Effect.flip(load({}))
      assert.deepInclude(key, { _tag: "MissingCredential", setting: "TAPEWIRE_SOME_VENUE_KEY" })
      const blank = yield* Effect.flip(load({ TAPEWIRE_SOME_VENUE_KEY: " " }))
      assert.strictEqual(blank._tag, "MissingCredential")
      const secret = yield* Effect.flip(load({ TAPEWIRE_SOME_VENUE_KEY: "AK1" }))
      assert.strictEqual(secret.message, "TAPEWIRE_SOME_VENUE_SECRET is not set")
      assert.isDefined(yield* load({ TAPEWIRE_SOME_VENUE_KEY: "AK1" }, "key"))
    })
  )

  it.effect.each(["mock", "MyTestKey", "fake-1", "DEMO", "your_api_key"])(
    "are refused where %s stands in for one, but not where things are tried",
    (placeholder) =>
      Effect.gen(function* () {
        const settings = { TAPEWIRE_SOME_VENUE_KEY: placeholder }
        const error = yield* Effect.flip(load(settings, "key", "wss://real.venue"))
        assert.strictEqual(error._tag, "PlaceholderCredential")
        assert.notInclude(error.message, placeholder)
        assert.isDefined(yield* load(settings, "key", "wss://try.me/v2"))
      })
  )

  it.effect("go with every request, and are in nothing that is told of it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const client = HttpClient.make((request, url) => {
        seen.push(`${url.href} ${request.headers["x-key"]}`)
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("5")))
      })
      const speaks: Venue = {
        ...venue,
        authorize: ({ key, secret }) => ({
          headers: { "x-key": Redacted.value(key) },
          query: { secret: Redacted.value(secret) }
        })
      }
      const credentials = { key: Redacted.make("AK1"), secret: Redacted.make("s3") }
      const rest = yield* Rest.make(speaks, "https://host", credentials).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      const answer = yield* rest.ask("time", "")
      assert.deepStrictEqual(seen, ["https://host/time?secret=s3 AK1"])
      assert.strictEqual(answer.url, "https://host/time")
    })
  )
})
