import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Trade } from "tapewire/Tick"
import * as TradeChain from "tapewire/TradeChain"

/** Trades that differ in nothing but their ids, which is all a chain looks at. */
const trade = (id: number): Trade & { readonly id: number } => ({
  _tag: "Trade",
  venue: "test",
  symbol: "AAA-USD",
  received: 0,
  id,
  price: 1,
  size: 1,
  side: "buy"
})

const ids = (trades: ReadonlyArray<Trade>) => trades.map(({ id }) => id)

const feed = (chain: TradeChain.TradeChain, ...given: ReadonlyArray<number>) => {
  const out: Array<Trade> = []
  const fates = given.map((id) => TradeChain.step(chain, trade(id), out))
  return { fates, passed: ids(out) }
}

const Ids = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })))

describe("TradeChain", () => {
  it("passes on what follows, whatever the first id", () => {
    assert.deepStrictEqual(feed(TradeChain.make(), 7, 8, 9), {
      fates: ["passed", "passed", "passed"],
      passed: [7, 8, 9]
    })
  })

  it("holds what comes before its turn until the rest has come, in whatever order", () => {
    const chain = TradeChain.make()
    assert.deepStrictEqual(feed(chain, 1, 5, 3), { fates: ["passed", "held", "held"], passed: [1] })
    assert.deepInclude(TradeChain.missing(chain), { from: 2, to: 2 })
    assert.deepStrictEqual(feed(chain, 2).passed, [2, 3])
    assert.deepInclude(TradeChain.missing(chain), { from: 4, to: 4 })
    assert.deepStrictEqual(feed(chain, 4).passed, [4, 5])
    assert.isUndefined(TradeChain.missing(chain))
  })

  it("takes an absurd id for none once those it passed over come one after the other", () => {
    const chain = TradeChain.make()
    const out: Array<Trade> = []
    feed(chain, 1, 2, 900_000)
    TradeChain.skip(chain, out)
    assert.deepStrictEqual(ids(out), [900_000])
    assert.deepStrictEqual(feed(chain, 3, 3, 5, 6).fates, Array(4).fill("duplicate"))
    assert.deepStrictEqual(feed(chain, 7, 8), { fates: ["passed", "passed"], passed: [5, 6, 7, 8] })
  })

  it("knows what was given up for late once trades followed beyond it", () => {
    const chain = TradeChain.make()
    const out: Array<Trade> = []
    feed(chain, 1, 9)
    TradeChain.skip(chain, out)
    assert.deepStrictEqual(feed(chain, 10).passed, [10])
    assert.deepStrictEqual(feed(chain, 3, 4, 5, 6).passed, [])
  })

  it("knows a trade that was passed on, or that waits, when it comes again", () => {
    const chain = TradeChain.make()
    assert.deepStrictEqual(feed(chain, 4, 4, 3, 7, 7).fates, [
      "passed",
      "duplicate",
      "duplicate",
      "held",
      "duplicate"
    ])
  })

  it("gives up one hole at a time, and tells which", () => {
    const chain = TradeChain.make()
    feed(chain, 1, 4, 5, 9)
    const out: Array<Trade> = []
    assert.deepInclude(TradeChain.skip(chain, out), { from: 2, to: 3 })
    assert.deepStrictEqual(ids(out), [4, 5])
    assert.deepInclude(TradeChain.skip(chain, out), { from: 6, to: 8 })
    assert.deepStrictEqual(ids(out), [4, 5, 9])
    assert.isUndefined(TradeChain.skip(chain, out))
  })

  it.prop(
    "passes on each trade once and in order, and what it gives up is exactly what never came",
    { given: Ids },
    ({ given }) => {
      const chain = TradeChain.make()
      const out: Array<Trade> = []
      const lost: Array<number> = []
      for (const id of given) TradeChain.step(chain, trade(id), out)
      for (let hole = TradeChain.skip(chain, out); hole; hole = TradeChain.skip(chain, out)) {
        for (let id = hole.from; id <= hole.to; id++) lost.push(id)
      }
      const first = given[0] ?? 0
      const came = [...new Set(given.filter((id) => id >= first))].toSorted((a, b) => a - b)
      const never = Array.from({ length: 40 }, (_, index) => index + 1).filter(
        (id) => id > first && id < Math.max(0, ...came) && !came.includes(id)
      )
      assert.deepStrictEqual(ids(out), came)
      assert.deepStrictEqual(lost, never)
    },
    { arbitrary: { runs: 500 } }
  )
})
