/**
 * Coinbase Exchange.
 *
 * @see https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
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

const { Int, Literals, String, Struct } = Schema

const optionalText = Schema.optional(String)

/** Zero says that there is none: no order with a price, no trade. */
const present = (value: number) => (value <= 0 ? undefined : value)

const read = (text: string | undefined, { decimal }: Reader) =>
  text === undefined ? undefined : decimal(text)

/** A time; where there is none to tell, the year 1 is sent. */
const timeOf = (text: string | undefined, { instant }: Reader) =>
  text === undefined ? undefined : present(instant(text))

/** A kind of frame that is about one product. */
const kind = <A extends { readonly product_id: string; readonly time?: string | undefined }>(
  schema: Schema.Codec<A>,
  interpret: (
    frame: A,
    reader: Reader,
    base: Pick<Tick, "at" | "received" | "symbol" | "venue">
  ) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(schema, (frame, reader): ReadonlyArray<Venue.Message> => {
    const { received, venue } = reader
    const symbol = reader.symbol(frame.product_id)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: frame.product_id }]
      : interpret(frame, reader, { venue, symbol, at: timeOf(frame.time, reader), received })
  })

const Side = Literals(["buy", "sell"])

const Match = { trade_id: Int, side: Side, size: String, price: String, time: String }

const matched = (
  { price, side, size, trade_id }: typeof matchFields.Type,
  { decimal }: Reader,
  base: Pick<Tick, "at" | "received" | "symbol" | "venue">
): Trade => ({
  _tag: "Trade",
  ...base,
  id: trade_id,
  price: decimal(price),
  size: decimal(size),
  // It is the maker's that is sent.
  side: side === "buy" ? "sell" : "buy"
})

const matchFields = Struct(Match)

/** The last match before the subscription comes too, and tells whether one was missed. */
const match = kind(Struct({ ...Match, product_id: String }), (frame, reader, base) => [
  matched(frame, reader, base)
])

/** Carries the figures of the last 24 hours, and the best prices as they were at a match. */
const ticker = kind(
  Struct({
    product_id: String,
    time: optionalText,
    price: String,
    open_24h: optionalText,
    high_24h: optionalText,
    low_24h: optionalText,
    volume_24h: optionalText,
    best_bid: String,
    best_bid_size: optionalText,
    best_ask: String,
    best_ask_size: optionalText
  }),
  (frame, reader, base) => {
    const { decimal } = reader
    const part = (text: string | undefined) => {
      const value = read(text, reader)
      return value === undefined ? undefined : present(value)
    }
    const top = {
      ...base,
      bid: part(frame.best_bid),
      bidSize: part(frame.best_bid_size),
      ask: part(frame.best_ask),
      askSize: part(frame.best_ask_size)
    }
    const last = present(decimal(frame.price))
    const quote: Venue.Message = { _tag: "Quote", ...top }
    // Of what was never traded there are no figures.
    if (last === undefined) return [quote]
    return [
      quote,
      {
        _tag: "Ticker",
        ...top,
        last,
        open: part(frame.open_24h),
        high: part(frame.high_24h),
        low: part(frame.low_24h),
        volume: read(frame.volume_24h, reader)
      }
    ]
  }
)

const Levels = Schema.Array(Schema.Tuple([String, String]))

const levels = (wire: typeof Levels.Type, { decimal }: Reader): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const [price, size] of wire) out.push([decimal(price), decimal(size)])
  return out
}

const snapshot = kind(
  Struct({ product_id: String, time: optionalText, bids: Levels, asks: Levels }),
  ({ asks, bids }, reader, base) => [
    { _tag: "BookSnapshot", ...base, bids: levels(bids, reader), asks: levels(asks, reader) }
  ]
)

const l2update = kind(
  Struct({
    product_id: String,
    time: optionalText,
    changes: Schema.Array(Schema.Tuple([Side, String, String]))
  }),
  ({ changes }, { decimal }, base) => {
    const bids: Array<Level> = []
    const asks: Array<Level> = []
    for (const [side, price, size] of changes) {
      const levels = side === "buy" ? bids : asks
      levels.push([decimal(price), decimal(size)])
    }
    return [{ _tag: "BookDelta", ...base, bids, asks }]
  }
)

/** The names by which the venue itself calls what was asked for by another. */
const names: ReadonlyMap<string, string> = new Map([
  ["level2", "level2_batch"],
  ["level2_50", "level2_batch"]
])

/** The answer to every request: all that the connection is subscribed to now. */
const subscriptions = Venue.kind(
  Struct({
    channels: Schema.Array(
      Struct({ name: String, product_ids: Schema.optional(Schema.NullOr(Schema.Array(String))) })
    )
  }),
  ({ channels }): ReadonlyArray<Venue.Message> => {
    const topics = channels.flatMap(({ name, product_ids }) =>
      (product_ids ?? []).map((product) => `${names.get(name) ?? name}:${product}`)
    )
    return [
      { _tag: "Acknowledged", topics },
      { _tag: "Listed", topics }
    ]
  }
)

const error = Venue.kind(
  Struct({ message: String, reason: optionalText }),
  ({ message, reason }): ReadonlyArray<Venue.Message> => [
    {
      _tag: "Refused",
      id: undefined,
      detail: reason === undefined ? message : `${message}: ${reason}`
    }
  ]
)

/** A frame about topics, each of which is a channel and a product. */
const request = (type: "subscribe" | "unsubscribe") => (topics: ReadonlyArray<string>) => {
  const channels = Map.groupBy(topics, (topic) => topic.slice(0, topic.indexOf(":")))
  return JSON.stringify({
    type,
    channels: Array.from(channels, ([name, some]) => ({
      name,
      product_ids: some.map((topic) => topic.slice(name.length + 1))
    }))
  })
}

/** Comes every second, so that a connection is never silent; asked for again, it is answered. */
const heartbeat = request("subscribe")(["heartbeat:BTC-USD"])

const Product = Struct({
  id: String,
  base_currency: String,
  quote_currency: String,
  base_increment: String,
  quote_increment: String,
  status: String,
  trading_disabled: Schema.optional(Schema.Boolean),
  cancel_only: Schema.optional(Schema.Boolean),
  post_only: Schema.optional(Schema.Boolean),
  auction_mode: Schema.optional(Schema.Boolean)
})

const statusOf = (product: typeof Product.Type): Instrument["status"] => {
  if (product.status === "delisted") return "ended"
  const { auction_mode, cancel_only, post_only, trading_disabled } = product
  if ([auction_mode, cancel_only, post_only, trading_disabled].includes(true)) return "halted"
  return product.status === "online" ? "trading" : "unknown"
}

const instrument = (product: typeof Product.Type, { decimal, venue }: Reader): Instrument => {
  const { base_currency: base, quote_currency: quote } = product
  return {
    venue,
    symbol: `${base}-${quote}`.toUpperCase(),
    native: product.id,
    kind: "spot",
    base,
    quote,
    tickSize: present(decimal(product.quote_increment)),
    lotSize: present(decimal(product.base_increment)),
    status: statusOf(product)
  }
}

/** Past trades, which come newest first. */
const past = Venue.body(
  Venue.kind(Schema.Array(matchFields), (listed, reader) =>
    listed.map((one) => {
      const { received, venue } = reader
      return matched(one, reader, { venue, symbol: "", at: timeOf(one.time, reader), received })
    })
  )
)

const about = (native: string, rest: string) => `/products/${encodeURIComponent(native)}/${rest}`

/**
 * Coinbase Exchange.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "coinbase",
  name: "Coinbase Exchange",
  needsCredentials: false,
  endpoints: {
    websocket: "wss://ws-feed.exchange.coinbase.com",
    rest: "https://api.exchange.coinbase.com"
  },
  // Who does not say what they are is turned away.
  headers: { "User-Agent": "tapewire" },
  path: "/",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    ticker: [undefined]
  },
  greeting: [heartbeat],
  limits: {
    messages: { count: 5, per: "1 second" },
    // Eight a second, less what others behind the same address may take.
    connections: { count: 5, per: "1 second" },
    requests: { count: 6, per: "1 second" },
    batch: 50,
    streams: 100
  },
  silence: "10 seconds",
  trades: "contiguous",
  books: "stream",
  topic: ({ channel }, native) => {
    switch (channel) {
      case "trades":
        return `matches:${native}`
      case "book":
        return `level2_batch:${native}`
      default:
        return `ticker:${native}`
    }
  },
  subscribe: request("subscribe"),
  unsubscribe: request("unsubscribe"),
  probe: () => heartbeat,
  decode: Venue.decoder(
    { content: (json) => json, kind: ({ type }) => type },
    {
      match,
      last_match: match,
      ticker,
      snapshot,
      l2update,
      subscriptions,
      error,
      heartbeat: Venue.ignored
    }
  ),
  calls: {
    instruments: {
      path: () => "/products",
      weight: 1,
      decode: Venue.body(
        Venue.kind(Schema.Array(Product), (products, reader) =>
          products.map((product) => instrument(product, reader))
        )
      )
    },
    trades: {
      // The newest of those that are older than the one named.
      path: (native, from, to) =>
        about(native, `trades?limit=${Math.min(to - from + 1, 1000)}&after=${to + 1}`),
      weight: 1,
      decode: (body, reader, native) => {
        const symbol = reader.symbol(native) ?? native
        return Result.map(past(body, reader), (trades) =>
          trades.map((trade): Trade => ({ ...trade, symbol, origin: "backfill" })).toReversed()
        )
      }
    },
    lastTrade: {
      path: (native) => about(native, "ticker"),
      weight: 1,
      decode: Venue.body(Venue.kind(Struct({ trade_id: Int }), ({ trade_id }) => trade_id))
    },
    lastUpdate: {
      path: (native) => about(native, "book?level=1"),
      weight: 1,
      decode: Venue.body(Venue.kind(Struct({ sequence: Int }), ({ sequence }) => sequence))
    },
    time: {
      path: () => "/time",
      weight: 1,
      decode: Venue.body(
        Venue.kind(Struct({ iso: String }), ({ iso }, { instant }) => instant(iso))
      )
    },
    ping: {
      path: () => "/time",
      weight: 1,
      decode: Venue.body(Venue.kind(Struct({ iso: String }), () => undefined))
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Coinbase Exchange.
 *
 * @since 0.1.0
 */
export class CoinbaseExchange extends Context.Service<CoinbaseExchange, Feed>()(
  "@tapewire/venues/CoinbaseExchange"
) {
  /**
   * From the exchange, as it happens: `CoinbaseExchange.layer(["trades:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `CoinbaseExchange.layerRecorded("coinbase.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
