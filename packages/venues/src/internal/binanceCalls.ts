/** What Binance's markets answer by HTTP. */
import * as Schema from "effect/Schema"
import type { Instrument } from "tapewire/Instrument"
import type { Known, Reader } from "tapewire/Reader"
import type { BookSnapshot, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"
import * as Ticks from "./binanceTicks.ts"

const { Int, String, Struct, optional } = Schema

/** What an answer is about, as it does not say itself. */
const subject = (native: string, reader: Reader): Known =>
  reader.instrument(native) ?? { native, symbol: native }

const past = <A>(
  Listed: Schema.Codec<A>,
  interpret: (listed: A, reader: Reader, instrument: Known) => Trade
) =>
  Venue.body(
    Venue.kind(Schema.Array(Listed), (listed, reader, native) => {
      const instrument = subject(native, reader)
      return listed.map((one): Trade => ({
        ...interpret(one, reader, instrument),
        origin: "backfill"
      }))
    })
  )

const pastSingle = past(Ticks.Single, Ticks.single)
const pastAggregated = past(Ticks.Aggregated, Ticks.aggregated)

const depth = Venue.body(
  Venue.kind(
    // Futures say when.
    Struct({ lastUpdateId: Int, T: optional(Int), bids: Ticks.Levels, asks: Ticks.Levels }),
    ({ T, asks, bids, lastUpdateId }, reader, native): BookSnapshot => {
      const instrument = subject(native, reader)
      return {
        _tag: "BookSnapshot",
        venue: reader.venue,
        symbol: instrument.symbol,
        at: T === undefined ? undefined : Ticks.micros(T, reader),
        received: reader.received,
        sequence: lastUpdateId,
        bids: Ticks.levels(bids, instrument, reader),
        asks: Ticks.levels(asks, instrument, reader)
      }
    }
  )
)

const optionalText = optional(String)
const Filter = Struct({ filterType: String, tickSize: optionalText, stepSize: optionalText })

/** What every market says of an instrument. */
export const Listed = Struct({
  symbol: String,
  baseAsset: String,
  quoteAsset: String,
  filters: Schema.Array(Filter)
})

const step = (
  { filters }: typeof Listed.Type,
  type: string,
  field: "stepSize" | "tickSize",
  { decimal }: Reader
) => {
  const text = filters.find(({ filterType }) => filterType === type)?.[field]
  return text === undefined ? undefined : Ticks.present(decimal(text))
}

const statuses = new Map<string | undefined, Instrument["status"]>([
  ["TRADING", "trading"],
  ["END_OF_DAY", "halted"],
  ["HALT", "halted"],
  ["BREAK", "halted"],
  ["CANCEL_ONLY", "halted"],
  ["PENDING_TRADING", "halted"],
  ["PRE_SETTLE", "halted"],
  ["SETTLING", "halted"],
  ["PRE_DELIVERING", "ended"],
  ["DELIVERING", "ended"],
  ["DELIVERED", "ended"],
  ["CLOSE", "ended"]
])

/** What all instruments have in common; `suffix` tells contracts apart from what they are over. */
export const instrument = (
  listed: typeof Listed.Type,
  { status, suffix }: { readonly status: string | undefined; readonly suffix: string },
  reader: Reader
) => ({
  venue: reader.venue,
  symbol: `${listed.baseAsset}-${listed.quoteAsset}${suffix}`.toUpperCase(),
  native: listed.symbol,
  base: listed.baseAsset,
  quote: listed.quoteAsset,
  tickSize: step(listed, "PRICE_FILTER", "tickSize", reader),
  lotSize: step(listed, "LOT_SIZE", "stepSize", reader),
  status: statuses.get(status) ?? ("unknown" as const)
})

/** The list of all instruments. */
export const exchangeInfo = <A>(
  Listed: Schema.Codec<A>,
  interpret: (listed: A, reader: Reader) => ReadonlyArray<Instrument>
) =>
  Venue.body(
    Venue.kind(Struct({ symbols: Schema.Array(Listed) }), ({ symbols }, reader) =>
      symbols.flatMap((listed) => interpret(listed, reader))
    )
  )

const SpotListed = Struct({ ...Listed.fields, status: String })

export const spotInstruments = exchangeInfo(SpotListed, (listed, reader) => [
  { ...instrument(listed, { status: listed.status, suffix: "" }, reader), kind: "spot" }
])

const time = Venue.body(
  Venue.kind(Struct({ serverTime: Int }), ({ serverTime }, reader) =>
    Ticks.micros(serverTime, reader)
  )
)

const ping = Venue.body(Venue.kind(Struct({}), () => undefined))

const lastAggregated = Venue.body(
  Venue.kind(Schema.Array(Struct({ a: Int })), (listed) => listed.at(-1)?.a)
)

const lastUpdate = Venue.body(
  Venue.kind(Struct({ lastUpdateId: Int }), ({ lastUpdateId }) => lastUpdateId)
)

/** Where a market's calls are, and where they differ. */
export interface Differences {
  readonly under: string
  readonly instruments: ReturnType<typeof exchangeInfo>
  /** How many levels a snapshot can have at most and at least. */
  readonly levels: readonly [most: number, least: number]
  readonly weights: {
    readonly [K in "aggregatedTrades" | "instruments" | "lastUpdate" | "snapshot"]: number
  }
}

const query = (under: string, path: string, native: string, rest: string) =>
  `${under}/${path}?symbol=${encodeURIComponent(native)}&${rest}`

/** The calls that all markets have. */
export const calls = ({ instruments, levels, under, weights }: Differences) => {
  const [most, least] = levels
  return {
    instruments: {
      path: () => `${under}/exchangeInfo`,
      weight: weights.instruments,
      decode: instruments
    },
    snapshot: {
      path: (native, levels) => query(under, "depth", native, `limit=${levels || most}`),
      weight: weights.snapshot,
      decode: depth
    },
    aggregatedTrades: {
      path: (native, from) => query(under, "aggTrades", native, `fromId=${from}&limit=1000`),
      weight: weights.aggregatedTrades,
      decode: pastAggregated
    },
    lastTrade: {
      path: (native) => query(under, "aggTrades", native, "limit=1"),
      weight: weights.aggregatedTrades,
      decode: lastAggregated
    },
    lastUpdate: {
      path: (native) => query(under, "depth", native, `limit=${least}`),
      weight: weights.lastUpdate,
      decode: lastUpdate
    },
    time: { path: () => `${under}/time`, weight: 1, decode: time },
    ping: { path: () => `${under}/ping`, weight: 1, decode: ping }
  } satisfies Venue.Venue["calls"]
}

/** Past single trades, of markets that give them to everybody. */
export const historicalTrades = (under: string, weight: number) =>
  ({
    path: (native, from) => query(under, "historicalTrades", native, `fromId=${from}&limit=1000`),
    weight,
    decode: pastSingle
  }) satisfies Venue.Call<ReadonlyArray<Trade>>
