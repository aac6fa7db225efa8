/**
 * What a venue's decoder needs to know besides the text: when it came, what the venue's names mean,
 * and how a decimal becomes a number.
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
  /** The canonical symbol for a native one; `undefined` where nobody asked for it. */
  readonly symbol: (native: string) => string | undefined
  /**
   * The number nearest to a decimal text. A text that is none gives `NaN` and fails what is being
   * decoded; a value that had to be rounded is counted.
   */
  readonly decimal: (text: string) => number
  /** The first text since the last call that is no decimal. */
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
  const symbols = new Map(instruments.map(({ native, symbol }) => [native, symbol]))
  let invalid: string | undefined
  let inexact = 0
  return {
    venue,
    received: 0,
    symbol: (native) => symbols.get(native),
    decimal: (text) => {
      const value = Decimal.read(text)
      if (Number.isNaN(value)) invalid ??= text
      else if (!Decimal.isExact(text)) inexact++
      return value
    },
    takeInvalid: () => {
      const text = invalid
      invalid = undefined
      return text
    },
    takeInexact: () => {
      const count = inexact
      inexact = 0
      return count
    }
  }
}
