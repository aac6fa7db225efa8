/**
 * Feeds composed into one supervised program, with any number of readers.
 *
 * Nothing waits between a feed and its readers: a batch is offered to all of them as soon as the
 * feed gives it, and of a live feed the next is taken at once. Only a tape waits for a reader.
 *
 * @since 0.1.0
 */
import type * as Array from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BookState from "./BookState.ts"
import type * as Feed from "./Feed.ts"
import type { FeedError } from "./FeedError.ts"
import type { FeedEvent } from "./FeedEvent.ts"
import * as GapReport from "./GapReport.ts"
import * as Subscriber from "./Subscriber.ts"
import * as Subscription from "./Subscription.ts"
import type { Tick } from "./Tick.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /**
   * What a feed's failure means for the others: nothing (`isolate`, the default; the feed alone is
   * started again if that may help), or the end of them all (`fail`).
   */
  readonly onFailure?: "isolate" | "fail" | undefined
  /** The longest wait before a failed feed is started again; 60 s by default. */
  readonly longestWait?: Duration.Input | undefined
  /** Makes a span of every batch. Off by default: spans cost more than ticks. */
  readonly traced?: boolean | undefined
}

/**
 * How a reader reads.
 *
 * @since 0.1.0
 */
export interface ReaderOptions<P extends Subscriber.Policy = Subscriber.Policy> {
  /** For counts and metrics. */
  readonly name?: string | undefined
  /** `drop-oldest` by default. */
  readonly policy?: P | undefined
  /** The most ticks that may wait; 10,000 by default. */
  readonly capacity?: number | undefined
  /** What to read; everything by default. */
  readonly subscriptions?: ReadonlyArray<Subscription.Subscription> | undefined
}

/**
 * @since 0.1.0
 */
export interface Reader<E = never> {
  /** From the moment the reader was made. Ends when all feeds have. */
  readonly ticks: Stream.Stream<Tick, E>
  readonly stats: Effect.Effect<Subscriber.Stats>
}

/**
 * A feed and how it is doing.
 *
 * @since 0.1.0
 */
export interface FeedStatus extends Feed.Status {
  readonly venue: string
  readonly provenance: Feed.Provenance
  readonly subscriptions: ReadonlyArray<Subscription.Subscription>
}

/**
 * The account of one channel of one instrument of a feed.
 *
 * @since 0.1.0
 */
export interface FeedGaps extends GapReport.Entry {
  readonly provenance: Feed.Provenance
}

/**
 * Feeds composed into one program. Nothing is read before `run`.
 *
 * @since 0.1.0
 */
export interface Interface {
  readonly feeds: ReadonlyArray<Feed.Feed>
  /**
   * Runs all feeds until all have ended, each on its own. Fails when all have failed, or, with
   * `onFailure: "fail"`, when the first does.
   */
  readonly run: Effect.Effect<void, FeedError>
  /** A reader who reads from now on, until the scope is closed. */
  readonly reader: <P extends Subscriber.Policy = "drop-oldest">(
    options?: ReaderOptions<P>
  ) => Effect.Effect<Reader<Subscriber.Failure<P>>, never, Scope.Scope>
  /** The ticks of a reader made when the stream is run. */
  readonly ticks: <P extends Subscriber.Policy = "drop-oldest">(
    options?: ReaderOptions<P>
  ) => Stream.Stream<Tick, Subscriber.Failure<P>>
  readonly events: Stream.Stream<FeedEvent>
  readonly status: Effect.Effect<ReadonlyArray<FeedStatus>>
  /** What each feed gave and what is missing, silent subscriptions included. */
  readonly gaps: Effect.Effect<ReadonlyArray<FeedGaps>>
  /** Every present reader's counts. */
  readonly readers: Effect.Effect<ReadonlyArray<Subscriber.Stats>>
  /** What is known of a book, of the feed that knows it; `undefined` where none follows it. */
  readonly book: (venue: string, symbol: string) => BookState.BookState | undefined
}

/**
 * Feeds composed into one program.
 *
 * @since 0.1.0
 */
export class Tape extends Context.Service<Tape, Interface>()("tapewire/Tape") {}

/**
 * Composes feeds. The program starts with `run`.
 *
 * @since 0.1.0
 */
export const make = (
  feeds: ReadonlyArray<Feed.Feed>,
  options?: Options
): Effect.Effect<Interface> =>
  Effect.sync(() => {
    const readers = new Set<Subscriber.Subscriber>()
    let ended = false
    let made = 0

    const book: Interface["book"] = (venue, symbol) => {
      let found: BookState.BookState | undefined
      for (const feed of feeds) {
        const state = feed.venue === venue ? feed.book(symbol) : undefined
        if (state?._tag === "Synced") return state
        found ??= state
      }
      return found
    }

    const publish = ({ provenance }: Feed.Feed, batch: Batch): Effect.Effect<void> => {
      let full: globalThis.Array<Subscriber.Subscriber> | undefined
      for (const reader of readers) {
        if (reader.offer(batch) === "taken") continue
        // A tape can wait. To make a live feed wait would be to stop reading the venue, for everybody.
        if (provenance === "recorded") (full ??= []).push(reader)
        else reader.overrun(batch)
      }
      return full === undefined ? Effect.void : Effect.forEach(full, wait(batch), { discard: true })
    }

    const reader = <P extends Subscriber.Policy = "drop-oldest">(given?: ReaderOptions<P>) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const { capacity = 10_000, name, policy = "drop-oldest", subscriptions } = given ?? {}
            const subscriber = Subscriber.make({
              name: name ?? `reader-${++made}`,
              policy,
              capacity,
              accepts: subscriptions === undefined ? undefined : accepts(subscriptions),
              book: (venue, symbol) => BookState.snapshot(book(venue, symbol))
            })
            if (ended) subscriber.end()
            readers.add(subscriber)
            return subscriber
          }),
          (subscriber) =>
            Effect.sync(() => {
              readers.delete(subscriber)
              subscriber.end()
            })
        ),
        (subscriber): Reader<Subscriber.Failure<P>> => ({
          ticks: Stream.fromPull(
            // Only `suspend` is ever full, and so overrun.
            Effect.succeed(subscriber.take as Pull<Subscriber.Failure<P>>)
          ),
          stats: Effect.sync(subscriber.stats)
        })
      )

    const handle =
      options?.traced === true
        ? (feed: Feed.Feed, batch: Batch) =>
            Effect.withSpan(publish(feed, batch), "Tape.batch", {
              attributes: { ticks: batch.length }
            })
        : publish
    const once = (feed: Feed.Feed) =>
      Stream.runForEachArray(feed.ticks, (batch) => handle(feed, batch))

    return {
      feeds,
      run: supervise(feeds.map(once), options).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            ended = true
            for (const reader of readers) reader.end()
          })
        )
      ),
      reader,
      ticks: (given) => Stream.unwrap(Effect.map(reader(given), ({ ticks }) => ticks)),
      events: Stream.mergeAll(
        feeds.map(({ events }) => events),
        { concurrency: "unbounded" }
      ),
      status: Effect.forEach(feeds, ({ provenance, status, subscriptions, venue }) =>
        Effect.map(status, (now) => ({ ...now, venue, provenance, subscriptions }))
      ),
      gaps: Effect.forEach(feeds, ({ gaps, provenance, subscriptions }) =>
        Effect.map(gaps, (entries) =>
          GapReport.withSilent(entries, subscriptions).map((entry) =>
            Object.assign({ provenance }, entry)
          )
        )
      ).pipe(Effect.map((all) => all.flat())),
      readers: Effect.sync(() => globalThis.Array.from(readers, (reader) => reader.stats())),
      book
    }
  })

/**
 * Composes the feeds of some venues, given as their services, and runs them for as long as the
 * layer is in use.
 *
 * @since 0.1.0
 */
export const layer = <V extends Context.Key<unknown, Feed.Feed>>(
  venues: ReadonlyArray<V>,
  options?: Options
): Layer.Layer<Tape, never, Context.Service.Identifier<V>> =>
  Layer.effect(
    Tape,
    Effect.gen(function* () {
      const context = yield* Effect.context<Context.Service.Identifier<V>>()
      const feeds = venues.map((venue) => Context.getUnsafe(context, venue))
      const tape = yield* make(feeds, options)
      yield* Effect.forkScoped(Effect.ignore(tape.run))
      return tape
    })
  )

type Batch = Array.NonEmptyReadonlyArray<Tick>

type Pull<E> = Effect.Effect<Batch, Cause.Done | E>

/** Offers a batch until it is taken. */
const wait = (batch: Batch) => (reader: Subscriber.Subscriber) =>
  reader.room.pipe(
    Effect.andThen(Effect.sync(() => reader.offer(batch) === "taken")),
    Effect.repeat({ until: (taken) => taken })
  )

const accepts = (subscriptions: ReadonlyArray<Subscription.Subscription>) => (tick: Tick) =>
  subscriptions.some((subscription) => Subscription.matches(subscription, tick))

/** Runs programs side by side, each started again when it fails and that may help. */
const supervise = (
  programs: ReadonlyArray<Effect.Effect<void, FeedError>>,
  options: Options | undefined
): Effect.Effect<void, FeedError> => {
  if (options?.onFailure === "fail") {
    return Effect.forEach(programs, (program) => program, {
      concurrency: "unbounded",
      discard: true
    })
  }
  const restart = Schedule.min([
    Schedule.exponential("5 seconds"),
    Schedule.spaced(options?.longestWait ?? "60 seconds")
  ]).pipe(
    Schedule.jittered,
    Schedule.setInputType<FeedError>(),
    Schedule.while(({ input }) => input.isRetryable)
  )
  // A defect of one feed is no reason to stop the others either.
  return Effect.forEach(programs, (program) => Effect.exit(Effect.retry(program, restart)), {
    concurrency: "unbounded"
  }).pipe(Effect.flatMap((exits) => exits.find(Exit.isSuccess) ?? exits[0] ?? Exit.void))
}
