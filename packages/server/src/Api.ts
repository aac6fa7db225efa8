/**
 * The HTTP API as a value, from which come the routes, the OpenAPI document and clients.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Feed from "tapewire/Feed"
import * as GapReport from "tapewire/GapReport"
import * as Subscription from "tapewire/Subscription"
import * as Tick from "tapewire/Tick"
import {
  BadSubscription,
  BookUnsynced,
  InvalidRequest,
  NotServed,
  TooManyStreams,
  UnknownInterval
} from "./ApiError.ts"
import * as Bars from "./Bars.ts"
import * as Health from "./Health.ts"
import * as TickStream from "./TickStream.ts"

/**
 * The most levels of a side of a book that are given.
 *
 * @since 0.1.0
 */
export const maxDepth = 5000

/**
 * The book of an instrument, best level first. What the venue does not say is `null`.
 *
 * @since 0.1.0
 */
export const Book = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  provenance: Feed.Provenance,
  at: Schema.NullOr(Tick.Micros),
  received: Tick.Micros,
  sequence: Schema.NullOr(Schema.Int),
  /** Price and size. */
  bids: Schema.Array(Tick.Level),
  asks: Schema.Array(Tick.Level)
})

const { close, closeAt, closed, high, low, open, openAt } = Tick.Bar.fields
const { quoteVolume, takerBuyVolume, trades, volume } = Tick.Bar.fields

/**
 * Bars of an instrument, newest last.
 *
 * @since 0.1.0
 */
export const BarList = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  interval: Schema.String,
  provenance: Feed.Provenance,
  /** Whether they were made here of the trades seen, and not by the venue. */
  derived: Schema.Boolean,
  bars: Schema.Array(
    Schema.Struct({
      openAt,
      closeAt,
      open,
      high,
      low,
      close,
      volume,
      quoteVolume,
      takerBuyVolume,
      trades,
      closed
    })
  )
})

/**
 * What was given and what is missing. What is not known is absent.
 *
 * @since 0.1.0
 */
export const GapList = Schema.Struct({
  entries: Schema.Array(Schema.Struct({ provenance: Feed.Provenance, ...GapReport.Entry.fields }))
})

/**
 * Answers a request that does not match its schema with what is wrong.
 *
 * @since 0.1.0
 */
export class Checked extends HttpApiMiddleware.Service<Checked>()("@tapewire/server/Checked", {
  error: InvalidRequest
}) {}

const instrument = {
  /** As on the command line: `binance`. */
  venue: Schema.String,
  /** Canonical: `BTC-USDT`. */
  symbol: Schema.String
}

const upTo = (maximum: number) =>
  Schema.optional(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum })))

/**
 * @since 0.1.0
 */
export class System extends HttpApiGroup.make("system", { topLevel: true })
  .add(
    HttpApiEndpoint.get("health", "/health", {
      success: [Health.Healthy, HttpApiSchema.status(503)(Health.Unhealthy)]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "How the feeds are doing",
        description: "200 while at least one feed is doing well, else 503."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Service" })) {}

/**
 * @since 0.1.0
 */
export class Market extends HttpApiGroup.make("market", { topLevel: true })
  .add(
    HttpApiEndpoint.get("ticks", "/ticks", {
      query: {
        subscriptions: Schema.optional(Schema.Array(Schema.String)),
        policy: Schema.optional(TickStream.Policy)
      },
      success: HttpApiSchema.StreamSse({ data: Tick.Tick }),
      error: [InvalidRequest, BadSubscription, NotServed, TooManyStreams]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Ticks as server-sent events",
        description:
          "`subscriptions` are written `venue:channel:SYMBOL`, separated by commas. Every unnamed event is a tick. `policy` says what happens when you fall behind: `drop-oldest` (the default), or `conflate` to get the latest of each kind."
      })
    ),
    HttpApiEndpoint.get("book", "/book/:venue/:symbol", {
      params: instrument,
      query: { depth: upTo(maxDepth) },
      success: Book,
      error: [NotServed, BookUnsynced]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "A book as it is now",
        description: "`depth` levels of each side, 20 by default."
      })
    ),
    HttpApiEndpoint.get("bars", "/bars/:venue/:symbol", {
      params: instrument,
      query: { interval: Schema.String, limit: upTo(Bars.keep) },
      success: BarList,
      error: [NotServed, UnknownInterval]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Bars seen so far",
        description: "The newest `limit` bars, 200 by default, newest last."
      })
    ),
    HttpApiEndpoint.get("gaps", "/gaps", {
      query: {
        venue: Schema.optional(Schema.String),
        symbol: Schema.optional(Schema.String),
        channel: Schema.optional(Subscription.Channel),
        from: Schema.optional(Tick.Micros),
        to: Schema.optional(Tick.Micros),
        only: Schema.optional(Schema.Literal("incomplete"))
      },
      success: GapList,
      error: [InvalidRequest, NotServed]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "What was missed, minute by minute",
        description:
          "The account of every channel of every instrument since the service started: what is missing, and of each minute of the last day whether it is complete. A stretch of time, from=…&to=…, is in microseconds; every minute it touches is asked about. `only=incomplete` leaves out what was not missed."
      })
    )
  )
  .prefix("/api/v1")
  .annotateMerge(OpenApi.annotations({ title: "Market data" })) {}

/**
 * What the service offers over HTTP.
 *
 * @since 0.1.0
 */
export class Api extends HttpApi.make("tapewire")
  .add(System, Market)
  .middleware(Checked)
  .annotateMerge(
    OpenApi.annotations({
      title: "Tapewire",
      version: "0.1.0",
      description:
        "Market data of several exchanges in one form. Prices are in the quote asset per unit of the base asset, times in microseconds since the Unix epoch, and `side` is the taker's. Recorded data says `recorded` wherever it is given."
    })
  ) {}
