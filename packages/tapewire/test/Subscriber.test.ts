import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Subscriber from "tapewire/Subscriber"
import type { BookSnapshot, Tick, Trade } from "tapewire/Tick"
import * as PlainBook from "./support/PlainBook.ts"
import { between, change, type Change, levelsOf } from "./support/random.ts"

const base = (symbol: string) => ({ venue: "testing", symbol, received: 0 })
const trade = (id: number, symbol = "AAA-USD"): Trade => ({
  _tag: "Trade",
  ...base(symbol),
  id,
  price: 1,
  size: 1,
  side: "buy"
})
const quote = (bid: number, symbol = "AAA-USD"): Tick => ({ _tag: "Quote", ...base(symbol), bid })
const snapshot = (sequence: number, symbol = "AAA-USD"): BookSnapshot => ({
  _tag: "BookSnapshot",
  ...base(symbol),
  sequence,
  bids: [],
  asks: []
})
const delta = (sequence: number, symbol = "AAA-USD"): Tick => ({
  _tag: "BookDelta",
  ...base(symbol),
  firstSequence: sequence,
  sequence,
  bids: [],
  asks: []
})

const make = (options?: Partial<Subscriber.Options>) =>
  Subscriber.make({
    name: "a reader",
    policy: "drop-oldest",
    capacity: 3,
    accepts: undefined,
    book: () => undefined,
    ...options
  })

/** Takes everything that waits. */
const drain = (subscriber: Subscriber.Subscriber) =>
  Effect.gen(function* () {
    const out: Array<Tick> = []
    while (subscriber.stats().waiting > 0) out.push(...(yield* subscriber.take))
    return out
  })

const counts = (subscriber: Subscriber.Subscriber) => {
  const { delivered, dropped, offered, waiting } = subscriber.stats()
  return { offered, delivered, dropped, waiting }
}

/** The two books of a feed as they truly are, and every state they were ever in. */
const makeTruth = () => {
  const books = new Map<
    string,
    { readonly sequence: number; readonly plain: PlainBook.PlainBook }
  >()
  const past = new Map<string, ReturnType<typeof PlainBook.levels>>()
  let sequence = 0
  let id = 0

  const put = (symbol: string, plain: PlainBook.PlainBook) => {
    books.set(symbol, { sequence: ++sequence, plain })
    past.set(`${symbol} ${sequence}`, PlainBook.levels(plain))
  }
  const whole = (symbol: string): BookSnapshot | undefined => {
    const book = books.get(symbol)
    if (book === undefined) return undefined
    return { ...snapshot(book.sequence, symbol), ...PlainBook.levels(book.plain) }
  }

  /** The next tick of a kind, as a feed that keeps its books true would give it. */
  const next = ({ change, kind, symbol }: Step): Tick => {
    const book = books.get(symbol)
    switch (kind) {
      case "trade":
        return trade(++id, symbol)
      case "quote":
        return quote(++id, symbol)
      case "lose":
        books.delete(symbol)
        return {
          _tag: "Gap",
          ...base(symbol),
          channel: "book",
          cause: "disconnect"
        }
      case "book": {
        if (book === undefined) {
          put(symbol, PlainBook.apply(PlainBook.empty, levelsOf([change])))
          return whole(symbol) ?? snapshot(0, symbol)
        }
        const levels = levelsOf([change])
        put(symbol, PlainBook.apply(book.plain, levels))
        return {
          _tag: "BookDelta",
          ...base(symbol),
          firstSequence: book.sequence + 1,
          sequence,
          ...levels
        }
      }
    }
  }
  return { next, whole, past }
}

interface Step {
  readonly kind: "trade" | "quote" | "book" | "lose"
  readonly symbol: string
  readonly change: Change
}

/** Applies what it is given as a careful client would, and fails where that makes no sense. */
const makeClient = ({ past }: ReturnType<typeof makeTruth>) => {
  const books = new Map<
    string,
    { readonly sequence: number; readonly plain: PlainBook.PlainBook }
  >()
  return {
    books,
    read: (tick: Tick) => {
      if (tick._tag === "Gap") books.delete(tick.symbol)
      if (tick._tag !== "BookSnapshot" && tick._tag !== "BookDelta") return
      const { sequence = -1, symbol } = tick
      const before = books.get(symbol)
      if (tick._tag === "BookDelta") {
        assert.isDefined(before, `an update of ${symbol} without its book`)
        assert.strictEqual(tick.firstSequence, (before?.sequence ?? 0) + 1)
      }
      const plain = PlainBook.follow(before?.plain ?? PlainBook.empty, tick)
      assert.deepStrictEqual(PlainBook.levels(plain), past.get(`${symbol} ${sequence}`))
      books.set(symbol, { sequence, plain })
    }
  }
}

const anyChange: Change = { side: "bids", level: [1, 1] }
const symbols = ["AAA-USD", "BBB-USD"]

const step = Arbitrary.all({
  kind: Arbitrary.schema(
    Schema.Literals(["trade", "quote", "book", "book", "book", "book", "lose"])
  ),
  symbol: Arbitrary.schema(Schema.Literals(symbols)),
  change
})
const steps = Arbitrary.array(
  Arbitrary.all({
    batch: Arbitrary.array(step, { minLength: 1, maxLength: 4 }),
    takes: Arbitrary.schema(between(0, 2))
  })
)
const life = {
  policy: Subscriber.Policy,
  capacity: between(1, 8),
  before: steps,
  steps
}

const many = { arbitrary: { runs: 600, size: 30 } }

/** A feed, a reader of it who comes after some of the steps, and all that reader was given. */
const live = Effect.fnUntraced(function* (
  options: Pick<Subscriber.Options, "capacity" | "policy"> & {
    readonly accepts?: (tick: Tick) => boolean
  },
  before: ReadonlyArray<{ readonly batch: ReadonlyArray<Step> }>,
  steps: ReadonlyArray<{ readonly batch: ReadonlyArray<Step>; readonly takes: number }>
) {
  const truth = makeTruth()
  for (const { batch } of before) batch.map(truth.next)
  const subscriber = make({ ...options, book: (_, symbol) => truth.whole(symbol) })
  const client = makeClient(truth)
  const given: Array<Tick> = []
  const meant: Array<Tick> = []
  const check = () => {
    const { delivered, dropped, offered, waiting } = counts(subscriber)
    assert.strictEqual(offered, delivered + dropped + waiting)
    assert.strictEqual(delivered, given.length)
    assert.isAtLeast(dropped, 0)
    assert.isAtLeast(waiting, 0)
  }
  const take = Effect.gen(function* () {
    if (subscriber.stats().waiting === 0) return
    for (const tick of yield* subscriber.take) {
      client.read(tick)
      given.push(tick)
    }
    check()
  })
  const offer = Effect.fnUntraced(function* (batch: ReadonlyArray<Tick>) {
    if (!Arr.isReadonlyArrayNonEmpty(batch)) return
    while (subscriber.offer(batch) === "full") yield* take
    meant.push(...batch.filter(options.accepts ?? (() => true)))
    check()
    assert.strictEqual(subscriber.stats().offered, meant.length)
  })
  for (const { batch, takes } of steps) {
    yield* offer(batch.map(truth.next))
    for (let count = 0; count < takes; count++) yield* take
  }
  const catchUp = Effect.gen(function* () {
    while (subscriber.stats().waiting > 0) yield* take
  })
  return { truth, subscriber, client, given, meant, offer, catchUp }
})

describe("Subscriber", () => {
  it.effect("gives the batches it was offered, in their order", () =>
    Effect.gen(function* () {
      const subscriber = make()
      subscriber.offer([trade(1), trade(2)])
      subscriber.offer([trade(3)])
      assert.deepStrictEqual(yield* subscriber.take, [trade(1), trade(2)])
      assert.deepStrictEqual(yield* subscriber.take, [trade(3)])
    })
  )

  it.effect("a reader who waits is given the next batch", () =>
    Effect.gen(function* () {
      const subscriber = make()
      const fiber = yield* Effect.forkChild(subscriber.take, { startImmediately: true })
      subscriber.offer([trade(1)])
      assert.deepStrictEqual(yield* Fiber.join(fiber), [trade(1)])
    })
  )

  it.effect("loses nothing to a reader who stopped waiting", () =>
    Effect.gen(function* () {
      const subscriber = make()
      const fiber = yield* Effect.forkChild(subscriber.take, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      subscriber.offer([trade(1)])
      assert.deepStrictEqual(counts(subscriber), {
        offered: 1,
        delivered: 0,
        dropped: 0,
        waiting: 1
      })
    })
  )

  it.effect("gives what it has after the end, then says that there is no more", () =>
    Effect.gen(function* () {
      const subscriber = make()
      subscriber.offer([trade(1)])
      subscriber.end()
      assert.strictEqual(subscriber.offer([trade(2)]), "taken")
      assert.deepStrictEqual(yield* subscriber.take, [trade(1)])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(subscriber.take)))
      assert.deepInclude(subscriber.stats(), { offered: 1, delivered: 1 })
    })
  )

  it.effect("wakes at the end whoever waits for a batch or for room", () =>
    Effect.gen(function* () {
      const empty = make()
      const reader = yield* Effect.forkChild(empty.take, { startImmediately: true })
      empty.end()
      assert.isTrue(Exit.isFailure(yield* Fiber.await(reader)))
      const full = make({ policy: "suspend", capacity: 1 })
      full.offer([trade(1)])
      const writer = yield* Effect.forkChild(full.room, { startImmediately: true })
      full.end()
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(writer)))
    })
  )

  it("tells its name, its policy and what became of the ticks", () => {
    const subscriber = make({ name: "screen", policy: "conflate" })
    subscriber.offer([trade(1)])
    assert.deepStrictEqual(subscriber.stats(), {
      name: "screen",
      policy: "conflate",
      offered: 1,
      delivered: 0,
      dropped: 0,
      waiting: 1,
      overrun: false
    })
  })

  it.effect("counts and gives only the ticks that are meant for the reader", () =>
    Effect.gen(function* () {
      const subscriber = make({ accepts: ({ symbol }) => symbol === "BBB-USD" })
      subscriber.offer([trade(1), trade(2, "BBB-USD")])
      subscriber.offer([trade(3)])
      assert.deepStrictEqual(yield* drain(subscriber), [trade(2, "BBB-USD")])
      assert.deepInclude(subscriber.stats(), { offered: 1, dropped: 0 })
    })
  )

  it.effect("suspend takes nothing while it is full, and has room once a batch was taken", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "suspend", capacity: 2 })
      assert.strictEqual(subscriber.offer([trade(1)]), "taken")
      assert.strictEqual(subscriber.offer([trade(2), trade(3)]), "taken")
      assert.strictEqual(subscriber.offer([trade(4)]), "full")
      assert.deepInclude(subscriber.stats(), { offered: 3, waiting: 3 })
      const room = yield* Effect.forkChild(subscriber.room, { startImmediately: true })
      yield* subscriber.take
      assert.isUndefined(room.pollUnsafe())
      yield* subscriber.take
      yield* Fiber.join(room)
      assert.strictEqual(subscriber.offer([trade(4)]), "taken")
    })
  )

  it.effect("suspend tells of room to everybody who waits for it", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "suspend", capacity: 1 })
      subscriber.offer([trade(1)])
      const waiting = yield* Effect.forEach([1, 2, 3], () =>
        Effect.forkChild(subscriber.room, { startImmediately: true })
      )
      yield* subscriber.take
      yield* Effect.yieldNow
      assert.isTrue(waiting.every((fiber) => fiber.pollUnsafe() !== undefined))
    })
  )

  it("suspend lets pass what is not meant for the reader, however full it is", () => {
    const subscriber = make({
      policy: "suspend",
      capacity: 1,
      accepts: ({ symbol }) => symbol === "AAA-USD"
    })
    subscriber.offer([trade(1)])
    assert.strictEqual(subscriber.offer([trade(2, "BBB-USD")]), "taken")
    assert.strictEqual(subscriber.offer([trade(3)]), "full")
  })

  it.effect("overrun, suspend gives all that it took, and then says how much it did not", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "suspend", capacity: 2 })
      subscriber.offer([trade(1)])
      subscriber.offer([trade(2)])
      assert.strictEqual(subscriber.offer([trade(3), trade(4)]), "full")
      subscriber.overrun([trade(3), trade(4)])
      assert.deepInclude(subscriber.stats(), { offered: 4, dropped: 2, waiting: 2, overrun: true })
      assert.deepStrictEqual(yield* subscriber.take, [trade(1)])
      // There is room now, but what came after a hole would pass for all there was.
      assert.strictEqual(subscriber.offer([trade(5)]), "taken")
      assert.deepStrictEqual(yield* subscriber.take, [trade(2)])
      const error = yield* Effect.flip(subscriber.take)
      assert.deepStrictEqual(
        error,
        new Subscriber.Overrun({ reader: "a reader", capacity: 2, dropped: 3 })
      )
      assert.deepInclude(subscriber.stats(), { offered: 5, delivered: 2, dropped: 3, waiting: 0 })
      assert.strictEqual(subscriber.offer([trade(6)]), "taken")
      assert.deepInclude(subscriber.stats(), { offered: 5, delivered: 2, dropped: 3, waiting: 0 })
      assert.deepStrictEqual(yield* Effect.flip(subscriber.take), error)
    })
  )

  it.effect("overrun, suspend makes nobody wait for it", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "suspend", capacity: 1 })
      subscriber.offer([trade(1)])
      const tape = yield* Effect.forkChild(subscriber.room, { startImmediately: true })
      subscriber.overrun([trade(2)])
      yield* Fiber.join(tape)
      yield* subscriber.room
      assert.strictEqual(subscriber.offer([trade(3)]), "taken")
    })
  )

  it.effect("drop-oldest gives up what has waited longest", () =>
    Effect.gen(function* () {
      const subscriber = make({ capacity: 3 })
      subscriber.offer([trade(1), trade(2)])
      subscriber.offer([trade(3), trade(4)])
      subscriber.offer([trade(5)])
      assert.deepInclude(subscriber.stats(), { offered: 5, dropped: 2, waiting: 3 })
      assert.deepStrictEqual(yield* drain(subscriber), [trade(3), trade(4), trade(5)])
    })
  )

  it.effect("drop-oldest keeps the last batch whole, however long", () =>
    Effect.gen(function* () {
      const subscriber = make({ capacity: 1 })
      subscriber.offer([trade(1)])
      subscriber.offer([trade(2), trade(3), trade(4)])
      assert.deepStrictEqual(yield* subscriber.take, [trade(2), trade(3), trade(4)])
    })
  )

  it.effect("drop-oldest drops with a book the updates that followed on it", () =>
    Effect.gen(function* () {
      const subscriber = make({ capacity: 2, book: () => snapshot(4) })
      for (const tick of [snapshot(1), delta(2), delta(3)]) subscriber.offer([tick])
      assert.deepInclude(subscriber.stats(), { offered: 3, dropped: 3, waiting: 0 })
      subscriber.offer([delta(4)])
      assert.deepStrictEqual(yield* drain(subscriber), [snapshot(4)])
    })
  )

  it.effect("drop-oldest keeps a later book and what follows on it", () =>
    Effect.gen(function* () {
      const subscriber = make({ capacity: 3 })
      for (const tick of [snapshot(1), delta(2), snapshot(7), delta(8)]) subscriber.offer([tick])
      subscriber.offer([delta(9)])
      assert.deepStrictEqual(yield* drain(subscriber), [snapshot(7), delta(8), delta(9)])
    })
  )

  it.effect("conflate keeps the latest of each kind and instrument, in the order they came", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "conflate", capacity: 4 })
      const bar = (interval: string, close: number): Tick => ({
        _tag: "Bar",
        ...base("AAA-USD"),
        interval,
        openAt: 0,
        closeAt: 1,
        open: 1,
        high: 1,
        low: 1,
        close,
        volume: 1,
        closed: false
      })
      subscriber.offer([trade(1), quote(1), bar("1m", 1), bar("5m", 1)])
      subscriber.offer([trade(2, "BBB-USD"), quote(2), trade(3), bar("1m", 2)])
      assert.deepInclude(subscriber.stats(), { offered: 8, dropped: 3, waiting: 5 })
      assert.deepStrictEqual(yield* drain(subscriber), [
        bar("5m", 1),
        trade(2, "BBB-USD"),
        quote(2),
        trade(3),
        bar("1m", 2)
      ])
    })
  )

  it.effect("conflate keeps a gap of each channel, and a trade of each way to count them", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "conflate", capacity: 1 })
      const gap = (channel: "book" | "trades", from: number): Tick => ({
        _tag: "Gap",
        ...base("AAA-USD"),
        channel,
        from,
        cause: "sequence"
      })
      const aggregated = (id: number): Tick => ({ ...trade(id), firstId: id, lastId: id })
      subscriber.offer([gap("book", 1), gap("trades", 1), trade(1), aggregated(1)])
      subscriber.offer([gap("trades", 2), gap("book", 2), aggregated(2), trade(2)])
      assert.deepStrictEqual(yield* drain(subscriber), [
        gap("trades", 2),
        gap("book", 2),
        aggregated(2),
        trade(2)
      ])
    })
  )

  it.effect("conflate keeps no update of a book, and gives the book anew at the next", () =>
    Effect.gen(function* () {
      const subscriber = make({ policy: "conflate", capacity: 2, book: () => snapshot(4) })
      subscriber.offer([snapshot(1), delta(2), delta(3)])
      assert.deepStrictEqual(yield* drain(subscriber), [snapshot(1)])
      subscriber.offer([delta(4), trade(1)])
      assert.deepStrictEqual(yield* drain(subscriber), [trade(1), snapshot(4)])
    })
  )

  it.effect("gives a late reader the whole book in place of the next update", () =>
    Effect.gen(function* () {
      const subscriber = make({ capacity: 9, book: (_, symbol) => snapshot(9, symbol) })
      subscriber.offer([delta(8), trade(1), delta(9)])
      subscriber.offer([delta(10), delta(3, "BBB-USD")])
      assert.deepStrictEqual(yield* drain(subscriber), [
        trade(1),
        snapshot(9),
        delta(10),
        snapshot(9, "BBB-USD")
      ])
      assert.deepStrictEqual(counts(subscriber), {
        offered: 5,
        delivered: 4,
        dropped: 1,
        waiting: 0
      })
    })
  )

  it.effect("gives a late reader no update of a book that is not true now", () =>
    Effect.gen(function* () {
      const subscriber = make()
      subscriber.offer([delta(8)])
      assert.deepStrictEqual(counts(subscriber), {
        offered: 1,
        delivered: 0,
        dropped: 1,
        waiting: 0
      })
      subscriber.offer([snapshot(9), delta(10)])
      assert.deepStrictEqual(yield* drain(subscriber), [snapshot(9), delta(10)])
    })
  )

  it.effect.prop(
    "what a reader receives of a book, applied in order, is the true book at every point",
    life,
    Effect.fnUntraced(function* ({ before, capacity, policy, steps }) {
      const { catchUp, client, offer, truth } = yield* live({ policy, capacity }, before, steps)
      yield* catchUp
      for (const symbol of symbols) {
        // With its next update the reader has the book, whatever was dropped.
        yield* offer([truth.next({ kind: "book", symbol, change: anyChange })])
        yield* catchUp
        assert.strictEqual(client.books.get(symbol)?.sequence, truth.whole(symbol)?.sequence)
      }
    }),
    many
  )

  it.effect.prop(
    "suspend drops nothing, save updates for which it gives the book",
    { capacity: life.capacity, steps },
    Effect.fnUntraced(function* ({ capacity, steps }) {
      const { catchUp, given, meant, subscriber } = yield* live(
        { policy: "suspend", capacity },
        [],
        steps
      )
      yield* catchUp
      assert.deepStrictEqual(given, meant)
      assert.strictEqual(subscriber.stats().dropped, 0)
    }),
    many
  )

  it.effect.prop(
    "suspend gives without a hole all that a live feed gave, up to where it was overrun",
    { capacity: life.capacity, steps },
    Effect.fnUntraced(function* ({ capacity, steps }) {
      const truth = makeTruth()
      const subscriber = make({ policy: "suspend", capacity })
      const meant: Array<Tick> = []
      const given: Array<Tick> = []
      const take = Effect.map(subscriber.take, (batch) => given.push(...batch))
      const law = () => {
        const { delivered, dropped, offered, waiting } = counts(subscriber)
        assert.strictEqual(offered, meant.length)
        assert.strictEqual(offered, delivered + dropped + waiting)
        assert.strictEqual(delivered, given.length)
      }
      for (const { batch, takes } of steps) {
        const ticks = batch.map((step) => truth.next({ ...step, kind: "trade" }))
        if (!Arr.isReadonlyArrayNonEmpty(ticks)) continue
        if (subscriber.offer(ticks) === "full") subscriber.overrun(ticks)
        meant.push(...ticks)
        law()
        for (let left = takes; left > 0 && subscriber.stats().waiting > 0; left--) yield* take
        law()
      }
      const { overrun } = subscriber.stats()
      subscriber.end()
      const exit = yield* Effect.exit(Effect.forever(take))
      law()
      const { dropped, waiting } = subscriber.stats()
      assert.strictEqual(waiting, 0)
      assert.strictEqual(dropped > 0, overrun)
      assert.deepStrictEqual(given, meant.slice(0, meant.length - dropped))
      const error = new Subscriber.Overrun({ reader: "a reader", capacity, dropped })
      assert.deepStrictEqual(exit, overrun ? Exit.fail(error) : yield* Effect.exit(Cause.done()))
    }),
    many
  )

  it.effect.prop(
    "drop-oldest has no more waiting than fits, or the last batch, and gives the newest trades",
    { capacity: life.capacity, steps },
    Effect.fnUntraced(function* ({ capacity, steps }) {
      const isTrade = (tick: Tick) => tick._tag === "Trade"
      const { catchUp, given, meant, offer, subscriber, truth } = yield* live(
        { policy: "drop-oldest", capacity, accepts: isTrade },
        [],
        steps
      )
      yield* offer([truth.next({ kind: "trade", symbol: "AAA-USD", change: anyChange })])
      const { waiting } = subscriber.stats()
      assert.isAtMost(waiting, Math.max(capacity, 4))
      yield* catchUp
      assert.deepStrictEqual(given.slice(given.length - waiting), meant.slice(-waiting))
      assert.strictEqual(given.length, new Set(given).size)
    }),
    many
  )

  it.effect.prop(
    "conflate gives the last trade and the last quote of every instrument",
    { capacity: life.capacity, steps },
    Effect.fnUntraced(function* ({ capacity, steps }) {
      const { catchUp, given, meant } = yield* live({ policy: "conflate", capacity }, [], steps)
      yield* catchUp
      for (const _tag of ["Trade", "Quote"]) {
        for (const symbol of symbols) {
          const isOf = (tick: Tick) => tick._tag === _tag && tick.symbol === symbol
          assert.strictEqual(given.findLast(isOf), meant.findLast(isOf))
        }
      }
    }),
    many
  )
})
