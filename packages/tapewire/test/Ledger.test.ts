import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Entry } from "tapewire/GapReport"
import * as Ledger from "tapewire/Ledger"
import type { BookDelta, BookSnapshot, Gap, Tick, Trade } from "tapewire/Tick"
import { between } from "./support/random.ts"

const base = { venue: "testing", symbol: "AAA-USD" }
const second = 1_000_000
const minute = 60 * second

const trade = (id: number | string, at: number, more?: Partial<Trade>): Trade => ({
  _tag: "Trade",
  ...base,
  at,
  received: at + 1,
  id,
  price: 1,
  size: 1,
  side: "buy",
  ...more
})

const gap = (more?: Partial<Gap>): Gap => ({
  _tag: "Gap",
  ...base,
  channel: "trades",
  received: 0,
  cause: "sequence",
  ...more
})

const snapshot = (sequence: number | undefined, received: number): BookSnapshot => ({
  _tag: "BookSnapshot",
  ...base,
  received,
  sequence,
  bids: [],
  asks: []
})

const delta = (sequence: number | undefined, received: number): BookDelta => ({
  _tag: "BookDelta",
  ...base,
  received,
  firstSequence: sequence,
  sequence,
  bids: [],
  asks: []
})

const quote = (received: number): Tick => ({ _tag: "Quote", ...base, received, bid: 1 })

const contiguous = () => true

const after = (ticks: ReadonlyArray<Tick>, options?: Ledger.Options) => {
  const ledger = Ledger.make({ contiguous, ...options })
  Ledger.step(ledger, ticks)
  return Ledger.report(ledger)
}

const only = (ticks: ReadonlyArray<Tick>, options?: Ledger.Options): Entry => {
  const [entry, ...more] = after(ticks, options)
  assert.deepStrictEqual(more, [])
  return entry ?? assert.fail("there is no entry")
}

/** A word for every minute, such as `complete`, `filled 3`, `unproven start`. */
const words = ({ minutes }: Pick<Entry, "minutes">): ReadonlyArray<string> =>
  minutes.flatMap(({ filled, reason, since, until, verdict }) =>
    Array.from({ length: (until - since) / minute }, () =>
      [verdict, reason, filled].filter((part) => part !== undefined).join(" ")
    )
  )

/** What became of one trade, and how long after the one before it was made. */
const Fate = Schema.Struct({
  wait: between(0, 90),
  what: Schema.Literals(["live", "live", "live", "filled", "missing", "late"])
})

const fates = Arbitrary.array(Arbitrary.schema(Fate))

interface Made {
  readonly id: number
  readonly at: number
  readonly what: (typeof Fate.Type)["what"]
}

/** The trades that were made, the first and the last of which came in their turn. */
const madeOf = (given: ReadonlyArray<typeof Fate.Type>): ReadonlyArray<Made> => {
  let at = 0
  return given.map(({ wait, what }, index) => {
    at += wait * second
    const isEdge = index === 0 || index === given.length - 1
    return { id: 100 + index, at, what: isEdge && what !== "filled" ? "live" : what }
  })
}

const isInTurn = ({ what }: Made) => what === "live" || what === "filled"

/** The same, found the plainest way there is. */
const plainly = (made: ReadonlyArray<Made>): ReadonlyArray<string> => {
  const minuteOf = ({ at }: Made) => Math.floor(at / minute)
  const inTurn = made.filter(isInTurn)
  const holes = made
    .filter(({ what }) => what === "missing")
    .map((one) => ({
      from: inTurn.findLast(({ id }) => id < one.id) ?? one,
      to: inTurn.find(({ id }) => id > one.id) ?? one
    }))
  const [first] = made
  const last = made.at(-1)
  if (first === undefined || last === undefined) return []
  return Array.from({ length: minuteOf(last) + 1 - minuteOf(first) }, (_, index) => {
    const now = minuteOf(first) + index
    const filled = made.filter((one) => one.what === "filled" && minuteOf(one) === now).length
    const counted = filled > 0 ? ` ${filled}` : ""
    if (holes.some(({ from, to }) => minuteOf(from) <= now && now <= minuteOf(to))) {
      return `incomplete${counted}`
    }
    if (now === minuteOf(first)) return `unproven start${counted}`
    if (now === minuteOf(last)) return `unproven open${counted}`
    return filled > 0 ? `filled ${filled}` : "complete"
  })
}

/** The stream of a feed: what is missing is told or not, and what is late comes at the end. */
const streamOf = (made: ReadonlyArray<Made>, isTold: boolean): ReadonlyArray<Tick> => {
  const ticks: Array<Tick> = []
  let next = made[0]?.id ?? 0
  for (const one of made) {
    if (!isInTurn(one)) continue
    if (isTold && one.id > next) ticks.push(gap({ from: next, to: one.id - 1, until: one.at }))
    next = one.id + 1
    ticks.push(trade(one.id, one.at, one.what === "filled" ? { origin: "backfill" } : {}))
  }
  for (const { at, id, what } of made) if (what === "late") ticks.push(trade(id, at))
  return ticks
}

const many = { arbitrary: { runs: 500, size: 60 } }

describe("Ledger", () => {
  it.prop(
    "says of every minute what the ids alone say, whatever is missed, filled, late or untold",
    { given: fates, isTold: Schema.Boolean },
    ({ given, isTold }) => {
      const made = madeOf(given)
      if (made.length === 0) return
      const entry = only(streamOf(made, isTold))
      assert.deepStrictEqual(words(entry), plainly(made))
    },
    many
  )

  it.prop(
    "names exactly the ids that are missing, and counts every trade once",
    { given: fates, isTold: Schema.Boolean, again: Schema.Boolean },
    ({ again, given, isTold }) => {
      const made = madeOf(given)
      if (made.length === 0) return
      const stream = streamOf(made, isTold)
      const entry = only(again ? [...stream, ...stream] : stream)
      const told = entry.gaps.flatMap(({ from = 0, to = 0 }) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index)
      )
      const idsOf = (...whats: ReadonlyArray<Made["what"]>) =>
        made.filter(({ what }) => whats.includes(what)).map(({ id }) => id)
      assert.deepStrictEqual(told, idsOf("missing"))
      assert.deepInclude(entry, {
        first: 100,
        last: 100 + made.length - 1,
        since: made[0]?.at,
        until: made.at(-1)?.at,
        ticks: idsOf("live", "filled", "late").length,
        filled: idsOf("filled").length,
        missing: told.length
      })
      const expected = told.length > 0 ? "incomplete" : entry.filled > 0 ? "filled" : "complete"
      assert.strictEqual(entry.verdict, expected)
    },
    many
  )

  it("a gap says between which two trades it is, and why", () => {
    const { gaps } = only([
      trade(1, 10),
      gap({ from: 2, to: 3, since: 10, until: 40, cause: "sequence" }),
      trade(4, 40),
      gap({ since: 40, until: 90, cause: "disconnect" }),
      trade(6, 90)
    ])
    assert.deepStrictEqual(gaps, [
      { from: 2, to: 3, since: 10, until: 40, cause: "sequence" },
      { from: 5, to: 5, since: 40, until: 90, cause: "disconnect" }
    ])
  })

  it("a lost connection over which ids follow one another cost nothing", () => {
    const lost = gap({ since: 40, until: 90, cause: "disconnect" })
    const entry = only([trade(1, 0), lost, trade(2, 90), trade(3, 3 * minute)])
    assert.deepInclude(entry, { verdict: "complete", missing: 0, gaps: [] })
    assert.deepStrictEqual(words(entry), [
      "unproven start",
      "complete",
      "complete",
      "unproven open"
    ])
  })

  it("single and aggregated trades have an account each, and gaps of their own", () => {
    const agg = { firstId: 1, lastId: 1 }
    const entries = after([
      trade(1, 0),
      trade(7, 0, agg),
      gap({ variant: "aggregated", from: 8, to: 8, until: 5 }),
      trade(9, 5, agg),
      trade(2, 5)
    ])
    assert.deepStrictEqual(
      entries.map(({ variant, verdict }) => [variant, verdict]),
      [
        [undefined, "complete"],
        ["aggregated", "incomplete"]
      ]
    )
  })

  it("where ids say nothing, no minute is proven, and a gap that is told is one", () => {
    const opaque = [trade("x", 0), trade("y", minute), trade("z", 2 * minute)]
    const entry = only(opaque)
    assert.strictEqual(entry.verdict, "unproven")
    assert.deepStrictEqual(new Set(words(entry)), new Set(["unproven unnumbered"]))
    assert.isUndefined(entry.first)
    const skipping = only([trade(1, 0), trade(5, minute), trade(2, minute)], {
      contiguous: () => false
    })
    assert.deepInclude(skipping, { verdict: "unproven", ticks: 3, gaps: [] })
    const told = only([
      trade("x", 0),
      gap({ since: 0, until: minute, cause: "disconnect" }),
      trade("y", minute),
      trade("z", 2 * minute)
    ])
    assert.strictEqual(told.verdict, "incomplete")
    assert.deepStrictEqual(words(told), ["incomplete", "incomplete", "unproven unnumbered"])
  })

  it("quotes, bars of each interval and the like are counted, and never proven", () => {
    const bar = (interval: string): Tick => ({
      _tag: "Bar",
      ...base,
      received: 0,
      interval,
      openAt: 0,
      closeAt: 0,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 1,
      closed: true
    })
    const entries = after([quote(0), bar("1m"), bar("5m"), quote(minute), bar("1m")])
    assert.deepStrictEqual(
      entries.map(({ channel, ticks, variant, verdict }) => [channel, variant, ticks, verdict]),
      [
        ["quotes", undefined, 2, "unproven"],
        ["bars", "1m", 2, "unproven"],
        ["bars", "5m", 1, "unproven"]
      ]
    )
  })

  describe("of a book", () => {
    it("a minute is complete when every update was given, though there was none", () => {
      const entry = only([snapshot(5, 0), delta(6, 10), delta(7, 3 * minute)])
      assert.deepInclude(entry, { verdict: "complete", first: 5, last: 7, ticks: 3 })
      assert.deepStrictEqual(words(entry), [
        "unproven start",
        "complete",
        "complete",
        "unproven open"
      ])
    })

    it("updates are missing until it is given anew, those the snapshot includes as well", () => {
      const lost = gap({ channel: "book", from: 7, to: 8, since: 10, until: 99 })
      const before = [snapshot(5, 0), delta(6, 10), lost]
      const lasting = only(before)
      assert.deepStrictEqual(lasting.gaps, [{ from: 7, since: 10, cause: "sequence" }])
      assert.deepStrictEqual(words(lasting), ["incomplete"])
      const entry = only([...before, snapshot(20, minute), delta(21, 3 * minute)])
      assert.deepInclude(entry, { verdict: "incomplete", missing: 14 })
      assert.deepStrictEqual(entry.gaps, [
        { from: 7, to: 20, since: 10, until: minute, cause: "sequence" }
      ])
      assert.deepStrictEqual(words(entry), [
        "incomplete",
        "incomplete",
        "complete",
        "unproven open"
      ])
    })

    it("a lost connection during which it did not change cost nothing", () => {
      const lost = gap({ channel: "book", since: 10, cause: "disconnect" })
      const entry = only([snapshot(5, 0), delta(6, 10), lost, snapshot(6, 50)])
      assert.deepInclude(entry, { verdict: "complete", gaps: [] })
    })

    it("a snapshot that comes in place of updates proves nothing of what was between", () => {
      const entry = only([snapshot(5, 0), snapshot(9, 2 * minute), delta(10, 4 * minute)])
      assert.deepInclude(entry, { verdict: "unproven", gaps: [] })
      assert.deepStrictEqual(words(entry), [
        "unproven replaced",
        "unproven replaced",
        "unproven replaced",
        "complete",
        "unproven open"
      ])
    })

    it("numbers that begin anew with an update that follows on the last one cost nothing", () => {
      const anew = { ...delta(3, 20), firstSequence: 6 }
      const entry = only([snapshot(5, 0), anew, delta(4, minute), delta(6, 2 * minute)])
      assert.deepStrictEqual(entry.gaps, [
        { from: 5, to: 5, since: minute, until: 2 * minute, cause: "sequence" }
      ])
    })

    it("a hole in the updates that nobody told is a gap", () => {
      const entry = only([snapshot(5, 0), delta(9, 20), delta(10, 30)])
      assert.deepStrictEqual(entry.gaps, [
        { from: 6, to: 8, since: 0, until: 20, cause: "sequence" }
      ])
    })

    it("without numbers it is not proven, and a contradiction is a gap until the next snapshot", () => {
      const crossed = gap({ channel: "book", since: 1, until: 2, cause: "crossed" })
      const entry = only([
        snapshot(undefined, 0),
        delta(undefined, 1),
        crossed,
        snapshot(undefined, minute),
        delta(undefined, 2 * minute)
      ])
      assert.strictEqual(entry.verdict, "incomplete")
      assert.deepStrictEqual(words(entry), ["incomplete", "incomplete", "unproven unnumbered"])
    })
  })

  it("why something is missing may be told after it was passed over", () => {
    const lost = gap({ from: 2, to: 3, since: 0, until: 9, cause: "disconnect" })
    const { gaps } = only([trade(1, 0), trade(4, 9), lost, trade(5, 10)])
    assert.deepStrictEqual(gaps, [{ from: 2, to: 3, since: 0, until: 9, cause: "disconnect" }])
  })

  it("a gap whose ends are in the wrong order of time lies between them all the same", () => {
    const { gaps } = only([trade(1, 50), trade(4, 20)])
    assert.deepStrictEqual(gaps, [{ from: 2, to: 3, since: 20, until: 50, cause: "sequence" }])
  })

  it("a venue's time that jumps back takes nothing back", () => {
    const entry = only([trade(1, 0), trade(2, 2 * minute), trade(3, minute), trade(4, 3 * minute)])
    assert.deepStrictEqual(words(entry), [
      "unproven start",
      "complete",
      "complete",
      "unproven open"
    ])
  })

  it("what is longer ago than it keeps is no longer judged, and no longer held", () => {
    const options = { keep: "10 minutes" } as const
    const ledger = Ledger.make({ contiguous, ...options })
    for (let index = 0; index < 5000; index++) {
      // Every other id is missing, and every third trade was asked for.
      const origin = index % 3 === 0 ? ({ origin: "backfill" } as const) : {}
      Ledger.step(ledger, [trade(2 * index, index * minute, origin)])
    }
    const [entry] = Ledger.report(ledger)
    assert.strictEqual(entry?.missing, 4999)
    assert.strictEqual((entry?.gaps.length ?? 0) + (entry?.forgotten ?? 0), 4999)
    assert.isAtMost(entry?.gaps.length ?? 0, 11)
    assert.strictEqual(words(entry ?? assert.fail()).length, 10)
    for (const line of ledger.lines) assert.isAtMost(line.holes.length + line.fills.size, 25)
  })

  it("of very many gaps in a short time the latest are kept, and minutes since the others", () => {
    const ticks = Array.from({ length: 20_000 }, (_, index) => trade(2 * index, index * second))
    const entry = only(ticks)
    assert.deepInclude(entry, { missing: 19_999, forgotten: 14_999, verdict: "incomplete" })
    assert.strictEqual(entry.gaps.length, 5000)
    const [first] = entry.minutes
    assert.isAbove(first?.since ?? 0, (entry.gaps[0]?.since ?? 0) - minute)
  })

  it("a week without a gap is as many runs as a minute without one", () => {
    const ledger = Ledger.make({ contiguous })
    for (let id = 0; id < 7 * 1440; id++) Ledger.step(ledger, [trade(id, id * minute)])
    const [entry] = Ledger.report(ledger)
    assert.deepStrictEqual(
      entry?.minutes.map(({ verdict }) => verdict),
      ["complete", "unproven"]
    )
    assert.strictEqual(words(entry ?? assert.fail()).length, 1440)
  })
})
