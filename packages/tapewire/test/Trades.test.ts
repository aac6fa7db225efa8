import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Trades from "tapewire/Trades"
import { between } from "./support/random.ts"

const steps = (...ids: ReadonlyArray<number>) => {
  const trades = Trades.make()
  return ids.map((id) => Trades.step(trades, "AAA-USD", false, id))
}

describe("Trades", () => {
  it("finds nothing wrong with ids that follow one another, whatever the first", () => {
    assert.deepStrictEqual(steps(7, 8, 9), [undefined, undefined, undefined])
  })

  it("tells which ids were passed over", () => {
    assert.deepStrictEqual(steps(7, 9), [undefined, { from: 8, to: 8 }])
    assert.deepStrictEqual(steps(7, 11, 12), [undefined, { from: 8, to: 10 }, undefined])
  })

  it("knows an id that came before, or should have", () => {
    assert.deepStrictEqual(steps(7, 7, 6, 8), [undefined, "duplicate", "duplicate", undefined])
  })

  it("counts each symbol alone, and single trades apart from aggregated ones", () => {
    const trades = Trades.make()
    assert.isUndefined(Trades.step(trades, "AAA-USD", false, 7))
    assert.isUndefined(Trades.step(trades, "BBB-USD", false, 9))
    assert.isUndefined(Trades.step(trades, "AAA-USD", true, 100))
    assert.isUndefined(Trades.step(trades, "AAA-USD", false, 8))
    assert.isUndefined(Trades.step(trades, "AAA-USD", true, 101))
  })

  it.prop(
    "every id between the first and the last either came or was told missing, once",
    { ids: Arbitrary.array(Arbitrary.schema(between(0, 40)), { minLength: 1 }) },
    ({ ids }) => {
      const trades = Trades.make()
      const told: Array<number> = []
      for (const id of ids) {
        const found = Trades.step(trades, "AAA-USD", false, id)
        if (found === "duplicate") continue
        for (let missing = found?.from ?? id; missing < id; missing++) told.push(missing)
        told.push(id)
      }
      const [first = 0] = ids
      const last = Math.max(...ids)
      assert.deepStrictEqual(
        told,
        Array.from({ length: last - first + 1 }, (_, index) => first + index)
      )
    },
    { arbitrary: { runs: 500, size: 20 } }
  )
})
