import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as Failover from "tapewire/Failover"
import type { Gap, Tick, Trade } from "tapewire/Tick"
import { between } from "./support/random.ts"

const base = { venue: "testing", symbol: "AAA-USD", received: 0 }

const trade = (id: number): Trade => ({
  _tag: "Trade",
  ...base,
  id,
  price: 1,
  size: 1,
  side: "buy"
})

const gap = (from: number, to: number): Gap => ({
  _tag: "Gap",
  ...base,
  channel: "trades",
  from,
  to,
  since: 0,
  until: 0,
  cause: "sequence"
})

const options: Failover.Options = {
  unhealthyAfter: 10,
  healthyFor: 30,
  window: 1000,
  book: () => undefined
}

describe("Failover", () => {
  it.prop(
    "whenever feeds fail, fall silent and come back, no trade is doubled and every hole is told",
    {
      moves: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({
            path: Schema.Literals(["primary", "fallback"]),
            what: Schema.Literals(["give", "give", "give", "give", "miss", "fail", "stop"]),
            count: between(1, 5),
            later: between(0, 9)
          })
        )
      )
    },
    ({ moves }) => {
      const state = Failover.make(options, 0)
      const next = { primary: 1, fallback: 1 }
      const told = { primary: 0, fallback: 0 }
      const out: Array<Tick> = []
      let now = 0
      for (const { count, later, path, what } of moves) {
        now += later
        const { ticks } = Failover.due(state, now)
        out.push(...ticks)
        const from = next[path]
        if (what !== "stop") next[path] += count
        if (what === "fail" || what === "stop") {
          // A feed that starts anew knows nothing of what it missed.
          told[path] = next[path] - 1
          out.push(...Failover.down(state, path, now).ticks)
        } else if (what === "give") {
          const hole = told[path] + 1 < from ? [gap(told[path] + 1, from - 1)] : []
          told[path] = next[path] - 1
          const [first, ...rest] = [
            ...hole,
            ...Array.from({ length: count }, (_, index) => trade(from + index))
          ]
          if (first !== undefined) {
            out.push(...Failover.step(state, path, [first, ...rest], now).ticks)
          }
        }
      }
      const given = new Set<number>()
      let highest: number | undefined
      let isTold = false
      for (const tick of out) {
        if (tick._tag === "Gap") {
          isTold = true
          assert.isAtMost(tick.from ?? 0, tick.to ?? 0)
        }
        if (tick._tag !== "Trade" || typeof tick.id !== "number") continue
        assert.isFalse(given.has(tick.id))
        given.add(tick.id)
        // What one feed had missed may come late, by the other.
        if (highest !== undefined && tick.id < highest) continue
        if (highest !== undefined && tick.id > highest + 1) assert.isTrue(isTold)
        highest = tick.id
        isTold = false
      }
    },
    { arbitrary: { runs: 500, size: 60 } }
  )

  it("what the feed that takes over says is missing is told", () => {
    const state = Failover.make(options, 0)
    Failover.step(state, "primary", [trade(1), trade(2), trade(3), trade(4), trade(5)], 0)
    Failover.step(state, "fallback", [trade(5), trade(6), gap(7, 8), trade(9)], 9)
    const { switched, ticks } = Failover.due(state, 10)
    assert.deepStrictEqual(switched, { to: "fallback", reason: "silent" })
    assert.deepStrictEqual(ticks, [trade(6), gap(7, 8), trade(9)])
  })

  it("what is missing of aggregated trades says nothing of single ones", () => {
    const aggregated = (id: number): Trade => ({ ...trade(id), firstId: id, lastId: id })
    const state = Failover.make(options, 0)
    Failover.step(state, "primary", [trade(1), aggregated(1)], 0)
    const missed: Gap = { ...gap(3, 3), variant: "aggregated" }
    const spare = [trade(2), aggregated(2), missed, trade(4), aggregated(4)] as const
    Failover.step(state, "fallback", spare, 9)
    const { ticks } = Failover.due(state, 10)
    assert.deepStrictEqual(
      ticks.map((tick) => (tick._tag === "Gap" ? tick.variant : tick)),
      [trade(2), aggregated(2), trade(4), "aggregated", aggregated(4)]
    )
  })

  it("keeps no more of the feed that is not given than it may", () => {
    const state = Failover.make({ ...options, window: 10 }, 0)
    Failover.step(state, "primary", [trade(1)], 0)
    for (let id = 1; id <= 100; id++) Failover.step(state, "fallback", [trade(id)], 0)
    assert.isAtMost(state.spare.length, 20)
    for (let id = 2; id <= 100; id++) Failover.step(state, "primary", [trade(id)], 0)
    assert.strictEqual(state.series.get("testing AAA-USD")?.window.entries.size, 10)
  })
})
