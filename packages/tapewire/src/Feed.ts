/**
 * Ticks from one venue, live or recorded.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BookState } from "./BookState.ts"
import { FeedError, Unsupported } from "./FeedError.ts"
import type { BreakerState, FeedEvent } from "./FeedEvent.ts"
import type { Load } from "./Inbox.ts"
import type * as GapReport from "./GapReport.ts"
import type { Counts } from "./Session.ts"
import * as Subscription from "./Subscription.ts"
import type { Micros, Tick } from "./Tick.ts"
import type { Venue } from "./Venue.ts"

/**
 * Whether ticks come from the venue as it happens, or from a tape.
 *
 * @since 0.1.0
 */
export const Provenance = Schema.Literals(["live", "recorded"])

/**
 * @since 0.1.0
 */
export type Provenance = typeof Provenance.Type

/**
 * What a feed is doing: not started or stopped, connecting for the first time, giving ticks, waiting
 * for a connection after it lost one, given up, or at its end.
 *
 * @since 0.1.0
 */
export const State = Schema.Literals([
  "idle",
  "connecting",
  "running",
  "reconnecting",
  "failed",
  "ended"
])

/**
 * @since 0.1.0
 */
export type State = typeof State.Type

/**
 * How a feed is doing.
 *
 * @since 0.1.0
 */
export interface Status {
  readonly state: State
  /** Ticks given since the feed was made. */
  readonly ticks: number
  /** When the last tick was read, in microseconds since the Unix epoch. */
  readonly lastTickAt: typeof Micros.Type | undefined
  /** How long after the venue's own time the last tick was read, where the venue gave one. */
  readonly lagMs: number | undefined
  /** How often the connection was lost. */
  readonly losses: number
  readonly counts: Readonly<Counts> | undefined
  /** Subscriptions of which nothing comes although there is news, as they are written. */
  readonly mute?: ReadonlyArray<string> | undefined
  /** Of a live feed: whether attempts to connect are made. */
  readonly breaker?: BreakerState | undefined
  /**
   * Of a live feed: the frames that wait to be decoded, and how often the venue was made to wait
   * because of them, since `ticks` was last run.
   */
  readonly inbox?: Load | undefined
}

/**
 * Ticks from one venue.
 *
 * Running `ticks` connects, and stopping it disconnects; run twice at a time it makes two
 * connections, so share it through `tapewire/Tape`. It reconnects by itself and fails when that is
 * of no use or was tried often enough. It ends only where there is an end, as on a tape.
 *
 * @since 0.1.0
 */
export interface Feed {
  /** The id of the venue. */
  readonly venue: string
  readonly provenance: Provenance
  /** What is subscribed to now. */
  readonly subscriptions: ReadonlyArray<Subscription.Subscription>
  /**
   * Subscribes to more topics, such as `trades:BTC-USDT`, without touching what is there. Fails, and
   * then changes nothing, where the venue does not offer a topic or list a symbol, or has no room;
   * a tape offers what it holds.
   */
  readonly subscribe: (topics: ReadonlyArray<string>) => Effect.Effect<void, FeedError>
  /** Ends subscriptions, without touching the others. What is not there is ended already. */
  readonly unsubscribe: (topics: ReadonlyArray<string>) => Effect.Effect<void, FeedError>
  readonly ticks: Stream.Stream<Tick, FeedError>
  /** What happens from now on. A reader that falls far behind misses the oldest. */
  readonly events: Stream.Stream<FeedEvent>
  readonly status: Effect.Effect<Status>
  /** What was given and what is missing, channel by channel and minute by minute. */
  readonly gaps: Effect.Effect<ReadonlyArray<GapReport.Entry>>
  /** The venues whose trade ids follow one another without a hole. */
  readonly contiguous: ReadonlyArray<string>
  /** What is known of the book of a symbol; `undefined` where the feed follows none. */
  readonly book: (symbol: string) => BookState | undefined
}

/**
 * A subscription without its venue: `trades:BTC-USDT`, `bars@1m:BTC-USDT`.
 *
 * @since 0.1.0
 */
export type Topic<V extends Pick<Venue, "channels"> = Venue> = TopicOf<
  keyof V["channels"] & Subscription.Channel
>

type TopicOf<C extends Subscription.Channel> = `${C}:${string}` | `${C}@${string}:${string}`

/**
 * The subscriptions that some topics of a venue stand for, each once.
 *
 * Fails where a topic is malformed, or of a channel or variant that the venue does not offer.
 *
 * @since 0.1.0
 */
export const subscriptions = <V extends Pick<Venue, "channels" | "id">>(
  venue: V,
  topics: ReadonlyArray<Topic<V>>
): Result.Result<ReadonlyArray<Subscription.Subscription>, FeedError> => {
  const found = new Map<string, Subscription.Subscription>()
  for (const topic of topics) {
    const parsed = Result.getOrUndefined(Subscription.parse(`${venue.id}:${topic}`))
    const subscription = parsed === undefined ? undefined : offered(venue, parsed)
    if (subscription === undefined) {
      const reason = new Unsupported({ subscription: topic, offers: offers(venue) })
      return Result.fail(new FeedError({ venue: venue.id, reason }))
    }
    found.set(Subscription.format(subscription), subscription)
  }
  return Result.succeed(Array.from(found.values()))
}

/** What is meant by a subscription, if the venue offers it. */
const offered = (
  { channels }: Pick<Venue, "channels">,
  subscription: Subscription.Subscription
): Subscription.Subscription | undefined => {
  const variants = channels[subscription.channel]
  if (variants === undefined) return undefined
  if (subscription.variant !== undefined) {
    return variants.includes(subscription.variant) ? subscription : undefined
  }
  const [usual] = variants
  return usual === undefined ? subscription : { ...subscription, variant: usual }
}

/**
 * Ends all subscriptions of a feed.
 *
 * @since 0.1.0
 */
export const unsubscribeAll = (feed: Feed): Effect.Effect<void, FeedError> =>
  Effect.suspend(() => feed.unsubscribe(feed.subscriptions.map(topicOf)))

/**
 * A subscription as it is written where the venue is known: `trades:BTC-USDT`.
 *
 * @since 0.1.0
 */
export const topicOf = (subscription: Subscription.Subscription): string =>
  Subscription.format(subscription).slice(subscription.venue.length + 1)

/**
 * What a venue offers, as written in subscriptions: `trades trades@aggregated bars@1m`.
 *
 * @since 0.1.0
 */
export const offers = (venue: Pick<Venue, "channels">): Array<string> =>
  Object.entries(venue.channels).flatMap(([channel, variants]) =>
    variants.map((variant) => (variant === undefined ? channel : `${channel}@${variant}`))
  )
