import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as BookState from "tapewire/BookState"
import type { Feed } from "tapewire/Feed"
import { FeedError, Lost, Refused } from "tapewire/FeedError"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as Feeds from "tapewire/Feeds"
import type { BookDelta, BookSnapshot, Gap, Tick } from "tapewire/Tick"

const settle = Effect.repeat(Effect.yieldNow, { times: 60 })

const base = { venue: "testing", symbol: "AAA-USD", received: 0 }

const trade = (id: number | string, price = 1): Tick => ({
  _tag: "Trade",
  ...base,
  id,
  price,
  size: 1,
  side: "buy"
})

const trades = (...ids: ReadonlyArray<number | string>) => ids.map((id) => trade(id))

const snapshot = (sequence: number): BookSnapshot => ({
  _tag: "BookSnapshot",
  ...base,
  sequence,
  bids: [[1, sequence]],
  asks: []
})

const delta = (sequence: number): BookDelta => ({
  _tag: "BookDelta",
  ...base,
  firstSequence: sequence,
  sequence,
  bids: [[1, sequence]],
  asks: []
})

const missing = (from: number, to: number): Gap => ({
  _tag: "Gap",
  ...base,
  channel: "trades",
  from,
  to,
  since: 0,
  until: 0,
  cause: "sequence"
})

const lost = new FeedError({ venue: "testing", reason: new Lost({ code: 1006, detail: "" }) })
const refused = new FeedError({ venue: "testing", reason: new Refused({ detail: "because" }) })

/** A feed that gives what it is told to, every time it is run, and shows a book. */
const scripted = (rest?: Partial<Feed>) => {
  let queue: Queue.Queue<Tick, FeedError> | undefined
  const made = {
    runs: 0,
    book: undefined as BookSnapshot | undefined, // widened
    isRun: () => queue !== undefined,
    give: (...ticks: ReadonlyArray<Tick>) =>
      Effect.andThen(queue === undefined ? Effect.void : Queue.offerAll(queue, ticks), settle),
    fail: (error: FeedError) =>
      Effect.andThen(queue === undefined ? Effect.void : Queue.fail(queue, error), settle)
  }
  const feed: Feed = {
    venue: "testing",
    provenance: "live",
    subscriptions: [{ venue: "testing", channel: "trades", symbol: "AAA-USD" }],
    subscribe: () => Effect.void,
    unsubscribe: () => Effect.void,
    ticks: Stream.unwrap(
      Effect.map(Queue.unbounded<Tick, FeedError>(), (next) => {
        made.runs++
        queue = next
        return Stream.ensuring(
          Stream.fromQueue(next),
          Effect.sync(() => {
            if (queue === next) queue = undefined
          })
        )
      })
    ),
    gaps: Effect.succeed([]),
    contiguous: ["testing"],
    events: Stream.empty,
    status: Effect.succeed({
      state: "running",
      ticks: 0,
      lastTickAt: undefined,
      lagMs: undefined,
      losses: 1,
      counts: undefined
    }),
    book: () => (made.book === undefined ? BookState.start : { _tag: "Synced", book: made.book }),
    ...rest
  }
  return { ...made, feed, set: (book: BookSnapshot | undefined) => (made.book = book), made }
}

/** Runs a feed and notes what it gives and tells. */
const run = Effect.fnUntraced(function* (feed: Feed) {
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  const fiber = yield* Stream.runForEach(feed.ticks, (tick) =>
    Effect.sync(() => ticks.push(tick))
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  yield* settle
  const switches = () =>
    events.flatMap((event) =>
      event._tag === "Switched" ? [`${event.from} to ${event.to}: ${event.reason}`] : []
    )
  return { ticks, fiber, switches }
})

const after = (time: `${number} seconds`) => Effect.andThen(TestClock.adjust(time), settle)

describe("Feeds.failover", () => {
  const pair = Effect.fnUntraced(function* (options?: Feeds.FailoverOptions) {
    const primary = scripted()
    const fallback = scripted()
    const feed = yield* Feeds.failover(primary.feed, fallback.feed, options)
    return { primary, fallback, feed, ...(yield* run(feed)) }
  })

  it.effect("gives the primary's ticks while it is healthy, and does not start the fallback", () =>
    Effect.gen(function* () {
      const { fallback, feed, primary, switches, ticks } = yield* pair()
      for (const id of [1, 2, 3]) {
        yield* primary.give(trade(id))
        yield* after("9 seconds")
      }
      assert.deepStrictEqual(ticks, trades(1, 2, 3))
      assert.strictEqual(fallback.made.runs, 0)
      assert.deepStrictEqual(switches(), [])
      assert.deepInclude(yield* feed.status, { state: "running", ticks: 3, losses: 2 })
    })
  )

  it.effect(
    "gives the fallback's ticks when the primary is silent, and tells what is missing",
    () =>
      Effect.gen(function* () {
        const { fallback, primary, switches, ticks } = yield* pair()
        yield* primary.give(...trades(1, 2, 3, 4, 5))
        yield* after("10 seconds")
        assert.strictEqual(fallback.made.runs, 1)
        assert.deepStrictEqual(switches(), [])
        yield* fallback.give(...trades(4, 5, 6))
        assert.deepStrictEqual(ticks, trades(1, 2, 3, 4, 5, 6))
        assert.deepStrictEqual(switches(), ["primary to fallback: silent"])
      })
  )

  it.effect("accounts for what was given, whichever feed it came from", () =>
    Effect.gen(function* () {
      const { fallback, feed, primary } = yield* pair()
      yield* primary.give(...trades(1, 2, 3, 4))
      yield* after("10 seconds")
      yield* fallback.give(...trades(8, 9))
      const [entry] = yield* feed.gaps
      assert.deepInclude(entry, { ticks: 6, first: 1, last: 9, missing: 3, verdict: "incomplete" })
    })
  )

  it.effect("a hole between the feeds is told exactly where ids are contiguous", () =>
    Effect.gen(function* () {
      const { fallback, primary, ticks } = yield* pair()
      yield* primary.give(...trades(1, 2, 3, 4))
      yield* after("10 seconds")
      yield* fallback.give(...trades(8, 9))
      assert.deepStrictEqual(ticks, [...trades(1, 2, 3, 4), missing(5, 7), ...trades(8, 9)])
    })
  )

  it.effect("a hole between the feeds is told where ids say nothing, unless they overlap", () =>
    Effect.gen(function* () {
      const { fallback, primary, ticks } = yield* pair({ standby: "warm" })
      yield* primary.give(...trades("x", "y"))
      yield* fallback.give(...trades("x", "y", "z"))
      yield* after("10 seconds")
      assert.deepStrictEqual(ticks, trades("x", "y"))
      yield* fallback.give(trade("u"))
      assert.deepStrictEqual(ticks, trades("x", "y", "z", "u"))
      yield* primary.give(trade("w"))
      yield* fallback.fail(refused)
      yield* primary.give(trade("v"))
      const gap = {
        _tag: "Gap",
        ...base,
        channel: "trades",
        since: 0,
        until: 0,
        cause: "disconnect"
      }
      assert.deepStrictEqual<ReadonlyArray<unknown>>(ticks.slice(4), [gap, ...trades("w", "v")])
    })
  )

  it.effect("a warm fallback makes up for the primary's silence at once, without loss", () =>
    Effect.gen(function* () {
      const { fallback, primary, switches, ticks } = yield* pair({ standby: "warm" })
      yield* primary.give(...trades(1, 2))
      yield* fallback.give(...trades(1, 2, 3))
      yield* after("5 seconds")
      yield* fallback.give(...trades(4, 5))
      assert.deepStrictEqual(ticks, trades(1, 2))
      yield* after("5 seconds")
      assert.deepStrictEqual(ticks, trades(1, 2, 3, 4, 5))
      assert.deepStrictEqual(switches(), ["primary to fallback: silent"])
    })
  )

  it.effect("goes over when the primary fails, keeps trying it, and back once it is healthy", () =>
    Effect.gen(function* () {
      const { fallback, primary, switches, ticks } = yield* pair({ healthyFor: "20 seconds" })
      yield* primary.give(...trades(1, 2))
      yield* primary.fail(lost)
      yield* fallback.give(...trades(3, 4))
      assert.deepStrictEqual(switches(), ["primary to fallback: failed"])
      yield* after("7 seconds")
      assert.strictEqual(primary.made.runs, 2)
      yield* fallback.give(trade(5))
      yield* primary.give(...trades(5, 6))
      yield* after("9 seconds")
      yield* primary.give(trade(7))
      yield* fallback.give(trade(6))
      yield* after("9 seconds")
      yield* primary.give(trade(8))
      yield* fallback.give(trade(6))
      assert.deepStrictEqual(ticks, trades(1, 2, 3, 4, 5, 6))
      yield* after("2 seconds")
      // The fallback is behind: what the primary gave meanwhile is not lost.
      yield* primary.give(trade(9))
      assert.deepStrictEqual(ticks, trades(1, 2, 3, 4, 5, 6, 7, 8, 9))
      assert.deepStrictEqual(switches(), [
        "primary to fallback: failed",
        "fallback to primary: recovered"
      ])
      assert.isFalse(fallback.isRun())
    })
  )

  it.effect("a fallback that was stopped takes over again only once it gives a tick", () =>
    Effect.gen(function* () {
      const { fallback, primary, switches, ticks } = yield* pair({ healthyFor: "0 seconds" })
      yield* after("10 seconds")
      yield* fallback.give(trade(1))
      yield* primary.give(trade(2))
      assert.isFalse(fallback.isRun())
      yield* primary.fail(lost)
      assert.deepStrictEqual(switches(), [
        "primary to fallback: silent",
        "fallback to primary: recovered"
      ])
      yield* fallback.give(trade(3))
      assert.deepStrictEqual(ticks, trades(1, 2, 3))
      assert.strictEqual(switches().at(-1), "primary to fallback: failed")
    })
  )

  it.effect("goes back at once when the fallback fails", () =>
    Effect.gen(function* () {
      const { fallback, primary, switches, ticks } = yield* pair()
      yield* primary.give(trade(1))
      yield* after("10 seconds")
      yield* fallback.give(trade(2))
      yield* primary.give(...trades(2, 3))
      yield* fallback.fail(lost)
      assert.deepStrictEqual(ticks, trades(1, 2, 3))
      assert.deepStrictEqual(switches(), [
        "primary to fallback: silent",
        "fallback to primary: failed"
      ])
    })
  )

  it.effect("a primary that falls silent again is not healthy", () =>
    Effect.gen(function* () {
      const { fallback, primary, switches } = yield* pair()
      yield* after("10 seconds")
      for (let second = 0; second < 120; second += 5) {
        yield* fallback.give(trade(second))
        if (second % 15 === 0) yield* primary.give(trade(second))
        yield* after("5 seconds")
      }
      assert.deepStrictEqual(switches(), ["primary to fallback: silent"])
    })
  )

  it.effect("gives the new feed's book whole before its updates", () =>
    Effect.gen(function* () {
      const { fallback, feed, primary, ticks } = yield* pair()
      primary.set(snapshot(1))
      yield* primary.give(snapshot(1))
      assert.deepStrictEqual(BookState.snapshot(feed.book("AAA-USD")), snapshot(1))
      yield* after("10 seconds")
      fallback.set(snapshot(7))
      yield* fallback.give(delta(6), delta(7))
      assert.deepStrictEqual(ticks, [snapshot(1), snapshot(7)])
      assert.deepStrictEqual(BookState.snapshot(feed.book("AAA-USD")), snapshot(7))
      yield* fallback.give(delta(8))
      assert.deepStrictEqual(ticks, [snapshot(1), snapshot(7), delta(8)])
    })
  )

  it.effect("fails when both have failed, and ends when the primary ends", () =>
    Effect.gen(function* () {
      const { fallback, fiber, primary } = yield* pair()
      yield* primary.fail(refused)
      yield* fallback.fail(lost)
      assert.deepStrictEqual(yield* Effect.flip(Fiber.join(fiber)), lost)
      const ended = scripted({ ticks: Stream.fromIterable(trades(1, 2)) })
      const feed = yield* Feeds.failover(ended.feed, scripted().feed)
      assert.deepStrictEqual(yield* Stream.runCollect(feed.ticks), trades(1, 2))
    })
  )

  it.effect("does not take a feed for silent that its reader makes wait", () =>
    Effect.gen(function* () {
      const primary = scripted()
      const fallback = scripted()
      const feed = yield* Feeds.failover(primary.feed, fallback.feed)
      const ticks: Array<Tick> = []
      yield* Stream.runForEach(feed.ticks, (tick) =>
        Effect.delay(
          Effect.sync(() => ticks.push(tick)),
          "60 seconds"
        )
      ).pipe(Effect.forkScoped({ startImmediately: true }))
      yield* settle
      yield* primary.give(trade(1))
      yield* after("61 seconds")
      yield* primary.give(trade(2))
      assert.strictEqual(fallback.made.runs, 0)
      assert.deepStrictEqual(ticks, [trade(1)])
    })
  )

  it.effect("a live feed does not fall back to a recorded one, nor the other way round", () =>
    Effect.gen(function* () {
      const live = scripted().feed
      const recorded = scripted({ provenance: "recorded" }).feed
      const error = yield* Effect.flip(Feeds.failover(live, recorded))
      assert.strictEqual(error.message, "the feeds differ in provenance: live and recorded")
      yield* Effect.flip(Feeds.failover(recorded, live))
      yield* Effect.flip(Feeds.redundant(live, recorded))
      assert.strictEqual((yield* Feeds.failover(recorded, recorded)).provenance, "recorded")
    })
  )
})

describe("Feeds.redundant", () => {
  const pair = Effect.fnUntraced(function* () {
    const a = scripted()
    const b = scripted()
    const feed = yield* Feeds.redundant(a.feed, b.feed)
    return { a, b, feed, ...(yield* run(feed)) }
  })

  it.effect("gives each trade once, from whichever path has it first, and counts who won", () =>
    Effect.gen(function* () {
      const { a, b, feed, ticks } = yield* pair()
      yield* a.give(...trades(1, 2))
      yield* b.give(...trades(1, 2, 3))
      yield* a.give(...trades(3, 4))
      assert.deepStrictEqual(ticks, trades(1, 2, 3, 4))
      const leadMicros = { p50: 0, p99: 0 }
      assert.deepStrictEqual(yield* feed.report, {
        a: { firsts: 3, seconds: 1, leadMicros },
        b: { firsts: 1, seconds: 2, leadMicros }
      })
    })
  )

  it.effect("accounts for a trade that one path missed and the other gave late", () =>
    Effect.gen(function* () {
      const { a, b, feed } = yield* pair()
      yield* a.give(trade(1), trade(4))
      const [torn] = yield* feed.gaps
      assert.deepInclude(torn, { ticks: 2, missing: 2, verdict: "incomplete" })
      yield* b.give(...trades(1, 2, 3, 4))
      const [whole] = yield* feed.gaps
      assert.deepInclude(whole, { ticks: 4, missing: 0, gaps: [], verdict: "complete" })
    })
  )

  it.effect("goes on when a path fails, tries it again, and fails when both have", () =>
    Effect.gen(function* () {
      const { a, b, fiber, ticks } = yield* pair()
      yield* a.give(trade(1))
      yield* a.fail(lost)
      yield* b.give(...trades(1, 2))
      yield* after("7 seconds")
      yield* a.give(...trades(2, 3))
      assert.deepStrictEqual(ticks, trades(1, 2, 3))
      yield* b.fail(refused)
      yield* a.give(trade(4))
      assert.isUndefined(fiber.pollUnsafe())
      yield* a.fail(lost)
      assert.deepStrictEqual(yield* Effect.flip(Fiber.join(fiber)), lost)
      assert.deepStrictEqual(ticks, trades(1, 2, 3, 4))
    })
  )

  it.effect("follows one path's book, and the other's from its whole book on when it is lost", () =>
    Effect.gen(function* () {
      const { a, b, feed, ticks } = yield* pair()
      a.set(snapshot(2))
      yield* a.give(snapshot(1), delta(2))
      b.set(snapshot(3))
      yield* b.give(snapshot(2), delta(3))
      assert.deepStrictEqual(ticks, [snapshot(1), delta(2)])
      assert.deepStrictEqual(BookState.snapshot(feed.book("AAA-USD")), snapshot(2))
      yield* a.fail(lost)
      // The path that was lost still shows it, but nothing of it is given.
      assert.deepStrictEqual(feed.book("AAA-USD"), BookState.start)
      b.set(snapshot(5))
      yield* b.give(delta(4), delta(5))
      yield* b.give(delta(6))
      assert.deepStrictEqual(ticks, [snapshot(1), delta(2), snapshot(5), delta(6)])
      assert.deepStrictEqual(BookState.snapshot(feed.book("AAA-USD")), snapshot(5))
    })
  )

  it.effect("refuses feeds of different venues or subscriptions", () =>
    Effect.gen(function* () {
      const { feed } = scripted()
      const what = (other: Partial<Feed>) =>
        Effect.map(Effect.flip(Feeds.redundant(feed, scripted(other).feed)), (error) => error.what)
      assert.strictEqual(yield* what({ venue: "other" }), "venue")
      assert.strictEqual(yield* what({ subscriptions: [] }), "subscriptions")
    })
  )
})

describe("Feeds.compare", () => {
  it.effect("reports at the interval, and at last when both have ended", () =>
    Effect.gen(function* () {
      const a = scripted({
        ticks: Stream.concat(
          Stream.fromIterable(trades(1, 2)),
          Stream.fromEffect(Effect.delay(Effect.succeed(trade(4)), "25 seconds"))
        )
      })
      const b = scripted({ ticks: Stream.fromIterable([trade(2, 5), ...trades(3, 1)]) })
      const fiber = yield* Stream.runCollect(Feeds.compare(a.feed, b.feed)).pipe(
        Effect.forkScoped({ startImmediately: true })
      )
      yield* after("9 seconds")
      yield* after("1 seconds")
      yield* after("10 seconds")
      yield* after("10 seconds")
      const reports = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        reports.map(({ at, isFinal, waiting }) => ({ at, isFinal, waiting })),
        [
          { at: 10_000_000, isFinal: false, waiting: 0 },
          { at: 20_000_000, isFinal: false, waiting: 0 },
          { at: 25_000_000, isFinal: true, waiting: 0 }
        ]
      )
      assert.deepInclude(reports.at(-1)?.kinds["Trade"], {
        matched: 1,
        differing: 1,
        onlyA: 1,
        onlyB: 1,
        fields: { price: 1 }
      })
    })
  )

  it.effect("fails when both feeds have failed", () =>
    Effect.gen(function* () {
      const failing = scripted({ ticks: Stream.fail(refused) }).feed
      const error = yield* Effect.flip(Stream.runDrain(Feeds.compare(failing, failing)))
      assert.deepStrictEqual(error, refused)
    })
  )
})

describe("Feeds, however two paths interleave", () => {
  const move = Schema.Struct({
    path: Schema.Literals(["a", "b"]),
    what: Schema.Literals(["give", "give", "give", "skip", "fail", "wait"])
  })

  it.effect.prop(
    "redundant paths lose and double nothing that either gave",
    { moves: Arbitrary.array(Arbitrary.schema(move)) },
    Effect.fnUntraced(function* ({ moves }) {
      const feeds = { a: scripted(), b: scripted() }
      const { ticks } = yield* run(yield* Feeds.redundant(feeds.a.feed, feeds.b.feed))
      const next = { a: 1, b: 1 }
      const given = new Set<number>()
      for (const { path, what } of moves) {
        if (what === "wait") yield* after("7 seconds")
        else if (what === "fail" && feeds.a.isRun() && feeds.b.isRun()) {
          yield* feeds[path].fail(lost)
        } else if (what !== "fail") {
          const id = next[path]++
          if (what === "skip" || !feeds[path].isRun()) continue
          given.add(id)
          yield* feeds[path].give(trade(id))
        }
      }
      const ids = ticks.flatMap((tick) => (tick._tag === "Trade" ? [Number(tick.id)] : []))
      const ascending = (left: number, right: number) => left - right
      assert.deepStrictEqual(ids.toSorted(ascending), [...given].toSorted(ascending))
    }, Effect.scoped),
    { arbitrary: { runs: 60, size: 30 } }
  )
})
