/** The latest ids of a series, so many and no more. */
import type { TradeId } from "../Tick.ts"

export interface Noted {
  /** Rises with the series: the id where it is a number, else the venue's time. */
  readonly rank: number | undefined
}

export interface Window<V extends Noted> {
  readonly entries: Map<TradeId, V>
  /** The highest rank of those forgotten. */
  floor: number
}

export const make = <V extends Noted>(): Window<V> => ({
  entries: new Map(),
  floor: Number.NEGATIVE_INFINITY
})

/** Remembers an id, and forgets the oldest beyond a limit. */
export const note = <V extends Noted>(
  self: Window<V>,
  id: TradeId,
  value: V,
  limit: number
): void => {
  const { entries } = self
  entries.set(id, value)
  if (entries.size <= limit) return
  for (const [oldest, { rank }] of entries) {
    entries.delete(oldest)
    if (rank !== undefined && rank > self.floor) self.floor = rank
    break
  }
}

/** Whether it may have been noted and forgotten. */
export const isBeyond = <V extends Noted>({ floor }: Window<V>, { rank }: Noted): boolean =>
  rank !== undefined && rank <= floor
