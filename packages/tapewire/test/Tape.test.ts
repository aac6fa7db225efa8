import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import type { Synced } from "tapewire/BookState"
import type { Feed } from "tapewire/Feed"
import { FeedError, Lost, type Reason, Refused } from "tapewire/FeedError"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as Subscriber from "tapewire/Subscriber"
import * as Ledger from "tapewire/Ledger"
import * as Tape from "tapewire/Tape"
import type { BookDelta, BookSnapshot, Tick } from "tapewire/Tick"

const settle = Effect.repeat(Effect.yieldNow, { times: 20 })

const base = (venue: string, symbol = "AAA-USD") => ({ venue, symbol, received: 0 })

const trade = (venue: string, id: number, symbol?: string): Tick => ({
  _tag: "Trade",
  ...base(venue, symbol),
  id,
  price: 1,
  size: 1,
  side: "buy"
})

const trades = (venue: string, ...ids: ReadonlyArray<number>) => ids.map((id) => trade(venue, id))

const lost = new Lost({ code: 1006, detail: "" })
const refused = new Refused({ detail: "because" })

const failed = (venue: string, reason: Reason) => new FeedError({ venue, reason })

const feed = (
  venue: string,
  ticks: Stream.Stream<Tick, FeedError>,
  rest?: Partial<Feed>
): Feed => ({
  venue,
  provenance: "live",
  subscriptions: [{ venue, channel: "trades", symbol: "AAA-USD" }],
  subscribe: () => Effect.void,
  unsubscribe: () => Effect.void,
  ticks,
  gaps: Effect.succeed([]),
  contiguous: [],
  events: Stream.empty,
  status: Effect.succeed({
    state: "running",
    ticks: 0,
    lastTickAt: undefined,
    lagMs: undefined,
    losses: 0,
    counts: undefined
  }),
  book: () => undefined,
  ...rest
})

const recorded = { provenance: "recorded" } as const

/** A feed whose batches come from a queue, and which counts those it has handed on. */
const queued = Effect.fnUntraced(function* (venue: string, rest?: Partial<Feed>) {
  const queue = yield* Queue.unbounded<Tick>()
  const handed: Array<Tick> = []
  const ticks = Stream.fromQueue(queue).pipe(
    Stream.rechunk(1),
    Stream.map((tick) => {
      handed.push(tick)
      return tick
    })
  )
  return { queue, handed, feed: feed(venue, ticks, rest) }
})

/** Collects what a reader reads, from now on. */
const collect = Effect.fnUntraced(function* (tape: Tape.Interface, options?: Tape.ReaderOptions) {
  const reader = yield* tape.reader(options)
  const ticks: Array<Tick> = []
  const fiber = yield* Stream.runForEach(reader.ticks, (tick) =>
    Effect.sync(() => ticks.push(tick))
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  return { ticks, fiber, stats: reader.stats }
})

/** A feed that gives one tick each time it is run, and then ends as told. */
const runs = (venue: string, ends: ReadonlyArray<Stream.Stream<never, FeedError>>) => {
  const times: Array<number> = []
  const ticks = Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (now) => {
      const count = times.push(now)
      return Stream.concat(Stream.succeed(trade(venue, count)), ends[count - 1] ?? Stream.never)
    })
  )
  return { times, feed: feed(venue, ticks) }
}

const fails = (venue: string, reason: Reason) => Stream.fail(failed(venue, reason))

const ids = (ticks: ReadonlyArray<Tick>) =>
  ticks.flatMap((tick) => (tick._tag === "Trade" ? [`${tick.venue} ${tick.id}`] : []))

describe("Tape", () => {
  it.effect("says of all feeds what is missing, and which subscriptions gave nothing", () =>
    Effect.gen(function* () {
      const ledger = Ledger.make({ contiguous: () => true })
      Ledger.step(ledger, [trade("a", 1), trade("a", 4)])
      const entries = Ledger.report(ledger)
      const a = feed("a", Stream.empty, { gaps: Effect.succeed(entries) })
      const b = feed("b", Stream.empty, recorded)
      const found = yield* Effect.flatMap(Tape.make([a, b]), ({ gaps }) => gaps)
      assert.deepStrictEqual(
        found.map(({ missing, provenance, ticks, venue, verdict }) => [
          venue,
          provenance,
          ticks,
          missing,
          verdict
        ]),
        [
          ["a", "live", 2, 2, "incomplete"],
          ["b", "recorded", 0, 0, "unproven"]
        ]
      )
    })
  )

  it.effect("gives every reader the ticks of all feeds, those of each in their order", () =>
    Effect.gen(function* () {
      const tape = yield* Tape.make([
        feed("a", Stream.fromIterable(trades("a", 1, 2, 3))),
        feed("b", Stream.fromIterable(trades("b", 1, 2)))
      ])
      const readers = [yield* collect(tape), yield* collect(tape)]
      yield* tape.run
      for (const { fiber, ticks } of readers) {
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(ids(ticks).toSorted(), ["a 1", "a 2", "a 3", "b 1", "b 2"])
        assert.deepStrictEqual(
          ids(ticks).filter((id) => id.startsWith("a")),
          ["a 1", "a 2", "a 3"]
        )
      }
    })
  )

  it.effect("reads nothing before it is run", () =>
    Effect.gen(function* () {
      const { feed, times } = runs("a", [])
      const tape = yield* Tape.make([feed])
      yield* collect(tape)
      yield* settle
      assert.deepStrictEqual(times, [])
    })
  )

  it.effect("starts a feed again that failed, later each time, while the others go on", () =>
    Effect.gen(function* () {
      const a = runs(
        "a",
        Array.from({ length: 6 }, () => fails("a", lost))
      )
      const b = yield* queued("b")
      const tape = yield* Tape.make([a.feed, b.feed], { longestWait: "30 seconds" })
      const { ticks } = yield* collect(tape)
      const fiber = yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* settle
      assert.deepStrictEqual(a.times, [0])
      yield* Queue.offer(b.queue, trade("b", 1))
      yield* settle
      assert.deepStrictEqual(ids(ticks), ["a 1", "b 1"])
      yield* TestClock.adjust("5 minutes")
      yield* settle
      assert.strictEqual(a.times.length, 7)
      const waits = a.times.slice(1).map((time, index) => time - (a.times[index] ?? 0))
      for (const [index, longest] of [5, 10, 20, 30, 30, 30].entries()) {
        assert.isAtLeast(waits[index] ?? 0, longest * 800)
        assert.isAtMost(waits[index] ?? 0, longest * 1200)
      }
      yield* Queue.offer(b.queue, trade("b", 2))
      yield* settle
      assert.strictEqual(ids(ticks).at(-1), "b 2")
      assert.isUndefined(fiber.pollUnsafe())
    })
  )

  it.effect("does not start a feed again where that is of no use", () =>
    Effect.gen(function* () {
      const a = runs("a", [fails("a", refused)])
      const b = runs("b", [])
      const tape = yield* Tape.make([a.feed, b.feed])
      const fiber = yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(a.times.length, 1)
      assert.isUndefined(fiber.pollUnsafe())
    })
  )

  it.effect("a defect of one feed does not stop the others", () =>
    Effect.gen(function* () {
      const a = runs("a", [Stream.die("a mistake")])
      const b = yield* queued("b")
      const tape = yield* Tape.make([a.feed, b.feed])
      const { ticks } = yield* collect(tape)
      const fiber = yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      yield* Queue.offer(b.queue, trade("b", 1))
      yield* settle
      assert.deepStrictEqual(ids(ticks), ["a 1", "b 1"])
      assert.isUndefined(fiber.pollUnsafe())
    })
  )

  it.effect("fails with the first failure, and stops the others, where that was asked for", () =>
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      const b = feed("b", Stream.never.pipe(Stream.ensuring(Deferred.succeed(stopped, undefined))))
      const a = runs("a", [fails("a", lost)])
      const tape = yield* Tape.make([b, a.feed], { onFailure: "fail" })
      const { fiber } = yield* collect(tape)
      const error = yield* Effect.flip(tape.run)
      assert.deepStrictEqual(error, failed("a", lost))
      yield* Deferred.await(stopped)
      yield* Fiber.join(fiber)
      assert.strictEqual(a.times.length, 1)
    })
  )

  it.effect("ends when all feeds have, and its readers with it, those that come later too", () =>
    Effect.gen(function* () {
      const b = yield* queued("b")
      const tape = yield* Tape.make([feed("a", Stream.fromIterable(trades("a", 1))), b.feed])
      const early = yield* collect(tape)
      const fiber = yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* settle
      assert.isUndefined(fiber.pollUnsafe())
      yield* Queue.shutdown(b.queue)
      yield* Fiber.await(fiber)
      yield* Fiber.join(early.fiber)
      assert.deepStrictEqual(ids(early.ticks), ["a 1"])
      const late = yield* collect(tape)
      yield* Fiber.join(late.fiber)
      assert.deepStrictEqual(late.ticks, [])
    })
  )

  it.effect("fails when all feeds have failed, and not when one came to its end", () =>
    Effect.gen(function* () {
      const bad = feed("a", fails("a", refused))
      const worse = feed("b", fails("b", refused))
      const good = feed("c", Stream.empty)
      const all = yield* Tape.make([bad, worse])
      assert.deepStrictEqual(yield* Effect.flip(all.run), failed("a", refused))
      const some = yield* Tape.make([bad, good])
      yield* some.run
      const none = yield* Tape.make([])
      yield* none.run
    })
  )

  it.effect("gives a reader what its subscriptions ask for, and nothing else", () =>
    Effect.gen(function* () {
      const quote: Tick = { _tag: "Quote", ...base("a"), bid: 1 }
      const tape = yield* Tape.make([
        feed("a", Stream.fromIterable([trade("a", 1), quote, trade("a", 2, "BBB-USD")])),
        feed("b", Stream.fromIterable([trade("b", 3)]))
      ])
      const reader = yield* collect(tape, {
        subscriptions: [
          { venue: "a", channel: "trades", symbol: "AAA-USD" },
          { venue: "a", channel: "trades", symbol: "CCC-USD" },
          { venue: "b", channel: "quotes", symbol: "AAA-USD" }
        ]
      })
      yield* tape.run
      yield* Fiber.join(reader.fiber)
      assert.deepStrictEqual(ids(reader.ticks), ["a 1"])
      assert.deepInclude(yield* reader.stats, { offered: 1, delivered: 1, dropped: 0 })
    })
  )

  it.effect("makes a recorded feed wait for a reader that must not miss anything", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 20 }, (_, index) => index)
      const a = yield* queued("a", recorded)
      const tape = yield* Tape.make([a.feed])
      const slow = yield* tape.reader({ policy: "suspend", capacity: 3 })
      const quick = yield* collect(tape)
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offerAll(a.queue, trades("a", ...all))
      yield* settle
      assert.deepStrictEqual(ids(a.handed), ["a 0", "a 1", "a 2", "a 3"])
      assert.deepInclude(yield* slow.stats, { offered: 3, waiting: 3, dropped: 0 })
      assert.strictEqual(quick.ticks.length, 4)
      const ticks = yield* Stream.runCollect(Stream.take(slow.ticks, all.length))
      assert.deepStrictEqual(ticks, trades("a", ...all))
      assert.strictEqual(quick.ticks.length, all.length)
    })
  )

  it.effect("makes no live feed wait, but ends a reader that must not miss anything", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 20 }, (_, index) => index)
      const a = yield* queued("a")
      const tape = yield* Tape.make([a.feed])
      const slow = yield* tape.reader({ name: "recorder", policy: "suspend", capacity: 3 })
      const quick = yield* collect(tape)
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offerAll(a.queue, trades("a", ...all))
      yield* settle
      assert.deepStrictEqual(quick.ticks, trades("a", ...all))
      const kept: Array<Tick> = []
      const error = yield* Effect.flip(
        Stream.runForEach(slow.ticks, (tick) => Effect.sync(() => kept.push(tick)))
      )
      assert.deepStrictEqual(kept, trades("a", 0, 1, 2))
      assert.deepStrictEqual(
        error,
        new Subscriber.Overrun({ reader: "recorder", capacity: 3, dropped: 17 })
      )
      yield* Queue.offer(a.queue, trade("a", 20))
      yield* settle
      assert.deepInclude(yield* quick.stats, { offered: 21, delivered: 21 })
      assert.deepStrictEqual(yield* slow.stats, {
        name: "recorder",
        policy: "suspend",
        offered: 20,
        delivered: 3,
        dropped: 17,
        waiting: 0,
        overrun: true
      })
    })
  )

  it.effect("has offered every reader what a live feed gave before it takes more", () =>
    Effect.gen(function* () {
      const batches = [trades("a", 1, 2), trades("a", 3), trades("a", 4, 5, 6)]
      const offeredBefore: Array<ReadonlyArray<number>> = []
      const tape: Tape.Interface = yield* Tape.make([
        feed(
          "a",
          Stream.fromIterable(batches).pipe(
            Stream.rechunk(1),
            Stream.mapEffect((batch) =>
              Effect.gen(function* () {
                offeredBefore.push((yield* tape.readers).map(({ offered }) => offered))
                return batch
              })
            ),
            Stream.flatMap(Stream.fromIterable)
          )
        )
      ])
      for (const policy of Subscriber.Policy.literals) yield* tape.reader({ policy, capacity: 1 })
      yield* tape.run
      assert.deepStrictEqual(offeredBefore, [
        [0, 0, 0],
        [2, 2, 2],
        [3, 3, 3]
      ])
      for (const { delivered, dropped, offered, waiting } of yield* tape.readers) {
        assert.strictEqual(offered, 6)
        assert.strictEqual(offered, delivered + dropped + waiting)
      }
    })
  )

  it.effect("lets all feeds go on that waited for one reader", () =>
    Effect.gen(function* () {
      const feeds = yield* Effect.forEach(["a", "b", "c"], (venue) => queued(venue, recorded))
      const tape = yield* Tape.make(feeds.map(({ feed }) => feed))
      const slow = yield* tape.reader({ policy: "suspend", capacity: 1 })
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      for (const { feed, queue } of feeds) {
        yield* Queue.offerAll(queue, trades(feed.venue, 1, 2, 3))
      }
      yield* settle
      const ticks = yield* Stream.runCollect(Stream.take(slow.ticks, 9))
      for (const { feed } of feeds) {
        assert.deepStrictEqual(
          ticks.filter(({ venue }) => venue === feed.venue),
          trades(feed.venue, 1, 2, 3)
        )
      }
    })
  )

  it.effect("makes no feed wait for a reader that does not read it", () =>
    Effect.gen(function* () {
      const a = yield* queued("a", recorded)
      const b = yield* queued("b", recorded)
      const tape = yield* Tape.make([a.feed, b.feed])
      yield* tape.reader({ policy: "suspend", capacity: 1, subscriptions: a.feed.subscriptions })
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offerAll(a.queue, trades("a", 1, 2, 3))
      yield* Queue.offerAll(b.queue, trades("b", 1, 2, 3))
      yield* settle
      assert.deepStrictEqual(ids(a.handed), ["a 1", "a 2"])
      assert.strictEqual(b.handed.length, 3)
    })
  )

  it.effect("makes no feed wait for a reader who left", () =>
    Effect.gen(function* () {
      const a = yield* queued("a", recorded)
      const tape = yield* Tape.make([a.feed])
      const scope = yield* Scope.make()
      yield* tape.reader({ policy: "suspend", capacity: 1 }).pipe(Scope.provide(scope))
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offerAll(a.queue, trades("a", 1, 2, 3, 4))
      yield* settle
      assert.strictEqual(a.handed.length, 2)
      assert.strictEqual((yield* tape.readers).length, 1)
      yield* Scope.close(scope, Exit.void)
      yield* settle
      assert.strictEqual(a.handed.length, 4)
      assert.deepStrictEqual(yield* tape.readers, [])
    })
  )

  it.effect("never waits for a reader that may miss something", () =>
    Effect.gen(function* () {
      const tape = yield* Tape.make([
        feed("a", Stream.fromIterable(trades("a", 1, 2, 3, 4)).pipe(Stream.rechunk(1)))
      ])
      const oldest = yield* tape.reader({ name: "list", policy: "drop-oldest", capacity: 2 })
      const latest = yield* tape.reader({ name: "screen", policy: "conflate", capacity: 2 })
      yield* tape.run
      const counts = { offered: 4, delivered: 0, dropped: 2, waiting: 2, overrun: false }
      assert.deepStrictEqual(yield* tape.readers, [
        { name: "list", policy: "drop-oldest", ...counts },
        { name: "screen", policy: "conflate", ...counts }
      ])
      assert.deepStrictEqual(yield* Stream.runCollect(oldest.ticks), trades("a", 3, 4))
      assert.deepStrictEqual(yield* Stream.runCollect(latest.ticks), trades("a", 3, 4))
    })
  )

  it.effect("a reader that says nothing else has a number, and drops the oldest of 10,000", () =>
    Effect.gen(function* () {
      const all = trades("a", ...Array.from({ length: 10_001 }, (_, index) => index))
      const tape = yield* Tape.make([feed("a", Stream.fromIterable(all).pipe(Stream.rechunk(1)))])
      yield* tape.reader()
      const second = yield* tape.reader()
      yield* tape.run
      assert.deepStrictEqual(yield* second.stats, {
        name: "reader-2",
        policy: "drop-oldest",
        offered: 10_001,
        delivered: 0,
        dropped: 1,
        waiting: 10_000,
        overrun: false
      })
    })
  )

  it.effect("gives a late reader the book of the feed it comes from", () =>
    Effect.gen(function* () {
      const snapshot = (venue: string, sequence: number): BookSnapshot => ({
        _tag: "BookSnapshot",
        ...base(venue),
        sequence,
        bids: [[1, sequence]],
        asks: []
      })
      const synced = (book: BookSnapshot): Synced => ({ _tag: "Synced", book })
      const delta = (venue: string, sequence: number): BookDelta => ({
        _tag: "BookDelta",
        ...base(venue),
        firstSequence: sequence,
        sequence,
        bids: [[1, sequence]],
        asks: []
      })
      const a = yield* queued("a", { book: () => synced(snapshot("a", 7)) })
      const b = yield* queued("b", {
        book: (symbol) => (symbol === "AAA-USD" ? synced(snapshot("b", 9)) : undefined)
      })
      const tape = yield* Tape.make([a.feed, b.feed])
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offer(b.queue, delta("b", 8))
      yield* settle
      const { ticks } = yield* collect(tape)
      yield* Queue.offerAll(b.queue, [delta("b", 9), delta("b", 10)])
      yield* settle
      assert.deepStrictEqual(ticks, [snapshot("b", 9), delta("b", 10)])
      assert.deepStrictEqual(tape.book("a", "AAA-USD"), synced(snapshot("a", 7)))
      assert.isUndefined(tape.book("b", "BBB-USD"))
      assert.isUndefined(tape.book("c", "AAA-USD"))
    })
  )

  it.effect(
    "says of a book what the feed says that has it true, else the first that follows it",
    () =>
      Effect.gen(function* () {
        const resyncing = { _tag: "Resyncing", since: 1, cause: "sequence" } as const
        const synced: Synced = {
          _tag: "Synced",
          book: { _tag: "BookSnapshot", ...base("a"), bids: [], asks: [] }
        }
        const showing = (state: Synced | typeof resyncing | undefined) =>
          feed("a", Stream.empty, { book: () => state })
        const [none, lost, whole] = [showing(undefined), showing(resyncing), showing(synced)]
        const shown = (...feeds: ReadonlyArray<Feed>) =>
          Effect.map(Tape.make(feeds), (tape) => tape.book("a", "AAA-USD"))
        assert.deepStrictEqual(yield* shown(none, lost), resyncing)
        assert.deepStrictEqual(yield* shown(lost, whole, lost), synced)
        assert.isUndefined(yield* shown(none))
      })
  )

  it.effect("tells how every feed is doing and what happens to any of them", () =>
    Effect.gen(function* () {
      const event = (venue: string): FeedEvent => ({ _tag: "Leaving", venue, at: 1 })
      const tape = yield* Tape.make([
        feed("a", Stream.never, { events: Stream.succeed(event("a")) }),
        feed("b", Stream.never, { events: Stream.succeed(event("b")), provenance: "recorded" })
      ])
      const events = yield* Stream.runCollect(tape.events)
      assert.sameDeepMembers(events, [event("a"), event("b")])
      const [a, b] = yield* tape.status
      assert.deepInclude(a, { venue: "a", provenance: "live", state: "running" })
      assert.deepInclude(b, { venue: "b", provenance: "recorded" })
      assert.deepStrictEqual(b?.subscriptions, [
        { venue: "b", channel: "trades", symbol: "AAA-USD" }
      ])
    })
  )

  it.effect.each([
    [true, ["Tape.batch", "Tape.batch"]],
    [false, []]
  ] as const)("traced: %s, two batches make the spans %j", ([traced, expected]) =>
    Effect.gen(function* () {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          spans.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const ticks = Stream.fromIterable(trades("a", 1, 2, 3)).pipe(Stream.rechunk(2))
      const tape = yield* Tape.make([feed("a", ticks)], { traced })
      yield* Effect.withTracer(tape.run, tracer)
      assert.deepStrictEqual(spans, [...expected])
    })
  )

  it.effect("gives ticks to whoever runs its stream, from then on", () =>
    Effect.gen(function* () {
      const a = yield* queued("a")
      const tape = yield* Tape.make([a.feed])
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Queue.offer(a.queue, trade("a", 1))
      yield* settle
      const fiber = yield* Stream.runCollect(Stream.take(tape.ticks(), 2)).pipe(
        Effect.forkScoped({ startImmediately: true })
      )
      yield* Queue.offerAll(a.queue, trades("a", 2, 3))
      assert.deepStrictEqual(yield* Fiber.join(fiber), trades("a", 2, 3))
      yield* settle
      assert.deepStrictEqual(yield* tape.readers, [])
    })
  )

  it.effect("runs the feeds of its layer for as long as the layer is in use", () =>
    Effect.gen(function* () {
      class A extends Context.Service<A, Feed>()("test/A") {}
      class B extends Context.Service<B, Feed>()("test/B") {}
      let open = 0
      const ticks = Stream.unwrap(
        Effect.acquireRelease(
          Effect.sync(() => open++),
          () => Effect.sync(() => open--)
        ).pipe(Effect.as(Stream.never))
      ).pipe(Stream.scoped)
      const layer = Tape.layer([A, B]).pipe(
        Layer.provide(Layer.succeed(A, feed("a", ticks))),
        Layer.provide(Layer.succeed(B, feed("b", ticks)))
      )
      yield* Effect.gen(function* () {
        const tape = yield* Tape.Tape
        yield* settle
        assert.strictEqual(open, 2)
        assert.deepStrictEqual(
          tape.feeds.map(({ venue }) => venue),
          ["a", "b"]
        )
      }).pipe(Effect.provide(layer))
      assert.strictEqual(open, 0)
    })
  )
})
