/**
 * Normalized market data.
 *
 * Prices are in the quote asset per unit of the base asset, sizes in the base asset, and times in
 * whole microseconds since the Unix epoch. A field the venue did not send is `undefined`, never
 * zero. Prices and sizes are the float64 nearest to the venue's decimal; see `tapewire/Decimal`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A number that is neither `NaN` nor infinite.
 *
 * @since 0.1.0
 */
export const Value = Schema.Finite

/**
 * Microseconds since the Unix epoch.
 *
 * @since 0.1.0
 */
export const Micros = Schema.Int

const base = {
  /** The id of the venue, as on the command line. */
  venue: Schema.String,
  /** Canonical: `BTC-USDT`, with `-PERP` or an expiry for derivatives. */
  symbol: Schema.String,
  /** When the venue says it happened; `undefined` where it does not say. */
  at: Schema.optional(Micros),
  /** When we read it. */
  received: Micros,
  /** A value had more digits than a float64 holds and was rounded. Absent where nothing was. */
  inexact: Schema.optional(Schema.Literal(true))
}

/**
 * The side of the taker.
 *
 * @since 0.1.0
 */
export const Side = Schema.Literals(["buy", "sell"])

/**
 * @since 0.1.0
 */
export type Side = typeof Side.Type

/**
 * A venue's id for a trade: a number where the venue's ids are safe integers, else a string.
 *
 * @since 0.1.0
 */
export const TradeId = Schema.Union([Schema.Int, Schema.String])

/**
 * @since 0.1.0
 */
export type TradeId = typeof TradeId.Type

/**
 * A match between two orders, or between one taker and several makers at one price.
 *
 * @since 0.1.0
 */
export const Trade = Schema.TaggedStruct("Trade", {
  ...base,
  id: TradeId,
  price: Value,
  size: Value,
  /** The taker's, whatever the venue's own convention; `undefined` where the venue does not say. */
  side: Schema.optional(Side),
  /** The first of the single trades that an aggregated trade stands for. */
  firstId: Schema.optional(TradeId),
  /** The last of them. */
  lastId: Schema.optional(TradeId),
  /** Said of a trade that was missed live and asked for afterwards. */
  origin: Schema.optional(Schema.Literal("backfill"))
})

/**
 * @since 0.1.0
 */
export type Trade = typeof Trade.Type

/**
 * The best bid and ask. A side without orders is `undefined`.
 *
 * @since 0.1.0
 */
export const Quote = Schema.TaggedStruct("Quote", {
  ...base,
  bid: Schema.optional(Value),
  bidSize: Schema.optional(Value),
  ask: Schema.optional(Value),
  askSize: Schema.optional(Value),
  /** The book update it shows, where the venue numbers updates. */
  sequence: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 */
export type Quote = typeof Quote.Type

/**
 * A price and the size waiting there. In a `BookDelta` a size of zero removes the level.
 *
 * @since 0.1.0
 */
export const Level = Schema.Tuple([Value, Value])

/**
 * @since 0.1.0
 */
export type Level = typeof Level.Type

/**
 * The whole book as far as the venue shows it, best level first, replacing what was known before.
 *
 * @since 0.1.0
 */
export const BookSnapshot = Schema.TaggedStruct("BookSnapshot", {
  ...base,
  /** The last update it includes, where the venue numbers updates. */
  sequence: Schema.optional(Schema.Int),
  bids: Schema.Array(Level),
  asks: Schema.Array(Level)
})

/**
 * @since 0.1.0
 */
export type BookSnapshot = typeof BookSnapshot.Type

/**
 * New sizes for some levels of a book.
 *
 * @since 0.1.0
 */
export const BookDelta = Schema.TaggedStruct("BookDelta", {
  ...base,
  /** The first update it covers, where the venue numbers updates. */
  firstSequence: Schema.optional(Schema.Int),
  /** The last update it covers. */
  sequence: Schema.optional(Schema.Int),
  bids: Schema.Array(Level),
  asks: Schema.Array(Level)
})

/**
 * @since 0.1.0
 */
export type BookDelta = typeof BookDelta.Type

/**
 * Open, high, low and close of one interval.
 *
 * @since 0.1.0
 */
export const Bar = Schema.TaggedStruct("Bar", {
  ...base,
  /** Such as `1m` or `1d`. */
  interval: Schema.String,
  /** The first microsecond of the interval. */
  openAt: Micros,
  /** The first microsecond after it. */
  closeAt: Micros,
  open: Value,
  high: Value,
  low: Value,
  close: Value,
  /** In the base asset. */
  volume: Value,
  /** In the quote asset. */
  quoteVolume: Schema.optional(Value),
  /** How much of the volume takers bought, in the base asset. */
  takerBuyVolume: Schema.optional(Value),
  trades: Schema.optional(Schema.Int),
  /** Whether the interval is over and the bar final. */
  closed: Schema.Boolean
})

/**
 * @since 0.1.0
 */
export type Bar = typeof Bar.Type

/**
 * Figures of the last 24 hours.
 *
 * @since 0.1.0
 */
export const Ticker = Schema.TaggedStruct("Ticker", {
  ...base,
  last: Value,
  open: Schema.optional(Value),
  high: Schema.optional(Value),
  low: Schema.optional(Value),
  /** In the base asset. */
  volume: Schema.optional(Value),
  /** In the quote asset. */
  quoteVolume: Schema.optional(Value),
  /** Volume-weighted average price. */
  vwap: Schema.optional(Value),
  bid: Schema.optional(Value),
  bidSize: Schema.optional(Value),
  ask: Schema.optional(Value),
  askSize: Schema.optional(Value),
  trades: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 */
export type Ticker = typeof Ticker.Type

/**
 * The funding rate of a perpetual, as a fraction per funding interval.
 *
 * @since 0.1.0
 */
export const Funding = Schema.TaggedStruct("Funding", {
  ...base,
  rate: Value,
  /** When it is next paid. */
  nextAt: Schema.optional(Micros)
})

/**
 * @since 0.1.0
 */
export type Funding = typeof Funding.Type

/**
 * The price by which positions are valued.
 *
 * @since 0.1.0
 */
export const MarkPrice = Schema.TaggedStruct("MarkPrice", {
  ...base,
  price: Value,
  /** The price of the index behind it. */
  index: Schema.optional(Value)
})

/**
 * @since 0.1.0
 */
export type MarkPrice = typeof MarkPrice.Type

/**
 * How much is held in open contracts.
 *
 * @since 0.1.0
 */
export const OpenInterest = Schema.TaggedStruct("OpenInterest", {
  ...base,
  /** In the base asset. */
  size: Value
})

/**
 * @since 0.1.0
 */
export type OpenInterest = typeof OpenInterest.Type

/**
 * A position closed by the venue.
 *
 * @since 0.1.0
 */
export const Liquidation = Schema.TaggedStruct("Liquidation", {
  ...base,
  price: Value,
  size: Value,
  /** Of the order that closes it: `sell` where a long was liquidated. */
  side: Side
})

/**
 * @since 0.1.0
 */
export type Liquidation = typeof Liquidation.Type

/**
 * One value of a statistical series, as published on one day.
 *
 * @since 0.1.0
 */
export const Observation = Schema.TaggedStruct("Observation", {
  ...base,
  /** The day it describes, `YYYY-MM-DD`. */
  date: Schema.String,
  /** `undefined` where the source says the value is missing. */
  value: Schema.optional(Value),
  /** The first day on which this was the published value, `YYYY-MM-DD`. */
  vintage: Schema.String
})

/**
 * @since 0.1.0
 */
export type Observation = typeof Observation.Type

/**
 * What is missing from the stream, told in the place where it is missing: which, when, and why.
 * Trades that were missed and then had are no gap; they come with an `origin`.
 *
 * @since 0.1.0
 */
export const Gap = Schema.TaggedStruct("Gap", {
  ...base,
  channel: Schema.Literals(["trades", "book"]),
  /** Of trades: whether aggregated ones are missing; absent where single ones are. */
  variant: Schema.optional(Schema.Literal("aggregated")),
  /** The first missing trade id or book update. */
  from: Schema.optional(Schema.Int),
  /** The last of them. */
  to: Schema.optional(Schema.Int),
  /** When the last one before it happened, by the venue's time, else when it was read. */
  since: Schema.optional(Micros),
  /** The same of the first one after it; `undefined` where none came before the gap was told. */
  until: Schema.optional(Micros),
  /**
   * Why: ids that do not follow, a book that contradicts itself or the venue's checksum, or a lost
   * connection.
   */
  cause: Schema.Literals(["sequence", "crossed", "checksum", "disconnect"])
})

/**
 * @since 0.1.0
 */
export type Gap = typeof Gap.Type

/**
 * When a tick happened: by the venue's time, else when it was read.
 *
 * @since 0.1.0
 */
export const timeOf = ({ at, received }: Pick<Tick, "at" | "received">): number => at ?? received

/**
 * Everything a feed can emit.
 *
 * @since 0.1.0
 */
export const Tick = Schema.Union([
  Trade,
  Quote,
  BookSnapshot,
  BookDelta,
  Bar,
  Ticker,
  Funding,
  MarkPrice,
  OpenInterest,
  Liquidation,
  Observation,
  Gap
])

/**
 * @since 0.1.0
 */
export type Tick = typeof Tick.Type

/**
 * A tick from and to a line of JSON, as the command line prints it.
 *
 * @since 0.1.0
 */
export const fromJson = Schema.fromJsonString(Tick)
