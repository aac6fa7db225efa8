/**
 * Binance spot, from the side of the exchange.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer, Call, Desk, Fact, Heard, Listed } from "./Desk.ts"
import type { Trade, View } from "./Market.ts"

const { Boolean, Int, String, Struct } = Schema

const minute = 60_000

const error = (status: number, code: number, msg: string): Answer => ({
  status,
  body: JSON.stringify({ code, msg })
})

const unknownSymbol = error(400, -1121, "Invalid symbol.")

const Request = Schema.fromJsonString(
  Struct({
    method: String,
    params: Schema.optional(Schema.Array(String)),
    id: Schema.NullOr(Schema.Union([Int, String]))
  })
)

const readJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const readRequest = Schema.decodeUnknownResult(Request)

const says = (...replies: ReadonlyArray<string>): Heard => ({
  subscribe: [],
  unsubscribe: [],
  replies
})

const hear = (frame: string, topics: ReadonlySet<string>): Heard => {
  if (Option.isNone(readJson(frame))) {
    return says(`{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`)
  }
  const request = readRequest(frame)
  if (Result.isFailure(request)) return says(`{"code":2,"msg":"Invalid request"}`)
  const { id, method, params } = request.success
  const done = JSON.stringify({ result: null, id })
  switch (method) {
    case "SUBSCRIBE":
    case "UNSUBSCRIBE": {
      if (params === undefined) {
        return says(JSON.stringify({ error: { code: 2, msg: "Invalid request: no params" }, id }))
      }
      return method === "SUBSCRIBE"
        ? { ...says(done), subscribe: params }
        : { ...says(done), unsubscribe: params }
    }
    case "LIST_SUBSCRIPTIONS":
      return says(JSON.stringify({ result: Array.from(topics), id }))
    default: {
      const msg = `Invalid request: unknown variant \`${method}\``
      return says(JSON.stringify({ error: { code: 2, msg }, id }))
    }
  }
}

const Levels = Schema.Array(Schema.Tuple([String, String]))
const match = { s: String, p: String, q: String, T: Int, m: Boolean, M: Schema.optional(Boolean) }

const Data = Schema.Union([
  Struct({ ...match, e: Schema.Literal("trade"), t: Int }),
  Struct({ ...match, e: Schema.Literal("aggTrade"), a: Int, f: Int, l: Int }),
  // Futures name the update before.
  Struct({
    e: Schema.Literal("depthUpdate"),
    U: Int,
    u: Int,
    pu: Schema.optional(Int),
    b: Levels,
    a: Levels
  })
])

const readData = Schema.decodeUnknownOption(Schema.fromJsonString(Struct({ data: Data })))

const fact = (frame: string): Fact | undefined => {
  const read = readData(frame)
  if (Option.isNone(read)) return undefined
  const { data } = read.value
  if (data.e === "depthUpdate") {
    const { U, a: asks, b: bids, pu, u: sequence } = data
    const firstSequence = pu === undefined ? U : pu + 1
    return { _tag: "Updated", firstSequence, sequence, bids, asks }
  }
  const { M, T, m, p, q } = data
  const trade = { price: p, size: q, time: T, side: m ? ("sell" as const) : ("buy" as const) }
  if (data.e === "trade") {
    const { t: id } = data
    const listed = { id, price: p, qty: q, time: T, isBuyerMaker: m, isBestMatch: M }
    return {
      _tag: "Traded",
      call: "trades",
      trade: { id, ...trade, listed: JSON.stringify(listed) }
    }
  }
  const { a, f, l } = data
  return {
    _tag: "Traded",
    call: "aggregatedTrades",
    trade: { id: a, ...trade, listed: JSON.stringify({ a, p, q, f, l, T, m, M }) }
  }
}

const readDepth = Schema.decodeUnknownOption(
  Schema.fromJsonString(Struct({ lastUpdateId: Int, bids: Levels, asks: Levels }))
)

/** A whole number in a query; the fallback where there is none. */
const whole = <A>(query: URLSearchParams, name: string, fallback: A): number | A => {
  const text = query.get(name) ?? ""
  return /^\d{1,15}$/.test(text) ? Number(text) : fallback
}

const depthWeight = (limit: number) =>
  limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250

const call = ({ pathname, searchParams: query }: URL): Call | undefined => {
  const symbol = query.get("symbol") ?? ""
  const past = {
    symbol,
    from: whole(query, "fromId", undefined),
    limit: Math.min(whole(query, "limit", 500), 1000)
  }
  switch (pathname) {
    case "/api/v3/exchangeInfo":
      return { _tag: "instruments", weight: 20 }
    case "/api/v3/time":
      return { _tag: "time", weight: 1 }
    case "/api/v3/ping":
      return { _tag: "ping", weight: 1 }
    case "/api/v3/depth": {
      const limit = Math.min(whole(query, "limit", 100), 5000)
      return { _tag: "snapshot", symbol, limit, weight: depthWeight(limit) }
    }
    case "/api/v3/historicalTrades":
      return { _tag: "trades", ...past, weight: 25 }
    case "/api/v3/aggTrades":
      return { _tag: "aggregatedTrades", ...past, weight: 4 }
    default:
      return undefined
  }
}

const Symbols = Schema.fromJsonString(
  Struct({ symbols: Schema.Array(Schema.Record(String, Schema.Unknown)) })
)
const readSymbols = Schema.decodeUnknownOption(Symbols)

/** The entries of the recorded list under the names they go by, or what the tape's header says. */
const instruments = (listed: ReadonlyArray<Listed>, recorded: string | undefined): string => {
  const read = Option.getOrUndefined(readSymbols(recorded))?.symbols ?? []
  const entries = new Map(read.map((entry) => [entry["symbol"], entry]))
  return JSON.stringify({
    timezone: "UTC",
    symbols: listed.map(({ instrument, recordedAs }) => ({
      status: "TRADING",
      filters: filters(instrument),
      ...(instrument.kind === "perpetual" && perpetual),
      ...entries.get(recordedAs),
      symbol: instrument.native,
      baseAsset: instrument.base,
      quoteAsset: instrument.quote
    }))
  })
}

const filters = ({ lotSize, tickSize }: Listed["instrument"]) => [
  ...(tickSize === undefined ? [] : [{ filterType: "PRICE_FILTER", tickSize: plain(tickSize) }]),
  ...(lotSize === undefined ? [] : [{ filterType: "LOT_SIZE", stepSize: plain(lotSize) }])
]

/** How futures list what does not expire. */
const perpetual = { contractType: "PERPETUAL", deliveryDate: 4_133_404_800_000 }

/** Without an exponent. */
const plain = (step: number) => step.toFixed(8)

/** Where only single trades were recorded, each stands for itself among the aggregated ones. */
const past = (view: View, { _tag, symbol }: Extract<Call, { readonly from: unknown }>) => {
  const recorded = view.trades(symbol, _tag)
  if (_tag === "trades" || recorded === undefined || recorded.length > 0) return recorded
  return view.trades(symbol, "trades")?.map(({ id, price, side, size, time }): Trade => {
    const listed = { a: id, p: price, q: size, f: id, l: id, T: time, m: side === "sell", M: true }
    return { id, price, side, size, time, listed: JSON.stringify(listed) }
  })
}

const answer = (call: Call, view: View): Answer => {
  switch (call._tag) {
    case "ping":
      return { status: 200, body: "{}" }
    case "time":
      return { status: 200, body: JSON.stringify({ serverTime: Math.floor(view.at / 1000) }) }
    case "instruments":
      return { status: 200, body: instruments(view.listed, view.instruments) }
    case "snapshot": {
      const { limit, symbol } = call
      if (!view.listed.some(({ instrument }) => instrument.native === symbol)) return unknownSymbol
      const book = view.book(symbol)
      if (book === undefined)
        return error(503, -1000, "The recording does not tell this book here.")
      const { asks, bids, sequence } = book
      const body = {
        lastUpdateId: sequence,
        bids: bids.slice(0, limit),
        asks: asks.slice(0, limit)
      }
      return { status: 200, body: JSON.stringify(body) }
    }
    case "trades":
    case "aggregatedTrades": {
      const { from, limit } = call
      const trades = past(view, call)
      if (trades === undefined) return unknownSymbol
      const chosen =
        from === undefined
          ? trades.slice(-limit)
          : trades.filter(({ id }) => id >= from).slice(0, limit)
      return { status: 200, body: `[${chosen.map(({ listed }) => listed).join()}]` }
    }
  }
}

const stream = /^\{"stream":"(([^"@]+)@[^"]+)","data":/

/**
 * @since 0.1.0
 */
export const desk: Desk = {
  venue: "binance",
  limits: {
    messages: { count: 5, perMillis: 1000, code: 1008, reason: "Too many requests" },
    connections: { count: 300, perMillis: 5 * minute },
    requests: { count: 6000, perMillis: minute, tolerated: 5, banMillis: 2 * minute }
  },
  pings: { everyMillis: 20_000, withinMillis: minute },
  door: ({ pathname, searchParams }) => {
    const [, kind, ...named] = pathname.split("/")
    if (kind === "stream") {
      const asked = searchParams.get("streams")?.split("/") ?? []
      return { topics: asked.filter((topic) => topic !== ""), form: (frame) => frame }
    }
    return kind === "ws"
      ? {
          topics: named.filter((topic) => topic !== ""),
          // Where it is not wrapped.
          form: (frame) => frame.replace(stream, "").slice(0, stream.test(frame) ? -1 : undefined)
        }
      : undefined
  },
  leaving: (at) => JSON.stringify({ e: "serverShutdown", E: at }),
  hear,
  subject: (frame) => {
    const [, topic, name] = stream.exec(frame) ?? []
    return topic === undefined || name === undefined
      ? undefined
      : { topic, symbol: name.toUpperCase() }
  },
  fact,
  snapshot: (body) => {
    const read = Option.getOrUndefined(readDepth(body))
    return read === undefined
      ? undefined
      : { sequence: read.lastUpdateId, bids: read.bids, asks: read.asks }
  },
  native: (base, quote) => `${base}${quote}`,
  rename: (text, from, to) =>
    text
      .replaceAll(`"${from}"`, `"${to}"`)
      .replace(`${from.toLowerCase()}@`, `${to.toLowerCase()}@`),
  call,
  answer,
  notFound: { status: 404, body: "" },
  failure: (status) =>
    status === 429 || status === 418
      ? error(status, -1003, "Too much request weight used; current limit is 6000 per 1 MINUTE.")
      : error(status, -1000, "An unknown error occurred while processing the request.")
}
