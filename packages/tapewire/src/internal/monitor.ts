/** Keeps count of what a feed does, and tells it. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { start } from "../BookState.ts"
import { micros } from "../Connection.ts"
import type { State, Status } from "../Feed.ts"
import { FeedError } from "../FeedError.ts"
import type { BreakerState, FeedEvent } from "../FeedEvent.ts"
import type { Load } from "../Inbox.ts"
import type * as GapReport from "../GapReport.ts"
import * as Ledger from "../Ledger.ts"
import type { Session } from "../Session.ts"
import type { Subscription } from "../Subscription.ts"
import type { Tick } from "../Tick.ts"

/** What a feed shows of the conversation it holds. */
export interface Shown {
  readonly book: Session["book"]
  readonly counts: Session["counts"] | undefined
}

export interface Monitor {
  /** Subscriptions of which nothing comes although there is news, as they are written. */
  readonly mute: Set<string>
  readonly events: Stream.Stream<FeedEvent>
  readonly status: Effect.Effect<Status>
  readonly gaps: Effect.Effect<ReadonlyArray<GapReport.Entry>>
  /** Forgets what was given, as what comes does not follow on it. */
  readonly forget: () => void
  readonly state: (state: State) => void
  /** Names the session whose counts and books are shown from now on. */
  readonly session: (session: Shown) => void
  /** Notes that nothing more comes of a session, so that no book of it is true any longer. */
  readonly over: (session: Shown | undefined) => void
  /** Names the inbox whose load is shown from now on. */
  readonly inbox: (load: () => Load) => void
  readonly book: Session["book"]
  readonly tell: (event: FeedEvent) => Effect.Effect<void>
  /** Tells what the breaker does from now on. */
  readonly breaker: (state: BreakerState) => Effect.Effect<void>
  readonly count: (ticks: ReadonlyArray<Tick>) => void
  /** Notes that the feed gave up or broke, unless it was stopped. */
  readonly failed: (cause: Cause.Cause<FeedError>) => Effect.Effect<void>
  /** Notes that nobody reads any longer. */
  readonly stopped: Effect.Effect<void>
}

/**
 * Of the venues named, trade ids follow one another without a hole. The subscriptions say of which
 * books there is a state.
 */
export const make = Effect.fnUntraced(function* (
  venue: string,
  contiguous: ReadonlyArray<string>,
  subscriptions: () => Iterable<Subscription> = () => []
) {
  const clock = yield* Clock.Clock
  const events = yield* PubSub.sliding<FeedEvent>(1024)
  let state: State = "idle"
  let ticks = 0
  let losses = 0
  let session: Shown | undefined
  let overAt: number | undefined
  let last: Tick | undefined
  let breaker: BreakerState | undefined
  const begin = () => Ledger.make({ contiguous: (id) => contiguous.includes(id) })
  let ledger = begin()
  let inbox: (() => Load) | undefined
  const mute = new Set<string>()
  const tell: Monitor["tell"] = (event) => {
    if (event._tag === "Lost") losses++
    return Effect.andThen(PubSub.publish(events, event), log(event))
  }
  return {
    mute,
    events: Stream.fromPubSub(events),
    status: Effect.sync(() => ({
      state,
      ticks,
      losses,
      breaker,
      inbox: inbox?.(),
      mute: Array.from(mute),
      counts: session?.counts,
      lastTickAt: last?.received,
      lagMs: last?.at === undefined ? undefined : (last.received - last.at) / 1000
    })),
    gaps: Effect.sync(() => Ledger.report(ledger)),
    forget: () => {
      ledger = begin()
    },
    state: (next) => {
      state = next
    },
    session: (next) => {
      session = next
      overAt = undefined
    },
    over: (ended) => {
      if (ended === session) overAt ??= micros(clock)
    },
    inbox: (load) => {
      inbox = load
    },
    book: (symbol) => {
      if (!isFollowed(subscriptions(), symbol)) return undefined
      const state = session?.book(symbol) ?? start
      if (overAt === undefined || state._tag !== "Synced") return state
      return { _tag: "Resyncing", since: overAt, cause: "disconnect" }
    },
    tell,
    breaker: (next) => {
      breaker = next
      return tell({ _tag: "Breaker", venue, at: micros(clock), state: next })
    },
    failed: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.void
      state = "failed"
      const error = Cause.squash(cause)
      const reason = error instanceof FeedError ? error.reason : error
      const detail = Predicate.isError(reason) ? reason.message : String(reason)
      return tell({ _tag: "Failed", venue, at: micros(clock), detail })
    },
    stopped: Effect.sync(() => {
      // What came to an end by itself is still told.
      if (state !== "failed" && state !== "ended") state = "idle"
    }),
    count: (batch) => {
      ticks += batch.length
      last = batch.at(-1) ?? last
      Ledger.step(ledger, batch)
    }
  } satisfies Monitor
})

const isFollowed = (subscriptions: Iterable<Subscription>, symbol: string): boolean => {
  for (const one of subscriptions) if (one.channel === "book" && one.symbol === symbol) return true
  return false
}

const log = (event: FeedEvent): Effect.Effect<void> => {
  const { _tag, at: _, ...facts } = event
  switch (_tag) {
    case "Connected":
    case "Ended":
    case "Filled":
    case "Leaving":
      return Effect.logInfo(_tag, facts)
    case "Delisted":
    case "Restored":
    case "Rotated":
      return Effect.logInfo(_tag, facts)
    case "Synced":
    case "Subscribed":
    case "Unsubscribed":
      return Effect.logDebug(_tag, facts)
    case "Breaker":
    case "Mute":
    case "Resyncing":
    case "Quarantined":
    case "GapFound":
    case "Undecodable":
    case "Damaged":
    case "Switched":
      return Effect.logWarning(_tag, facts)
    case "Lost":
      // A breach of policy is for somebody to look into.
      return event.code === 1008 ? Effect.logError(_tag, facts) : Effect.logWarning(_tag, facts)
    case "Refused":
    case "Failed":
      return Effect.logError(_tag, facts)
  }
}
