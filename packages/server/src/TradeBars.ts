/**
 * Bars made of trades.
 *
 * A trade belongs to the interval of the venue's time of it, or of ours where the venue gives none.
 * Opening and closing prices are those of the first and last trade in the order they came.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Bar, Trade } from "tapewire/Tick"
import * as BarSeries from "./BarSeries.ts"

/**
 * The lengths of bars that are made.
 *
 * @since 0.1.0
 */
export const Interval = Schema.Literals(["1s", "1m", "5m", "15m", "1h"])

/**
 * @since 0.1.0
 */
export type Interval = typeof Interval.Type

/**
 * The microseconds of an interval.
 *
 * @since 0.1.0
 */
export const micros: { readonly [K in Interval]: number } = {
  "1s": 1_000_000,
  "1m": 60_000_000,
  "5m": 300_000_000,
  "15m": 900_000_000,
  "1h": 3_600_000_000
}

/**
 * @since 0.1.0
 */
export interface TradeBars {
  readonly interval: Interval
  readonly series: BarSeries.BarSeries
  /** The id of the trade counted last. */
  readonly id: Trade["id"] | undefined
  /** The latest time of a trade counted. */
  readonly at: number
}

/**
 * No bars yet.
 *
 * @since 0.1.0
 */
export const make = (interval: Interval): TradeBars => ({
  interval,
  series: BarSeries.empty,
  id: undefined,
  at: Number.NEGATIVE_INFINITY
})

/**
 * Counts a trade in, and forgets all but the newest `keep` bars. A bar is closed when a trade of a
 * later interval comes.
 *
 * A trade that was counted before changes nothing, as when a tape is played again: one that is not
 * later than the last, and whose id is not higher.
 *
 * @since 0.1.0
 */
export const step = (self: TradeBars, trade: Trade, keep: number): TradeBars => {
  const time = timeOf(trade)
  if (!isNews(self, trade, time)) return self
  const { interval, series } = self
  const openAt = time - (time % micros[interval])
  const { newest } = series
  const bar = BarSeries.find(series, openAt)
  const closes = newest !== undefined && openAt > newest.openAt
  const before = closes ? BarSeries.put(series, { ...newest, closed: true }, keep) : series
  const next = bar === undefined ? open(trade, interval, openAt) : extend(bar, trade)
  const closed = newest !== undefined && openAt < newest.openAt
  return {
    interval,
    series: BarSeries.put(before, { ...next, closed }, keep),
    id: trade.id,
    at: Math.max(time, self.at)
  }
}

const timeOf = ({ at, received }: Trade): number => at ?? received

const isNews = ({ at, id }: TradeBars, trade: Trade, time: number): boolean => {
  if (typeof id === "number" && typeof trade.id === "number") return trade.id > id || time > at
  return trade.id !== id && time >= at
}

const open = (trade: Trade, interval: Interval, openAt: number): Bar => ({
  _tag: "Bar",
  venue: trade.venue,
  symbol: trade.symbol,
  at: trade.at,
  received: trade.received,
  interval,
  openAt,
  closeAt: openAt + micros[interval],
  open: trade.price,
  high: trade.price,
  low: trade.price,
  close: trade.price,
  volume: trade.size,
  takerBuyVolume: bought(trade),
  trades: count(trade),
  closed: false
})

const extend = (bar: Bar, trade: Trade): Bar => ({
  ...bar,
  at: trade.at,
  received: trade.received,
  high: Math.max(bar.high, trade.price),
  low: Math.min(bar.low, trade.price),
  close: trade.price,
  volume: sum(bar.volume, trade.size),
  takerBuyVolume: sum(bar.takerBuyVolume ?? 0, bought(trade)),
  trades: (bar.trades ?? 0) + count(trade)
})

/**
 * Of decimals whose sum has up to 15 digits, exactly the sum: what floats add to it is left out.
 *
 * Up to eight places, as nearly all venues have, whole numbers do that in a tenth of the time.
 */
const sum = (a: number, b: number): number => {
  const [left, right] = [Math.round(a * 1e8), Math.round(b * 1e8)]
  const isWhole = left / 1e8 === a && right / 1e8 === b && Number.isSafeInteger(left + right)
  return isWhole ? (left + right) / 1e8 : Number((a + b).toPrecision(15))
}

const bought = ({ side, size }: Trade): number => (side === "buy" ? size : 0)

/** How many single trades a trade stands for. */
const count = ({ firstId, lastId }: Trade): number =>
  typeof firstId === "number" && typeof lastId === "number" ? lastId - firstId + 1 : 1
