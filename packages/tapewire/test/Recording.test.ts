import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as BookState from "tapewire/BookState"
import { Compression, deflate } from "tapewire/Compression"
import type { Feed } from "tapewire/Feed"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as Recording from "tapewire/Recording"
import * as Session from "tapewire/Session"
import * as Tape from "tapewire/Tape"
import * as TapeFile from "tapewire/TapeFile"
import * as Tick from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as MemoryFiles from "./support/MemoryFiles.ts"
import * as PlainBook from "./support/PlainBook.ts"
import { between, split } from "./support/random.ts"
import { answered, closed, instruments, opened, received, venue } from "./support/venue.ts"

const subscriptions = [
  { venue: "testing", channel: "trades", symbol: "AAA-USD" },
  { venue: "testing", channel: "book", symbol: "AAA-USD" }
] as const

const header: TapeFile.Header = {
  version: 1,
  provenance: { source: "a test", writtenBy: "Recording.test.ts" },
  feeds: [{ venue: "testing", subscriptions, instruments }]
}

const second = 1_000_000
/** Times on a tape are not those of the clock that plays it. */
const start = 1_700_000_000 * second

const path = "a.tape"

/** A tape of blocks, and what reads it. */
const written = Effect.fnUntraced(function* (
  blocks: ReadonlyArray<ReadonlyArray<Wire> | ReadonlyArray<Tick.Tick>>,
  head = header
) {
  const { fileSystem, files } = MemoryFiles.make()
  const run = <A, E, R>(effect: Effect.Effect<A, E, R | FileSystem.FileSystem | Scope>) =>
    effect.pipe(
      Effect.provideService(FileSystem.FileSystem, fileSystem),
      Effect.provideService(Compression, { writes: uncompressed, reads: [] })
    )
  const isTicks = (
    block: ReadonlyArray<Wire> | ReadonlyArray<Tick.Tick>
  ): block is ReadonlyArray<Tick.Tick> => block.some((record) => "received" in record)
  yield* Effect.gen(function* () {
    const tape = yield* TapeFile.create(path, head)
    for (const block of blocks) {
      yield* isTicks(block) ? tape.ticks(block) : tape.wire(block)
      yield* tape.flush
    }
  }).pipe(run, Effect.scoped)
  const feed = (options?: Recording.Options) => run(Recording.make(venue, path, options))
  return { run, files, feed }
})

/** Decompressing takes time that a test clock knows nothing of. */
const uncompressed = { ...deflate, compress: Effect.succeed<Uint8Array> }

/** Lets time pass until a fiber has ended. */
const ended = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>) {
  while (fiber.pollUnsafe() === undefined) {
    yield* TestClock.adjust("1 second")
    yield* Effect.yieldNow
  }
  return yield* Fiber.join(fiber)
})

const collect = (feed: Feed) =>
  Effect.flatMap(Effect.forkChild(Stream.runCollect(feed.ticks)), ended)

/** When each tick came, in milliseconds after the first. */
const times = Effect.fnUntraced(function* (feed: Feed) {
  const came: Array<number> = []
  const fiber = yield* Stream.runForEach(feed.ticks, () =>
    Effect.map(Clock.currentTimeMillis, (now) => came.push(now))
  ).pipe(Effect.forkChild)
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.repeat(Effect.yieldNow, { times: 5 })
    yield* TestClock.adjust("100 millis")
  }
  return came.map((time) => time - (came[0] ?? 0))
})

/** Makes a mistake in a byte of some of the blocks of a tape. */
const damaged = Effect.fnUntraced(function* (
  { files, run }: Effect.Success<ReturnType<typeof written>>,
  ...indices: ReadonlyArray<number>
) {
  const blocks = yield* Effect.scoped(
    run(Effect.flatMap(TapeFile.open(path), ({ blocks }) => Stream.runCollect(blocks)))
  )
  const bytes = files.get(path) ?? new Uint8Array(0)
  const offsets = blocks.flatMap((block) => ("offset" in block ? [block.offset] : []))
  for (const index of indices) {
    const at = (offsets[index + 1] ?? 0) - 1
    bytes[at] = (bytes[at] ?? 0) ^ 255
  }
  return offsets
})

const lines = Schema.encodeSync(Schema.Array(Tick.fromJson))

const trades = (...seconds: ReadonlyArray<number>) =>
  seconds.map((at, index) => received(`trade A ${index} 1 1 buy`, start + at * second))

const tick = (index: number, seconds = index, venue = "testing"): Tick.Tick => ({
  _tag: "Trade",
  venue,
  symbol: "AAA-USD",
  received: start + seconds * second,
  id: index,
  price: 1,
  size: 1,
  side: "buy"
})

/** A short life: a connection, a book with a hole in it, bad frames, and a second connection. */
const life: ReadonlyArray<Wire> = [
  opened(start),
  received("ack 1", start + 1),
  received("trade A 7 100.5 0.1 buy", start + 2),
  received("delta A 6-6 b99=1", start + 0.5 * second),
  answered("A", "5 b98=1,a101=1", start + 0.6 * second),
  received("delta A 7-8 b97=1\ntrade A 8 100.25 3 sell", start + 0.7 * second),
  received("?", start + 0.7 * second),
  received("trade A 12 0.12345678901234567 1 buy", start + 2 * second),
  received("delta A 11-11 b96=1", start + 3 * second),
  answered("A", "", start + 3.1 * second, 429),
  answered("A", "10 b98=2,a101=1", start + 3.2 * second),
  received("delta A 12-12 a102=1", start + 3.3 * second),
  closed(start + 4 * second),
  opened(start + 6 * second, 2),
  received("trade A 13 1 1 buy", start + 6 * second, 2),
  received("delta A 20-20 b98=0", start + 7 * second, 2),
  answered("A", "19 b98=2,a101=1", start + 8 * second),
  received("delta A 21-21 b98=0", start + 9 * second, 2)
]

const live = Session.make(venue, instruments).step(life).ticks

describe("Recording", () => {
  it.effect("gives of what passed on the wire what it gave live", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([life])
      const recorded = yield* feed()
      assert.isAbove(live.length, 12)
      assert.deepStrictEqual(lines(yield* collect(recorded)), lines(live))
    })
  )

  it.effect.prop(
    "gives the same lines at any speed, however the tape is cut into blocks",
    {
      cuts: Arbitrary.array(Arbitrary.schema(between(1, 6))),
      speed: Schema.Literals(["max", 1, 10])
    },
    Effect.fnUntraced(function* ({ cuts, speed }) {
      const { feed } = yield* written(split(life, cuts))
      const recorded = yield* feed({ speed: speed === "max" ? undefined : speed })
      assert.deepStrictEqual(lines(yield* collect(recorded)), lines(live))
    }),
    { arbitrary: { runs: 40, size: 8 } }
  )

  it.effect("gives recorded ticks as they are, and those of its venue only", () =>
    Effect.gen(function* () {
      const other = tick(2, 2, "elsewhere")
      const { feed } = yield* written([[tick(1), other], [tick(3)]])
      const recorded = yield* feed()
      assert.deepStrictEqual(lines(yield* collect(recorded)), lines([tick(1), tick(3)]))
    })
  )

  it.effect("says that it is recorded, what it is about, and when it has ended", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([life])
      const recorded = yield* feed()
      assert.strictEqual(recorded.venue, "testing")
      assert.strictEqual(recorded.provenance, "recorded")
      assert.deepStrictEqual(recorded.subscriptions, subscriptions)
      assert.deepInclude(yield* recorded.status, { state: "idle", counts: undefined })
      const events: Array<FeedEvent> = []
      yield* Stream.runForEach(recorded.events, (event) =>
        Effect.sync(() => events.push(event))
      ).pipe(Effect.forkScoped({ startImmediately: true }))
      yield* collect(recorded)
      yield* Effect.yieldNow
      const { counts, ...status } = yield* recorded.status
      assert.deepInclude(status, {
        state: "ended",
        ticks: live.length,
        lastTickAt: start + 9 * second
      })
      assert.deepInclude(counts, { frames: 11, undecodable: 1, ticks: live.length })
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["Ended"]
      )
    })
  )

  it.effect.each([
    [1, [0, 2000, 5000]],
    [10, [0, 200, 500]],
    [0.5, [0, 4000, 10_000]]
  ] as const)(
    "at speed %d a tick comes as long after the first as it did, so much faster",
    ([speed, expected]) =>
      Effect.gen(function* () {
        const wire = yield* written([trades(0, 2, 5)])
        assert.deepStrictEqual(yield* times(yield* wire.feed({ speed })), [...expected])
        const ticks = yield* written([[tick(1, 0), tick(2, 2)], [tick(3, 5)]])
        assert.deepStrictEqual(yield* times(yield* ticks.feed({ speed })), [...expected])
      })
  )

  it.effect("comes without a wait where no speed is asked for", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([trades(0, 2, 5000)])
      assert.deepStrictEqual(yield* times(yield* feed()), [0, 0, 0])
    })
  )

  it.effect("does not wait for a pause longer than the longest, and goes on from there", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([trades(0, 1, 100, 101, 131)])
      const cut = yield* feed({ speed: 1 })
      assert.deepStrictEqual(yield* times(cut), [0, 1000, 1000, 2000, 32_000])
      const shorter = yield* feed({ speed: 1, longestPause: "20 seconds" })
      assert.deepStrictEqual(yield* times(shorter), [0, 1000, 1000, 2000, 2000])
    })
  )

  it.effect("waits for the next tick as long as anything comes", () =>
    Effect.gen(function* () {
      const news = [40, 80].map((at) => received("news", start + at * second))
      const { feed } = yield* written([[...trades(0), ...news, ...trades(0, 120).slice(1)]])
      assert.deepStrictEqual(yield* times(yield* feed({ speed: 1 })), [0, 120_000])
    })
  )

  it.effect("goes on at once where the time on the tape goes back by more than a pause", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([trades(100, 101, 0, 2)])
      assert.deepStrictEqual(yield* times(yield* feed({ speed: 1 })), [0, 1000, 1000, 3000])
    })
  )

  it.effect("keeps its pace where what came together is not quite in order", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([trades(0, 1, 0.5, 2, 1.9, 3)])
      const came = yield* times(yield* feed({ speed: 1 }))
      assert.deepStrictEqual(came, [0, 1000, 1000, 2000, 2000, 3000])
    })
  )

  const deltas = Array.from({ length: 3000 }, (_, index) =>
    received(
      `delta A ${index + 6}-${index + 6} b${99 - (index % 7)}=${index % 4}`,
      start + index * 1000
    )
  )
  const long = [...deltas.slice(0, 1), answered("A", "5 b98=1,a101=1", start), ...deltas.slice(1)]

  it.effect.each([Number.POSITIVE_INFINITY, 100])(
    "at speed %d shows the book as it is after the ticks it gave, and none from the future",
    (speed) =>
      Effect.gen(function* () {
        const { feed } = yield* written([long])
        const recorded = yield* feed({ speed })
        let batches = 0
        const fiber = yield* Stream.runForEachArray(recorded.ticks, (batch) =>
          Effect.sync(() => {
            batches++
            const last = batch.at(-1)
            assert.isTrue(last?._tag === "BookDelta" || last?._tag === "BookSnapshot")
            const { sequence } = BookState.snapshot(recorded.book("AAA-USD")) ?? {}
            assert.strictEqual(
              sequence,
              last !== undefined && "sequence" in last ? last.sequence : 0
            )
          })
        ).pipe(Effect.forkChild)
        yield* ended(fiber)
        assert.isAbove(batches, 2)
      })
  )

  it.effect("gives a late reader of a tape the book, and only updates that follow on it", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([long])
      const recorded = yield* feed({ speed: 1 })
      const tape = yield* Tape.make([recorded])
      yield* Effect.forkScoped(tape.run)
      while (BookState.snapshot(recorded.book("AAA-USD")) === undefined)
        yield* TestClock.adjust("10 millis")
      const reader = yield* tape.reader({ capacity: 10_000 })
      yield* ended(yield* Effect.forkChild(Stream.runDrain(tape.ticks())))
      const ticks = yield* Stream.runCollect(reader.ticks)
      let plain = PlainBook.empty
      let sequence: number | undefined
      for (const tick of ticks) {
        assert.isTrue(tick._tag === "BookDelta" || tick._tag === "BookSnapshot")
        if (tick._tag !== "BookDelta" && tick._tag !== "BookSnapshot") continue
        if (tick._tag === "BookDelta") assert.strictEqual(tick.firstSequence, (sequence ?? 0) + 1)
        plain = PlainBook.follow(plain, tick)
        sequence = tick.sequence
      }
      const { asks, bids } = BookState.snapshot(recorded.book("AAA-USD")) ?? { asks: [], bids: [] }
      assert.deepStrictEqual(
        PlainBook.levels(plain),
        PlainBook.levels({ asks: new Map(asks), bids: new Map(bids) })
      )
      assert.strictEqual(sequence, 3005)
    })
  )

  it.effect("shows the books of recorded ticks, and none that a gap made unknown", () =>
    Effect.gen(function* () {
      const base = { venue: "testing", symbol: "AAA-USD", received: start }
      const snapshot: Tick.Tick = {
        _tag: "BookSnapshot",
        ...base,
        sequence: 5,
        bids: [[98, 1]],
        asks: []
      }
      const delta: Tick.Tick = {
        _tag: "BookDelta",
        ...base,
        firstSequence: 6,
        sequence: 6,
        bids: [[99, 1]],
        asks: []
      }
      const gap: Tick.Tick = {
        _tag: "Gap",
        ...base,
        channel: "book",
        cause: "disconnect"
      }
      const whole = yield* written([[delta, snapshot, delta]])
      const first = yield* whole.feed()
      yield* collect(first)
      assert.deepInclude(BookState.snapshot(first.book("AAA-USD")), {
        sequence: 6,
        bids: [
          [99, 1],
          [98, 1]
        ]
      })
      const torn = yield* written([[snapshot, delta, gap]])
      const second = yield* torn.feed()
      assert.deepStrictEqual(second.book("AAA-USD"), BookState.start)
      yield* collect(second)
      assert.deepStrictEqual(second.book("AAA-USD"), {
        _tag: "Resyncing",
        since: gap.received,
        cause: "disconnect"
      })
      assert.isUndefined(second.book("CCC-USD"))
      const third = yield* whole.feed({ speed: 1 })
      yield* Stream.runDrain(Stream.take(third.ticks, 1))
      assert.deepInclude(third.book("AAA-USD"), { _tag: "Resyncing", cause: "disconnect" })
    })
  )

  it.effect("begins again at the end where it is to loop, with a new conversation", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([life])
      const recorded = yield* feed({ loop: true })
      const twice = yield* Stream.runCollect(Stream.take(recorded.ticks, 2 * live.length))
      assert.deepStrictEqual(lines(twice), lines([...live, ...live]))
    })
  )

  it.effect("accounts for what it gave, of the round in hand where it loops", () =>
    Effect.gen(function* () {
      const trades = [1, 2, 5].map((id) => received(`trade A ${id} 1 1 buy`, start + id))
      const { feed } = yield* written([[...trades, received("news", start + 400_000)]])
      const once = yield* feed()
      yield* collect(once)
      const [entry] = yield* once.gaps
      assert.deepInclude(entry, { symbol: "AAA-USD", ticks: 3, first: 1, last: 5, missing: 2 })
      assert.deepStrictEqual(entry?.gaps, [
        { from: 3, to: 4, since: start + 2, until: start + 5, cause: "sequence" }
      ])
      const again = yield* feed({ loop: true })
      yield* Stream.runDrain(Stream.take(again.ticks, 10))
      assert.deepInclude((yield* again.gaps)[0], { ticks: 3, missing: 2 })
    })
  )

  it.effect("is idle when its reader has had enough", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([life])
      const recorded = yield* feed({ loop: true })
      yield* Stream.runDrain(Stream.take(recorded.ticks, 1))
      assert.deepInclude(yield* recorded.status, { state: "idle" })
    })
  )

  it.effect("keeps its speed when it begins again", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([trades(0, 2)])
      const recorded = yield* feed({ loop: true, speed: 1 })
      const came = yield* times({ ...recorded, ticks: Stream.take(recorded.ticks, 5) })
      assert.deepStrictEqual(came, [0, 2000, 2000, 4000, 4000])
    })
  )

  it.effect("ends where it is to loop and there is nothing to play", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([[received("news", start)]])
      const recorded = yield* feed({ loop: true })
      assert.deepStrictEqual(yield* collect(recorded), [])
    })
  )

  it.effect("tells of every damaged part, and plays the rest", () =>
    Effect.gen(function* () {
      const tape = yield* written([[tick(1)], [tick(2)], [tick(3)]])
      const [, offset] = yield* damaged(tape, 1)
      const { feed } = tape
      const told: Array<string> = []
      const recorded = yield* feed({ onDamage: (detail) => Effect.sync(() => told.push(detail)) })
      const events: Array<FeedEvent> = []
      yield* Stream.runForEach(recorded.events, (event) =>
        Effect.sync(() => events.push(event))
      ).pipe(Effect.forkScoped({ startImmediately: true }))
      const ids = (yield* collect(recorded)).flatMap((tick) => ("id" in tick ? [tick.id] : []))
      assert.deepStrictEqual(ids, [1, 3])
      yield* Effect.yieldNow
      const [detail = ""] = told
      assert.strictEqual(told.length, 1)
      assert.include(detail, `at offset ${offset} are damaged`)
      assert.deepInclude(events[0], { _tag: "Damaged", detail })
    })
  )

  const update = (sequence: number, symbol = "AAA-USD"): Tick.Tick => ({
    _tag: "BookDelta",
    venue: "testing",
    symbol,
    received: start + sequence,
    firstSequence: sequence,
    sequence,
    bids: [[99, sequence]],
    asks: []
  })
  const whole = (sequence: number, symbol = "AAA-USD"): Tick.Tick => ({
    _tag: "BookSnapshot",
    venue: "testing",
    symbol,
    received: start + sequence,
    sequence,
    bids: [[98, 1]],
    asks: []
  })
  const missed = (
    channel: Tick.Gap["channel"],
    received: number,
    { since, until = received, ...facts }: Partial<Tick.Gap>
  ): Tick.Tick => ({
    _tag: "Gap",
    venue: "testing",
    symbol: "AAA-USD",
    received,
    channel,
    ...facts,
    since,
    until,
    cause: "sequence"
  })

  it.effect("gives no update of a book after damage before the book, and tells of each once", () =>
    Effect.gen(function* () {
      const tape = yield* written([
        [whole(5), whole(5, "BBB-USD"), update(6), update(6, "BBB-USD")],
        [update(7), update(7, "BBB-USD")],
        [update(8), update(8, "BBB-USD"), update(9), whole(9, "BBB-USD"), update(10, "BBB-USD")],
        [update(10), whole(20), update(21)]
      ])
      yield* damaged(tape, 1)
      const expected = [
        whole(5),
        whole(5, "BBB-USD"),
        update(6),
        update(6, "BBB-USD"),
        missed("book", start + 8, { since: start + 6 }),
        missed("book", start + 8, { symbol: "BBB-USD", since: start + 6 }),
        whole(9, "BBB-USD"),
        update(10, "BBB-USD"),
        whole(20),
        update(21)
      ]
      const recorded = yield* tape.feed()
      assert.deepStrictEqual(lines(yield* collect(recorded)), lines(expected))
      assert.deepInclude(BookState.snapshot(recorded.book("AAA-USD")), { sequence: 21 })
      const reader = yield* tape.run(TapeFile.open(path))
      const ticks = yield* Stream.runCollect(Recording.ticks(reader, [venue]))
      assert.deepStrictEqual(lines(ticks), lines(expected))
    })
  )

  it.effect("knows no book after damage until it is given anew", () =>
    Effect.gen(function* () {
      const tape = yield* written([[whole(5)], [update(6)], [tick(1)]])
      yield* damaged(tape, 1)
      const recorded = yield* tape.feed()
      yield* collect(recorded)
      assert.isUndefined(BookState.snapshot(recorded.book("AAA-USD")))
    })
  )

  it.effect("tells again of a book that was whole between two damaged parts", () =>
    Effect.gen(function* () {
      const tape = yield* written([
        [whole(5)],
        [update(6)],
        [update(7)],
        [update(8)],
        [update(9), whole(9)],
        [update(10)],
        [update(11)]
      ])
      yield* damaged(tape, 1, 3, 5)
      assert.deepStrictEqual(
        lines(yield* collect(yield* tape.feed())),
        lines([
          whole(5),
          missed("book", start + 7, { since: start + 5 }),
          whole(9),
          missed("book", start + 11, { since: start + 9 })
        ])
      )
    })
  )

  it.effect("tells which trades are missing where a part is damaged", () =>
    Effect.gen(function* () {
      const many = (id: number, more?: Partial<Tick.Trade>): Tick.Tick => ({
        _tag: "Trade",
        venue: "testing",
        symbol: "AAA-USD",
        received: start + id,
        id,
        price: 1,
        size: 1,
        side: "buy",
        ...more
      })
      const aggregated = (id: number) => many(id, { firstId: id, lastId: id })
      const tape = yield* written([
        [many(7), aggregated(3), many(7, { symbol: "BBB-USD" })],
        [many(8), many(9)],
        [many(10), aggregated(4), many(8, { symbol: "BBB-USD" }), many(12)],
        [aggregated(5), many(13)],
        [aggregated(6), many(13), many(14), many(1, { id: "x" })]
      ])
      yield* damaged(tape, 1, 3)
      assert.deepStrictEqual(
        lines(yield* collect(yield* tape.feed())),
        lines([
          many(7),
          aggregated(3),
          many(7, { symbol: "BBB-USD" }),
          missed("trades", start + 10, { from: 8, to: 9, since: start + 7 }),
          many(10),
          aggregated(4),
          many(8, { symbol: "BBB-USD" }),
          many(12),
          missed("trades", start + 6, {
            variant: "aggregated",
            from: 5,
            to: 5,
            since: start + 4
          }),
          aggregated(6),
          many(13),
          many(14),
          many(1, { id: "x" })
        ])
      )
      const opaque = yield* tape.run(TapeFile.open(path))
      const ticks = yield* Stream.runCollect(
        Recording.ticks(opaque, [{ ...venue, trades: "opaque" }])
      )
      assert.isFalse(ticks.some(({ _tag }) => _tag === "Gap"))
    })
  )

  it.effect("tells that a tape is cut off, after what came before", () =>
    Effect.gen(function* () {
      const { feed, files } = yield* written([[tick(1)], [tick(2)]])
      const bytes = files.get(path) ?? new Uint8Array(0)
      files.set(path, bytes.slice(0, -5))
      const told: Array<string> = []
      const recorded = yield* feed({ onDamage: (detail) => Effect.sync(() => told.push(detail)) })
      assert.deepStrictEqual(lines(yield* collect(recorded)), lines([tick(1), tick(2)]))
      assert.strictEqual(told.length, 1)
      assert.match(told[0] ?? "", /^the tape is cut off at offset \d+$/)
    })
  )

  it.effect("does not take a tape of other venues for its own", () =>
    Effect.gen(function* () {
      const { feed } = yield* written([], {
        ...header,
        feeds: header.feeds.map((feed) => ({ ...feed, venue: "elsewhere" }))
      })
      const error = yield* Effect.flip(feed())
      assert.strictEqual(error.reason._tag, "BadTape")
      assert.strictEqual(
        error.message,
        "testing: a.tape holds nothing of testing, only of elsewhere"
      )
      assert.isFalse(error.isRetryable)
    })
  )

  it.effect("says that there is no tape", () =>
    Effect.gen(function* () {
      const { files, feed } = yield* written([])
      files.delete(path)
      const error = yield* Effect.flip(feed())
      assert.strictEqual(error.reason._tag, "BadTape")
      assert.strictEqual(error.message, "testing: a.tape does not exist")
    })
  )

  it.effect("plays all venues of a tape in its order, and leaves out those it is not given", () =>
    Effect.gen(function* () {
      const other = { ...venue, id: "elsewhere" }
      const from = (event: Wire): Wire => ({ ...event, venue: "elsewhere" })
      const [one, two] = trades(1, 3)
      assert(one !== undefined && two !== undefined)
      const { run } = yield* written([[one, from(one), two, from(two)]], {
        ...header,
        feeds: [...header.feeds, { venue: "elsewhere", subscriptions, instruments }]
      })
      const tape = yield* run(TapeFile.open(path))
      const both = yield* Stream.runCollect(Recording.ticks(tape, [venue, other]))
      assert.deepStrictEqual(
        both.map(({ received, venue }) => [venue, (received - start) / second]),
        [
          ["testing", 1],
          ["elsewhere", 1],
          ["testing", 3],
          ["elsewhere", 3]
        ]
      )
      const alone = yield* Stream.runCollect(Recording.ticks(tape, [venue]))
      assert.deepStrictEqual(
        alone,
        both.filter(({ venue }) => venue === "testing")
      )
    })
  )
})
