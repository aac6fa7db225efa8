/**
 * Bitfinex: spot.
 *
 * @see https://docs.bitfinex.com/docs/ws-public
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
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
import type { Bar, Level, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Array, Finite, Int, String, Struct, Tuple, TupleWithRest, Unknown, optional } = Schema

type Messages = ReadonlyArray<Venue.Message>

/** What is about one symbol: the venue's arrays grow at the end. */
const about = <A>(
  content: Schema.Codec<A>,
  interpret: (content: A, reader: Reader, base: Base) => Messages
) =>
  Venue.kind(Struct({ native: String, content }), ({ content, native }, reader): Messages => {
    const symbol = reader.symbol(native)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: native }]
      : interpret(content, reader, { venue: reader.venue, symbol, received: reader.received })
  })

interface Base {
  readonly venue: string
  readonly symbol: string
  readonly received: number
}

const Matched = TupleWithRest(Tuple([Int, Int, Finite, Finite]), [Unknown])

const trade = (
  [id, time, amount, price]: typeof Matched.Type,
  { micros, number }: Reader,
  base: Base
): Trade => ({
  _tag: "Trade",
  ...base,
  at: micros(time * 1000),
  id,
  price: number(price),
  size: Math.abs(number(amount)),
  // The amount is what the taker got.
  side: amount > 0 ? "buy" : "sell"
})

const executed = about(Matched, (wire, reader, base) => [trade(wire, reader, base)])

/** The latest trades before the subscription, newest first on the wire. */
const past = about(Array(Matched), (wire, reader, base) =>
  wire.map((one) => trade(one, reader, base)).toReversed()
)

/** Price, how many orders wait there, and how much: less than zero of asks. */
const Line = Tuple([Finite, Int, Finite])

const sides = (wire: ReadonlyArray<typeof Line.Type>, { number }: Reader) => {
  const bids: globalThis.Array<Level> = []
  const asks: globalThis.Array<Level> = []
  for (const [price, count, amount] of wire) {
    const size = count === 0 ? 0 : Math.abs(number(amount))
    const side = amount > 0 ? bids : asks
    side.push([number(price), size])
  }
  return { bids, asks }
}

const whole = about(Array(Line), (wire, reader, base) => [
  { _tag: "BookSnapshot", ...base, ...sides(wire, reader) }
])

const update = about(Line, (wire, reader, base) => [
  { _tag: "BookDelta", ...base, ...sides([wire], reader) }
])

const compared = about(Int, (value, _, { symbol }) => [{ _tag: "Checksum", symbol, value }])

const day = about(
  TupleWithRest(
    Tuple([Finite, Finite, Finite, Finite, Finite, Finite, Finite, Finite, Finite, Finite]),
    [Unknown]
  ),
  ([bid, , ask, , , , last, volume, high, low], { number }, base) => [
    {
      _tag: "Ticker",
      ...base,
      last: number(last),
      high: number(high),
      low: number(low),
      volume: number(volume),
      // What is told as their sizes is the sum of 25 levels.
      bid: number(bid),
      ask: number(ask)
    }
  ]
)

/** The venue's names of intervals, with ours and their length in minutes; a month has none. */
const intervals = new Map([
  ["1m", ["1m", 1]],
  ["5m", ["5m", 5]],
  ["15m", ["15m", 15]],
  ["30m", ["30m", 30]],
  ["1h", ["1h", 60]],
  ["3h", ["3h", 180]],
  ["6h", ["6h", 360]],
  ["12h", ["12h", 720]],
  ["1D", ["1d", 1440]],
  ["1W", ["1w", 10_080]],
  ["14D", ["14d", 20_160]]
] as const)

const Candle = TupleWithRest(Tuple([Int, Finite, Finite, Finite, Finite, Finite]), [Unknown])

const candles = (interval: string, minutes: number) => {
  const bar = (
    [time, open, close, high, low, volume]: typeof Candle.Type,
    { micros, number }: Reader,
    base: Base
  ): Bar => {
    const openAt = micros(time * 1000)
    return {
      _tag: "Bar",
      ...base,
      interval,
      openAt,
      closeAt: openAt + minutes * 60_000_000,
      open: number(open),
      high: number(high),
      low: number(low),
      close: number(close),
      volume: number(volume),
      // Nothing says that no trade will change it any more.
      closed: false
    }
  }
  return {
    one: about(Candle, (wire, reader, base) => [bar(wire, reader, base)]),
    // Newest first on the wire.
    all: about(Array(Candle), (wire, reader, base) =>
      wire.map((one) => bar(one, reader, base)).toReversed()
    )
  }
}

const bars: ReadonlyMap<string, ReturnType<typeof candles>> = new Map(
  globalThis.Array.from(intervals, ([name, [ours, minutes]]) => [name, candles(ours, minutes)])
)

/** The kind of what came on a topic, and what it is about. */
const kindOf = (
  topic: string,
  label: unknown,
  isList: boolean
): { readonly kind: Venue.Kind<Messages> | undefined; readonly native: string } => {
  const [channel, ...key] = topic.split(":")
  const native = key.join(":")
  switch (channel) {
    case "trades":
      if (label === undefined) return { kind: past, native }
      // Each trade is told once more (`tu`) after it was told (`te`).
      return { kind: label === "te" ? executed : Venue.ignored, native }
    case "book":
      if (label === "cs") return { kind: compared, native }
      return { kind: isList ? whole : update, native }
    case "ticker":
      return { kind: day, native }
    default: {
      const [, name = "", ...rest] = key
      const bar = bars.get(name)
      return { kind: isList ? bar?.all : bar?.one, native: rest.join(":") }
    }
  }
}

/** What came on a channel, with its number on the connection at the end. */
const numbered = (
  frame: ReadonlyArray<unknown>,
  reader: Reader
): Result.Result<Messages, string> => {
  const [channel, first] = frame
  const topic = typeof channel === "number" ? reader.topics.get(channel) : undefined
  const label = typeof first === "string" ? first : undefined
  const [content, number] =
    label === "hb" ? [undefined, frame[2]] : frame.slice(label === undefined ? 1 : 2)
  if (typeof number === "number" && !Number.isSafeInteger(number)) {
    return Result.fail("has a number that is none")
  }
  const counted: Messages = typeof number === "number" ? [{ _tag: "Numbered", number }] : []
  if (label === "hb") return Result.succeed(counted)
  if (topic === undefined)
    return Result.succeed([...counted, { _tag: "Unrecognized", kind: "channel" }])
  if (!globalThis.Array.isArray(content) && label !== "cs") return Result.fail("has no content")
  const isList =
    globalThis.Array.isArray(content) &&
    (content.length === 0 || globalThis.Array.isArray(content[0]))
  const { kind, native } = kindOf(topic, label, isList)
  if (kind === undefined) return Result.succeed([...counted, { _tag: "Unrecognized", kind: topic }])
  return Result.map(kind({ native, content }, reader), (messages) =>
    counted.length === 0 ? messages : [...counted, ...messages]
  )
}

const Subject = Struct({
  channel: optional(String),
  symbol: optional(String),
  key: optional(String)
})

const topicOf = ({ channel, key, symbol }: typeof Subject.Type): string | undefined => {
  const subject = key ?? symbol
  return channel === undefined || subject === undefined ? undefined : `${channel}:${subject}`
}

const events = new Map<unknown, Venue.Kind<Messages>>([
  [
    "subscribed",
    Venue.kind(Struct({ ...Subject.fields, chanId: Int }), (event): Messages => {
      const topic = topicOf(event)
      if (topic === undefined) return [{ _tag: "Unrecognized", kind: "subscribed" }]
      return [
        { _tag: "Named", name: event.chanId, topic },
        { _tag: "Acknowledged", topics: [topic] }
      ]
    })
  ],
  [
    "error",
    Venue.kind(Struct({ ...Subject.fields, code: Int, msg: String }), (event): Messages =>
      // What is there already is there.
      event.code === 10_301
        ? []
        : [
            {
              _tag: "Refused",
              id: undefined,
              topic: topicOf(event),
              detail: `${event.msg} (${event.code})`
            }
          ]
    )
  ],
  [
    "info",
    Venue.kind(Struct({ code: optional(Int) }), ({ code }): Messages =>
      // It restarts, or has come back from maintenance and wants to be asked for everything anew.
      code === 20_051 || code === 20_061 ? [{ _tag: "Leaving" }] : []
    )
  ],
  ["conf", Venue.ignored],
  ["pong", Venue.ignored],
  ["unsubscribed", Venue.ignored]
])

const decode = Venue.body<Messages>((json, reader) => {
  if (globalThis.Array.isArray(json)) return numbered(json, reader)
  if (!Predicate.isObject(json)) return Result.fail("is neither a list nor an object")
  const name = "event" in json ? json.event : undefined
  const kind = events.get(name)
  return kind === undefined
    ? Result.succeed([{ _tag: "Unrecognized", kind: typeof name === "string" ? name : "none" }])
    : kind(json, reader)
})

/** What the venue calls a topic once it has said so: only by that it can be ended. */
const subject = (topic: string) => {
  const at = topic.indexOf(":")
  const [channel, key] = [topic.slice(0, at), topic.slice(at + 1)]
  if (channel === "candles") return { channel, key }
  return channel === "book"
    ? { channel, symbol: key, prec: "P0", freq: "F0", len: "250" }
    : { channel, symbol: key }
}

/** A pair of codes: with a colon where they are not three letters each. */
const codes = (pair: string): readonly [string, string] | undefined => {
  const [base = "", quote] = pair.split(":")
  if (quote !== undefined) return [base, quote]
  return pair.length === 6 ? [pair.slice(0, 3), pair.slice(3)] : undefined
}

const Listed = TupleWithRest(Tuple([Array(String)]), [Array(Tuple([String, String]))])

const instruments = Venue.body(
  Venue.kind(Listed, ([pairs, aliases = []], { venue }) => {
    const split = pairs.flatMap((pair) => {
      const both = codes(pair)
      return both === undefined ? [] : [{ pair, both }]
    })
    // A code may be called what another is: then that one alone has the name.
    const own = new Set(split.flatMap(({ both }) => both))
    const names = new Map(aliases.filter(([, name]) => !own.has(name.toUpperCase())))
    const taken = new Set<string>()
    return split.flatMap(({ both, pair }): ReadonlyArray<Instrument> => {
      const [first, second] = both
      const [base, quote] = [names.get(first) ?? first, names.get(second) ?? second]
      const symbol = `${base}-${quote}`.toUpperCase()
      if (taken.has(symbol)) return []
      taken.add(symbol)
      return [{ venue, symbol, native: `t${pair}`, kind: "spot", base, quote, status: "trading" }]
    })
  })
)

/** The best 25 of both sides, as JavaScript writes their numbers, joined by colons. */
const checksum = (ladder: Ladder.Ladder): number => {
  const { asks, bids } = Ladder.top(ladder, 25)
  const words: globalThis.Array<number> = []
  for (let index = 0; index < 25; index++) {
    const bid = bids[index]
    const ask = asks[index]
    if (bid !== undefined) words.push(bid[0], bid[1])
    if (ask !== undefined) words.push(ask[0], -ask[1])
  }
  return Checksum.crc32(words.join(":")) | 0
}

/** The topic that carries a channel. */
const topic = ({ channel, variant }: Subscription, native: string): string => {
  if (channel !== "bars") return `${channel}:${native}`
  const found = globalThis.Array.from(intervals).find(([, [ours]]) => ours === variant)
  return `candles:trade:${found?.[0] ?? variant}:${native}`
}

/**
 * Bitfinex.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "bitfinex",
  name: "Bitfinex",
  needsCredentials: false,
  endpoints: { websocket: "wss://api-pub.bitfinex.com", rest: "https://api-pub.bitfinex.com" },
  path: "/ws/2",
  channels: {
    trades: [undefined],
    book: [undefined],
    bars: ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1d", "1w", "14d"],
    ticker: [undefined]
  },
  // Numbers every frame of the connection (65536), and sends checksums of books (131072).
  greeting: [JSON.stringify({ event: "conf", flags: 65_536 + 131_072 })],
  limits: {
    messages: { count: 5, per: "1 second" },
    // 20 a minute.
    connections: { count: 15, per: "1 minute" },
    requests: { count: 10, per: "1 minute" },
    batch: 1,
    // 25 by one page, 30 by another.
    streams: 25
  },
  // Every channel says every 15 seconds that it is there.
  silence: "30 seconds",
  trades: "opaque",
  books: "stream",
  checksum,
  topic,
  subscribe: ([one = ""]) => JSON.stringify({ event: "subscribe", ...subject(one) }),
  unsubscribe: ([one = ""], _, names) => {
    const chanId = names.get(one)
    return chanId === undefined ? undefined : JSON.stringify({ event: "unsubscribe", chanId })
  },
  probe: (cid) => JSON.stringify({ event: "ping", cid }),
  decode: (frame, reader) =>
    typeof frame === "string"
      ? decode(frame, reader)
      : Result.fail(new Venue.Undecodable({ detail: "is binary", sample: "" })),
  calls: {
    instruments: {
      path: () => "/v2/conf/pub:list:pair:exchange,pub:map:currency:sym",
      weight: 1,
      decode: instruments
    },
    lastTrade: {
      path: (native) => `/v2/trades/${encodeURIComponent(native)}/hist?limit=1`,
      weight: 1,
      decode: Venue.body(Venue.kind(Array(Matched), (trades) => trades[0]?.[0]))
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Bitfinex.
 *
 * @since 0.1.0
 */
export class Bitfinex extends Context.Service<Bitfinex, Feed>()("@tapewire/venues/Bitfinex") {
  /**
   * From the exchange, as it happens: `Bitfinex.layer(["trades:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Bitfinex.layerRecorded("bitfinex.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
