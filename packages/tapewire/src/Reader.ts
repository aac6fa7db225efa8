/**
 * What a venue's decoder needs to know besides the text: when it came, what the venue's names mean,
 * and how a decimal becomes a number and a number a time.
 *
 * @since 0.1.0
 */
import * as Decimal from "./Decimal.ts"
import type { Instrument } from "./Instrument.ts"

/**
 * @since 0.1.0
 */
export interface Reader {
  readonly venue: string
  /** When the text came, in microseconds since the Unix epoch. */
  received: number
  /** Makes the names of more instruments known. */
  readonly add: (instruments: ReadonlyArray<Pick<Instrument, "native" | "symbol">>) => void
  /** The canonical symbol for a native one; `undefined` where nobody asked for it. */
  readonly symbol: (native: string) => string | undefined
  /**
   * The number nearest to a decimal text. A text that is none gives `NaN` and fails what is being
   * decoded; a value that had to be rounded is counted.
   */
  readonly decimal: (text: string) => number
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

/**
 * @since 0.1.0
 */
export const make = (
  venue: string,
  instruments: ReadonlyArray<Pick<Instrument, "native" | "symbol">>
): Reader => {
  const symbols = new Map<string, string>()
  const add: Reader["add"] = (instruments) => {
    for (const { native, symbol } of instruments) symbols.set(native, symbol)
  }
  add(instruments)
  let invalid: string | undefined
  let inexact = 0
  return {
    venue,
    received: 0,
    add,
    symbol: (native) => symbols.get(native),
    decimal: (text) => {
      const value = Decimal.read(text)
      if (Number.isNaN(value)) invalid ??= `${JSON.stringify(text.slice(0, 100))} is not a decimal`
      else if (!Decimal.isExact(text)) inexact++
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
