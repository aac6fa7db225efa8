import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as BarSeries from "@tapewire/server/BarSeries"
import * as TradeBars from "@tapewire/server/TradeBars"
import type { Bar, Trade } from "tapewire/Tick"
import { trade } from "./support/service.ts"

const minute = 60_000_000

const bars = (
  trades: ReadonlyArray<Trade>,
  interval: TradeBars.Interval = "1m",
  keep = 1440
): ReadonlyArray<Bar> =>
  BarSeries.tail(
    trades.reduce((state, each) => TradeBars.step(state, each, keep), TradeBars.make(interval))
      .series,
    keep
  )

/** Test values, in thousandths so that sums can be checked as integers: no market showed them. */
const Sketch = Schema.Struct({
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 * minute })),
  price: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  side: Schema.Literals(["buy", "sell"])
})

const toTrade = ({ at, price, side, size }: typeof Sketch.Type, index: number): Trade => ({
  ...trade,
  id: index + 1,
  at,
  price: price / 1000,
  size: size / 1000,
  side
})

const sketches = Arbitrary.schema(Schema.Array(Sketch))

describe("TradeBars", () => {
  it.prop(
    "bars are what the trades of each minute amount to, newest kept",
    { sketches },
    ({ sketches }) => {
      const keep = 5
      const expected = [...Map.groupBy(sketches, ({ at }) => Math.floor(at / minute))]
        .toSorted(([a], [b]) => a - b)
        .slice(-keep)
        .map(([index, group]) => {
          const sum = (of: typeof group) => of.reduce((total, { size }) => total + size, 0) / 1000
          const prices = group.map(({ price }) => price / 1000)
          return {
            openAt: index * minute,
            closeAt: (index + 1) * minute,
            open: prices[0] ?? Number.NaN,
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: prices.at(-1) ?? Number.NaN,
            volume: sum(group),
            takerBuyVolume: sum(group.filter(({ side }) => side === "buy")),
            trades: group.length
          }
        })
      const made = bars(sketches.map(toTrade), "1m", keep).map(
        ({ close, closeAt, high, low, open, openAt, takerBuyVolume, trades, volume }) => ({
          openAt,
          closeAt,
          open,
          high,
          low,
          close,
          volume,
          takerBuyVolume,
          trades
        })
      )
      assert.deepStrictEqual(made, expected)
    }
  )

  it.prop("all bars but the newest are closed", { sketches }, ({ sketches }) => {
    const made = bars(sketches.map(toTrade))
    assert.deepStrictEqual(
      made.map(({ closed }) => closed),
      made.map((_, index) => index < made.length - 1)
    )
  })

  it.prop("the same trades again change nothing", { sketches }, ({ sketches }) => {
    const trades = sketches.toSorted((a, b) => a.at - b.at).map(toTrade)
    assert.deepStrictEqual(bars([...trades, ...trades]), bars(trades))
  })

  it.prop("what was made stays as it was when more comes", { sketches }, ({ sketches }) => {
    let state = TradeBars.make("1m")
    for (const each of sketches.map(toTrade)) {
      const before = JSON.stringify(state)
      const next = TradeBars.step(state, each, 5)
      assert.strictEqual(JSON.stringify(state), before)
      state = next
    }
  })

  it("a trade on the last microsecond of an interval belongs to it, the next one does not", () => {
    const made = bars([
      { ...trade, id: 1, at: minute - 1 },
      { ...trade, id: 2, at: minute }
    ])
    assert.deepStrictEqual(
      made.map(({ closed, openAt, trades }) => ({ openAt, trades, closed })),
      [
        { openAt: 0, trades: 1, closed: true },
        { openAt: minute, trades: 1, closed: false }
      ]
    )
  })

  it("an aggregated trade counts as the single trades it stands for", () => {
    const [bar] = bars([{ ...trade, firstId: 3_735_683_259, lastId: 3_735_683_262 }])
    assert.strictEqual(bar?.trades, 4)
  })

  it("a trade without the venue's time is put where we read it", () => {
    const { at: _, ...rest } = trade
    const [bar] = bars([rest], "1s")
    assert.strictEqual(bar?.openAt, 1_723_161_254_000_000)
  })

  it("trades of a venue with opaque ids are counted once", () => {
    const first = { ...trade, id: "9e1f" }
    const second = { ...trade, id: "07aa" }
    const later = { ...trade, id: "c3d0", at: trade.received + 2_000_000 }
    assert.strictEqual(bars([first, second, second]).at(0)?.trades, 2)
    assert.strictEqual(bars([first, later, first, later]).at(0)?.trades, 2)
  })

  it("a venue that begins its ids anew is followed", () => {
    const [bar] = bars([trade, { ...trade, id: 1, at: (trade.at ?? 0) + 1 }], "1h")
    assert.strictEqual(bar?.trades, 2)
  })

  it("decimals add up to the decimal of their sum", () => {
    const of = (size: number, id: number) => ({ ...trade, id, size })
    const volume = (...sizes: ReadonlyArray<number>) => bars(sizes.map(of)).at(0)?.volume
    assert.strictEqual(volume(0.1, 0.2, 0.3), 0.6)
    assert.strictEqual(volume(1e-10, 2e-10, 0.7e-9), 1e-9)
    assert.strictEqual(volume(90_000_000.1, 90_000_000.2), 180_000_000.3)
  })
})
