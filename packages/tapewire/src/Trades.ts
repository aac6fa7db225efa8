/**
 * Which trades are missing and which came twice, where a venue's trade ids follow one another.
 *
 * @since 0.1.0
 */

/**
 * The last trade id of each symbol, for single and for aggregated trades.
 *
 * @since 0.1.0
 */
export interface Trades {
  readonly single: Map<string, number>
  readonly aggregated: Map<string, number>
}

/**
 * @since 0.1.0
 */
export const make = (): Trades => ({ single: new Map(), aggregated: new Map() })

/**
 * Ids that were passed over, both ends included.
 *
 * @since 0.1.0
 */
export interface Missing {
  readonly from: number
  readonly to: number
}

/**
 * Notes a trade and tells what is wrong with its id, if anything.
 *
 * @since 0.1.0
 */
export const step = (
  trades: Trades,
  symbol: string,
  aggregated: boolean,
  id: number
): Missing | "duplicate" | undefined => {
  const last = aggregated ? trades.aggregated : trades.single
  const before = last.get(symbol)
  if (before !== undefined && id <= before) return "duplicate"
  last.set(symbol, id)
  return before === undefined || id === before + 1 ? undefined : { from: before + 1, to: id - 1 }
}
