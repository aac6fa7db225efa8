/**
 * Coinbase Advanced Trade, market data.
 *
 * @see https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Level, Tick, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Boolean, Literals, String, Struct } = Schema

const optionalText = Schema.optional(String)

/** Zero says that there is none: no order with a price, no trade, no time. */
const present = (value: number) => (value <= 0 ? undefined : value)

const part = (text: string | undefined, { decimal }: Reader) =>
  text === undefined || text === "" ? undefined : present(decimal(text))

/** A number where that holds all of it. */
const tradeId = (text: string): number | string => {
  const id = Number(text)
  return Number.isSafeInteger(id) && `${id}` === text ? id : text
}

type Base = Pick<Tick, "received" | "symbol" | "venue">

/** What is told of a product, or that nobody asked for it. */
const about = (
  product: string,
  reader: Reader,
  interpret: (base: Base) => Venue.Message
): Venue.Message => {
  const { received, venue } = reader
  const symbol = reader.symbol(product)
  return symbol === undefined
    ? { _tag: "Unrecognized", kind: product }
    : interpret({ venue, symbol, received })
}

/** A kind of frame, which carries events. */
const kind = <A>(
  schema: Schema.Codec<A>,
  interpret: (event: A, reader: Reader, at: number) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(
    Struct({ timestamp: String, events: Schema.Array(schema) }),
    ({ events, timestamp }, reader) => {
      const at = reader.instant(timestamp)
      return events.flatMap((event) => interpret(event, reader, at))
    }
  )

const Match = Struct({
  product_id: String,
  trade_id: String,
  price: String,
  size: String,
  time: String,
  side: Literals(["BUY", "SELL"])
})

const matched = (
  { price, side, size, time, trade_id }: typeof Match.Type,
  { decimal, instant }: Reader,
  base: Base
): Trade => ({
  _tag: "Trade",
  ...base,
  at: instant(time),
  id: tradeId(trade_id),
  price: decimal(price),
  size: decimal(size),
  // It is the maker's that is sent.
  side: side === "BUY" ? "sell" : "buy"
})

/** Begins with those before the subscription; the newest come first. */
const market_trades = kind(
  Struct({ type: String, trades: Schema.Array(Match) }),
  ({ trades, type }, reader) =>
    trades.toReversed().map((one) =>
      about(one.product_id, reader, (base) => {
        const trade = matched(one, reader, base)
        return type === "snapshot" ? { ...trade, origin: "backfill" } : trade
      })
    )
)

const ticker = kind(
  Struct({
    tickers: Schema.Array(
      Struct({
        product_id: String,
        price: String,
        volume_24_h: optionalText,
        low_24_h: optionalText,
        high_24_h: optionalText,
        best_bid: optionalText,
        best_bid_quantity: optionalText,
        best_ask: optionalText,
        best_ask_quantity: optionalText
      })
    )
  }),
  ({ tickers }, reader, at) =>
    tickers.flatMap((one): ReadonlyArray<Venue.Message> => {
      const top = {
        at,
        bid: part(one.best_bid, reader),
        bidSize: part(one.best_bid_quantity, reader),
        ask: part(one.best_ask, reader),
        askSize: part(one.best_ask_quantity, reader)
      }
      const quote = about(one.product_id, reader, (base) => ({ _tag: "Quote", ...base, ...top }))
      const last = part(one.price, reader)
      // Of what was never traded there are no figures.
      if (last === undefined || quote._tag === "Unrecognized") return [quote]
      return [
        quote,
        about(one.product_id, reader, (base) => ({
          _tag: "Ticker",
          ...base,
          ...top,
          last,
          high: part(one.high_24_h, reader),
          low: part(one.low_24_h, reader),
          volume: one.volume_24_h === undefined ? undefined : reader.decimal(one.volume_24_h)
        }))
      ]
    })
)

const l2_data = kind(
  Struct({
    type: Literals(["snapshot", "update"]),
    product_id: String,
    updates: Schema.Array(
      Struct({
        side: Literals(["bid", "offer"]),
        event_time: String,
        price_level: String,
        new_quantity: String
      })
    )
  }),
  ({ product_id, type, updates }, reader) => {
    const bids: Array<Level> = []
    const asks: Array<Level> = []
    for (const { new_quantity, price_level, side } of updates) {
      const levels = side === "bid" ? bids : asks
      levels.push([reader.decimal(price_level), reader.decimal(new_quantity)])
    }
    // What changes at one time comes in one event.
    const time = updates[0]?.event_time
    const at = time === undefined ? undefined : present(reader.instant(time))
    const _tag = type === "snapshot" ? "BookSnapshot" : "BookDelta"
    return [about(product_id, reader, (base) => ({ _tag, ...base, at, bids, asks }))]
  }
)

/** Five minutes, in microseconds. */
const length = 300_000_000

const candles = kind(
  Struct({
    type: String,
    candles: Schema.Array(
      Struct({
        product_id: String,
        start: String,
        open: String,
        high: String,
        low: String,
        close: String,
        volume: String
      })
    )
  }),
  ({ candles, type }, reader, at) => {
    const { decimal } = reader
    // It begins with those of hours, of which only the last is not over.
    const some = type === "snapshot" ? candles.slice(-1) : candles
    return some.map((one) =>
      about(one.product_id, reader, (base) => {
        const openAt = reader.micros(decimal(one.start) * 1e6)
        return {
          _tag: "Bar",
          ...base,
          at,
          interval: "5m",
          openAt,
          closeAt: openAt + length,
          open: decimal(one.open),
          high: decimal(one.high),
          low: decimal(one.low),
          close: decimal(one.close),
          volume: decimal(one.volume),
          // It is not said of any: a bar is over when one of the next interval comes.
          closed: false
        }
      })
    )
  }
)

/** The answer to every request: all that the connection is subscribed to now. */
const subscriptions = kind(
  Struct({ subscriptions: Schema.Record(String, Schema.Array(String)) }),
  ({ subscriptions }) => {
    const topics = Object.entries(subscriptions).flatMap(([channel, products]) =>
      products.map((product) => `${channel}:${product}`)
    )
    return [
      { _tag: "Acknowledged", topics },
      { _tag: "Listed", topics }
    ]
  }
)

const error = Venue.kind(
  Struct({ message: String }),
  ({ message }): ReadonlyArray<Venue.Message> => [
    { _tag: "Refused", id: undefined, detail: message }
  ]
)

const channelOf = (topic: string): string => topic.slice(0, topic.indexOf(":"))

/** A frame about topics of one channel. */
const request = (type: "subscribe" | "unsubscribe") => (topics: ReadonlyArray<string>) => {
  const channel = channelOf(topics[0] ?? "")
  return JSON.stringify({
    type,
    product_ids: topics.map((topic) => topic.slice(channel.length + 1)),
    channel
  })
}

/** Come every second, and keep channels open on which nothing else comes. */
const heartbeats = JSON.stringify({ type: "subscribe", channel: "heartbeats" })

const Product = Struct({
  product_id: String,
  base_currency_id: String,
  quote_currency_id: String,
  base_increment: String,
  price_increment: String,
  product_type: String,
  status: String,
  alias: optionalText,
  is_disabled: Schema.optional(Boolean),
  trading_disabled: Schema.optional(Boolean),
  cancel_only: Schema.optional(Boolean),
  post_only: Schema.optional(Boolean),
  auction_mode: Schema.optional(Boolean)
})

const statusOf = (product: typeof Product.Type): Instrument["status"] => {
  if (product.status === "delisted") return "ended"
  const { auction_mode, cancel_only, is_disabled, post_only, trading_disabled } = product
  const stops = [auction_mode, cancel_only, is_disabled, post_only, trading_disabled]
  if (stops.includes(true)) return "halted"
  return product.status === "online" ? "trading" : "unknown"
}

const instrument = (product: typeof Product.Type, reader: Reader): ReadonlyArray<Instrument> => {
  const { base_currency_id: base, quote_currency_id: quote } = product
  // Of another name for a product, all is told under that product's own.
  if (product.product_type !== "SPOT" || (product.alias ?? "") !== "") return []
  return [
    {
      venue: reader.venue,
      symbol: `${base}-${quote}`.toUpperCase(),
      native: product.product_id,
      kind: "spot",
      base,
      quote,
      tickSize: part(product.price_increment, reader),
      lotSize: part(product.base_increment, reader),
      status: statusOf(product)
    }
  ]
}

/** A path of what anybody may ask. */
const market = (rest: string) => `/api/v3/brokerage/market/${rest}`

const newest = (native: string, count: number) =>
  market(`products/${encodeURIComponent(native)}/ticker?limit=${count}`)

/** Past trades, which come newest first. */
const past = Venue.body(
  Venue.kind(Struct({ trades: Schema.Array(Match) }), ({ trades }, reader) => {
    const { received, venue } = reader
    return trades.map((one) => matched(one, reader, { venue, symbol: "", received }))
  })
)

const Sides = Schema.Array(Struct({ price: String, size: String }))

/**
 * Coinbase Advanced Trade.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "coinbase-advanced",
  name: "Coinbase Advanced",
  needsCredentials: false,
  endpoints: {
    websocket: "wss://advanced-trade-ws.coinbase.com",
    rest: "https://api.coinbase.com"
  },
  // Who does not say what they are is turned away, and others are told what was a second ago.
  headers: { "User-Agent": "tapewire", "Cache-Control": "no-cache" },
  path: "/",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: ["5m"],
    ticker: [undefined]
  },
  greeting: [heartbeats],
  limits: {
    // Eight a second for all connections of an address.
    messages: { count: 3, per: "1 second" },
    connections: { count: 5, per: "1 second" },
    requests: { count: 6, per: "1 second" },
    batch: 50,
    streams: 100
  },
  silence: "10 seconds",
  trades: "contiguous",
  books: "stream",
  group: channelOf,
  topic: ({ channel }, native) => {
    switch (channel) {
      case "trades":
        return `market_trades:${native}`
      case "book":
        return `level2:${native}`
      case "bars":
        return `candles:${native}`
      default:
        return `ticker:${native}`
    }
  },
  subscribe: request("subscribe"),
  unsubscribe: request("unsubscribe"),
  probe: () => heartbeats,
  decode: Venue.decoder(
    { content: (json) => json, kind: ({ channel, type }) => channel ?? type },
    {
      market_trades,
      ticker,
      l2_data,
      candles,
      subscriptions,
      error,
      heartbeats: Venue.ignored
    }
  ),
  calls: {
    instruments: {
      path: () => market("products"),
      weight: 1,
      decode: Venue.body(
        Venue.kind(Struct({ products: Schema.Array(Product) }), ({ products }, reader) =>
          products.flatMap((product) => instrument(product, reader))
        )
      )
    },
    trades: {
      // They are asked for by time, not by id.
      path: (native) => newest(native, 1000),
      weight: 1,
      decode: (body, reader, native) => {
        const { received, venue } = reader
        const base = { venue, symbol: reader.symbol(native) ?? native, received }
        return Result.map(past(body, reader), (trades) =>
          trades.map((trade): Trade => ({ ...trade, ...base, origin: "backfill" })).toReversed()
        )
      }
    },
    lastTrade: {
      path: (native) => newest(native, 1),
      weight: 1,
      decode: Venue.body(
        Venue.kind(
          Struct({ trades: Schema.Array(Struct({ trade_id: String })) }),
          ({ trades }) => trades[0]?.trade_id
        )
      )
    },
    lastUpdate: {
      path: (native) => market(`product_book?product_id=${encodeURIComponent(native)}&limit=1`),
      weight: 1,
      decode: Venue.body(
        Venue.kind(
          Struct({ pricebook: Struct({ bids: Sides, asks: Sides }) }),
          ({ pricebook: { asks, bids } }) => JSON.stringify([bids, asks])
        )
      )
    },
    time: {
      path: () => "/api/v3/brokerage/time",
      weight: 1,
      decode: Venue.body(
        Venue.kind(Struct({ iso: String }), ({ iso }, { instant }) => instant(iso))
      )
    },
    ping: {
      path: () => "/api/v3/brokerage/time",
      weight: 1,
      decode: Venue.body(Venue.kind(Struct({ iso: String }), () => undefined))
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Coinbase Advanced Trade.
 *
 * @since 0.1.0
 */
export class CoinbaseAdvanced extends Context.Service<CoinbaseAdvanced, Feed>()(
  "@tapewire/venues/CoinbaseAdvanced"
) {
  /**
   * From the exchange, as it happens: `CoinbaseAdvanced.layer(["trades:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `CoinbaseAdvanced.layerRecorded("coinbase.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
