/**
 * OKX: spot, perpetuals and futures.
 *
 * @see https://www.okx.com/docs-v5/en
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Decimal from "tapewire/Decimal"
import type { Feed, Topic } from "tapewire/Feed"
import * as Instant from "tapewire/Instant"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Known, Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Subscription } from "tapewire/Subscription"
import type { Level, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Int, Literals, String: Text, Struct } = Schema
const optionalText = Schema.optional(Text)

/** Price and size, then how many orders of which kinds make it up. */
const Levels = Schema.Array(Schema.TupleWithRest(Schema.Tuple([Text, Text]), [Text]))

/** Times are milliseconds as text. */
const micros = (time: string, reader: Reader) => reader.micros(reader.decimal(time) * 1000)

/** An empty text says that there is none. */
const given = (text: string | undefined, { decimal }: Reader) =>
  text === undefined || text === "" ? undefined : decimal(text)

/**
 * A size at a price in the base asset: that of derivatives is counted in contracts, and inverse
 * ones stand for an amount of the quote asset.
 */
const sizeOf = (text: string, price: number, reader: Reader, of: Known) => {
  const { contractSize, inverse } = of
  const size = reader.decimal(text)
  if (contractSize === undefined || size === 0) return size
  const amount = Decimal.product(size, contractSize)
  return inverse === undefined ? amount : reader.finite(amount / price)
}

const idOf = (text: string): number | string => {
  const id = Number(text)
  return Number.isSafeInteger(id) && String(id) === text ? id : text
}

const levels = (wire: typeof Levels.Type, reader: Reader, of: Known): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const level of wire) {
    const price = reader.decimal(level[0])
    out.push([price, sizeOf(level[1], price, reader, of)])
  }
  return out
}

const arg = Struct({ channel: Text, instId: Text })

/** A kind of frame that is about one instrument. */
const kind = <A>(
  Item: Schema.Codec<A>,
  interpret: (item: A, reader: Reader, of: Known, channel: string) => Venue.Message | undefined
) =>
  Venue.kind(
    Struct({ arg, data: Schema.Array(Item) }),
    ({ arg, data }, reader): ReadonlyArray<Venue.Message> => {
      const of = reader.instrument(arg.instId)
      if (of === undefined) return [{ _tag: "Unrecognized", kind: arg.instId }]
      const messages: Array<Venue.Message> = []
      for (const item of data) {
        const message = interpret(item, reader, of, arg.channel)
        if (message !== undefined) messages.push(message)
      }
      return messages
    }
  )

/** What every tick has. */
const base = ({ received, venue }: Reader, { symbol }: Known) => ({ venue, symbol, received })

const Match = Struct({
  tradeId: Text,
  px: Text,
  sz: Text,
  side: Literals(["buy", "sell"]),
  ts: Text
})

const trade = (
  { px, side, sz, tradeId, ts }: typeof Match.Type,
  reader: Reader,
  of: Known
): Trade => {
  const price = reader.decimal(px)
  return {
    _tag: "Trade",
    ...base(reader, of),
    at: micros(ts, reader),
    id: idOf(tradeId),
    price,
    size: sizeOf(sz, price, reader, of),
    side
  }
}

const bbo = kind(
  Struct({ asks: Levels, bids: Levels, ts: Text, seqId: Schema.optional(Int) }),
  ({ asks, bids, seqId, ts }, reader, of) => {
    const [bid] = levels(bids, reader, of)
    const [ask] = levels(asks, reader, of)
    return {
      _tag: "Quote",
      ...base(reader, of),
      at: micros(ts, reader),
      bid: bid?.[0],
      bidSize: bid?.[1],
      ask: ask?.[0],
      askSize: ask?.[1],
      sequence: seqId
    }
  }
)

const Book = Struct({
  asks: Levels,
  bids: Levels,
  ts: Text,
  // Numbers came with the years; what has none cannot be checked.
  prevSeqId: Schema.optional(Int),
  seqId: Schema.optional(Int)
})

const snapshot = kind(Book, ({ asks, bids, seqId, ts }, reader, of) => ({
  _tag: "BookSnapshot",
  ...base(reader, of),
  at: micros(ts, reader),
  sequence: seqId,
  bids: levels(bids, reader, of),
  asks: levels(asks, reader, of)
}))

const update = kind(Book, ({ asks, bids, prevSeqId, seqId, ts }, reader, of) => ({
  _tag: "BookDelta",
  ...base(reader, of),
  at: micros(ts, reader),
  firstSequence: prevSeqId === undefined ? undefined : prevSeqId + 1,
  sequence: seqId,
  bids: levels(bids, reader, of),
  asks: levels(asks, reader, of)
}))

/** OKX's name and the seconds of each interval; of those that are days or longer, days of UTC. */
const intervals = new Map(
  Object.entries({
    "1m": ["1m", 60],
    "1s": ["1s", 1],
    "3m": ["3m", 180],
    "5m": ["5m", 300],
    "15m": ["15m", 900],
    "30m": ["30m", 1800],
    "1h": ["1H", 3600],
    "2h": ["2H", 7200],
    "4h": ["4H", 14_400],
    "6h": ["6Hutc", 21_600],
    "12h": ["12Hutc", 43_200],
    "1d": ["1Dutc", 86_400],
    "2d": ["2Dutc", 172_800],
    "3d": ["3Dutc", 259_200],
    "5d": ["5Dutc", 432_000],
    "1w": ["1Wutc", 604_800]
  } satisfies Record<string, readonly [string, number]>)
)

/** The interval and its microseconds, by channel. */
const candles = new Map(
  Array.from(intervals, ([interval, [name, seconds]]) => [
    `candle${name}`,
    { interval, length: seconds * 1_000_000 }
  ])
)

const candle = kind(
  Schema.TupleWithRest(Schema.Tuple([Text, Text, Text, Text, Text, Text, Text, Text, Text]), [
    Text
  ]),
  ([ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm], reader, of, channel) => {
    const known = candles.get(channel)
    if (known === undefined) return { _tag: "Unrecognized", kind: channel }
    const openAt = micros(ts, reader)
    return {
      _tag: "Bar",
      ...base(reader, of),
      at: undefined,
      interval: known.interval,
      openAt,
      closeAt: openAt + known.length,
      open: reader.decimal(open),
      high: reader.decimal(high),
      low: reader.decimal(low),
      close: reader.decimal(close),
      // Of derivatives the first volume is in contracts.
      volume: reader.decimal(of.kind === "spot" ? vol : volCcy),
      quoteVolume: reader.decimal(volCcyQuote),
      closed: confirm === "1"
    }
  }
)

const ticker = kind(
  Struct({
    last: Text,
    askPx: Text,
    askSz: Text,
    bidPx: Text,
    bidSz: Text,
    open24h: Text,
    high24h: Text,
    low24h: Text,
    volCcy24h: Text,
    vol24h: Text,
    ts: Text
  }),
  (item, reader, of) => {
    const last = given(item.last, reader)
    // Of what never was traded there is nothing to tell.
    if (last === undefined) return undefined
    const isSpot = of.kind === "spot"
    const bid = given(item.bidPx, reader)
    const ask = given(item.askPx, reader)
    const size = (text: string, price: number | undefined) =>
      text === "" || price === undefined ? undefined : sizeOf(text, price, reader, of)
    return {
      _tag: "Ticker",
      ...base(reader, of),
      at: micros(item.ts, reader),
      last,
      open: given(item.open24h, reader),
      high: given(item.high24h, reader),
      low: given(item.low24h, reader),
      volume: given(isSpot ? item.vol24h : item.volCcy24h, reader),
      quoteVolume: isSpot ? given(item.volCcy24h, reader) : undefined,
      bid,
      bidSize: size(item.bidSz, bid),
      ask,
      askSize: size(item.askSz, ask)
    }
  }
)

const funding = kind(
  Struct({ fundingRate: Text, fundingTime: Text, ts: optionalText }),
  ({ fundingRate, fundingTime, ts }, reader, of) => ({
    _tag: "Funding",
    ...base(reader, of),
    at: ts === undefined ? undefined : micros(ts, reader),
    rate: reader.decimal(fundingRate),
    nextAt: micros(fundingTime, reader)
  })
)

const mark = kind(Struct({ markPx: Text, ts: Text }), ({ markPx, ts }, reader, of) => ({
  _tag: "MarkPrice",
  ...base(reader, of),
  at: micros(ts, reader),
  price: reader.decimal(markPx)
}))

const openInterest = kind(Struct({ oiCcy: Text, ts: Text }), ({ oiCcy, ts }, reader, of) => ({
  _tag: "OpenInterest",
  ...base(reader, of),
  at: micros(ts, reader),
  size: reader.decimal(oiCcy)
}))

const topicOf = (channel: string, instId: string) => `${channel}:${instId}`

const acknowledgement = Venue.kind(Struct({ arg }), ({ arg }): ReadonlyArray<Venue.Message> => [
  { _tag: "Acknowledged", topics: [topicOf(arg.channel, arg.instId)] }
])

/** What does not exist is named; of other refusals only the request is known. */
const failure = Venue.kind(
  Struct({ id: optionalText, code: Text, msg: Text }),
  ({ code, id, msg }, reader): ReadonlyArray<Venue.Message> => {
    const [, channel, instId] = /channel:([\w-]+), ?instId:([\w-]+)/.exec(msg) ?? []
    const topic =
      channel === undefined || instId === undefined ? undefined : topicOf(channel, instId)
    return [{ _tag: "Refused", id: given(id, reader), topic, detail: `${code}: ${msg}` }]
  }
)

/** A minute before the service is upgraded, and nothing else so far. */
const notice = Venue.kind(Struct({ code: Text }), ({ code }): ReadonlyArray<Venue.Message> => [
  code === "64008" ? { _tag: "Leaving" } : { _tag: "Unrecognized", kind: `notice ${code}` }
])

const frame = Venue.decoder(
  {
    content: (json) => json,
    kind: ({ action, arg, event }) => {
      if (event !== undefined) return event
      if (action !== undefined) return action
      return typeof arg === "object" && arg !== null && "channel" in arg ? arg.channel : undefined
    }
  },
  {
    "trades-all": kind(Match, trade),
    "bbo-tbt": bbo,
    snapshot,
    update,
    ...Object.fromEntries(Array.from(candles.keys(), (channel) => [channel, candle])),
    tickers: ticker,
    "funding-rate": funding,
    "mark-price": mark,
    "open-interest": openInterest,
    subscribe: acknowledgement,
    unsubscribe: Venue.ignored,
    error: failure,
    notice,
    // How many connections an account has.
    "channel-conn-count": Venue.ignored
  }
)

/** An answer by HTTP. */
const answer = <A, B>(
  Item: Schema.Codec<A>,
  interpret: (data: ReadonlyArray<A>, reader: Reader) => B
) =>
  Venue.body(
    Venue.kind(
      Struct({ code: Schema.Literal("0"), data: Schema.Array(Item) }),
      ({ data }, reader) => interpret(data, reader)
    )
  )

const Listed = Struct({
  instId: Text,
  instType: Literals(["SPOT", "SWAP", "FUTURES"]),
  baseCcy: Text,
  quoteCcy: Text,
  settleCcy: Text,
  ctVal: Text,
  ctMult: Text,
  ctValCcy: Text,
  ctType: Text,
  expTime: Text,
  state: Text,
  tickSz: Text,
  lotSz: Text
})

const statuses = new Map<string, Instrument["status"]>([
  ["live", "trading"],
  ["suspend", "halted"],
  ["preopen", "halted"],
  ["rebase", "halted"],
  ["post_only", "halted"],
  ["expired", "ended"]
])

const kinds = { SPOT: "spot", SWAP: "perpetual", FUTURES: "future" } as const

const instrument = (listed: typeof Listed.Type, reader: Reader): ReadonlyArray<Instrument> => {
  const { baseCcy, ctType, ctValCcy, expTime, instId, instType, quoteCcy, settleCcy } = listed
  const isSpot = instType === "SPOT"
  const isInverse = ctType === "inverse"
  if (!isSpot && !isInverse && ctType !== "linear") return []
  const contract = isInverse ? [settleCcy, ctValCcy] : [ctValCcy, settleCcy]
  const [base = "", quote = ""] = isSpot ? [baseCcy, quoteCcy] : contract
  const value = isSpot ? undefined : given(listed.ctVal, reader)
  const contractSize =
    value === undefined ? undefined : Decimal.product(value, given(listed.ctMult, reader) ?? 1)
  const expiry = instType === "FUTURES" ? [Instant.day(micros(expTime, reader))] : []
  const lot = given(listed.lotSz, reader)
  return [
    {
      venue: reader.venue,
      symbol: [base, quote, ...(instType === "SWAP" ? ["PERP"] : expiry)].join("-").toUpperCase(),
      native: instId,
      kind: kinds[instType],
      base,
      quote,
      tickSize: given(listed.tickSz, reader),
      // A lot of inverse contracts is no fixed amount of the base asset.
      lotSize: isInverse || lot === undefined ? undefined : Decimal.product(lot, contractSize ?? 1),
      contractSize,
      ...(isInverse && { inverse: true }),
      status: statuses.get(listed.state) ?? "unknown"
    }
  ]
}

/** The channel that carries a subscription. */
const channelOf = ({ channel, variant }: Subscription): string => {
  switch (channel) {
    case "trades":
      return "trades-all"
    case "quotes":
      return "bbo-tbt"
    case "book":
      return "books"
    case "bars":
      return `candle${intervals.get(variant ?? "")?.[0] ?? variant}`
    case "ticker":
      return "tickers"
    case "funding":
      return "funding-rate"
    case "mark":
      return "mark-price"
    case "openinterest":
      return "open-interest"
    default:
      return channel
  }
}

const request = (op: string) => (topics: ReadonlyArray<string>, id: number) =>
  JSON.stringify({
    id: String(id),
    op,
    args: topics.map((topic) => {
      const [channel, instId] = topic.split(":")
      return { channel, instId }
    })
  })

/**
 * OKX: spot, perpetuals and futures.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "okx",
  name: "OKX",
  needsCredentials: false,
  endpoints: { websocket: "wss://ws.okx.com", rest: "https://openapi.okx.com" },
  // Single trades and bars come from elsewhere.
  path: ({ channel }) =>
    channel === "trades" || channel === "bars" ? "/ws/v5/business" : "/ws/v5/public",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", ...Array.from(intervals.keys()).slice(1)],
    ticker: [undefined],
    funding: [undefined],
    mark: [undefined],
    openinterest: [undefined]
  },
  limits: {
    // What subscribes, unsubscribes or logs in.
    messages: { count: 480, per: "1 hour" },
    connections: { count: 3, per: "1 second" },
    // The least that any of the calls below allows.
    requests: { count: 20, per: "2 seconds" },
    batch: 100,
    // Fewer than 30 books on one connection are advised, and what belongs to a book stays with it.
    streams: 100
  },
  // A connection on which nothing passes for 30 seconds is ended; we ask after 12.
  silence: "24 seconds",
  trades: "contiguous",
  books: "stream",
  topic: (subscription, native) => topicOf(channelOf(subscription), native),
  subscribe: request("subscribe"),
  unsubscribe: request("unsubscribe"),
  probe: () => "ping",
  // The answer to a ping is no JSON.
  decode: (text, reader) => (text === "pong" ? Result.succeed([]) : frame(text, reader)),
  lists: ["SPOT", "SWAP", "FUTURES"],
  calls: {
    instruments: {
      path: (list) => `/api/v5/public/instruments?instType=${list}`,
      weight: 1,
      decode: answer(Listed, (data, reader) => data.flatMap((one) => instrument(one, reader)))
    },
    trades: {
      // Those before an id, the latest first.
      path: (native, _, to) =>
        `/api/v5/market/history-trades?instId=${encodeURIComponent(native)}&type=1&after=${to + 1}&limit=100`,
      weight: 1,
      decode: (body, reader, native) =>
        answer(Match, (data, reader) => {
          const of = reader.instrument(native) ?? { native, symbol: native }
          return data
            .map((one): Trade => ({ ...trade(one, reader, of), origin: "backfill" }))
            .toReversed()
        })(body, reader)
    },
    lastTrade: {
      path: (native) => `/api/v5/market/trades?instId=${encodeURIComponent(native)}&limit=1`,
      weight: 1,
      decode: answer(Struct({ tradeId: Text }), ([last]) => last?.tradeId)
    },
    time: {
      path: () => "/api/v5/public/time",
      weight: 1,
      decode: answer(Struct({ ts: Text }), ([now], reader) =>
        now === undefined ? reader.micros(Number.NaN) : micros(now.ts, reader)
      )
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of OKX.
 *
 * @since 0.1.0
 */
export class Okx extends Context.Service<Okx, Feed>()("@tapewire/venues/Okx") {
  /**
   * From the exchange, as it happens: `Okx.layer(["trades:BTC-USDT-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Okx.layerRecorded("okx.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
