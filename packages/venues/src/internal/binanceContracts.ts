/** What Binance's markets of futures have in common besides what they send. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Instrument } from "tapewire/Instrument"
import * as Calls from "./binanceCalls.ts"
import { decodeFutures, speech } from "./binanceFrames.ts"

const { Int, String, Struct, optional } = Schema

const Listed = Struct({
  ...Calls.Listed.fields,
  contractType: String,
  deliveryDate: Int,
  /** In the one market. */
  status: optional(String),
  /** In the other, which counts contracts over an amount of the quote asset. */
  contractStatus: optional(String),
  contractSize: optional(Schema.Finite)
})

/** `-PERP`, or the day of delivery; none as long as the contract is not opened. */
const suffixOf = ({ contractType, deliveryDate }: typeof Listed.Type): Option.Option<string> => {
  if (contractType === "") return Option.none()
  // There are those of traditional markets, and those that are being ended.
  if (contractType.includes("PERPETUAL")) return Option.some("-PERP")
  return Option.map(
    DateTime.make(deliveryDate),
    (at) => `-${DateTime.formatIsoDateUtc(at).slice(2).replaceAll("-", "")}`
  )
}

const instruments = Calls.exchangeInfo(Listed, (listed, reader): ReadonlyArray<Instrument> => {
  const suffix = Option.getOrUndefined(suffixOf(listed))
  if (suffix === undefined) return []
  const { contractSize, contractStatus, status = contractStatus } = listed
  const kind = suffix === "-PERP" ? "perpetual" : "future"
  const common = { ...Calls.instrument(listed, { status, suffix }, reader), kind } as const
  // A step of one contract is another size at every price.
  return contractSize === undefined
    ? [common]
    : [{ ...common, lotSize: undefined, contractSize, inverse: true }]
})

/** How both are spoken to. */
export const contracts = {
  ...speech,
  decode: decodeFutures,
  limits: {
    // Ten a second, pongs among them.
    messages: { count: 1, per: "150 millis" },
    connections: { count: 300, per: "5 minutes" },
    // 2400, which both share.
    requests: { count: 1080, per: "1 minute" },
    batch: 200,
    streams: 1024
  },
  // They ping every three minutes, so they are made to answer.
  silence: "45 seconds",
  pool: { healthCheck: "20 seconds" },
  depths: [
    { levels: 1000, weight: 20 },
    { levels: 500, weight: 10 },
    { levels: 100, weight: 5 },
    { levels: 50, weight: 2 }
  ]
} as const

const intervals = "3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" ")

/** What both offer. Open interest is not sent, only answered. */
export const channels = {
  trades: ["aggregated"],
  quotes: [undefined],
  book: [undefined],
  bars: ["1m", ...intervals],
  ticker: [undefined],
  funding: [undefined],
  mark: [undefined],
  liquidations: [undefined]
} as const

/** The calls of both, which differ in where they are. */
export const calls = (under: string) =>
  Calls.calls({
    under,
    instruments,
    levels: [1000, 5],
    weights: { instruments: 1, snapshot: 20, aggregatedTrades: 20, lastUpdate: 2 }
  })
