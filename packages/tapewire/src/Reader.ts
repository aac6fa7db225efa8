/**
 * What a venue's decoder needs to know besides the text: when it came, what the venue's names mean,
 * and how a decimal becomes a number and a number a time.
 *
 * @since 0.1.0
 */
import * as Decimal from "./Decimal.ts"
import * as Instant from "./Instant.ts"
import type { Instrument } from "./Instrument.ts"

/**
 * What is known of an instrument: its names at least.
 *
 * @since 0.1.0
 */
export type Known = Pick<Instrument, "native" | "symbol"> & Partial<Instrument>

/**
 * @since 0.1.0
 */
export interface Reader {
  readonly venue: string
  /** When the text came, in microseconds since the Unix epoch. */
  received: number
  /** Makes the names of more instruments known. */
  readonly add: (instruments: ReadonlyArray<Known>) => void
  /** The canonical symbol for a native one; `undefined` where nobody asked for it. */
  readonly symbol: (native: string) => string | undefined
  /** The instrument of a native symbol; `undefined` where nobody asked for it. */
  readonly instrument: (native: string) => Known | undefined
  /** The topics the venue gave short names to on the connection that the text came on. */
  topics: ReadonlyMap<number | string, string>
  /**
   * The number nearest to a decimal text. A text that is none gives `NaN` and fails what is being
   * decoded; a value that had to be rounded is counted.
   */
  readonly decimal: (text: string) => number
  /** A value that was calculated. One that is not finite fails what is being decoded. */
  readonly finite: (value: number) => number
  /**
   * A number that JSON wrote without quotes, of which only what a float64 holds is left: it is
   * counted as rounded where it has more than the 15 digits that are surely the venue's.
   */
  readonly number: (value: number) => number
  /** A time as text in microseconds; see `Instant.read`. What is none fails what is being decoded. */
  readonly instant: (text: string) => number
  /**
   * A time in microseconds, rounded down to a whole one. What is further from the epoch than whole
   * numbers are exact fails what is being decoded.
   */
  readonly micros: (time: number) => number
  /** What was wrong first since the last call. */
  readonly takeInvalid: () => string | undefined
  /** How many values had to be rounded since the last call. */
  readonly takeInexact: () => number
}

/** Where the venue gave no short names. */
const unnamed: Reader["topics"] = new Map()

/**
 * @since 0.1.0
 */
export const make = (venue: string, instruments: ReadonlyArray<Known>): Reader => {
  const known = new Map<string, Known>()
  const add: Reader["add"] = (instruments) => {
    for (const instrument of instruments) known.set(instrument.native, instrument)
  }
  add(instruments)
  let invalid: string | undefined
  let inexact = 0
  return {
    venue,
    received: 0,
    add,
    symbol: (native) => known.get(native)?.symbol,
    instrument: (native) => known.get(native),
    topics: unnamed,
    decimal: (text) => {
      const value = Decimal.read(text)
      if (Number.isNaN(value)) invalid ??= `${JSON.stringify(text.slice(0, 100))} is not a decimal`
      else if (!Decimal.isExact(text)) inexact++
      return value
    },
    number: (value) => {
      if (!Number.isFinite(value)) invalid ??= `${value} is not a decimal`
      else if (!Decimal.isShort(value)) inexact++
      // A negative zero is zero.
      return value + 0
    },
    instant: (text) => {
      const time = Instant.read(text)
      if (Number.isNaN(time)) invalid ??= `${JSON.stringify(text.slice(0, 100))} is not a time`
      return time
    },
    finite: (value) => {
      if (!Number.isFinite(value)) invalid ??= `${value} is not a value`
      return value
    },
    micros: (time) => {
      const whole = Math.floor(time)
      if (!Number.isSafeInteger(whole)) invalid ??= `${time} is not a time`
      return whole
    },
    takeInvalid: () => {
      const detail = invalid
      invalid = undefined
      return detail
    },
    takeInexact: () => {
      const count = inexact
      inexact = 0
      return count
    }
  }
}
