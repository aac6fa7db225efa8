/** A book that is followed on one of two paths. */
import type { BookDelta, BookSnapshot } from "../Tick.ts"

export interface Chain {
  path: "a" | "b"
  /** Whether the next update does not follow on what was handed on. */
  broken: boolean
  /** The last update handed on. */
  last: number | undefined
  /** When the other path first gave an update after the last one handed on. */
  aheadSince: number | undefined
}

/** Begins with the first book that is given whole. */
export const make = (path: Chain["path"]): Chain => ({
  path,
  broken: true,
  last: undefined,
  aheadSince: undefined
})

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
  if (!chain.broken) {
    // A path that repeats is not ahead, and its book would be an older one.
    if (isPast) return undefined
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
