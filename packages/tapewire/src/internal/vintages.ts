/** Tells which observations are news: the first of a day, or another value published later. */
import type { Observation } from "../Tick.ts"

export interface Vintages {
  /** Takes note of an observation, and tells whether it is news. */
  readonly note: (observation: Observation) => boolean
}

export const make = (): Vintages => {
  /** The newest by series and by the day it describes. */
  const known = new Map<string, Map<string, Observation>>()
  return {
    note: (observation) => {
      const { date, symbol, value, vintage } = observation
      const series = known.get(symbol) ?? new Map<string, Observation>()
      known.set(symbol, series)
      const last = series.get(date)
      // Days are written so that later ones compare as greater.
      const isNews =
        last === undefined ||
        vintage > last.vintage ||
        (vintage === last.vintage && value !== last.value)
      if (isNews) series.set(date, observation)
      return isNews
    }
  }
}
