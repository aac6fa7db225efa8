/**
 * Binance USD-M futures, from the side of the exchange: as Binance spot, with other addresses,
 * limits and weights.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
 * @since 0.1.0
 */
import * as BinanceDesk from "./BinanceDesk.ts"
import type { Call, Desk } from "./Desk.ts"

const { desk: spot } = BinanceDesk

const minute = 60_000

const depthWeight = (limit: number) => (limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20)

const weightOf = (call: Call): number => {
  switch (call._tag) {
    case "snapshot":
      return depthWeight(call.limit)
    case "aggregatedTrades":
      return 20
    default:
      return 1
  }
}

const call = (url: URL): Call | undefined => {
  const [, path] = /^\/fapi\/v1\/(\w+)$/.exec(url.pathname) ?? []
  // The others of these names want a key.
  if (path === undefined || path === "historicalTrades") return undefined
  const asked = spot.call(new URL(`/api/v3/${path}${url.search}`, url))
  return asked === undefined ? undefined : { ...asked, weight: weightOf(asked) }
}

/**
 * @since 0.1.0
 */
export const desk: Desk = {
  ...spot,
  venue: "binance-usdm",
  limits: {
    messages: { count: 10, perMillis: 1000, code: 1008, reason: "Too many requests" },
    connections: { count: 300, perMillis: 5 * minute },
    requests: { count: 2400, perMillis: minute, tolerated: 5, banMillis: 2 * minute }
  },
  pings: { everyMillis: 3 * minute, withinMillis: 10 * minute },
  door: (url) => {
    const [, , inner] = /^\/(public|market)(\/.*)$/.exec(url.pathname) ?? []
    return inner === undefined ? undefined : spot.door(new URL(`${inner}${url.search}`, url))
  },
  call
}
