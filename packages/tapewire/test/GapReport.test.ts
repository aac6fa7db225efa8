import { assert, describe, it } from "@effect/vitest"
import * as GapReport from "tapewire/GapReport"
import * as Ledger from "tapewire/Ledger"
import type { Tick } from "tapewire/Tick"

const minute = 60_000_000

const trade = (id: number, minutes: number, more?: Partial<Tick>): Tick =>
  Object.assign(
    {
      _tag: "Trade",
      venue: "testing",
      symbol: "AAA-USD",
      at: minutes * minute,
      received: minutes * minute,
      id,
      price: 1,
      size: 1,
      side: "buy"
    } as const,
    more
  )

const reportOf = (...ticks: ReadonlyArray<Tick>) => {
  const ledger = Ledger.make({ contiguous: () => true })
  Ledger.step(ledger, ticks)
  return Ledger.report(ledger)
}

/** Minutes 10 to 20 of trades, of which 3 to 5 are missing in the minutes 14 and 15. */
const torn = reportOf(
  trade(1, 10.5),
  trade(2, 14.5),
  trade(6, 15.5),
  trade(7, 18.5, { origin: "backfill" }),
  trade(8, 20.5)
)

const verdict = (from: number | undefined, to: number | undefined, entries = torn) => {
  const [entry] = GapReport.select(entries, {
    from: from === undefined ? undefined : from * minute,
    to: to === undefined ? undefined : to * minute
  })
  return entry?.verdict
}

describe("GapReport", () => {
  it("judges the minutes asked about, whole where a part of one is asked about", () => {
    assert.strictEqual(verdict(11, 14), "complete")
    assert.strictEqual(verdict(11.2, 13.9), "complete")
    assert.strictEqual(verdict(11, 14.1), "incomplete")
    assert.strictEqual(verdict(15.9, 18), "incomplete")
    assert.strictEqual(verdict(16, 18), "complete")
    assert.strictEqual(verdict(16, 20), "filled")
  })

  it("proves nothing of a minute that was not watched from beginning to end", () => {
    assert.strictEqual(verdict(5, 8), "unproven")
    assert.strictEqual(verdict(5, 12), "unproven")
    assert.strictEqual(verdict(10, 12), "unproven")
    assert.strictEqual(verdict(16, 21), "unproven")
    assert.strictEqual(verdict(16, 30), "unproven")
    assert.strictEqual(verdict(30, 31), "unproven")
  })

  it("an end that is left open is where the watch began or stands", () => {
    assert.strictEqual(verdict(undefined, 14), "complete")
    assert.strictEqual(verdict(16, undefined), "filled")
    assert.strictEqual(verdict(undefined, undefined), "incomplete")
  })

  it("gives the gaps and the minutes of the time asked about, and all counts", () => {
    const [entry] = GapReport.select(torn, { from: 13.5 * minute, to: 15 * minute })
    assert.deepInclude(entry, { ticks: 5, filled: 1, missing: 3 })
    assert.deepStrictEqual(
      entry?.gaps.map(({ from, to }) => [from, to]),
      [[3, 5]]
    )
    assert.deepStrictEqual(entry?.minutes, [
      { since: 13 * minute, until: 14 * minute, verdict: "complete" },
      { since: 14 * minute, until: 15 * minute, verdict: "incomplete" }
    ])
    const [later] = GapReport.select(torn, { from: 16 * minute })
    assert.deepStrictEqual(later?.gaps, [])
  })

  it("gives what was missed alone where only that is wanted", () => {
    const whole = reportOf(trade(1, 0, { symbol: "BBB-USD" }), trade(2, 2, { symbol: "BBB-USD" }))
    const found = GapReport.select([...whole, ...torn], { only: "incomplete" })
    assert.deepStrictEqual(
      found.map(({ minutes, symbol }) => [symbol, minutes]),
      [["AAA-USD", [{ since: 14 * minute, until: 16 * minute, verdict: "incomplete" }]]]
    )
  })

  it("gives what is of the venue, the symbol and the channel that are wanted", () => {
    assert.deepStrictEqual(GapReport.select(torn, { venue: "testing", channel: "trades" }), torn)
    for (const filter of [{ venue: "x" }, { symbol: "x" }, { channel: "book" }] as const) {
      assert.deepStrictEqual(GapReport.select(torn, filter), [])
    }
  })

  it("has an entry of nothing for a subscription that gave nothing, and for no other", () => {
    const about = (channel: "book" | "trades", variant?: "aggregated") => ({
      venue: "testing",
      channel,
      symbol: "AAA-USD",
      variant
    })
    const all = GapReport.withSilent(torn, [
      about("trades"),
      about("trades", "aggregated"),
      about("book")
    ])
    assert.deepStrictEqual(
      all.map(({ channel, ticks, variant, verdict }) => [channel, variant, ticks, verdict]),
      [
        ["trades", undefined, 5, "incomplete"],
        ["trades", "aggregated", 0, "unproven"],
        ["book", undefined, 0, "unproven"]
      ]
    )
  })
})
