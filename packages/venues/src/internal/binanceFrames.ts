/** How Binance's markets are spoken to on connections. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Subscription } from "tapewire/Subscription"
import * as Venue from "tapewire/Venue"
import { futuresTicker, kline, ticker } from "./binanceBars.ts"
import { forceOrder, markPriceUpdate } from "./binanceFutures.ts"
import { aggTrade, bookTicker, depthUpdate, trade } from "./binanceTicks.ts"

const { Int, String, Struct, optional } = Schema

const acknowledgement = Venue.kind(Struct({ id: Int }), ({ id }): ReadonlyArray<Venue.Message> => [
  { _tag: "Acknowledged", id }
])

const list = Venue.kind(
  Struct({ result: Schema.Array(String) }),
  ({ result }): ReadonlyArray<Venue.Message> => [{ _tag: "Listed", topics: result }]
)

/** Documented flat, seen nested as well. */
const failure = Venue.kind(
  Struct({
    id: optional(Schema.NullOr(Int)),
    msg: optional(String),
    error: optional(Struct({ msg: String }))
  }),
  ({ error, id, msg }): ReadonlyArray<Venue.Message> => [
    { _tag: "Refused", id: id ?? undefined, detail: error?.msg ?? msg ?? "no reason given" }
  ]
)

/** The kinds of frames by the names of their events; the answers to requests have none. */
const kinds = {
  aggTrade,
  bookTicker,
  depthUpdate,
  kline,
  acknowledgement,
  list,
  failure,
  serverShutdown: () => Result.succeed<ReadonlyArray<Venue.Message>>([{ _tag: "Leaving" }])
}

const route: Parameters<typeof Venue.decoder>[0] = {
  // Combined streams wrap what single streams send.
  content: (json) => (json["stream"] === undefined ? json : json["data"]),
  // Best prices of the spot market, answers and refusals carry no event name.
  kind: ({ A, code, e, error, result }) => {
    if (e !== undefined) return e
    if (A !== undefined) return "bookTicker"
    if (code !== undefined || error !== undefined) return "failure"
    // What is subscribed to, as asked for by a probe.
    if (Array.isArray(result)) return "list"
    return result === undefined ? undefined : "acknowledgement"
  }
}

/** Of spot markets. */
export const decodeSpot = Venue.decoder(route, { ...kinds, trade, "24hrTicker": ticker })

/**
 * Of markets of futures. Their single trades are not asked for: the venue does not document them,
 * and numbers prints of its insurance fund among them.
 */
export const decodeFutures = Venue.decoder(route, {
  ...kinds,
  "24hrTicker": futuresTicker,
  markPriceUpdate,
  forceOrder
})

/** The stream that carries a channel. */
const stream = ({ channel, variant }: Subscription): string => {
  switch (channel) {
    case "trades":
      return variant === "aggregated" ? "aggTrade" : "trade"
    case "quotes":
      return "bookTicker"
    case "book":
      return "depth@100ms"
    case "bars":
      return `kline_${variant}`
    case "mark":
    case "funding":
      return "markPrice@1s"
    case "liquidations":
      return "forceOrder"
    default:
      return channel
  }
}

/** How all of them are spoken to. */
export const speech = {
  needsCredentials: false,
  // Connections are ended after 24 hours.
  lifetime: "23 hours",
  trades: "contiguous",
  subscribe: (params, id) => JSON.stringify({ method: "SUBSCRIBE", params, id }),
  unsubscribe: (params, id) => JSON.stringify({ method: "UNSUBSCRIBE", params, id }),
  probe: (id) => JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id }),
  topic: (subscription, native) => `${native.toLowerCase()}@${stream(subscription)}`
} satisfies Partial<Venue.Venue>
