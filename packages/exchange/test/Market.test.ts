import { assert, describe, it } from "@effect/vitest"
import type { Fact } from "@tapewire/exchange/Desk"
import * as Market from "@tapewire/exchange/Market"

type Level = readonly [string, string]

const update = (
  firstSequence: number,
  sequence: number,
  bids: ReadonlyArray<Level>,
  asks: ReadonlyArray<Level> = []
): Fact => ({ _tag: "Updated", firstSequence, sequence, bids, asks })

const first: Market.Book = {
  sequence: 10,
  bids: [
    ["5.0", "1"],
    ["4.0", "2"]
  ],
  asks: [["6.0", "3"]]
}

describe("the book of a market", () => {
  it("is the recorded one until updates lead beyond it", () => {
    const market = Market.make([first])
    assert.deepStrictEqual(market.book(), first)
    assert.isTrue(market.pass(update(8, 9, [["5.0", "9"]])))
    assert.deepStrictEqual(market.book(), first)
    // Begins where the snapshot does not end yet, and says all that changed since.
    market.pass(update(10, 11, [["5.0", "0.00"]], [["5.5", "7"]]))
    assert.deepStrictEqual(market.book(), {
      sequence: 11,
      bids: [["4.0", "2"]],
      asks: [
        ["5.5", "7"],
        ["6.0", "3"]
      ]
    })
  })

  it("is the recorded one after the update that it ends with", () => {
    const market = Market.make([first])
    market.pass(update(8, 10, [["5.0", "1"]]))
    assert.deepStrictEqual(market.book(), first)
    market.pass(update(11, 12, [["4.5", "1"]]))
    assert.deepStrictEqual(market.book()?.bids.length, 3)
  })

  it("is unknown after a missing update, up to the next recorded one", () => {
    const later: Market.Book = { sequence: 30, bids: [["1", "1"]], asks: [] }
    const market = Market.make([first, later])
    market.pass(update(11, 12, []))
    market.pass(update(14, 15, []))
    assert.deepStrictEqual(market.book(), later)
    market.pass(update(16, 31, [["2", "1"]]))
    assert.deepStrictEqual(market.book()?.sequence, 31)
    market.pass(update(33, 34, []))
    assert.isUndefined(market.book())
  })

  it("takes what was recorded twice once", () => {
    const market = Market.make([first])
    assert.isTrue(market.pass(update(11, 12, [["5.0", "8"]])))
    assert.isFalse(market.pass(update(11, 12, [["5.0", "8"]])))
    const trade = (id: number): Fact => ({
      _tag: "Traded",
      call: "trades",
      trade: { id, price: "1", size: "1", time: 0, side: "buy", listed: "" }
    })
    assert.deepStrictEqual(
      [1, 2, 2, 1, 3].map((id) => market.pass(trade(id))),
      [true, true, false, false, true]
    )
    assert.deepStrictEqual(
      market.trades("trades").map(({ id }) => id),
      [1, 2, 3]
    )
    assert.deepStrictEqual(market.trades("aggregatedTrades"), [])
  })
})
