/** A book that is followed on one of two paths. */
import type { BookDelta, BookSnapshot } from "../Tick.ts"

export interface Chain {
  path: "a" | "b"
  /** Whether the next update does not follow on what was handed on. */
  broken: boolean
  /** The last update handed on. */
  last: number | undefined
  /** When the other path first gave an update that was not handed on, though it might have been. */
  aheadSince: number | undefined
}

/** Begins with the first book that is given whole. */
export const make = (path: Chain["path"]): Chain => ({
  path,
  broken: true,
  last: undefined,
  aheadSince: undefined
})

/** Notes that the next update does not follow on. */
export const lose = (chain: Chain): void => {
  chain.broken = true
  chain.aheadSince = undefined
}

/** What of a book is handed on: the update, the book as it is after the batch, or nothing. */
export const follow = (
  chain: Chain,
  path: Chain["path"],
  tick: BookSnapshot | BookDelta,
  patience: number,
  book: (symbol: string) => BookSnapshot | undefined
): BookSnapshot | BookDelta | undefined => {
  const { received, sequence, symbol } = tick
  const { last } = chain
  const isPast = sequence !== undefined && last !== undefined && sequence <= last
  if (chain.path === path && !chain.broken) {
    if (isPast && tick._tag === "BookDelta") return undefined
    chain.last = sequence
    chain.aheadSince = undefined
    return tick
  }
  // A path that repeats is not ahead.
  if (isPast && !chain.broken) return undefined
  // Nor is a book that was lost taken from a path that is behind, while that may yet catch up.
  if (!chain.broken || (isPast && path !== chain.path)) {
    chain.aheadSince ??= received
    if (received - chain.aheadSince < patience) return undefined
  }
  const whole = tick._tag === "BookSnapshot" ? tick : book(symbol)
  if (whole === undefined) return undefined
  chain.path = path
  chain.broken = false
  chain.last = whole.sequence
  chain.aheadSince = undefined
  return whole
}
