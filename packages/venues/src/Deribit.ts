/**
 * Deribit: perpetuals, futures, options and spot.
 *
 * @see https://docs.deribit.com
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Decimal from "tapewire/Decimal"
import type { Feed, Topic } from "tapewire/Feed"
import * as Instant from "tapewire/Instant"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Subscription } from "tapewire/Subscription"
import type { Level, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Array, Boolean, Finite, Int, Literals, NullOr, String, Struct, Tuple, optional } = Schema

/** A number that may be missing in either way. */
const Maybe = optional(NullOr(Finite))

const Levels = Array(Tuple([Literals(["new", "change", "delete"]), Finite, Finite]))

/** A size at a price in the base asset: of inverse contracts it is counted in dollars. */
const sizeOf = (amount: number, price: number, native: string, reader: Reader): number => {
  const size = reader.number(amount)
  if (size === 0 || reader.instrument(native)?.inverse === undefined) return size
  return reader.finite(size / price)
}

const levels = (wire: typeof Levels.Type, native: string, reader: Reader): ReadonlyArray<Level> => {
  const out: globalThis.Array<Level> = []
  for (const [action, price, size] of wire) {
    const amount = action === "delete" ? 0 : size
    out.push([reader.number(price), sizeOf(amount, price, native, reader)])
  }
  return out
}

/** What is written where there is one. */
const value = (wire: number | null | undefined, { number }: Reader) =>
  typeof wire === "number" ? number(wire) : undefined

/** The best price of a side and what waits there, where anything does. */
const best = (
  price: number | null | undefined,
  size: number | null | undefined,
  native: string,
  reader: Reader
) => {
  if (size === 0 || typeof price !== "number") return undefined
  const amount = typeof size === "number" ? sizeOf(size, price, native, reader) : undefined
  return { price: reader.number(price), size: amount }
}

const about = <A extends { readonly instrument_name: string; readonly timestamp: number }>(
  { instrument_name, timestamp }: A,
  { micros, received, symbol, venue }: Reader
) => ({
  venue,
  symbol: symbol(instrument_name) ?? instrument_name,
  at: micros(timestamp * 1000),
  received
})

/** A kind of notification that is about one instrument. */
const kind = <A extends { readonly instrument_name: string }>(
  schema: Schema.Codec<A>,
  interpret: (data: A, reader: Reader) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(
    Struct({ params: Struct({ data: schema }) }),
    ({ params: { data } }, reader): ReadonlyArray<Venue.Message> =>
      reader.symbol(data.instrument_name) === undefined
        ? [{ _tag: "Unrecognized", kind: data.instrument_name }]
        : interpret(data, reader)
  )

const one = { instrument_name: String, timestamp: Int }

const Single = Struct({
  ...one,
  // Counts the trades of the instrument; `trade_id` those of the currency.
  trade_seq: Int,
  price: Finite,
  amount: Finite,
  // The taker's.
  direction: Literals(["buy", "sell"])
})

const single = (wire: typeof Single.Type, reader: Reader): Trade => ({
  _tag: "Trade",
  ...about(wire, reader),
  id: wire.trade_seq,
  price: reader.number(wire.price),
  size: sizeOf(wire.amount, wire.price, wire.instrument_name, reader),
  side: wire.direction
})

const trades = Venue.kind(
  Struct({ params: Struct({ data: Array(Single) }) }),
  ({ params: { data } }, reader): ReadonlyArray<Venue.Message> =>
    data.map((wire) =>
      reader.symbol(wire.instrument_name) === undefined
        ? { _tag: "Unrecognized", kind: wire.instrument_name }
        : single(wire, reader)
    )
)

const Prices = Struct({
  instrument_name: String,
  best_bid_price: Maybe,
  best_bid_amount: Maybe,
  best_ask_price: Maybe,
  best_ask_amount: Maybe
})

const bestOf = (wire: typeof Prices.Type, reader: Reader) => {
  const bid = best(wire.best_bid_price, wire.best_bid_amount, wire.instrument_name, reader)
  const ask = best(wire.best_ask_price, wire.best_ask_amount, wire.instrument_name, reader)
  return { bid: bid?.price, bidSize: bid?.size, ask: ask?.price, askSize: ask?.size }
}

const quote = kind(Struct({ ...one, ...Prices.fields }), (wire, reader) => [
  { _tag: "Quote", ...about(wire, reader), ...bestOf(wire, reader) }
])

const book = kind(
  Struct({
    ...one,
    type: Literals(["snapshot", "change"]),
    change_id: Int,
    prev_change_id: optional(Int),
    bids: Levels,
    asks: Levels
  }),
  (wire, reader) => {
    const { change_id: sequence, prev_change_id: before, type } = wire
    const sides = {
      bids: levels(wire.bids, wire.instrument_name, reader),
      asks: levels(wire.asks, wire.instrument_name, reader)
    }
    if (type === "snapshot") {
      return [{ _tag: "BookSnapshot", ...about(wire, reader), sequence, ...sides }]
    }
    // Numbers are shared by all instruments: what follows on the last is told by its number alone.
    const firstSequence = before === undefined ? undefined : before + 1
    return [{ _tag: "BookDelta", ...about(wire, reader), firstSequence, sequence, ...sides }]
  }
)

/** Carries all that changes of an instrument, of which a feed gives what was subscribed to. */
const ticker = kind(
  Struct({
    ...one,
    ...Prices.fields,
    last_price: Maybe,
    mark_price: Maybe,
    index_price: Maybe,
    open_interest: Maybe,
    current_funding: Maybe,
    stats: Struct({ high: Maybe, low: Maybe, volume: Maybe, volume_notional: Maybe })
  }),
  (wire, reader) => {
    const base = about(wire, reader)
    const messages: globalThis.Array<Venue.Message> = []
    const last = value(wire.last_price, reader)
    if (last !== undefined) {
      messages.push({
        _tag: "Ticker",
        ...base,
        last,
        high: value(wire.stats.high, reader),
        low: value(wire.stats.low, reader),
        volume: value(wire.stats.volume, reader),
        quoteVolume: value(wire.stats.volume_notional, reader),
        ...bestOf(wire, reader)
      })
    }
    const price = value(wire.mark_price, reader)
    const index = value(wire.index_price, reader)
    if (price !== undefined) messages.push({ _tag: "MarkPrice", ...base, price, index })
    const held = wire.open_interest
    if (typeof held === "number" && (price !== undefined || held === 0)) {
      const size = sizeOf(held, price ?? 1, wire.instrument_name, reader)
      messages.push({ _tag: "OpenInterest", ...base, size })
    }
    const rate = value(wire.current_funding, reader)
    if (rate !== undefined) messages.push({ _tag: "Funding", ...base, rate })
    return messages
  }
)

/** Requests to subscribe have even ids, all others odd ones; both are answered with channels. */
const isSubscribing = (id: number) => id % 2 === 0

const test = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "public/test", params: {} })

const heartbeat = Venue.kind(
  Struct({ params: Struct({ type: String }) }),
  ({ params }): ReadonlyArray<Venue.Message> =>
    params.type === "test_request" ? [{ _tag: "Reply", frame: test }] : []
)

/** Channels that cannot be had are silently left out. */
const accepted = Venue.kind(
  Struct({ id: Int, result: Array(String) }),
  ({ id, result }): ReadonlyArray<Venue.Message> =>
    isSubscribing(id) ? [{ _tag: "Acknowledged", id: id / 2, topics: result }] : []
)

const failure = Venue.kind(
  Struct({
    id: optional(NullOr(Int)),
    error: Struct({ code: Int, message: String })
  }),
  ({ error, id }): ReadonlyArray<Venue.Message> => {
    const detail = `${error.message} (${error.code})`
    if (typeof id !== "number") return [{ _tag: "Refused", id: undefined, detail }]
    // No request to subscribe has the number zero.
    return [{ _tag: "Refused", id: isSubscribing(id) ? id / 2 : 0, detail }]
  }
)

/** The body of an answer. */
const result = <A, B>(schema: Schema.Codec<A>, interpret: (result: A, reader: Reader) => B) =>
  Venue.body(
    Venue.kind(Struct({ result: schema }), ({ result }, reader) => interpret(result, reader))
  )

const Listed = Struct({
  instrument_name: String,
  kind: String,
  base_currency: String,
  quote_currency: String,
  counter_currency: optional(String),
  settlement_period: optional(String),
  expiration_timestamp: optional(Int),
  strike: optional(Finite),
  option_type: optional(String),
  tick_size: Finite,
  min_trade_amount: Finite,
  is_active: Boolean
})

/** What an instrument is, and what its symbol has beyond the pair; combinations are left out. */
const sort = (
  {
    expiration_timestamp: expiry,
    kind,
    option_type: type,
    settlement_period,
    strike
  }: typeof Listed.Type,
  { micros }: Reader
): { readonly kind: Instrument["kind"]; readonly rest: string } | undefined => {
  if (kind === "spot") return { kind, rest: "" }
  if (kind === "future" && settlement_period === "perpetual") {
    return { kind: "perpetual", rest: "-PERP" }
  }
  if (expiry === undefined) return undefined
  const day = Instant.day(micros(expiry * 1000))
  if (kind === "future") return { kind, rest: `-${day}` }
  if (kind !== "option" || strike === undefined || type === undefined) return undefined
  const letter = type.slice(0, 1).toUpperCase()
  return { kind, rest: `-${day}-${Decimal.text(strike)}-${letter}` }
}

const instruments = result(Array(Listed), (all, reader) =>
  all.flatMap((listed): ReadonlyArray<Instrument> => {
    const sorted = sort(listed, reader)
    if (sorted === undefined) return []
    const { base_currency: base, counter_currency, quote_currency: quote } = listed
    // The price of an option may be in the base asset; its strike never is.
    // Contracts in dollars, which are settled in the base asset.
    const isInverse = quote === "USD" && sorted.kind !== "spot" && sorted.kind !== "option"
    const counter = counter_currency ?? (sorted.kind === "option" ? "USD" : quote)
    return [
      {
        venue: reader.venue,
        symbol: `${base}-${counter}${sorted.rest}`.toUpperCase(),
        native: listed.instrument_name,
        kind: sorted.kind,
        base,
        quote,
        tickSize: listed.tick_size,
        // A lot of inverse contracts is no fixed amount of the base asset.
        lotSize: isInverse ? undefined : listed.min_trade_amount,
        ...(isInverse && { inverse: true }),
        status: listed.is_active ? "trading" : "halted"
      }
    ]
  })
)

const last = "/api/v2/public/get_last_trades_by_instrument?instrument_name="

/** The notification that carries a channel. */
const notification = ({ channel }: Subscription, native: string): string => {
  switch (channel) {
    case "trades":
    case "book":
      // What is not gathered for 100 ms is for those who have logged in.
      return `${channel}.${native}.100ms`
    case "quotes":
      return `quote.${native}`
    default:
      return `ticker.${native}.100ms`
  }
}

const request = (method: string, id: number, params: object) =>
  JSON.stringify({ jsonrpc: "2.0", id, method: `public/${method}`, params })

/**
 * Deribit.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "deribit",
  name: "Deribit",
  needsCredentials: false,
  endpoints: { websocket: "wss://www.deribit.com", rest: "https://www.deribit.com" },
  path: "/ws/api/v2",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    ticker: [undefined],
    funding: [undefined],
    mark: [undefined],
    openinterest: [undefined]
  },
  // Asks us every so often whether we are there, also where no market moves.
  greeting: [request("set_heartbeat", 1, { interval: 15 })],
  limits: {
    // 3.3 requests to subscribe a second.
    messages: { count: 3, per: "1 second" },
    // 32 connections at a time; attempts are not limited by name.
    connections: { count: 20, per: "1 minute" },
    // Credits, of which 10,000 are refilled a second.
    requests: { count: 10_000, per: "1 second" },
    batch: 200,
    streams: 500
  },
  silence: "45 seconds",
  trades: "contiguous",
  books: "stream",
  topic: notification,
  subscribe: (channels, id) => request("subscribe", 2 * id, { channels }),
  unsubscribe: (channels, id) => request("unsubscribe", 2 * id + 1, { channels }),
  probe: (id) => request("test", 2 * id + 1, {}),
  decode: Venue.decoder(
    {
      content: (json) => json,
      kind: ({ error, method, params, result }) => {
        if (method === "subscription") {
          const channel = Predicate.isObject(params) ? params["channel"] : undefined
          return typeof channel === "string" ? channel.split(".", 1)[0] : undefined
        }
        if (method !== undefined) return method
        if (error !== undefined) return "failure"
        if (globalThis.Array.isArray(result)) return "accepted"
        return result === undefined ? undefined : "answer"
      }
    },
    {
      trades,
      quote,
      book,
      ticker,
      heartbeat,
      accepted,
      failure,
      // To a greeting or a sign of life.
      answer: Venue.ignored
    }
  ),
  calls: {
    instruments: {
      path: () => "/api/v2/public/get_instruments?currency=any&expired=false",
      weight: 10_000,
      decode: instruments
    },
    trades: {
      path: (native, from, to) =>
        `${last}${encodeURIComponent(native)}&start_seq=${from}&end_seq=${to}&count=1000&sorting=asc`,
      weight: 1000,
      decode: result(Struct({ trades: Array(Single) }), ({ trades }, reader) =>
        trades.map((wire): Trade => ({ ...single(wire, reader), origin: "backfill" }))
      )
    },
    lastTrade: {
      path: (native) => `${last}${encodeURIComponent(native)}&count=1`,
      weight: 1000,
      decode: result(
        Struct({ trades: Array(Struct({ trade_seq: Int })) }),
        ({ trades }) => trades.at(-1)?.trade_seq
      )
    },
    lastUpdate: {
      path: (native) =>
        `/api/v2/public/get_order_book?instrument_name=${encodeURIComponent(native)}&depth=1`,
      weight: 1000,
      decode: result(Struct({ change_id: Int }), ({ change_id }) => change_id)
    },
    time: {
      path: () => "/api/v2/public/get_time",
      weight: 1000,
      decode: result(Int, (millis, { micros }) => micros(millis * 1000))
    },
    ping: {
      path: () => "/api/v2/public/test",
      weight: 1000,
      decode: result(Struct({}), () => undefined)
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Deribit.
 *
 * @since 0.1.0
 */
export class Deribit extends Context.Service<Deribit, Feed>()("@tapewire/venues/Deribit") {
  /**
   * From the exchange, as it happens: `Deribit.layer(["trades:BTC-USD-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Deribit.layerRecorded("deribit.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
