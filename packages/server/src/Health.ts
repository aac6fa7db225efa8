/**
 * How the service and its feeds are doing.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Feed from "tapewire/Feed"
import { BreakerState } from "tapewire/FeedEvent"
import * as Subscription from "tapewire/Subscription"
import type { FeedStatus } from "tapewire/Tape"
import { Micros } from "tapewire/Tick"

/**
 * How a feed is doing. What is not known is `null`.
 *
 * @since 0.1.0
 */
export const FeedHealth = Schema.Struct({
  venue: Schema.String,
  provenance: Feed.Provenance,
  state: Feed.State,
  /** Written `venue:channel:SYMBOL`. */
  subscriptions: Schema.Array(Schema.String),
  /** Ticks given since the feed was made. */
  ticks: Schema.Int,
  /** When the last tick was read, in microseconds since the Unix epoch. */
  lastTickAt: Schema.NullOr(Micros),
  /** How long after the venue's own time the last tick was read. */
  lagMs: Schema.NullOr(Schema.Finite),
  /** Of a live feed: whether attempts to connect are made; absent until one failed too often. */
  breaker: Schema.optional(BreakerState),
  /** Subscriptions of which nothing comes although there is news; absent where there is none. */
  mute: Schema.optional(Schema.Array(Schema.String)),
  /** How often a connection was lost. */
  losses: Schema.Int,
  /** Holes in trade ids or book updates. */
  gaps: Schema.Int,
  /** Ticks that came a second time and were dropped. */
  duplicates: Schema.Int,
  /** Frames that did not match the venue's protocol and were dropped. */
  undecodable: Schema.Int
})

/**
 * @since 0.1.0
 */
export type FeedHealth = typeof FeedHealth.Type

const fields = {
  uptimeSeconds: Schema.Finite,
  feeds: Schema.Array(FeedHealth)
}

/**
 * All feeds are doing well (`ok`), or some are or some of their subscriptions (`degraded`).
 *
 * @since 0.1.0
 */
export const Healthy = Schema.Struct({ status: Schema.Literals(["ok", "degraded"]), ...fields })

/**
 * No feed is doing well.
 *
 * @since 0.1.0
 */
export const Unhealthy = Schema.Struct({ status: Schema.Literal("failed"), ...fields })

/**
 * @since 0.1.0
 */
export type Health = typeof Healthy.Type | typeof Unhealthy.Type

/**
 * @since 0.1.0
 */
export const make = (statuses: ReadonlyArray<FeedStatus>, uptimeSeconds: number): Health => {
  const feeds = statuses.map(feedHealth)
  const well = feeds.filter(isWell).length
  if (well === 0 && feeds.length > 0) return { status: "failed", uptimeSeconds, feeds }
  const isWhole = well === feeds.length && feeds.every(({ mute }) => mute === undefined)
  return { status: isWhole ? "ok" : "degraded", uptimeSeconds, feeds }
}

/** A tape may end; an exchange does not. */
const isWell = ({ provenance, state }: FeedHealth): boolean =>
  state === "running" || (state === "ended" && provenance === "recorded")

const feedHealth = (status: FeedStatus): FeedHealth => ({
  venue: status.venue,
  provenance: status.provenance,
  state: status.state,
  subscriptions: status.subscriptions.map(Subscription.format),
  ticks: status.ticks,
  lastTickAt: status.lastTickAt ?? null,
  lagMs: status.lagMs ?? null,
  ...(status.breaker !== undefined && { breaker: status.breaker }),
  ...(status.mute !== undefined && status.mute.length > 0 && { mute: status.mute }),
  losses: status.losses,
  gaps: status.counts?.gaps ?? 0,
  duplicates: status.counts?.duplicates ?? 0,
  undecodable: status.counts?.undecodable ?? 0
})
