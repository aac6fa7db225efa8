import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Cli from "../support/Cli.ts"

const timeout = 30_000

const Listed = Schema.fromJsonString(
  Schema.Array(
    Schema.Struct({
      id: Schema.String,
      channels: Schema.Array(Schema.String),
      variants: Schema.Record(Schema.String, Schema.Array(Schema.String)),
      needsCredentials: Schema.Boolean
    })
  )
)

describe("venues", () => {
  it.live(
    "lists each venue in a line with what it offers",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run(["venues"])
        assert.deepStrictEqual([code, stderr], [0, ""])
        const [head, ...rows] = Cli.lines(stdout)
        assert.match(head ?? "", /^VENUE +KEY +CHANNELS$/)
        assert.isTrue(rows.some((row) => /^binance +no +trades .*bars@1m/.test(row)))
      }),
    timeout
  )

  it.live(
    "lists the same as JSON for programs",
    () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* Cli.run(["venues", "--json"])
        assert.strictEqual(code, 0)
        const binance = (yield* Schema.decodeEffect(Listed)(stdout)).find(
          ({ id }) => id === "binance"
        )
        assert.isFalse(binance?.needsCredentials)
        assert.includeMembers(Array.from(binance?.channels ?? []), ["trades", "book", "bars"])
        assert.deepStrictEqual(binance?.variants["trades"], ["aggregated"])
        assert.include(binance?.variants["bars"]?.join(" "), "1m 1s")
      }),
    timeout
  )
})
