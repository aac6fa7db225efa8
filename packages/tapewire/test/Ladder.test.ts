import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Ladder from "tapewire/Ladder"
import type { Level } from "tapewire/Tick"
import * as PlainBook from "./support/PlainBook.ts"
import { between } from "./support/random.ts"

const of = (bids: ReadonlyArray<Level>, asks: ReadonlyArray<Level>) => {
  const ladder = Ladder.make()
  Ladder.apply(ladder, { bids, asks })
  return ladder
}

const levels = (count: number, prices: number) =>
  Arbitrary.array(
    Arbitrary.all([Arbitrary.schema(between(0, prices)), Arbitrary.schema(between(0, 3))]),
    { maxLength: count }
  )

const updates = (prices: number) =>
  Arbitrary.array(Arbitrary.all({ bids: levels(30, prices), asks: levels(30, prices) }))

const isSameAsPlain = (all: ReadonlyArray<Parameters<typeof Ladder.apply>[1]>) => {
  const ladder = Ladder.make()
  let plain = PlainBook.empty
  for (const update of all) {
    Ladder.apply(ladder, update)
    plain = PlainBook.apply(plain, update)
    const { asks, bids } = PlainBook.levels(plain)
    assert.deepStrictEqual(Ladder.top(ladder, Infinity), { bids, asks })
    assert.deepStrictEqual(Ladder.bestBid(ladder), bids[0])
    assert.deepStrictEqual(Ladder.bestAsk(ladder), asks[0])
    const [[bid] = [-Infinity]] = bids
    const [[ask] = [Infinity]] = asks
    assert.strictEqual(Ladder.isCrossed(ladder), bid >= ask)
  }
}

describe("Ladder", () => {
  it.prop(
    "a few prices set and removed at random leave what a sorted map would hold",
    { all: updates(9) },
    ({ all }) => isSameAsPlain(all),
    { arbitrary: { runs: 300, size: 20 } }
  )

  it.prop(
    "many prices set and removed at random leave what a sorted map would hold",
    { all: updates(500) },
    ({ all }) => isSameAsPlain(all),
    { arbitrary: { runs: 100, size: 40 } }
  )

  it("grows with the book, however deep", () => {
    const prices = Array.from({ length: 1000 }, (_, index) => ((index * 7919) % 1000) + 1)
    const ladder = of(
      prices.map((price) => [price, price]),
      prices.map((price) => [1000 + price, price])
    )
    const { asks, bids } = Ladder.top(ladder, Infinity)
    assert.deepStrictEqual(
      bids,
      Array.from({ length: 1000 }, (_, index) => [1000 - index, 1000 - index])
    )
    assert.deepStrictEqual(
      asks,
      Array.from({ length: 1000 }, (_, index) => [1001 + index, 1 + index])
    )
  })

  it("gives the highest bid and the lowest ask, and nothing of a side without orders", () => {
    const ladder = of([], [])
    assert.isUndefined(Ladder.bestBid(ladder))
    assert.isUndefined(Ladder.bestAsk(ladder))
    Ladder.apply(ladder, {
      bids: [
        [1, 10],
        [2, 20]
      ],
      asks: [
        [4, 40],
        [3, 30]
      ]
    })
    assert.deepStrictEqual(Ladder.bestBid(ladder), [2, 20])
    assert.deepStrictEqual(Ladder.bestAsk(ladder), [3, 30])
  })

  it("gives as many of the best levels as are asked for, and no more than there are", () => {
    const ladder = of(
      [
        [1, 1],
        [3, 3],
        [2, 2]
      ],
      [[4, 4]]
    )
    assert.deepStrictEqual(Ladder.top(ladder, 0), { bids: [], asks: [] })
    assert.deepStrictEqual(Ladder.top(ladder, 2), {
      bids: [
        [3, 3],
        [2, 2]
      ],
      asks: [[4, 4]]
    })
  })

  it("an ask at the price of a bid crosses the book, one above it does not", () => {
    assert.isFalse(Ladder.isCrossed(of([[2, 1]], [[3, 1]])))
    assert.isTrue(Ladder.isCrossed(of([[2, 1]], [[2, 1]])))
    assert.isTrue(Ladder.isCrossed(of([[2, 1]], [[1, 1]])))
    assert.isFalse(Ladder.isCrossed(of([[2, 1]], [])))
  })

  it("removing a level that is not there changes nothing", () => {
    const ladder = of([[1, 1]], [])
    Ladder.apply(ladder, { bids: [[5, 0]], asks: [[6, 0]] })
    assert.deepStrictEqual(Ladder.top(ladder, 9), { bids: [[1, 1]], asks: [] })
  })

  it("holds nothing once it is cleared", () => {
    const ladder = of([[1, 1]], [[2, 2]])
    Ladder.clear(ladder)
    assert.deepStrictEqual(Ladder.top(ladder, 9), { bids: [], asks: [] })
    assert.isFalse(Ladder.isCrossed(ladder))
  })
})
