/**
 * Hyperliquid: perpetuals and spot.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Subscription } from "tapewire/Subscription"
import type { Level } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Array, Boolean, Int, Literals, NullOr, String, Struct, Tuple, optional } = Schema

const Waiting = Struct({ px: String, sz: String })

const levels = (
  wire: ReadonlyArray<typeof Waiting.Type>,
  { decimal }: Reader
): ReadonlyArray<Level> => wire.map(({ px, sz }): Level => [decimal(px), decimal(sz)])

/** A kind of frame that is about one coin. */
const kind = <A extends { readonly coin: string }>(
  schema: Schema.Codec<A>,
  interpret: (data: A, reader: Reader, symbol: string) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(Struct({ data: schema }), ({ data }, reader): ReadonlyArray<Venue.Message> => {
    const symbol = reader.symbol(data.coin)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: data.coin }]
      : interpret(data, reader, symbol)
  })

const Matched = Struct({
  coin: String,
  side: Literals(["A", "B"]),
  px: String,
  sz: String,
  time: Int,
  tid: Int
})

const trades = Venue.kind(
  Struct({ data: Array(Matched) }),
  ({ data }, { decimal, micros, received, symbol, venue }): ReadonlyArray<Venue.Message> =>
    data.map(({ coin, px, side, sz, tid, time }) => {
      const known = symbol(coin)
      if (known === undefined) return { _tag: "Unrecognized", kind: coin }
      return {
        _tag: "Trade",
        venue,
        symbol: known,
        at: micros(time * 1000),
        received,
        id: tid,
        price: decimal(px),
        size: decimal(sz),
        // The taker's: of a bid (B) or an ask (A).
        side: side === "B" ? "buy" : "sell"
      }
    })
)

const bbo = kind(
  Struct({ coin: String, time: Int, bbo: Tuple([NullOr(Waiting), NullOr(Waiting)]) }),
  ({ bbo: [bid, ask], time }, { decimal, micros, received, venue }, symbol) => [
    {
      _tag: "Quote",
      venue,
      symbol,
      at: micros(time * 1000),
      received,
      bid: bid === null ? undefined : decimal(bid.px),
      bidSize: bid === null ? undefined : decimal(bid.sz),
      ask: ask === null ? undefined : decimal(ask.px),
      askSize: ask === null ? undefined : decimal(ask.sz)
    }
  ]
)

const l2Book = kind(
  Struct({ coin: String, time: Int, levels: Tuple([Array(Waiting), Array(Waiting)]) }),
  ({ levels: [bids, asks], time }, reader, symbol) => [
    {
      _tag: "BookSnapshot",
      venue: reader.venue,
      symbol,
      at: reader.micros(time * 1000),
      received: reader.received,
      bids: levels(bids, reader),
      asks: levels(asks, reader)
    }
  ]
)

const candle = Venue.kind(
  Struct({
    data: Struct({
      t: Int,
      T: Int,
      s: String,
      i: String,
      o: String,
      h: String,
      l: String,
      c: String,
      v: String,
      n: Int
    })
  }),
  ({ data }, { decimal, micros, received, symbol, venue }): ReadonlyArray<Venue.Message> => {
    const known = symbol(data.s)
    if (known === undefined) return [{ _tag: "Unrecognized", kind: data.s }]
    return [
      {
        _tag: "Bar",
        venue,
        symbol: known,
        received,
        interval: data.i,
        openAt: micros(data.t * 1000),
        // The last millisecond of the interval is named.
        closeAt: micros((data.T + 1) * 1000),
        open: decimal(data.o),
        high: decimal(data.h),
        low: decimal(data.l),
        close: decimal(data.c),
        volume: decimal(data.v),
        trades: data.n,
        // Nothing says that no trade will change it any more.
        closed: false
      }
    ]
  }
)

/** Carries all that changes of a perpetual, of which a feed gives what was subscribed to. */
const activeAssetCtx = kind(
  Struct({
    coin: String,
    ctx: Struct({ funding: String, openInterest: String, markPx: String, oraclePx: String })
  }),
  ({ ctx }, { decimal, received, venue }, symbol) => {
    const base = { venue, symbol, received }
    return [
      { _tag: "Funding", ...base, rate: decimal(ctx.funding) },
      { _tag: "MarkPrice", ...base, price: decimal(ctx.markPx), index: decimal(ctx.oraclePx) },
      { _tag: "OpenInterest", ...base, size: decimal(ctx.openInterest) }
    ]
  }
)

/** What is asked for, written as the venue wants it, names what carries it. */
const topicOf = (type: string, coin: string, interval: string | undefined): string =>
  JSON.stringify({ type, coin, ...(interval !== undefined && { interval }) })

/** An echo, in which what was not said is filled in. */
const subscriptionResponse = Venue.kind(
  Struct({
    data: Struct({
      method: String,
      subscription: Struct({ type: String, coin: String, interval: optional(String) })
    })
  }),
  ({ data: { method, subscription } }): ReadonlyArray<Venue.Message> => {
    const { coin, interval, type } = subscription
    if (method !== "subscribe") return []
    return [{ _tag: "Acknowledged", topics: [topicOf(type, coin, interval)] }]
  }
)

const failure = Venue.kind(Struct({ data: String }), ({ data }): ReadonlyArray<Venue.Message> =>
  // Of what is there, or is not there, already, nothing is left to do.
  data.startsWith("Already ") ? [] : [{ _tag: "Refused", id: undefined, detail: data }]
)

const status = (isEnded: boolean): Instrument["status"] => (isEnded ? "ended" : "trading")

const step = (digits: number): number => Number(`1e-${digits}`)

const Perpetuals = Struct({
  universe: Array(Struct({ name: String, szDecimals: Int, isDelisted: optional(Boolean) }))
})

const perpetuals = Venue.body(
  Venue.kind(Perpetuals, ({ universe }, { venue }) =>
    universe.map(({ isDelisted = false, name, szDecimals }): Instrument => ({
      venue,
      symbol: `${name}-USD-PERP`.toUpperCase(),
      native: name,
      kind: "perpetual",
      base: name,
      quote: "USD",
      lotSize: step(szDecimals),
      status: status(isDelisted)
    }))
  )
)

const Pairs = Struct({
  tokens: Array(Struct({ name: String, index: Int, szDecimals: Int })),
  universe: Array(Struct({ name: String, tokens: Tuple([Int, Int]) }))
})

const pairs = Venue.body(
  Venue.kind(Pairs, ({ tokens, universe }, { venue }) => {
    const byIndex = new Map(tokens.map((token) => [token.index, token]))
    return universe.flatMap(({ name, tokens: [first, second] }): ReadonlyArray<Instrument> => {
      const [base, quote] = [byIndex.get(first), byIndex.get(second)]
      if (base === undefined || quote === undefined) return []
      return [
        {
          venue,
          symbol: `${base.name}-${quote.name}`.toUpperCase(),
          native: name,
          kind: "spot",
          base: base.name,
          quote: quote.name,
          lotSize: step(base.szDecimals),
          status: status(false)
        }
      ]
    })
  })
)

const exchangeStatus = Venue.body(
  Venue.kind(Struct({ time: Int }), ({ time }, { micros }) => micros(time * 1000))
)

const info = (request: object) => JSON.stringify(request)

const intervals = "3m 5m 15m 30m 1h 2h 4h 8h 12h 1d 3d 1w 1M".split(" ")

/** The type of subscription that carries a channel. */
const typeOf = ({ channel }: Subscription): string => {
  switch (channel) {
    case "quotes":
      return "bbo"
    case "book":
      return "l2Book"
    case "bars":
      return "candle"
    case "trades":
      return channel
    default:
      return "activeAssetCtx"
  }
}

/**
 * Hyperliquid.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "hyperliquid",
  name: "Hyperliquid",
  needsCredentials: false,
  endpoints: { websocket: "wss://api.hyperliquid.xyz", rest: "https://api.hyperliquid.xyz" },
  path: "/ws",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", ...intervals],
    funding: [undefined],
    mark: [undefined],
    openinterest: [undefined]
  },
  limits: {
    // 2,000 a minute for all connections of an address.
    messages: { count: 6, per: "1 second" },
    // 30 a minute, and ten at a time.
    connections: { count: 25, per: "1 minute" },
    requests: { count: 1000, per: "1 minute" },
    batch: 1,
    // 1,000 for all connections of an address.
    streams: 200
  },
  pool: { max: 5 },
  // It closes what it has sent nothing on for 60 s, and answers a ping.
  silence: "50 seconds",
  trades: "opaque",
  books: "stream",
  topic: (subscription, native) => topicOf(typeOf(subscription), native, subscription.variant),
  subscribe: ([topic]) => `{"method":"subscribe","subscription":${topic}}`,
  unsubscribe: ([topic]) => `{"method":"unsubscribe","subscription":${topic}}`,
  probe: () => `{"method":"ping"}`,
  decode: Venue.decoder(
    { content: (json) => json, kind: ({ channel }) => channel },
    {
      trades,
      bbo,
      l2Book,
      candle,
      activeAssetCtx,
      subscriptionResponse,
      error: failure,
      pong: Venue.ignored
    }
  ),
  lists: ["meta", "spotMeta"],
  calls: {
    instruments: {
      path: () => "/info",
      body: (list) => info({ type: list }),
      weight: 20,
      decode: (body, reader, list) => (list === "meta" ? perpetuals : pairs)(body, reader)
    },
    lastTrade: {
      path: () => "/info",
      body: (coin) => info({ type: "recentTrades", coin }),
      weight: 20,
      decode: Venue.body(
        Venue.kind(
          Array(Struct({ tid: Int, time: Int })),
          (trades) =>
            trades.reduce((last, one) => (one.time > last.time ? one : last), { time: 0, tid: 0 })
              .tid
        )
      )
    },
    time: {
      path: () => "/info",
      body: () => info({ type: "exchangeStatus" }),
      weight: 2,
      decode: exchangeStatus
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Hyperliquid.
 *
 * @since 0.1.0
 */
export class Hyperliquid extends Context.Service<Hyperliquid, Feed>()(
  "@tapewire/venues/Hyperliquid"
) {
  /**
   * From the exchange, as it happens: `Hyperliquid.layer(["trades:BTC-USD-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Hyperliquid.layerRecorded("hyperliquid.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
