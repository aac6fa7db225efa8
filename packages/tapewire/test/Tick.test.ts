import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Tick from "tapewire/Tick"

const encode = Schema.encodeSync(Tick.fromJson)
const decode = Schema.decodeSync(Tick.fromJson)
const decodeResult = Schema.decodeUnknownResult(Tick.fromJson)

// JSON has no negative zero.
const unsigned = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(unsigned) : value === 0 ? 0 : value

/** The fields that are there, as JSON can tell them. */
const told = (tick: Tick.Tick): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(tick)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, unsigned(value)])
  )

const trade = {
  _tag: "Trade",
  venue: "binance",
  symbol: "BTC-USDT",
  received: 1_723_161_254_087_891,
  id: 3_733_453_101,
  price: 61837.63,
  size: 0.00056,
  side: "sell"
}

describe("Tick", () => {
  for (const kind of Tick.Tick.members) {
    const tag = kind.fields._tag.schema.literal

    it.prop(
      `every ${tag} is the same after a line of JSON`,
      { tick: Arbitrary.schema<Schema.Schema<Tick.Tick>>(kind) },
      ({ tick }) => {
        const line = encode(tick)
        const again = decode(line)
        assert.deepStrictEqual(told(again), told(tick))
        assert.strictEqual(encode(again), line)
        assert.notInclude(line, "\n")
      },
      { arbitrary: { runs: 300 } }
    )
  }

  it("a line of JSON has the fields the command line documents", () => {
    const line = `{"_tag":"Trade","venue":"binance","symbol":"BTC-USDT","received":1723161254087891,"id":3733453101,"price":61837.63,"size":0.00056,"side":"sell"}`
    assert.strictEqual(JSON.stringify(trade), line)
    assert.strictEqual(encode(decode(line)), line)
  })

  it("a trade id beyond the safe integers stays the text it was", () => {
    const tick = decode(JSON.stringify({ ...trade, id: "9007199254740993" }))
    assert.isTrue(tick._tag === "Trade" && tick.id === "9007199254740993")
  })

  it.for<[string, Readonly<Record<string, unknown>>]>([
    ["of an unknown kind", { _tag: "Rumour" }],
    ["without a receive time", { received: undefined }],
    ["with a fraction of a microsecond", { received: 1.5 }],
    ["with null for a time the venue did not send", { at: null }],
    ["with text for a price", { price: "61837.63" }],
    ["with null for a price", { price: null }],
    ["with an id that is a number but no safe integer", { id: 2 ** 53 }],
    ["with a side that is neither", { side: "unknown" }],
    ["that says it is exact", { inexact: false }]
  ])("a trade %s is not a tick", ([, fields]) => {
    const line = JSON.stringify({ ...trade, ...fields })
    assert.isTrue(Result.isFailure(decodeResult(line)))
  })

  it.for([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d is not a value",
    (value) => {
      assert.isFalse(Schema.is(Tick.Value)(value))
    }
  )

  it("a level is a price and a size and nothing else", () => {
    const isLevel = Schema.is(Tick.Level)
    assert.isTrue(isLevel([61837.63, 0]))
    assert.isFalse(isLevel([61837.63]))
    assert.isFalse(isLevel([61837.63, 0, 1]))
  })
})
