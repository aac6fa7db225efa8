/**
 * Two feeds as one, or one against the other.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Agreement from "./Agreement.ts"
import * as BookState from "./BookState.ts"
import * as Feed from "./Feed.ts"
import type { FeedError } from "./FeedError.ts"
import * as Comparison from "./internal/feedsComparison.ts"
import * as FailoverRun from "./internal/feedsFailover.ts"
import * as RedundantRun from "./internal/feedsRedundant.ts"
import * as Monitor from "./internal/monitor.ts"
import * as Redundant from "./Redundant.ts"
import * as Subscription from "./Subscription.ts"
import type { Tick } from "./Tick.ts"

/**
 * Two feeds cannot stand for each other.
 *
 * @since 0.1.0
 */
export class Mismatch extends Schema.TaggedError<Mismatch>()("Mismatch", {
  what: Schema.Literals(["provenance", "venue", "subscriptions"]),
  a: Schema.String,
  b: Schema.String
}) {
  override get message() {
    return `the feeds differ in ${this.what}: ${this.a} and ${this.b}`
  }
}

/**
 * @since 0.1.0
 */
export interface FailoverOptions {
  /** How long a feed may give no tick before it is unhealthy; 10 s by default. */
  readonly unhealthyAfter?: Duration.Input | undefined
  /** How long the primary gives ticks before it takes over again; 30 s by default. */
  readonly healthyFor?: Duration.Input | undefined
  /**
   * Whether the fallback is run only while the primary is unhealthy (`cold`, the default) or all
   * the time (`warm`), so that what the primary did not give in its last moments is at hand.
   */
  readonly standby?: "cold" | "warm" | undefined
}

/**
 * @since 0.1.0
 */
export interface RedundantOptions {
  /** How many trades of each symbol are remembered; 10,000 by default. */
  readonly window?: number | undefined
}

/**
 * A feed of two paths.
 *
 * @since 0.1.0
 */
export interface RedundantFeed extends Feed.Feed {
  /** How each path did against the other since `ticks` was last run. */
  readonly report: Effect.Effect<Redundant.Report>
}

/**
 * @since 0.1.0
 */
export interface CompareOptions {
  /** How long a tick of one source waits for that of the other; 10 s by default. */
  readonly window?: Duration.Input | undefined
  /** How often agreement is reported; every 10 s by default. */
  readonly every?: Duration.Input | undefined
  /** The most ticks that are remembered; 100,000 by default. */
  readonly limit?: number | undefined
}

const remembered = 10_000

/**
 * Gives the primary's ticks, and those of the fallback while the primary is silent or failed.
 *
 * The primary is tried all the while. Where trade ids allow to tell, no trade that either feed gave
 * is lost or doubled by a switch, and what neither gave stands as a `Gap` in its place; a book is
 * given whole before its first update. Every switch is an event. It ends when the primary ends and
 * fails when both have failed. Fails where one feed is live and the other recorded.
 *
 * @since 0.1.0
 */
export const failover = Effect.fnUntraced(function* (
  primary: Feed.Feed,
  fallback: Feed.Feed,
  options?: FailoverOptions
) {
  yield* agree("provenance", primary.provenance, fallback.provenance)
  const feeds = { primary, fallback }
  const { venue } = primary
  const contiguous = [...primary.contiguous, ...fallback.contiguous]
  const monitor = yield* Monitor.make(venue, contiguous)
  const pair: FailoverRun.Pair = {
    feeds,
    monitor,
    settings: {
      unhealthyAfter: inMicros(options?.unhealthyAfter ?? "10 seconds"),
      healthyFor: inMicros(options?.healthyFor ?? "30 seconds"),
      window: remembered,
      book: (path, symbol) => BookState.snapshot(feeds[path].book(symbol))
    },
    isWarm: options?.standby === "warm",
    active: "primary"
  }
  return {
    venue,
    provenance: primary.provenance,
    get subscriptions() {
      return both(primary, fallback)
    },
    ...together(primary, fallback),
    ticks: streamOf(FailoverRun.run(pair), monitor),
    events: eventsOf(primary, fallback, monitor),
    status: statusOf(primary, fallback, monitor, () => feeds[pair.active]),
    gaps: monitor.gaps,
    contiguous,
    book: (symbol) => feeds[pair.active].book(symbol) ?? withheld(primary, fallback, symbol)
  } satisfies Feed.Feed as Feed.Feed
})

/** Changes both feeds alike; where the second will not have it, the first is as it was. */
const together = (
  first: Feed.Feed,
  second: Feed.Feed
): Pick<Feed.Feed, "subscribe" | "unsubscribe"> => ({
  subscribe: (topics) =>
    Effect.suspend(() => {
      const there = new Set(first.subscriptions.map(Feed.topicOf))
      const more = topics.filter((topic) => !there.has(topic))
      return first.subscribe(more).pipe(
        Effect.andThen(second.subscribe(topics)),
        Effect.tapError(() => Effect.ignore(first.unsubscribe(more)))
      )
    }),
  unsubscribe: (topics) => Effect.andThen(first.unsubscribe(topics), second.unsubscribe(topics))
})

/**
 * Gives what comes first of two feeds of one venue, each tick once.
 *
 * Trades are told apart by their ids, quotes by the book update they show, bars by their interval
 * and opening; of tickers and the like only newer ones pass, and what cannot be told apart comes
 * from the path that is mostly first. A book follows one path, and the other from a snapshot on
 * when that one loses it or falls silent. A trade that only the slower path has comes when that
 * has it, so ids need not rise. It ends or fails when both feeds have. Fails where the feeds differ
 * in venue, subscriptions or provenance.
 *
 * @since 0.1.0
 */
export const redundant = Effect.fnUntraced(function* (
  a: Feed.Feed,
  b: Feed.Feed,
  options?: RedundantOptions
) {
  yield* agree("provenance", a.provenance, b.provenance)
  yield* agree("venue", a.venue, b.venue)
  yield* agree("subscriptions", written(a), written(b))
  const monitor = yield* Monitor.make(a.venue, a.contiguous)
  const pair: RedundantRun.Pair = { a, b, monitor, state: Redundant.make(remembered) }
  return {
    venue: a.venue,
    provenance: a.provenance,
    get subscriptions() {
      return a.subscriptions
    },
    ...together(a, b),
    ticks: streamOf(RedundantRun.run(pair, options?.window ?? remembered), monitor),
    events: eventsOf(a, b, monitor),
    status: statusOf(a, b, monitor, () => pair[pair.state.winner]),
    gaps: monitor.gaps,
    contiguous: a.contiguous,
    book: (symbol) => {
      const path = Redundant.bookPath(pair.state, symbol)
      return path === undefined ? withheld(a, b, symbol) : pair[path].book(symbol)
    },
    report: Effect.sync(() => Redundant.report(pair.state))
  } satisfies RedundantFeed as RedundantFeed
})

/**
 * Runs two feeds side by side and reports how far they agree, from the beginning on: at an
 * interval, and at last when both have ended. Fails when both have failed.
 *
 * The feeds may differ in anything, such as a venue and a relay of it, or a feed and its recording.
 *
 * @since 0.1.0
 */
export const compare = (
  a: Feed.Feed,
  b: Feed.Feed,
  options?: CompareOptions
): Stream.Stream<Agreement.Report, FeedError> =>
  Comparison.run(a, b, {
    window: inMicros(options?.window ?? "10 seconds"),
    every: options?.every ?? "10 seconds",
    limit: options?.limit ?? 100_000
  }).pipe(Stream.fromPull, Stream.scoped)

const inMicros = (input: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(input)) * 1000

const agree = (what: Mismatch["what"], a: string, b: string): Effect.Effect<void, Mismatch> =>
  a === b ? Effect.void : Effect.fail(new Mismatch({ what, a, b }))

const written = ({ subscriptions }: Feed.Feed): string =>
  subscriptions.map(Subscription.format).toSorted().join(" ")

/** The state of a book that is not given of either feed, whatever these know of it. */
const withheld = (a: Feed.Feed, b: Feed.Feed, symbol: string): BookState.BookState | undefined => {
  const state = a.book(symbol) ?? b.book(symbol)
  return state?._tag === "Synced" ? BookState.start : state
}

/** The subscriptions of two feeds, each once. */
const both = (a: Feed.Feed, b: Feed.Feed): ReadonlyArray<Subscription.Subscription> => {
  const found = new Map<string, Subscription.Subscription>()
  for (const one of [...a.subscriptions, ...b.subscriptions]) {
    found.set(Subscription.format(one), one)
  }
  return [...found.values()]
}

const streamOf = <R>(
  run: Effect.Effect<Effect.Effect<NonEmptyReadonlyArray<Tick>, FeedError | Cause.Done>, never, R>,
  monitor: Monitor.Monitor
) => Stream.fromPull(run).pipe(Stream.scoped, Stream.onError(monitor.failed))

/** What happens to either feed and to the pair. */
const eventsOf = (a: Feed.Feed, b: Feed.Feed, { events }: Monitor.Monitor): Feed.Feed["events"] =>
  Stream.mergeAll([a.events, b.events, events], { concurrency: "unbounded" })

/** What was given, how often either connection was lost, and the state of the feed in use. */
const statusOf = (
  a: Feed.Feed,
  b: Feed.Feed,
  monitor: Monitor.Monitor,
  used: () => Feed.Feed
): Effect.Effect<Feed.Status> =>
  Effect.gen(function* () {
    const own = yield* monitor.status
    const { counts, inbox, state } = yield* used().status
    const losses = (yield* a.status).losses + (yield* b.status).losses
    return { ...own, state, counts, inbox, losses }
  })
