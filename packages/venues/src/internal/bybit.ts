/**
 * What Bybit's markets have in common (v5). Which market a frame is of it does not say, and one name
 * stands for instruments of several, so each market is a venue of its own.
 */
import * as Schema from "effect/Schema"
import type { Instrument } from "tapewire/Instrument"
import type { Reader } from "tapewire/Reader"
import type { Subscription } from "tapewire/Subscription"
import type { Level } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Boolean, Int, Literal, Literals, String: Text, Struct } = Schema

export const optionalText = Schema.optional(Text)

/** Times are milliseconds. */
export const micros = (time: number, reader: Reader) => reader.micros(time * 1000)

/** An empty text says that there is none. */
export const given = (text: string | undefined, { decimal }: Reader) =>
  text === undefined || text === "" ? undefined : decimal(text)

/** What every tick has. */
export const base = ({ received, venue }: Reader, symbol: string) => ({ venue, symbol, received })

/** A kind of frame that is about one symbol, which its topic ends with. */
export const kind = <A extends { readonly topic: string }>(
  schema: Schema.Codec<A>,
  interpret: (frame: A, reader: Reader, symbol: string) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(schema, (frame, reader): ReadonlyArray<Venue.Message> => {
    const native = frame.topic.slice(frame.topic.lastIndexOf(".") + 1)
    const symbol = reader.symbol(native)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: native }]
      : interpret(frame, reader, symbol)
  })

const idOf = (text: string): number | string => {
  const id = Number(text)
  return Number.isSafeInteger(id) && String(id) === text ? id : text
}

const Side = Literals(["Buy", "Sell"])

const Match = Struct({ T: Int, S: Side, v: Text, p: Text, i: Text })

const trade = kind(Struct({ topic: Text, data: Schema.Array(Match) }), ({ data }, reader, symbol) =>
  data.map(({ S, T, i, p, v }) => ({
    _tag: "Trade",
    ...base(reader, symbol),
    at: micros(T, reader),
    id: idOf(i),
    price: reader.decimal(p),
    size: reader.decimal(v),
    side: S === "Buy" ? "buy" : "sell"
  }))
)

const Levels = Schema.Array(Schema.Tuple([Text, Text]))

const levels = (wire: typeof Levels.Type, { decimal }: Reader): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const level of wire) out.push([decimal(level[0]), decimal(level[1])])
  return out
}

const book = {
  topic: Text,
  ts: Int,
  /** When the matching engine was done, where it says. */
  cts: Schema.optional(Int),
  data: Struct({ b: Levels, a: Levels, u: Int })
}

/** One level is never told by what changed. */
const quote = kind(
  Struct({ ...book, type: Literal("snapshot") }),
  ({ cts, data, ts }, reader, symbol) => {
    const [bid] = levels(data.b, reader)
    const [ask] = levels(data.a, reader)
    return [
      {
        _tag: "Quote",
        ...base(reader, symbol),
        at: micros(cts ?? ts, reader),
        bid: bid?.[0],
        bidSize: bid?.[1],
        ask: ask?.[0],
        askSize: ask?.[1],
        sequence: data.u
      }
    ]
  }
)

const depth = kind(
  Struct({ ...book, type: Literals(["snapshot", "delta"]) }),
  ({ cts, data, ts, type }, reader, symbol) => {
    const { u } = data
    const of = { ...base(reader, symbol), at: micros(cts ?? ts, reader), sequence: u }
    const sides = { bids: levels(data.b, reader), asks: levels(data.a, reader) }
    // The first update after the service began anew is the whole, whatever it is called.
    return type === "snapshot" || u === 1
      ? [{ _tag: "BookSnapshot", ...of, ...sides }]
      : [{ _tag: "BookDelta", ...of, firstSequence: u, ...sides }]
  }
)

const intervals = new Map(
  Object.entries({
    "1m": "1",
    "3m": "3",
    "5m": "5",
    "15m": "15",
    "30m": "30",
    "1h": "60",
    "2h": "120",
    "4h": "240",
    "6h": "360",
    "12h": "720",
    "1d": "D",
    "1w": "W",
    "1M": "M"
  })
)

const names = new Map(Array.from(intervals, ([interval, name]) => [name, interval]))

/** Of which there are bars, the first by default. */
export const bars: Venue.Variants = ["1m", ...Array.from(intervals.keys()).slice(1)]

const bar = kind(
  Struct({
    topic: Text,
    ts: Int,
    data: Schema.Array(
      Struct({
        start: Int,
        end: Int,
        interval: Text,
        open: Text,
        close: Text,
        high: Text,
        low: Text,
        volume: Text,
        turnover: Text,
        confirm: Boolean
      })
    )
  }),
  ({ data, ts }, reader, symbol) =>
    data.map((one) => {
      const interval = names.get(one.interval)
      if (interval === undefined) return { _tag: "Unrecognized", kind: `kline ${one.interval}` }
      return {
        _tag: "Bar",
        ...base(reader, symbol),
        at: micros(ts, reader),
        interval,
        openAt: micros(one.start, reader),
        // Bybit names the last instant of the interval.
        closeAt: micros(one.end + 1, reader),
        open: reader.decimal(one.open),
        high: reader.decimal(one.high),
        low: reader.decimal(one.low),
        close: reader.decimal(one.close),
        volume: reader.decimal(one.volume),
        quoteVolume: reader.decimal(one.turnover),
        closed: one.confirm
      }
    })
)

const Answer = Struct({ success: Boolean, ret_msg: Text, req_id: optionalText, op: Text })

const answered = Venue.kind(
  Answer,
  ({ op, req_id, ret_msg, success }, reader): ReadonlyArray<Venue.Message> => {
    const id = given(req_id, reader)
    // What is had need not be asked for again, and is no reason to do without it.
    const isHad = ret_msg.includes("already subscribed")
    if (!success && !isHad) return [{ _tag: "Refused", id, detail: ret_msg }]
    return op === "subscribe" ? [{ _tag: "Acknowledged", id }] : []
  }
)

/** The kinds of frames that each of the markets has. */
export const decoder = (
  kinds: Readonly<Record<string, Venue.Kind<ReadonlyArray<Venue.Message>>>>
): Venue.Venue["decode"] =>
  Venue.decoder(
    {
      content: (json) => json,
      kind: ({ op, success, topic }) => {
        if (typeof topic === "string") {
          return topic.startsWith("orderbook.1.") ? "quote" : topic.slice(0, topic.indexOf("."))
        }
        return success === undefined ? op : "answered"
      }
    },
    {
      publicTrade: trade,
      quote,
      orderbook: depth,
      kline: bar,
      answered,
      // The answer to a ping, as some of the markets have it.
      pong: Venue.ignored,
      ...kinds
    }
  )

/** The topic that carries a subscription. */
const topic = ({ channel, variant }: Subscription, native: string): string => {
  switch (channel) {
    case "trades":
      return `publicTrade.${native}`
    case "quotes":
      return `orderbook.1.${native}`
    case "book":
      return `orderbook.200.${native}`
    case "bars":
      return `kline.${intervals.get(variant ?? "") ?? variant}.${native}`
    case "liquidations":
      return `allLiquidation.${native}`
    default:
      return `tickers.${native}`
  }
}

const request = (op: string) => (args: ReadonlyArray<string>, id: number) =>
  JSON.stringify({ req_id: String(id), op, args })

/** What is the same of all markets, as data. */
export const common = {
  needsCredentials: false,
  endpoints: { websocket: "wss://stream.bybit.com", rest: "https://api.bybit.com" },
  limits: {
    // Nothing is said of this.
    messages: { count: 10, per: "1 second" },
    connections: { count: 500, per: "5 minutes" },
    // 600, less what others behind the same address may take.
    requests: { count: 540, per: "5 seconds" },
    batch: 10,
    // Topics of a connection may have 21,000 characters; hardly one has 50.
    streams: 420
  },
  // A ping every 20 seconds is asked for.
  pool: { healthCheck: "20 seconds" },
  silence: "30 seconds",
  trades: "opaque",
  books: "stream",
  topic,
  subscribe: request("subscribe"),
  unsubscribe: request("unsubscribe"),
  probe: (id: number) => JSON.stringify({ req_id: String(id), op: "ping" })
} as const

/** An answer by HTTP. */
export const answer = <A, B>(
  result: Schema.Codec<A>,
  interpret: (result: A, reader: Reader) => B
) =>
  Venue.body(
    Venue.kind(Struct({ retCode: Literal(0), result }), ({ result }, reader) =>
      interpret(result, reader)
    )
  )

const about = (path: string, category: string, native: string) =>
  `/v5/market/${path}?category=${category}&symbol=${encodeURIComponent(native)}&limit=1`

/** The calls that differ between markets only in which of them they are about. */
export const calls = (category: "linear" | "spot") => ({
  lastTrade: {
    path: (native: string) => about("recent-trade", category, native),
    weight: 1,
    decode: answer(
      Struct({ list: Schema.Array(Struct({ execId: Text })) }),
      ({ list }) => list[0]?.execId
    )
  },
  lastUpdate: {
    path: (native: string) => about("orderbook", category, native),
    weight: 1,
    decode: answer(Struct({ u: Int }), ({ u }) => u)
  },
  time: {
    path: () => "/v5/market/time",
    weight: 1,
    decode: answer(Struct({ timeNano: Text }), ({ timeNano }, reader) =>
      reader.micros(reader.decimal(timeNano.slice(0, -3)))
    )
  }
})

const statuses = new Map<string, Instrument["status"]>([
  ["Trading", "trading"],
  ["PreLaunch", "halted"],
  ["PendingOpen", "halted"],
  ["Delivering", "halted"],
  ["Settling", "halted"],
  ["Closed", "ended"]
])

export const statusOf = (status: string): Instrument["status"] => statuses.get(status) ?? "unknown"
