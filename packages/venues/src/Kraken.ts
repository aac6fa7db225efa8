/**
 * Kraken spot, by version 2 of its WebSocket.
 *
 * @see https://docs.kraken.com/exchange/api-reference/spot-websocket-v2
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Checksum from "tapewire/Checksum"
import type { Feed, Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as Ladder from "tapewire/Ladder"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Subscription } from "tapewire/Subscription"
import type { Level, Tick, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Finite, Int, Literals, String, Struct } = Schema

/** How many levels of each side are asked for, the most there are. */
const depth = 1000

/** The lengths of bars in minutes. */
const intervals = {
  "1m": 1,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "4h": 240,
  "1d": 1440,
  "1w": 10_080,
  "15d": 21_600
}

const lengths: ReadonlyMap<string, number> = new Map(Object.entries(intervals))
const intervalOf: ReadonlyMap<number, string> = new Map(
  Object.entries(intervals).map(([interval, minutes]) => [minutes, interval])
)

/** Zero says that there is none: no order with a price, no trade, no time. */
const present = (value: number | undefined) =>
  value === undefined || value <= 0 ? undefined : value

/** A kind of frame that lists what it has to tell of some symbols. */
const kind = <A extends { readonly symbol: string }>(
  schema: Schema.Codec<A>,
  interpret: (
    one: A,
    reader: Reader,
    base: Pick<Tick, "received" | "symbol" | "venue">,
    frame: { readonly type: string; readonly timestamp?: string | undefined }
  ) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(
    Struct({ type: String, timestamp: Schema.optional(String), data: Schema.Array(schema) }),
    (frame, reader) => {
      const { received, venue } = reader
      return frame.data.flatMap((one): ReadonlyArray<Venue.Message> => {
        const symbol = reader.symbol(one.symbol)
        return symbol === undefined
          ? [{ _tag: "Unrecognized", kind: one.symbol }]
          : interpret(one, reader, { venue, symbol, received }, frame)
      })
    }
  )

/** A time, where there is one to tell. */
const timeOf = (text: string | undefined, { instant }: Reader) =>
  text === undefined ? undefined : present(instant(text))

const trade = kind(
  Struct({
    symbol: String,
    side: Literals(["buy", "sell"]),
    price: Finite,
    qty: Finite,
    trade_id: Int,
    timestamp: String
  }),
  ({ price, qty, side, timestamp, trade_id }, { instant, number }, base) => [
    {
      _tag: "Trade",
      ...base,
      at: instant(timestamp),
      id: trade_id,
      price: number(price),
      size: number(qty),
      side
    }
  ]
)

const Levels = Schema.Array(Struct({ price: Finite, qty: Finite }))

const levels = (wire: typeof Levels.Type, { number }: Reader): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const { price, qty } of wire) out.push([number(price), number(qty)])
  return out
}

const book = kind(
  Struct({
    symbol: String,
    bids: Levels,
    asks: Levels,
    checksum: Int,
    timestamp: Schema.optional(String)
  }),
  ({ asks, bids, checksum, timestamp }, reader, base, { type }) => [
    {
      _tag: type === "snapshot" ? "BookSnapshot" : "BookDelta",
      ...base,
      at: timeOf(timestamp, reader),
      bids: levels(bids, reader),
      asks: levels(asks, reader)
    },
    { _tag: "Checksum", symbol: base.symbol, value: checksum }
  ]
)

const optional = Schema.optional(Finite)

/** Carries the best bid and ask, and the figures of the last 24 hours. */
const ticker = kind(
  Struct({
    symbol: String,
    bid: Finite,
    bid_qty: Finite,
    ask: Finite,
    ask_qty: Finite,
    last: optional,
    volume: optional,
    vwap: optional,
    low: optional,
    high: optional,
    timestamp: Schema.optional(String)
  }),
  (frame, reader, base) => {
    const { number } = reader
    const read = (value: number | undefined) => (value === undefined ? undefined : number(value))
    const top = {
      ...base,
      at: timeOf(frame.timestamp, reader),
      bid: present(number(frame.bid)),
      bidSize: present(number(frame.bid_qty)),
      ask: present(number(frame.ask)),
      askSize: present(number(frame.ask_qty))
    }
    const last = present(read(frame.last))
    const quote: Venue.Message = { _tag: "Quote", ...top }
    // Of what was never traded there are no figures.
    if (last === undefined) return [quote]
    return [
      quote,
      {
        _tag: "Ticker",
        ...top,
        last,
        high: present(read(frame.high)),
        low: present(read(frame.low)),
        volume: read(frame.volume),
        vwap: present(read(frame.vwap))
      }
    ]
  }
)

const ohlc = kind(
  Struct({
    symbol: String,
    interval: Int,
    interval_begin: String,
    open: Finite,
    high: Finite,
    low: Finite,
    close: Finite,
    volume: Finite,
    trades: Int
  }),
  (bar, reader, base, { timestamp }) => {
    const { instant, number } = reader
    const interval = intervalOf.get(bar.interval)
    if (interval === undefined) return [{ _tag: "Unrecognized", kind: `ohlc-${bar.interval}` }]
    const openAt = instant(bar.interval_begin)
    return [
      {
        _tag: "Bar",
        ...base,
        at: timeOf(timestamp, reader),
        interval,
        openAt,
        closeAt: openAt + bar.interval * 60_000_000,
        open: number(bar.open),
        high: number(bar.high),
        low: number(bar.low),
        close: number(bar.close),
        volume: number(bar.volume),
        trades: bar.trades,
        // It is not said of any: a bar is over when one of the next interval comes.
        closed: false
      }
    ]
  }
)

const id = Schema.optional(Int)

/** There is one answer for each symbol of a request. */
const subscribed = Venue.kind(
  Struct({
    req_id: id,
    result: Struct({ channel: String, symbol: Schema.optional(String), interval: id })
  }),
  ({ req_id, result }): ReadonlyArray<Venue.Message> => {
    const { channel, interval, symbol } = result
    const name = interval === undefined ? channel : `${channel}-${interval}`
    // Without its interval it is not known which bars are meant.
    return symbol === undefined || name === "ohlc"
      ? [{ _tag: "Acknowledged", id: req_id }]
      : [{ _tag: "Acknowledged", topics: [`${name}:${symbol}`] }]
  }
)

const refused = Venue.kind(
  Struct({ req_id: id, error: String, symbol: Schema.optional(String) }),
  ({ error, req_id, symbol }, reader): ReadonlyArray<Venue.Message> =>
    error.startsWith("Already subscribed")
      ? [{ _tag: "Acknowledged", id: req_id }]
      : [
          {
            _tag: "Refused",
            id: req_id,
            symbol: symbol === undefined ? undefined : reader.symbol(symbol),
            detail: error
          }
        ]
)

/** REST still calls the two by names of its own. */
const restNames: ReadonlyMap<string, string> = new Map([
  ["BTC", "XBT"],
  ["DOGE", "XDG"]
])
const names: ReadonlyMap<string, string> = new Map(
  Array.from(restNames, ([name, restName]) => [restName, name])
)

const query = (path: string, native: string, rest: string) => {
  const pair = native
    .split("/")
    .map((asset) => restNames.get(asset) ?? asset)
    .join("")
  return `/0/public/${path}?pair=${encodeURIComponent(pair)}&${rest}`
}

const answer = <A, B>(schema: Schema.Codec<A>, interpret: (result: A, reader: Reader) => B) =>
  Venue.body(
    Venue.kind(Struct({ result: schema }), ({ result }, reader) => interpret(result, reader))
  )

const Row = Schema.Tuple([String, String, Finite, Literals(["b", "s"]), String, String, Int])

const past = answer(
  Schema.Record(String, Schema.Union([Schema.Array(Row), String])),
  (result, reader) =>
    Object.values(result).flatMap((rows) =>
      typeof rows === "string"
        ? []
        : rows.map(([price, size, time, side, , , id]) => ({
            at: reader.micros(Math.round(time * 1e6)),
            id,
            price: reader.decimal(price),
            size: reader.decimal(size),
            side: side === "b" ? ("buy" as const) : ("sell" as const)
          }))
    )
)

const last = answer(Struct({ last: String }), ({ last }) => last)

const Sides = Schema.Array(Schema.Tuple([String, String, Finite]))

const best = answer(Schema.Record(String, Struct({ bids: Sides, asks: Sides })), (result) =>
  JSON.stringify(result)
)

const Listed = Struct({
  wsname: Schema.optional(String),
  pair_decimals: Int,
  lot_decimals: Int,
  tick_size: Schema.optional(String),
  status: Schema.optional(String)
})

const statuses = new Map<string, Instrument["status"]>([
  ["online", "trading"],
  ["limit_only", "trading"],
  ["reduce_only", "trading"],
  ["post_only", "halted"],
  ["cancel_only", "halted"]
])

/** The name that WebSockets use is made of those of the two assets; what has none is not sent there. */
const instrument = (
  { lot_decimals, pair_decimals, status = "", tick_size, wsname = "" }: typeof Listed.Type,
  { decimal, venue }: Reader
): ReadonlyArray<Instrument> => {
  const [base, quote, ...others] = wsname.split("/").map((name) => names.get(name) ?? name)
  if (base === undefined || quote === undefined || others.length > 0) return []
  return [
    {
      venue,
      symbol: `${base}-${quote}`.toUpperCase(),
      native: `${base}/${quote}`,
      kind: "spot",
      base,
      quote,
      tickSize: decimal(tick_size ?? `1e-${pair_decimals}`),
      lotSize: decimal(`1e-${lot_decimals}`),
      priceDigits: pair_decimals,
      sizeDigits: lot_decimals,
      status: statuses.get(status) ?? "unknown"
    }
  ]
}

/** What carries a channel, with the interval of bars. */
const carrier = ({ channel, variant }: Subscription): string => {
  switch (channel) {
    case "trades":
      return "trade"
    case "quotes":
      return "ticker"
    case "bars":
      return `ohlc-${lengths.get(variant ?? "") ?? variant}`
    default:
      return channel
  }
}

const carrierOf = (topic: string): string => topic.slice(0, topic.indexOf(":"))

/** A frame about topics of one carrier. */
const request =
  (method: "subscribe" | "unsubscribe") => (topics: ReadonlyArray<string>, req_id: number) => {
    const [channel = "", interval] = carrierOf(topics[0] ?? "").split("-")
    const params = {
      channel,
      symbol: topics.map((topic) => topic.slice(topic.indexOf(":") + 1)),
      ...(channel === "book" && { depth }),
      ...(channel === "ticker" && { event_trigger: "bbo" }),
      ...(interval !== undefined && { interval: Number(interval) }),
      // Past trades and bars are none of a stream.
      ...(method === "subscribe" && { snapshot: channel === "book" || channel === "ticker" })
    }
    return JSON.stringify({ method, params, req_id })
  }

/** The digits of the best ten levels, without points and the zeros before the first. */
const checksum = (ladder: Ladder.Ladder, instrument: Instrument): number | undefined => {
  const { priceDigits, sizeDigits } = instrument
  if (priceDigits === undefined || sizeDigits === undefined) return undefined
  const prices = 10 ** priceDigits
  const sizes = 10 ** sizeDigits
  const { asks, bids } = Ladder.top(ladder, 10)
  let text = ""
  for (const side of [asks, bids]) {
    for (const level of side) {
      const price = Math.round(level[0] * prices)
      const size = Math.round(level[1] * sizes)
      // The number no longer tells which digits were sent.
      if (!Number.isSafeInteger(price) || !Number.isSafeInteger(size)) return undefined
      text += `${price}${size}`
    }
  }
  return Checksum.crc32(text)
}

/**
 * Kraken spot.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "kraken",
  name: "Kraken",
  needsCredentials: false,
  endpoints: { websocket: "wss://ws.kraken.com", rest: "https://api.kraken.com" },
  path: "/v2",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w", "15d"],
    ticker: [undefined]
  },
  limits: {
    // There is a limit that is not told.
    messages: { count: 5, per: "1 second" },
    // 150, less what others behind the same address may take.
    connections: { count: 120, per: "10 minutes" },
    requests: { count: 1, per: "1 second" },
    batch: 100,
    streams: 200
  },
  // A heartbeat comes every second in which nothing else does.
  silence: "10 seconds",
  pool: { healthCheck: "30 seconds" },
  trades: "contiguous",
  books: "stream",
  bookDepth: depth,
  checksum,
  group: carrierOf,
  topic: (subscription, native) => `${carrier(subscription)}:${native}`,
  subscribe: request("subscribe"),
  unsubscribe: request("unsubscribe"),
  probe: (req_id) => JSON.stringify({ method: "ping", req_id }),
  decode: Venue.decoder(
    {
      content: (json) => json,
      kind: ({ channel, error, method }) => {
        if (channel !== undefined) return channel
        // That something was not subscribed to is what was wanted.
        return error === undefined || method === "unsubscribe" ? method : "refused"
      }
    },
    {
      trade,
      book,
      ticker,
      ohlc,
      subscribe: subscribed,
      refused,
      unsubscribe: Venue.ignored,
      heartbeat: Venue.ignored,
      pong: Venue.ignored,
      status: Venue.ignored
    }
  ),
  calls: {
    instruments: {
      path: () => "/0/public/AssetPairs",
      weight: 1,
      decode: answer(Schema.Record(String, Listed), (result, reader) =>
        Object.values(result).flatMap((listed) => instrument(listed, reader))
      )
    },
    trades: {
      // The newest thousand: they are asked for by time, not by id.
      path: (native) => query("Trades", native, "count=1000"),
      weight: 1,
      decode: (body, reader, native) =>
        Result.map(past(body, reader), (trades) =>
          trades.map((trade): Trade => ({
            _tag: "Trade",
            venue: reader.venue,
            symbol: reader.symbol(native) ?? native,
            received: reader.received,
            ...trade,
            origin: "backfill"
          }))
        )
    },
    lastTrade: { path: (native) => query("Trades", native, "count=1"), weight: 1, decode: last },
    lastUpdate: { path: (native) => query("Depth", native, "count=1"), weight: 1, decode: best },
    time: {
      path: () => "/0/public/Time",
      weight: 1,
      decode: answer(Struct({ unixtime: Int }), ({ unixtime }, { micros }) =>
        micros(unixtime * 1e6)
      )
    },
    ping: {
      path: () => "/0/public/SystemStatus",
      weight: 1,
      decode: answer(Struct({ status: String }), () => undefined)
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Kraken spot.
 *
 * @since 0.1.0
 */
export class Kraken extends Context.Service<Kraken, Feed>()("@tapewire/venues/Kraken") {
  /**
   * From the exchange, as it happens: `Kraken.layer(["trades:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Kraken.layerRecorded("kraken.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
