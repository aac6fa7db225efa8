import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Tick from "tapewire/Tick"
import * as TickCodec from "tapewire/TickCodec"
import { trades } from "./support/trades.ts"

const json = Schema.encodeSync(Schema.Array(Tick.fromJson))
const isTicks = Schema.is(Schema.Array(Tick.Tick))

const roundTrip = (ticks: ReadonlyArray<Tick.Tick>) =>
  Result.getOrThrow(TickCodec.decode(TickCodec.encode(ticks)))

const [recorded] = trades
assert(recorded !== undefined)
const { at, received, symbol, venue } = recorded
const base = { venue, symbol, at }

const trade = (fields: Partial<Tick.Trade>): Tick.Trade => ({ ...recorded, ...fields })

const emptyBook: Tick.BookSnapshot = { _tag: "BookSnapshot", ...base, received, bids: [], asks: [] }

describe("TickCodec", () => {
  it.prop(
    "gives back ticks of every kind, one after the other, unchanged",
    { ticks: Schema.Array(Tick.Tick) },
    ({ ticks }) => assert.deepStrictEqual(json(roundTrip(ticks)), json(ticks)),
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "gives back any price bit for bit, whatever stood before it",
    { prices: Schema.Array(Tick.Value), levels: Schema.Array(Tick.Level) },
    ({ levels, prices }) => {
      const ticks = prices.map((price) => trade({ price, size: price }))
      const decoded = roundTrip([
        ...ticks,
        { _tag: "BookDelta", ...base, received, bids: levels, asks: levels }
      ])
      assert.isTrue(
        decoded.every((tick, index) => {
          const price = prices[index]
          return tick._tag === "Trade"
            ? Object.is(tick.price, price) && Object.is(tick.size, price)
            : tick._tag === "BookDelta" && same(tick.bids, levels) && same(tick.asks, levels)
        })
      )
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "gives back decimals of every number of digits bit for bit",
    {
      decimals: Schema.Array(
        Schema.Tuple([
          Schema.Int.check(Schema.isBetween({ minimum: -1e15, maximum: 1e15 })),
          Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 16 }))
        ])
      )
    },
    ({ decimals }) => {
      const prices = decimals.map(([digits, scale]) => Number(`${digits}e-${scale}`))
      const decoded = roundTrip(prices.map((price) => trade({ price, size: price })))
      assert.isTrue(
        decoded.every(
          (tick, index) =>
            tick._tag === "Trade" &&
            Object.is(tick.price, prices[index]) &&
            Object.is(tick.size, prices[index])
        )
      )
    },
    { arbitrary: { runs: 500 } }
  )

  it("keeps zero below zero, the smallest and the largest float64 apart", () => {
    const prices = [0, -0, 5e-324, -5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e-13, 2 ** 53, 1e21]
    for (const price of prices) {
      const [tick] = roundTrip([trade({ price, size: price })])
      assert.isTrue(tick?._tag === "Trade" && Object.is(tick.price, price))
      assert.isTrue(tick?._tag === "Trade" && Object.is(tick.size, price))
    }
  })

  it("leaves absent what was absent, and keeps ids as numbers or texts as they were", () => {
    const ticks: ReadonlyArray<Tick.Tick> = [
      trade({ id: 9_007_199_254_740_991 }),
      trade({ id: "9007199254740993", firstId: "9007199254740992", lastId: 7 }),
      trade({ id: 3, firstId: 1, lastId: 3, inexact: true }),
      { _tag: "Quote", venue: "kraken", symbol: "ETH-USD", received, bid: 1, bidSize: 2 },
      { _tag: "Quote", ...base, received, ask: 0.5, askSize: 0, sequence: 12 },
      { _tag: "BookSnapshot", ...base, received, bids: [], asks: [[1, 2]] }
    ]
    const present: ReadonlyArray<unknown> = roundTrip(ticks).map((tick) =>
      JSON.parse(JSON.stringify(tick))
    )
    assert.deepStrictEqual(present, ticks)
  })

  it("gives back the line of JSON that was printed of the tick, letter for letter", () => {
    const head = { venue, symbol, at, received }
    const ticks: ReadonlyArray<Tick.Tick> = [
      { _tag: "Trade", ...head, id: 3, price: 1, size: 2, side: "buy", firstId: 1, lastId: 3 },
      { _tag: "Quote", ...head, bid: 1, bidSize: 2, ask: 3, askSize: 4, sequence: 5 },
      { _tag: "BookSnapshot", ...head, sequence: 5, bids: [[1, 2]], asks: [] },
      { _tag: "BookDelta", ...head, firstSequence: 6, sequence: 7, bids: [], asks: [[3, 0]] }
    ]
    assert.deepStrictEqual(
      roundTrip(ticks).map((tick) => JSON.stringify(tick)),
      ticks.map((tick) => JSON.stringify(tick))
    )
  })

  it("keeps symbols that are no well-formed text, or hold a byte order mark", () => {
    const ticks = ["\ud800", "\ufeffBTC", "é".repeat(100), "x".repeat(300), ""].map((symbol) =>
      trade({ symbol, id: symbol })
    )
    assert.deepStrictEqual(roundTrip(ticks), ticks)
  })

  it("needs less than an eighth of the bytes that JSON needs", () => {
    const lines = json(trades).join("\n")
    assert.isBelow(TickCodec.encode(trades).length, lines.length / 8)
  })

  it("refuses to write a number that no tick may have", () => {
    assert.throws(() => TickCodec.encode([trade({ price: Number.NaN })]), TypeError)
    assert.throws(() => TickCodec.encode([trade({ received: 1.5 })]), TypeError)
    assert.throws(
      () => TickCodec.encode([{ _tag: "OpenInterest", ...base, received, size: Infinity }]),
      TypeError
    )
  })

  it.prop(
    "makes ticks of any bytes whatsoever or fails, and every tick it makes is one",
    { bytes: Schema.Uint8Array },
    ({ bytes }) => assert.isTrue(isTicksOrFailure(bytes)),
    { arbitrary: { runs: 2000, size: 200 } }
  )

  it.prop(
    "makes ticks of damaged ticks or fails, and every tick it makes is one",
    {
      ticks: Schema.Array(Tick.Tick),
      at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
      flip: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 255 }))
    },
    ({ at, flip, ticks }) => {
      const bytes = TickCodec.encode([trade({}), ...ticks])
      const index = at % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ flip
      assert.isTrue(isTicksOrFailure(bytes))
    },
    { arbitrary: { runs: 1000 } }
  )

  it("believes no count that the bytes cannot hold", () => {
    const bytes = TickCodec.encode([emptyBook])
    // Instead of two empty sides, 2^49 bids.
    const count = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
    const forged = [...bytes.slice(1, -2), ...count]
    assert.isTrue(Result.isFailure(TickCodec.decode(Uint8Array.of(forged.length, ...forged))))
  })

  it("refuses a record that is shorter or longer than its length says", () => {
    const [length = 0, ...record] = TickCodec.encode([emptyBook])
    const [, ...two] = TickCodec.encode([emptyBook, emptyBook])
    const forged = [
      [length, ...record.slice(0, -1)],
      [length - 1, ...record],
      [two.length, ...two]
    ]
    for (const bytes of forged) {
      assert.isTrue(Result.isFailure(TickCodec.decode(Uint8Array.from(bytes))))
    }
  })

  it("refuses flags it does not know", () => {
    const bytes = TickCodec.encode([emptyBook])
    bytes[2] = (bytes[2] ?? 0) | 128
    assert.isTrue(Result.isFailure(TickCodec.decode(bytes)))
  })

  it("refuses a float64 that is no number", () => {
    const bytes = TickCodec.encode([trade({ size: 5e-324 })])
    assert.isTrue(Result.isSuccess(TickCodec.decode(bytes)))
    new DataView(bytes.buffer).setFloat64(bytes.length - 8, Number.NaN, true)
    assert.isTrue(Result.isFailure(TickCodec.decode(bytes)))
  })

  it("says at which byte it stopped", () => {
    const good = TickCodec.encode([trade({})])
    const decoded = TickCodec.decode(Uint8Array.of(...good, 1, 99))
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.offset === good.length + 2)
  })
})

const same = (one: ReadonlyArray<Tick.Level>, other: ReadonlyArray<Tick.Level>) =>
  one.length === other.length &&
  one.every(
    ([price, size], index) =>
      Object.is(price, other[index]?.[0]) && Object.is(size, other[index]?.[1])
  )

const isTicksOrFailure = (bytes: Uint8Array): boolean => {
  const decoded = TickCodec.decode(bytes)
  return Result.isFailure(decoded) || isTicks(decoded.success)
}
