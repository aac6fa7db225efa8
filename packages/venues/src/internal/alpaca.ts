/**
 * What Alpaca's streams have in common.
 *
 * @see https://docs.alpaca.markets/docs/streaming-market-data
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Instrument } from "tapewire/Instrument"
import type { Reader } from "tapewire/Reader"
import * as Venue from "tapewire/Venue"

const { Array, Finite, Int, String, Struct, optional } = Schema

/** A trade's id, as `quoted` leaves it. */
export const Id = Schema.Union([Int, String])

/** Puts quotes around whole numbers under `i` that may be more than a float64 holds. */
const quoted = (text: string): string => text.replaceAll(/"i":\s*(\d{16,})/g, `"i":"$1"`)

/** An id as the venue has it: a number where that is a safe integer. */
export const idOf = (id: typeof Id.Type): number | string =>
  Number.isSafeInteger(Number(id)) ? Number(id) : id

/** A message about one symbol. */
export const about = <A extends { readonly S: string }>(
  schema: Schema.Codec<A>,
  interpret: (message: A, reader: Reader, symbol: string) => Venue.Message
) =>
  Venue.kind(schema, (message, reader): ReadonlyArray<Venue.Message> => {
    const symbol = reader.symbol(message.S)
    return symbol === undefined
      ? [{ _tag: "Unrecognized", kind: message.S }]
      : [interpret(message, reader, symbol)]
  })

/** Zero stands for a side on which there is nobody. */
const present = (value: number) => (value === 0 ? undefined : value)

const Best = Struct({ S: String, t: String, bp: Finite, bs: Finite, ap: Finite, as: Finite })

const quote = about(Best, ({ ap, as, bp, bs, t }, reader, symbol) => {
  const bid = present(reader.number(bp))
  const ask = present(reader.number(ap))
  return {
    _tag: "Quote",
    venue: reader.venue,
    symbol,
    at: reader.instant(t),
    received: reader.received,
    bid,
    bidSize: bid === undefined ? undefined : reader.number(bs),
    ask,
    askSize: ask === undefined ? undefined : reader.number(as)
  }
})

const minute = 60_000_000

/** The bar of a minute that is over, and, after a trade came late, the same once more. */
const bar = about(
  Struct({
    S: String,
    t: String,
    o: Finite,
    h: Finite,
    l: Finite,
    c: Finite,
    v: Finite,
    n: optional(Int)
  }),
  ({ c, h, l, n, o, t, v }, reader, symbol) => {
    const openAt = reader.instant(t)
    return {
      _tag: "Bar",
      venue: reader.venue,
      symbol,
      at: undefined,
      received: reader.received,
      interval: "1m",
      openAt,
      closeAt: openAt + minute,
      open: reader.number(o),
      high: reader.number(h),
      low: reader.number(l),
      close: reader.number(c),
      volume: reader.number(v),
      trades: n,
      closed: true
    }
  }
)

const success = Venue.kind(Struct({ msg: String }), ({ msg }): ReadonlyArray<Venue.Message> =>
  msg === "authenticated" ? [{ _tag: "LoggedIn" }] : []
)

/** Codes that say nothing against another connection, and how long that is to wait. */
const closeWaits = {
  /** Not authenticated. */
  401: "1 second",
  /** Authenticated too late. */
  404: "1 second",
  /** Too many connections. One that was lost is counted for a while. */
  406: "10 seconds",
  /** Too slow a client. */
  407: "1 second",
  /** An error of their own. */
  500: "5 seconds"
} as const

const error = Venue.kind(
  Struct({ code: Int, msg: String }),
  ({ code, msg }): ReadonlyArray<Venue.Message> => {
    // Authenticated already.
    if (code === 403) return []
    return code in closeWaits
      ? [{ _tag: "Ended", code, detail: msg }]
      : [{ _tag: "Refused", id: undefined, detail: `${msg} (${code})` }]
  }
)

const Names = optional(Array(String))

/** Everything that is subscribed to now, which is also the answer to a request. */
const subscription = Venue.kind(
  Struct({ trades: Names, quotes: Names, bars: Names, orderbooks: Names }),
  ({ bars, orderbooks, quotes, trades }): ReadonlyArray<Venue.Message> => {
    const topics = Object.entries({ trades, quotes, bars, orderbooks }).flatMap(
      ([channel, names]) => (names ?? []).map((name) => `${channel}/${name}`)
    )
    return [
      { _tag: "Acknowledged", topics },
      { _tag: "Listed", topics }
    ]
  }
)

/** Reads frames, which are lists of messages that say of what type they are. */
export const decode = (kinds: Parameters<typeof Venue.listDecoder>[1]): Venue.Venue["decode"] => {
  const read = Venue.listDecoder(
    { kind: ({ T }) => T, content: (message) => message },
    { success, error, subscription, q: quote, b: bar, u: bar, ...kinds }
  )
  return (frame, reader) => read(typeof frame === "string" ? quoted(frame) : frame, reader)
}

/** The body of an HTTP answer in which ids may be longer than a float64 holds. */
export const body =
  <A>(kind: Venue.Kind<A>) =>
  (text: string, reader: Reader): Venue.Decoded<A> =>
    Venue.body(kind)(quoted(text), reader)

const request =
  (action: string, bars: ReadonlyArray<string>) =>
  (topics: ReadonlyArray<string>): string => {
    const lists: Record<string, Array<string>> = {}
    for (const topic of topics) {
      const at = topic.indexOf("/")
      const channel = topic.slice(0, at)
      for (const name of channel === "bars" ? bars : [channel]) {
        lists[name] = [...(lists[name] ?? []), topic.slice(at + 1)]
      }
    }
    return JSON.stringify({ action, ...lists })
  }

/** What each of the streams does alike. `bars` are the lists that a subscription to bars is put in. */
export const stream = (bars: ReadonlyArray<string>) =>
  ({
    needsCredentials: true,
    login: ({ key, secret }) =>
      JSON.stringify({ action: "auth", key: Redacted.value(key), secret: Redacted.value(secret) }),
    authorize: ({ key, secret }) => ({
      headers: {
        "APCA-API-KEY-ID": Redacted.value(key),
        "APCA-API-SECRET-KEY": Redacted.value(secret)
      }
    }),
    // The address of a stream is the whole of it, so that a setting can choose another one.
    path: "",
    limits: {
      messages: { count: 1, per: "300 millis" },
      connections: { count: 30, per: "1 minute" },
      // 200 without a plan, less what others with the same key may take.
      requests: { count: 180, per: "1 minute" },
      batch: 100,
      // How many symbols there may be is for the plan to say, and comes as a refusal.
      streams: 10_000
    },
    // One connection is all that most plans allow.
    pool: { min: 1, max: 1 },
    single: true,
    silence: "60 seconds",
    closeWaits,
    trades: "opaque",
    topic: ({ channel }, native) => `${channel === "book" ? "orderbooks" : channel}/${native}`,
    subscribe: request("subscribe", bars),
    unsubscribe: request("unsubscribe", bars),
    // Asks for nothing more, and is answered with what there is.
    probe: () => JSON.stringify({ action: "subscribe", trades: [] })
  }) satisfies Partial<Venue.Venue>

const Asset = Struct({
  symbol: String,
  status: String,
  tradable: Schema.Boolean,
  price_increment: optional(Schema.NullOr(String)),
  min_trade_increment: optional(Schema.NullOr(String))
})

const step = (text: string | null | undefined, { decimal }: Reader) =>
  text === undefined || text === null ? undefined : present(decimal(text))

/** Keys for trading with play money begin so, and have a host of their own. */
const isPaper = (credentials: Venue.Credentials | undefined) =>
  credentials !== undefined && Redacted.value(credentials.key).startsWith("PK")

/** The list of what there is of a class, which the trading interface has. */
export const assets = (
  of: string,
  name: (symbol: string) => Pick<Instrument, "base" | "kind" | "quote"> | undefined
): Venue.Call<ReadonlyArray<Instrument>> => ({
  base: (credentials) =>
    isPaper(credentials) ? "https://paper-api.alpaca.markets" : "https://api.alpaca.markets",
  path: () => `/v2/assets?status=active&asset_class=${of}`,
  weight: 1,
  decode: Venue.body(
    Venue.kind(Array(Asset), (assets, reader) =>
      assets.flatMap((asset): ReadonlyArray<Instrument> => {
        const named = name(asset.symbol)
        if (named === undefined) return []
        return [
          {
            venue: reader.venue,
            symbol: `${named.base}-${named.quote}`.toUpperCase(),
            native: asset.symbol,
            ...named,
            tickSize: step(asset.price_increment, reader),
            lotSize: step(asset.min_trade_increment, reader),
            // What is active and cannot be traded here has prices all the same.
            status: asset.status !== "active" ? "ended" : asset.tradable ? "trading" : "unknown"
          }
        ]
      })
    )
  )
})
