/**
 * What a frame says and what a tick says, in one and the same line: the kind, the native symbol,
 * the venue's time in microseconds, and the values in the order of the table below. A value that is
 * missing is `-`.
 *
 * ```
 * Trade        at id price size side, then firstId lastId of an aggregated one
 * Quote        at sequence bid bidSize ask askSize
 * BookSnapshot at sequence | bids | asks
 * BookDelta    at firstSequence sequence | bids | asks
 * Bar          at interval openAt closeAt open high low close volume quoteVolume takerBuyVolume trades closed
 * Ticker       at last open high low volume quoteVolume vwap bid bidSize ask askSize trades
 * Funding      at rate nextAt
 * MarkPrice    at price index
 * OpenInterest at size
 * Liquidation  at price size side
 * Observation  at date value vintage
 * ```
 */
import * as Decimal from "tapewire/Decimal"
import type { Level, Tick } from "tapewire/Tick"

/** A decimal without exponent and trailing zeros, digit for digit; what is no decimal stays. */
export const plain = (text: string): string => {
  if (/^(?:[1-9]\d*|0)(?:\.\d*[1-9])?$/.test(text)) return text
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  if (whole === "" || (fraction === "" && exponent === "0")) return text
  // A part of an id, such as `82e5463`.
  if (Math.abs(Number(exponent)) > 30) return text
  const point = whole.length + Number(exponent)
  const digits = (whole + fraction).padEnd(point, "0")
  const before = point <= 0 ? "0" : digits.slice(0, point)
  const after = point <= 0 ? "0".repeat(-point) + digits : digits.slice(point)
  const number = `${before.replace(/^0+(?=\d)/, "")}.${after}`.replace(/\.?0+$/, "")
  return number === "0" ? "0" : sign + number
}

/** A line of a kind, about a native symbol, with values as the wire has them. */
export const line = (
  kind: Tick["_tag"],
  native: string,
  ...values: ReadonlyArray<string | undefined>
): string =>
  [kind, native, ...values.map((value) => (value === undefined ? "-" : plain(value)))].join(" ")

/** The numbers of a text, in their order. */
export const decimals = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/(?<![\w.])-?\d[\d.]*(?:[eE][+-]?\d+)?/g), ([number]) => plain(number))

/**
 * The levels of one side of a book, from any text in which their numbers stand in order. Digits
 * within a word, such as a hash, are no number.
 */
export const levels = (text: string): string => decimals(text).join(" ")

export const text = (value: number | string | boolean | undefined): string => {
  if (value === undefined) return "-"
  return typeof value === "number" ? Decimal.text(value) : String(value)
}

const side = (levels: ReadonlyArray<Level>): string => levels.flat().map(text).join(" ")

const valuesOf = (tick: Tick): ReadonlyArray<number | string | boolean | undefined> => {
  switch (tick._tag) {
    case "Trade": {
      const { firstId, id, lastId, price, side, size } = tick
      return [id, price, size, side, ...(firstId === undefined ? [] : [firstId, lastId])]
    }
    case "Quote":
      return [tick.sequence, tick.bid, tick.bidSize, tick.ask, tick.askSize]
    case "BookSnapshot":
      return [tick.sequence, "|", side(tick.bids), "|", side(tick.asks)]
    case "BookDelta":
      return [tick.firstSequence, tick.sequence, "|", side(tick.bids), "|", side(tick.asks)]
    case "Bar": {
      const { closeAt, interval, openAt } = tick
      const prices = [tick.open, tick.high, tick.low, tick.close]
      const volumes = [tick.volume, tick.quoteVolume, tick.takerBuyVolume]
      return [interval, openAt, closeAt, ...prices, ...volumes, tick.trades, tick.closed]
    }
    case "Ticker": {
      const prices = [tick.last, tick.open, tick.high, tick.low]
      const best = [tick.bid, tick.bidSize, tick.ask, tick.askSize]
      return [...prices, tick.volume, tick.quoteVolume, tick.vwap, ...best, tick.trades]
    }
    case "Funding":
      return [tick.rate, tick.nextAt]
    case "MarkPrice":
      return [tick.price, tick.index]
    case "OpenInterest":
      return [tick.size]
    case "Liquidation":
      return [tick.price, tick.size, tick.side]
    case "Observation":
      return [tick.date, tick.value, tick.vintage]
    case "Gap":
      return [tick.cause]
  }
}

/** What a tick says, of a symbol by its native name. */
export const ofTick = (tick: Tick, native: string): string =>
  [tick._tag, native, ...[tick.at, ...valuesOf(tick)].map(text)].join(" ")

const notWritten = new Set([
  "at",
  "received",
  "openAt",
  "closeAt",
  "nextAt",
  "sequence",
  "firstSequence"
])

/** The prices, sizes and the like of a tick, which the wire has digit for digit. */
export const numbersOf = (tick: Tick): ReadonlyArray<number> =>
  Object.entries(tick).flatMap(([name, value]) => {
    if (notWritten.has(name)) return []
    if (typeof value === "number") return [value]
    return Array.isArray(value) ? value.flat() : []
  })
