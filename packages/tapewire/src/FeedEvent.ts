/**
 * What happens to a feed, as data.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./BookState.ts"
import { Micros } from "./Tick.ts"

const base = {
  venue: Schema.String,
  /** When it happened, by our clock. */
  at: Micros
}

/**
 * Whether attempts to connect are made (`closed`), are not (`open`), or one is (`half-open`).
 *
 * @since 0.1.0
 */
export const BreakerState = Schema.Literals(["closed", "open", "half-open"])

/**
 * @since 0.1.0
 */
export type BreakerState = typeof BreakerState.Type

/**
 * @since 0.1.0
 */
export const FeedEvent = Schema.Union([
  /** A connection was established. */
  Schema.TaggedStruct("Connected", { ...base, url: Schema.String }),
  /** The venue took subscriptions, as in `trades:BTC-USDT`. */
  Schema.TaggedStruct("Subscribed", { ...base, topics: Schema.Array(Schema.String) }),
  /** Subscriptions are no longer wanted, or were ended by the venue. */
  Schema.TaggedStruct("Unsubscribed", { ...base, topics: Schema.Array(Schema.String) }),
  /** The connection ended or could not be had; the next attempt comes after the wait, if any. */
  Schema.TaggedStruct("Lost", {
    ...base,
    detail: Schema.String,
    /** The close code, where the connection was closed. */
    code: Schema.optional(Schema.Int),
    retryInMillis: Schema.optional(Schema.Finite)
  }),
  /**
   * A connection was replaced by another one that was opened before it was closed: because of its
   * age, because the venue said it would end it, or because subscriptions of it stayed mute.
   */
  Schema.TaggedStruct("Rotated", {
    ...base,
    cause: Schema.Literals(["age", "leaving", "mute"]),
    /** Trades that were missing from what was given meanwhile. */
    lost: Schema.Int,
    /** Trades that were given twice meanwhile. */
    duplicated: Schema.Int,
    /** How long both were open, in milliseconds. */
    overlap: Schema.Finite
  }),
  /** The venue has news of a subscription, of which nothing comes; it is asked for anew. */
  Schema.TaggedStruct("Mute", { ...base, topic: Schema.String, seconds: Schema.Finite }),
  /** Ticks come again of a subscription that was mute. */
  Schema.TaggedStruct("Restored", { ...base, topic: Schema.String }),
  /** The venue no longer lists a symbol; what was subscribed of it has ended. */
  Schema.TaggedStruct("Delisted", { ...base, symbol: Schema.String }),
  /** No more attempts are made for a while, one is made to see, or all is well again. */
  Schema.TaggedStruct("Breaker", { ...base, state: BreakerState }),
  /** The venue turned down a request; `topic` where it is known which subscription it will not have. */
  Schema.TaggedStruct("Refused", {
    ...base,
    detail: Schema.String,
    topic: Schema.optional(Schema.String)
  }),
  /** The venue said that it will end the connection. */
  Schema.TaggedStruct("Leaving", base),
  /** A book is true from here on. */
  Schema.TaggedStruct("Synced", { ...base, symbol: Schema.String }),
  /** A book is no longer true; a snapshot is being fetched. */
  Schema.TaggedStruct("Resyncing", {
    ...base,
    symbol: Schema.String,
    /** Why; see `BookState.Cause`. */
    cause: Cause
  }),
  /** A book turned out wrong again and again. It is left alone, and then tried once more. */
  Schema.TaggedStruct("Quarantined", {
    ...base,
    symbol: Schema.String,
    cause: Cause,
    until: Micros
  }),
  /** Trades that had been missed were asked for and came. */
  Schema.TaggedStruct("Filled", { ...base, symbol: Schema.String, trades: Schema.Int }),
  /** Trades are missing, both ends included, and cannot be had. */
  Schema.TaggedStruct("GapFound", {
    ...base,
    symbol: Schema.String,
    from: Schema.Int,
    to: Schema.Int
  }),
  /** A text did not match the venue's protocol and was dropped. */
  Schema.TaggedStruct("Undecodable", {
    ...base,
    detail: Schema.String,
    sample: Schema.String
  }),
  /** A part of a tape is damaged and was left out. */
  Schema.TaggedStruct("Damaged", { ...base, detail: Schema.String }),
  /** Ticks come from the other feed of a pair from here on. */
  Schema.TaggedStruct("Switched", {
    ...base,
    from: Schema.Literals(["primary", "fallback"]),
    to: Schema.Literals(["primary", "fallback"]),
    /** What was given fell silent or failed, or the primary has been healthy for long enough. */
    reason: Schema.Literals(["silent", "failed", "recovered"])
  }),
  /** The feed gave up. */
  Schema.TaggedStruct("Failed", { ...base, detail: Schema.String }),
  /** There is no more, as at the end of a tape. */
  Schema.TaggedStruct("Ended", base)
])

/**
 * @since 0.1.0
 */
export type FeedEvent = typeof FeedEvent.Type
