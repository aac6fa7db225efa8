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
import type { Level, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Boolean, Int, String, Struct } = Schema

const Levels = Schema.Array(Schema.Tuple([String, String]))

const levels = (wire: typeof Levels.Type, { decimal }: Reader): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const level of wire) out.push([decimal(level[0]), decimal(level[1])])
  return out
}

/** Times are in microseconds where that was asked for and the server knows how, else in milliseconds. */
const micros = (time: number, reader: Reader) => reader.micros(time > 1e14 ? time : time * 1000)

/** Zero says that there is none: no order with a price, no rule with a step. */
const present = (value: number) => (value === 0 ? undefined : value)

/** A kind of frame that is about one symbol. */
const kind = <A extends { readonly s: string }>(
  schema: Schema.Codec<A>,
  interpret: (frame: A, reader: Reader, symbol: string) => Venue.Message
) =>
  Venue.kind(schema, (frame, reader): ReadonlyArray<Venue.Message> => {
    const symbol = reader.symbol(frame.s)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: frame.s }]
      : [interpret(frame, reader, symbol)]
  })

const Single = Struct({ id: Int, price: String, qty: String, time: Int, isBuyerMaker: Boolean })

const single = (
  { id, isBuyerMaker, price, qty, time }: typeof Single.Type,
  reader: Reader,
  symbol: string
): Trade => ({
  _tag: "Trade",
  venue: reader.venue,
  symbol,
  at: micros(time, reader),
  received: reader.received,
  id,
  price: reader.decimal(price),
  size: reader.decimal(qty),
  // The buyer was the maker, so the taker sold.
  side: isBuyerMaker ? "sell" : "buy"
})

const match = { p: String, q: String, T: Int, m: Boolean }
const Aggregated = Struct({ ...match, a: Int, f: Int, l: Int })

const aggregated = (
  { T, a, f, l, m, p, q }: typeof Aggregated.Type,
  reader: Reader,
  symbol: string
): Trade => ({
  _tag: "Trade",
  venue: reader.venue,
  symbol,
  at: micros(T, reader),
  received: reader.received,
  id: a,
  price: reader.decimal(p),
  size: reader.decimal(q),
  side: m ? "sell" : "buy",
  firstId: f,
  lastId: l
})

const trade = kind(Struct({ ...match, s: String, t: Int }), ({ T, m, p, q, t }, reader, symbol) =>
  single({ id: t, price: p, qty: q, time: T, isBuyerMaker: m }, reader, symbol)
)

const aggTrade = kind(Struct({ ...Aggregated.fields, s: String }), aggregated)

/** Past trades, in an answer that does not say of what. */
const past = <A>(
  Listed: Schema.Codec<A>,
  interpret: (listed: A, reader: Reader, symbol: string) => Trade
) => {
  const decode = Venue.body(
    Venue.kind(Schema.Array(Listed), (listed, reader) =>
      listed.map((one) => interpret(one, reader, ""))
    )
  )
  return (body: string, reader: Reader, native: string) => {
    const symbol = reader.symbol(native) ?? native
    return Result.map(decode(body, reader), (trades) =>
      trades.map((trade): Trade => ({ ...trade, symbol, origin: "backfill" }))
    )
  }
}

const best = { b: String, B: String, a: String, A: String }

const bookTicker = kind(
  Struct({ ...best, s: String, u: Int }),
  ({ A, B, a, b, u }, { decimal, received, venue }, symbol) => ({
    _tag: "Quote",
    venue,
    symbol,
    at: undefined,
    received,
    bid: present(decimal(b)),
    bidSize: present(decimal(B)),
    ask: present(decimal(a)),
    askSize: present(decimal(A)),
    sequence: u
  })
)

const depthUpdate = kind(
  Struct({ E: Int, s: String, U: Int, u: Int, b: Levels, a: Levels }),
  ({ E, U, a, b, u }, reader, symbol) => ({
    _tag: "BookDelta",
    venue: reader.venue,
    symbol,
    at: micros(E, reader),
    received: reader.received,
    firstSequence: U,
    sequence: u,
    bids: levels(b, reader),
    asks: levels(a, reader)
  })
)

const prices = { o: String, h: String, l: String, c: String }
const volumes = { v: String, q: String, n: Int }

const kline = kind(
  Struct({
    E: Int,
    s: String,
    k: Struct({ ...prices, ...volumes, t: Int, T: Int, i: String, x: Boolean, V: String })
  }),
  ({ E, k }, reader, symbol) => ({
    _tag: "Bar",
    venue: reader.venue,
    symbol,
    at: micros(E, reader),
    received: reader.received,
    interval: k.i,
    openAt: micros(k.t, reader),
    // Binance names the last instant of the interval.
    closeAt: micros(k.T + 1, reader),
    open: reader.decimal(k.o),
    high: reader.decimal(k.h),
    low: reader.decimal(k.l),
    close: reader.decimal(k.c),
    volume: reader.decimal(k.v),
    quoteVolume: reader.decimal(k.q),
    takerBuyVolume: reader.decimal(k.V),
    trades: k.n,
    closed: k.x
  })
)

const ticker = kind(
  Struct({ ...best, ...prices, ...volumes, E: Int, s: String, w: String }),
  (frame, reader, symbol) => ({
    _tag: "Ticker",
    venue: reader.venue,
    symbol,
    at: micros(frame.E, reader),
    received: reader.received,
    last: reader.decimal(frame.c),
    open: reader.decimal(frame.o),
    high: reader.decimal(frame.h),
    low: reader.decimal(frame.l),
    volume: reader.decimal(frame.v),
    quoteVolume: reader.decimal(frame.q),
    vwap: reader.decimal(frame.w),
    bid: present(reader.decimal(frame.b)),
    bidSize: present(reader.decimal(frame.B)),
    ask: present(reader.decimal(frame.a)),
    askSize: present(reader.decimal(frame.A)),
    trades: frame.n
  })
)

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
    id: Schema.optional(Schema.NullOr(Int)),
    msg: Schema.optional(String),
    error: Schema.optional(Struct({ msg: String }))
  }),
  ({ error, id, msg }): ReadonlyArray<Venue.Message> => [
    { _tag: "Refused", id: id ?? undefined, detail: error?.msg ?? msg ?? "no reason given" }
  ]
)

const depth = Venue.body(
  Venue.kind(
    Struct({ lastUpdateId: Int, bids: Levels, asks: Levels }),
    ({ asks, bids, lastUpdateId }, reader) => ({
      sequence: lastUpdateId,
      bids: levels(bids, reader),
      asks: levels(asks, reader)
    })
  )
)

const query = (path: string, native: string, rest: string) =>
  `/api/v3/${path}?symbol=${encodeURIComponent(native)}&${rest}`

const optionalText = Schema.optional(String)
const Filter = Struct({ filterType: String, tickSize: optionalText, stepSize: optionalText })
const Listed = Struct({
  symbol: String,
  status: String,
  baseAsset: String,
  quoteAsset: String,
  filters: Schema.Array(Filter)
})

const statuses = new Map<string, Instrument["status"]>([
  ["TRADING", "trading"],
  ["END_OF_DAY", "halted"],
  ["HALT", "halted"],
  ["BREAK", "halted"],
  ["CANCEL_ONLY", "halted"]
])

const instrument = (listed: typeof Listed.Type, { decimal, venue }: Reader): Instrument => {
  const { baseAsset, filters, quoteAsset, status, symbol } = listed
  const step = (type: string, field: "stepSize" | "tickSize") => {
    const text = filters.find(({ filterType }) => filterType === type)?.[field]
    return text === undefined ? undefined : present(decimal(text))
  }
  return {
    venue,
    symbol: `${baseAsset}-${quoteAsset}`.toUpperCase(),
    native: symbol,
    kind: "spot",
    base: baseAsset,
    quote: quoteAsset,
    tickSize: step("PRICE_FILTER", "tickSize"),
    lotSize: step("LOT_SIZE", "stepSize"),
    status: statuses.get(status) ?? "unknown"
  }
}

const exchangeInfo = Venue.body(
  Venue.kind(Struct({ symbols: Schema.Array(Listed) }), ({ symbols }, reader) =>
    symbols.map((listed) => instrument(listed, reader))
  )
)

const time = Venue.body(
  Venue.kind(Struct({ serverTime: Int }), ({ serverTime }, reader) => micros(serverTime, reader))
)

const ping = Venue.body(Venue.kind(Struct({}), () => undefined))

const intervals = "1s 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" ")

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
 * Binance spot.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "binance",
  name: "Binance",
  needsCredentials: false,
  endpoints: {
    websocket: "wss://stream.binance.com:9443",
    rest: "https://api.binance.com"
  },
  headers: { "X-MBX-TIME-UNIT": "MICROSECOND" },
  path: "/stream?timeUnit=MICROSECOND",
  channels: {
    trades: [undefined, "aggregated"],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", ...intervals],
    ticker: [undefined]
  },
  limits: {
    // Five a second, pongs among them, and who sends one more is cut off. Evenly spaced, four and a
    // pong stay within that also where the network holds some back.
    messages: { count: 1, per: "300 millis" },
    connections: { count: 300, per: "5 minutes" },
    // 6000, less what others behind the same address and a minute that is not ours may take.
    requests: { count: 5400, per: "1 minute" },
    batch: 200,
    streams: 1024
  },
  silence: "30 seconds",
  // Connections are ended after 24 hours.
  lifetime: "23 hours",
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
        // What is subscribed to, as asked for by a probe.
        if (Array.isArray(result)) return "list"
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
      list,
      failure,
      serverShutdown: () => Result.succeed([{ _tag: "Leaving" }])
    }
  ),
  depths: [
    { levels: 5000, weight: 250 },
    { levels: 1000, weight: 50 },
    { levels: 500, weight: 25 },
    { levels: 100, weight: 5 }
  ],
  calls: {
    instruments: { path: () => "/api/v3/exchangeInfo", weight: 20, decode: exchangeInfo },
    snapshot: {
      path: (native, levels) => query("depth", native, `limit=${levels || 5000}`),
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
    trades: {
      path: (native, from) => query("historicalTrades", native, `fromId=${from}&limit=1000`),
      weight: 25,
      decode: past(Single, single)
    },
    aggregatedTrades: {
      path: (native, from) => query("aggTrades", native, `fromId=${from}&limit=1000`),
      weight: 4,
      decode: past(Aggregated, aggregated)
    },
    lastTrade: {
      path: (native) => query("aggTrades", native, "limit=1"),
      weight: 4,
      decode: Venue.body(Venue.kind(Schema.Array(Struct({ a: Int })), (listed) => listed.at(-1)?.a))
    },
    lastUpdate: {
      path: (native) => query("depth", native, "limit=1"),
      weight: 5,
      decode: Venue.body(
        Venue.kind(Struct({ lastUpdateId: Int }), ({ lastUpdateId }) => lastUpdateId)
      )
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
