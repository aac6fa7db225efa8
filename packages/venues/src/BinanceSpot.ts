/**
 * Binance spot.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
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
import type { Subscription } from "tapewire/Subscription"
import type { Level } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const Levels = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))

const levels = (wire: typeof Levels.Type, { decimal }: Reader): ReadonlyArray<Level> =>
  wire.map(([price, size]) => [decimal(price), decimal(size)])

/** Times are in microseconds where that was asked for and the server knows how, else in milliseconds. */
const micros = (time: number) => (time > 1e14 ? time : time * 1000)

/** Zero says that there is none: no order with a price, no rule with a step. */
const present = (value: number) => (value === 0 ? undefined : value)

/** Drops what is said of a symbol nobody asked for. */
const known =
  <A extends { readonly s: string }>(
    interpret: (frame: A, reader: Reader, symbol: string) => Venue.Message
  ) =>
  (frame: A, reader: Reader): ReadonlyArray<Venue.Message> => {
    const symbol = reader.symbol(frame.s)
    return [
      symbol === undefined
        ? { _tag: "Unrecognized", kind: frame.s }
        : interpret(frame, reader, symbol)
    ]
  }

const Trade = Schema.Struct({
  s: Schema.String,
  t: Schema.Int,
  p: Schema.String,
  q: Schema.String,
  T: Schema.Int,
  m: Schema.Boolean
})

const trade = Venue.kind(
  Trade,
  known((frame, { decimal, received, venue }, symbol) => ({
    _tag: "Trade",
    venue,
    symbol,
    at: micros(frame.T),
    received,
    id: frame.t,
    price: decimal(frame.p),
    size: decimal(frame.q),
    // `m`: the buyer was the maker, so the taker sold.
    side: frame.m ? "sell" : "buy"
  }))
)

const AggTrade = Schema.Struct({
  s: Schema.String,
  a: Schema.Int,
  p: Schema.String,
  q: Schema.String,
  f: Schema.Int,
  l: Schema.Int,
  T: Schema.Int,
  m: Schema.Boolean
})

const aggTrade = Venue.kind(
  AggTrade,
  known((frame, { decimal, received, venue }, symbol) => ({
    _tag: "Trade",
    venue,
    symbol,
    at: micros(frame.T),
    received,
    id: frame.a,
    price: decimal(frame.p),
    size: decimal(frame.q),
    side: frame.m ? "sell" : "buy",
    firstId: frame.f,
    lastId: frame.l
  }))
)

const BookTicker = Schema.Struct({
  u: Schema.Int,
  s: Schema.String,
  b: Schema.String,
  B: Schema.String,
  a: Schema.String,
  A: Schema.String
})

const bookTicker = Venue.kind(
  BookTicker,
  known((frame, { decimal, received, venue }, symbol) => ({
    _tag: "Quote",
    venue,
    symbol,
    at: undefined,
    received,
    bid: present(decimal(frame.b)),
    bidSize: present(decimal(frame.B)),
    ask: present(decimal(frame.a)),
    askSize: present(decimal(frame.A)),
    sequence: frame.u
  }))
)

const DepthUpdate = Schema.Struct({
  E: Schema.Int,
  s: Schema.String,
  U: Schema.Int,
  u: Schema.Int,
  b: Levels,
  a: Levels
})

const depthUpdate = Venue.kind(
  DepthUpdate,
  known((frame, reader, symbol) => ({
    _tag: "BookDelta",
    venue: reader.venue,
    symbol,
    at: micros(frame.E),
    received: reader.received,
    firstSequence: frame.U,
    sequence: frame.u,
    bids: levels(frame.b, reader),
    asks: levels(frame.a, reader)
  }))
)

const Kline = Schema.Struct({
  E: Schema.Int,
  s: Schema.String,
  k: Schema.Struct({
    t: Schema.Int,
    T: Schema.Int,
    i: Schema.String,
    o: Schema.String,
    c: Schema.String,
    h: Schema.String,
    l: Schema.String,
    v: Schema.String,
    n: Schema.Int,
    x: Schema.Boolean,
    q: Schema.String,
    V: Schema.String
  })
})

const kline = Venue.kind(
  Kline,
  known(({ E, k }, { decimal, received, venue }, symbol) => ({
    _tag: "Bar",
    venue,
    symbol,
    at: micros(E),
    received,
    interval: k.i,
    openAt: micros(k.t),
    // Binance names the last instant of the interval.
    closeAt: k.T > 1e14 ? k.T + 1 : (k.T + 1) * 1000,
    open: decimal(k.o),
    high: decimal(k.h),
    low: decimal(k.l),
    close: decimal(k.c),
    volume: decimal(k.v),
    quoteVolume: decimal(k.q),
    takerBuyVolume: decimal(k.V),
    trades: k.n,
    closed: k.x
  }))
)

const Ticker24 = Schema.Struct({
  E: Schema.Int,
  s: Schema.String,
  w: Schema.String,
  c: Schema.String,
  b: Schema.String,
  B: Schema.String,
  a: Schema.String,
  A: Schema.String,
  o: Schema.String,
  h: Schema.String,
  l: Schema.String,
  v: Schema.String,
  q: Schema.String,
  n: Schema.Int
})

const ticker = Venue.kind(
  Ticker24,
  known((frame, { decimal, received, venue }, symbol) => ({
    _tag: "Ticker",
    venue,
    symbol,
    at: micros(frame.E),
    received,
    last: decimal(frame.c),
    open: decimal(frame.o),
    high: decimal(frame.h),
    low: decimal(frame.l),
    volume: decimal(frame.v),
    quoteVolume: decimal(frame.q),
    vwap: decimal(frame.w),
    bid: present(decimal(frame.b)),
    bidSize: present(decimal(frame.B)),
    ask: present(decimal(frame.a)),
    askSize: present(decimal(frame.A)),
    trades: frame.n
  }))
)

const Acknowledgement = Schema.Struct({ id: Schema.Int })

const acknowledgement = Venue.kind(Acknowledgement, ({ id }): ReadonlyArray<Venue.Message> => [
  { _tag: "Acknowledged", id }
])

/** Documented flat, seen nested as well. */
const Failure = Schema.Struct({
  id: Schema.optional(Schema.NullOr(Schema.Int)),
  msg: Schema.optional(Schema.String),
  error: Schema.optional(Schema.Struct({ msg: Schema.String }))
})

const failure = Venue.kind(Failure, ({ error, id, msg }): ReadonlyArray<Venue.Message> => [
  { _tag: "Refused", id: id ?? undefined, detail: error?.msg ?? msg ?? "no reason given" }
])

const Depth = Schema.Struct({ lastUpdateId: Schema.Int, bids: Levels, asks: Levels })

const depth = Venue.body(
  Venue.kind(Depth, ({ asks, bids, lastUpdateId }, reader) => ({
    sequence: lastUpdateId,
    bids: levels(bids, reader),
    asks: levels(asks, reader)
  }))
)

const ExchangeInfo = Schema.Struct({
  symbols: Schema.Array(
    Schema.Struct({
      symbol: Schema.String,
      status: Schema.String,
      baseAsset: Schema.String,
      quoteAsset: Schema.String,
      filters: Schema.Array(
        Schema.Struct({
          filterType: Schema.String,
          tickSize: Schema.optional(Schema.String),
          stepSize: Schema.optional(Schema.String)
        })
      )
    })
  )
})

const statuses = new Map<string, Instrument["status"]>([
  ["TRADING", "trading"],
  ["END_OF_DAY", "halted"],
  ["HALT", "halted"],
  ["BREAK", "halted"],
  ["CANCEL_ONLY", "halted"]
])

const exchangeInfo = Venue.body(
  Venue.kind(ExchangeInfo, ({ symbols }, { decimal, venue }) =>
    symbols.map(({ baseAsset, filters, quoteAsset, status, symbol }): Instrument => {
      const size = (filter: string, field: "stepSize" | "tickSize") => {
        const text = filters.find(({ filterType }) => filterType === filter)?.[field]
        return text === undefined ? undefined : present(decimal(text))
      }
      return {
        venue,
        symbol: `${baseAsset}-${quoteAsset}`.toUpperCase(),
        native: symbol,
        kind: "spot",
        base: baseAsset,
        quote: quoteAsset,
        tickSize: size("PRICE_FILTER", "tickSize"),
        lotSize: size("LOT_SIZE", "stepSize"),
        status: statuses.get(status) ?? "unknown"
      }
    })
  )
)

const time = Venue.body(
  Venue.kind(Schema.Struct({ serverTime: Schema.Int }), ({ serverTime }) => micros(serverTime))
)

const ping = Venue.body(Venue.kind(Schema.Struct({}), () => undefined))

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
    default:
      return channel
  }
}

/**
 * Binance spot, from the servers that carry market data only.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "binance",
  name: "Binance",
  needsCredentials: false,
  endpoints: {
    websocket: "wss://data-stream.binance.vision",
    rest: "https://data-api.binance.vision"
  },
  path: "/stream?timeUnit=MICROSECOND",
  channels: {
    trades: [undefined, "aggregated"],
    quotes: [undefined],
    book: [undefined],
    bars: [
      "1m",
      "1s",
      "3m",
      "5m",
      "15m",
      "30m",
      "1h",
      "2h",
      "4h",
      "6h",
      "8h",
      "12h",
      "1d",
      "3d",
      "1w",
      "1M"
    ],
    ticker: [undefined]
  },
  limits: {
    messages: { count: 5, per: "1 second" },
    connections: { count: 300, per: "5 minutes" },
    requests: { count: 6000, per: "1 minute" },
    batch: 200
  },
  silence: "30 seconds",
  trades: "contiguous",
  topic: (subscription, native) => `${native.toLowerCase()}@${stream(subscription)}`,
  subscribe: (params, id) => JSON.stringify({ method: "SUBSCRIBE", params, id }),
  unsubscribe: (params, id) => JSON.stringify({ method: "UNSUBSCRIBE", params, id }),
  probe: (id) => JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id }),
  decode: Venue.decoder(
    {
      // Combined streams wrap what single streams send.
      content: (json) => (json["stream"] === undefined ? json : json["data"]),
      // Best prices, answers and refusals carry no event name.
      kind: ({ A, code, e, error, result }) => {
        if (e !== undefined) return e
        if (A !== undefined) return "bookTicker"
        if (code !== undefined || error !== undefined) return "failure"
        return result === undefined ? undefined : "acknowledgement"
      }
    },
    {
      trade,
      aggTrade,
      bookTicker,
      depthUpdate,
      kline,
      "24hrTicker": ticker,
      acknowledgement,
      failure,
      serverShutdown: () => Result.succeed([{ _tag: "Leaving" }])
    }
  ),
  calls: {
    instruments: { path: () => "/api/v3/exchangeInfo", weight: 20, decode: exchangeInfo },
    snapshot: {
      path: (native) => `/api/v3/depth?symbol=${encodeURIComponent(native)}&limit=5000`,
      weight: 250,
      decode: (body, reader, native) =>
        Result.map(depth(body, reader), (book) => ({
          _tag: "BookSnapshot",
          venue: reader.venue,
          symbol: reader.symbol(native) ?? native,
          at: undefined,
          received: reader.received,
          ...book
        }))
    },
    time: { path: () => "/api/v3/time", weight: 1, decode: time },
    ping: { path: () => "/api/v3/ping", weight: 1, decode: ping }
  }
} satisfies Venue.Venue

/**
 * Ticks of Binance spot.
 *
 * @since 0.1.0
 */
export class BinanceSpot extends Context.Service<BinanceSpot, Feed>()(
  "@tapewire/venues/BinanceSpot"
) {
  /**
   * From the exchange, as it happens: `BinanceSpot.layer(["trades:BTC-USDT"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BinanceSpot.layerRecorded("binance.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
