import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as Redundant from "tapewire/Redundant"
import type { Bar, BookDelta, BookSnapshot, Gap, Tick, Trade } from "tapewire/Tick"
import * as PlainBook from "./support/PlainBook.ts"
import { between, change, levelsOf } from "./support/random.ts"

const base = { venue: "testing", symbol: "AAA-USD", received: 0 }

const trade = (id: number | string, received = 0): Trade => ({
  _tag: "Trade",
  ...base,
  received,
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
  cause: "sequence"
})

const noBook = () => undefined

/** Hands on batches of two paths. */
const merge = (window = 1000) => {
  const state = Redundant.make(window)
  const out: Array<Tick> = []
  const give = (path: Redundant.Path, ...ticks: ReadonlyArray<Tick>) =>
    Redundant.step(state, path, ticks, noBook, out)
  return { state, out, give }
}

const many = { arbitrary: { runs: 500, size: 60 } }

describe("Redundant", () => {
  it.prop(
    "of two paths that miss different trades gives all once, and tells what both missed",
    {
      script: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({ path: Schema.Literals(["a", "b"]), isMissing: Schema.Boolean })
        )
      ),
      isText: Arbitrary.schema(Schema.Boolean)
    },
    ({ isText, script }) => {
      const { give, out } = merge()
      const next = { a: 1, b: 1 }
      const last = { a: 0, b: 0 }
      const given = new Set<number>()
      for (const { isMissing, path } of script) {
        const id = next[path]++
        if (isMissing) continue
        given.add(id)
        const hole = id > last[path] + 1 && !isText ? [gap(last[path] + 1, id - 1)] : []
        last[path] = id
        give(path, ...hole, trade(isText ? `t${id}` : id))
      }
      const ids = out.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : []))
      assert.sameMembers(
        ids,
        [...given].map((id) => (isText ? `t${id}` : id))
      )
      if (isText) return
      const told = out.flatMap((tick) => {
        if (tick._tag !== "Gap") return []
        const { from = 0, to = 0 } = tick
        return Array.from({ length: to - from + 1 }, (_, index) => from + index)
      })
      const passed = Math.min(last.a, last.b)
      const truth = Array.from({ length: passed }, (_, index) => index + 1)
      // A hole ends where its path goes on; of what the other path has not come to, nothing is said.
      assert.includeMembers(
        truth,
        told.filter((id) => id <= passed)
      )
      for (const id of told) assert.isFalse(given.has(id))
      assert.strictEqual(new Set(told).size, told.length)
      assert.includeMembers(
        told,
        truth.filter((id) => !given.has(id))
      )
    },
    many
  )

  it("tells what one path missed when the other is down", () => {
    const { give, out, state } = merge()
    give("b", trade(1))
    give("a", trade(1), gap(2, 4), trade(5))
    assert.deepStrictEqual(out, [trade(1), trade(5)])
    give("b", trade(3))
    Redundant.down(state, "b", out)
    assert.deepStrictEqual(out.slice(2), [trade(3), gap(2, 2), gap(4, 4)])
  })

  it("tells single and aggregated trades apart, and symbols", () => {
    const { give, out } = merge()
    const ticks = [
      trade(1),
      { ...trade(1), firstId: 1, lastId: 1 },
      { ...trade(1), symbol: "BBB-USD" }
    ]
    give("a", ...ticks)
    give("b", ...ticks)
    assert.deepStrictEqual(out, ticks)
  })

  it("what is older than all that is remembered comes from the winner alone", () => {
    const { give, out, state } = merge(4)
    give("a", ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => trade(id)))
    give("b", trade(2))
    assert.strictEqual(out.length, 8)
    assert.strictEqual(state.series.get("Trade AAA-USD")?.window.entries.size, 4)
    give("a", trade(2))
    assert.strictEqual(out.length, 9)
  })

  it("counts firsts and seconds, and by how much the first path was before the other", () => {
    const { give, state } = merge()
    for (let id = 1; id <= 100; id++) {
      give("a", trade(id, id * 1000))
      give("b", trade(id, id * 1000 + id))
    }
    assert.deepStrictEqual(Redundant.report(state), {
      a: { firsts: 100, seconds: 0, leadMicros: { p50: 50, p99: 99 } },
      b: { firsts: 0, seconds: 100, leadMicros: undefined }
    })
  })

  it("quotes pass in the order of the book updates they show", () => {
    const { give, out } = merge()
    const quote = (sequence: number): Tick => ({ _tag: "Quote", ...base, sequence, bid: sequence })
    give("a", quote(1), quote(3))
    give("b", quote(1), quote(2), quote(3), quote(4))
    give("a", quote(4))
    assert.deepStrictEqual(out, [quote(1), quote(3), quote(4)])
  })

  it("of a bar passes what is newer, and the final one once", () => {
    const { give, out } = merge()
    const bar = (openAt: number, at: number, closed = false): Bar => ({
      _tag: "Bar",
      ...base,
      at,
      interval: "1m",
      openAt,
      closeAt: openAt + 60,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: at,
      closed
    })
    give("a", bar(0, 10), bar(0, 20))
    give("b", bar(0, 10), bar(0, 30))
    give("a", bar(60, 70))
    give("b", bar(0, 60, true), bar(60, 70), bar(60, 80))
    give("a", bar(0, 60, true), bar(0, 50))
    assert.deepStrictEqual(out, [
      bar(0, 10),
      bar(0, 20),
      bar(0, 30),
      bar(60, 70),
      bar(0, 60, true),
      bar(60, 80)
    ])
  })

  it("of a ticker passes what is newer", () => {
    const { give, out } = merge()
    const ticker = (at: number): Tick => ({ _tag: "Ticker", ...base, at, last: at })
    give("a", ticker(1), ticker(3))
    give("b", ticker(1), ticker(2), ticker(4))
    assert.deepStrictEqual(out, [ticker(1), ticker(3), ticker(4)])
  })

  it("what cannot be told apart comes from the path that is mostly first", () => {
    const { give, out, state } = merge()
    const liquidation: Tick = { _tag: "Liquidation", ...base, price: 1, size: 1, side: "buy" }
    give("a", liquidation)
    give("b", liquidation)
    assert.strictEqual(out.length, 1)
    for (let id = 1; id <= 64; id++) {
      give("b", trade(id))
      give("a", trade(id))
    }
    out.length = 0
    give("a", liquidation)
    assert.deepStrictEqual(out, [])
    give("b", liquidation)
    assert.deepStrictEqual(out, [liquidation])
    Redundant.down(state, "b", out)
    give("a", liquidation)
    assert.deepStrictEqual(out, [liquidation, liquidation])
  })

  it("follows the other path when the winner has been silent for a second", () => {
    const { give, out } = merge()
    const liquidation = (received: number): Tick => ({
      _tag: "Liquidation",
      ...base,
      received,
      price: 1,
      size: 1,
      side: "buy"
    })
    give("a", liquidation(0))
    give("b", liquidation(5_000_000), liquidation(5_900_000), liquidation(6_000_000))
    assert.deepStrictEqual(out, [liquidation(0), liquidation(6_000_000)])
  })

  describe("a book", () => {
    const snapshot = (sequence: number | undefined, size: number): BookSnapshot => ({
      _tag: "BookSnapshot",
      ...base,
      sequence,
      bids: [[1, size]],
      asks: []
    })
    const delta = (sequence: number | undefined, size: number, received = 0): BookDelta => ({
      _tag: "BookDelta",
      ...base,
      received,
      firstSequence: sequence,
      sequence,
      bids: [[1, size]],
      asks: []
    })

    it("is followed on the other path when the one is silent for a second", () => {
      const out: Array<Tick> = []
      const state = Redundant.make(10)
      const give = (path: Redundant.Path, whole: BookSnapshot, ...ticks: ReadonlyArray<Tick>) =>
        Redundant.step(state, path, ticks, () => whole, out)
      give("a", snapshot(1, 1), snapshot(1, 1))
      give("b", snapshot(3, 3), snapshot(1, 1), delta(2, 2), delta(3, 3, 999_999))
      assert.strictEqual(Redundant.bookPath(state, base.symbol), "a")
      give("b", snapshot(4, 4), delta(4, 4, 1_000_000))
      give("b", snapshot(5, 5), delta(5, 5, 1_000_001))
      give("a", snapshot(2, 2), delta(2, 2, 1_000_002))
      assert.deepStrictEqual(out, [snapshot(1, 1), snapshot(4, 4), delta(5, 5, 1_000_001)])
      assert.strictEqual(Redundant.bookPath(state, base.symbol), "b")
    })

    it("is not followed on a path that repeats what was given, however long that takes", () => {
      const out: Array<Tick> = []
      const state = Redundant.make(10)
      const ticks = [snapshot(1, 1), delta(2, 2, 5_000_000), delta(3, 3, 9_000_000)]
      Redundant.step(state, "a", ticks, noBook, out)
      Redundant.step(state, "b", ticks, () => snapshot(3, 3), out)
      assert.deepStrictEqual(out, ticks)
      assert.strictEqual(Redundant.bookPath(state, base.symbol), "a")
    })

    it("that is lost is not taken from a path that is behind, unless that stays so", () => {
      const out: Array<Tick> = []
      const state = Redundant.make(10)
      const lost: Gap = { ...gap(0, 0), channel: "book" }
      Redundant.step(state, "a", [snapshot(5, 5), lost], noBook, out)
      Redundant.step(state, "b", [delta(3, 3)], () => snapshot(3, 3), out)
      assert.deepStrictEqual(out, [snapshot(5, 5), lost])
      const late = delta(4, 4, 1_000_000)
      Redundant.step(state, "b", [late], () => snapshot(4, 4), out)
      assert.deepStrictEqual(out.slice(2), [snapshot(4, 4)])
    })

    it("given whole as it is after the batch is not given the batch's updates again", () => {
      const out: Array<Tick> = []
      const state = Redundant.make(10)
      const whole = snapshot(undefined, 2)
      Redundant.step(state, "a", [delta(undefined, 1), delta(undefined, 2)], () => whole, out)
      assert.deepStrictEqual(out, [whole])
    })

    it("is not given updates that its snapshot includes", () => {
      const out: Array<Tick> = []
      const state = Redundant.make(10)
      Redundant.step(state, "a", [snapshot(5, 5)], noBook, out)
      Redundant.step(state, "a", [delta(4, 4), delta(5, 5), delta(6, 6)], noBook, out)
      assert.deepStrictEqual(out, [snapshot(5, 5), delta(6, 6)])
    })
  })

  it.prop(
    "books that are handed on follow, and are those of the venue",
    {
      changes: Arbitrary.array(change),
      moves: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({
            path: Schema.Literals(["a", "b"]),
            what: Schema.Literals(["give", "give", "give", "lose", "down"]),
            count: between(1, 4),
            later: between(0, 700_000)
          })
        )
      )
    },
    ({ changes, moves }) => {
      const truth = (sequence: number) =>
        PlainBook.levels(
          changes
            .slice(0, sequence)
            .reduce((book, one) => PlainBook.apply(book, levelsOf([one])), PlainBook.empty)
        )
      const whole = (sequence: number, received: number): BookSnapshot => ({
        _tag: "BookSnapshot",
        ...base,
        received,
        sequence,
        ...truth(sequence)
      })
      const update = (sequence: number, received: number): BookDelta => ({
        _tag: "BookDelta",
        ...base,
        received,
        firstSequence: sequence,
        sequence,
        ...levelsOf(changes.slice(sequence - 1, sequence))
      })
      const state = Redundant.make(100)
      const paths = { a: { at: 0, known: false }, b: { at: 0, known: false } }
      let now = 0
      let plain = PlainBook.empty
      let last: number | undefined
      for (const { count, later, path, what } of moves) {
        now += later
        const own = paths[path]
        const out: Array<Tick> = []
        if (what === "down") {
          own.known = false
          Redundant.down(state, path, out)
        } else if (what === "lose") {
          own.known = false
          own.at = Math.min(own.at + count, changes.length)
          const lost: Gap = { ...gap(0, 0), channel: "book" }
          Redundant.step(state, path, [lost], noBook, out)
        } else {
          const batch: Array<Tick> = own.known ? [] : [whole(own.at, now)]
          own.known = true
          for (let index = 0; index < count && own.at < changes.length; index++) {
            batch.push(update(++own.at, now))
          }
          Redundant.step(state, path, batch, () => whole(own.at, now), out)
        }
        for (const tick of out) {
          if (tick._tag === "Gap") last = undefined
          if (tick._tag === "BookSnapshot") last = tick.sequence
          if (tick._tag === "BookDelta") {
            assert.strictEqual(tick.firstSequence, (last ?? Number.NaN) + 1)
            last = tick.sequence
          }
          if (tick._tag !== "BookDelta" && tick._tag !== "BookSnapshot") continue
          plain = PlainBook.follow(plain, tick)
          assert.deepStrictEqual(PlainBook.levels(plain), truth(last ?? Number.NaN))
        }
        const shown = Redundant.bookPath(state, base.symbol)
        if (shown !== undefined) assert.strictEqual(last, paths[shown].at)
      }
    },
    many
  )
})
