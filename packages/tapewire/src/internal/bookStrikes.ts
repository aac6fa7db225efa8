/** How often a book turned out wrong lately, and whether it is therefore left alone. */

import type { Cause } from "../BookState.ts"

/** So many failures within the window are too many. */
const most = 3

/** In microseconds, as all times here: 5 minutes. */
const window = 300_000_000

/** How long a book is left alone: 5 minutes. */
const rest = 300_000_000

/** So many snapshots in a row that are older than the updates that wait are too many. */
const mostOld = 10

export interface Strikes {
  /** When the book turned out wrong. */
  failures: Array<number>
  /** How many snapshots in a row were too old. */
  old: number
  /** Until when the book is left alone; 0 where it is not. */
  until: number
}

export const make = (): Strikes => ({ failures: [], old: 0, until: 0 })

/** Notes that a book turned out wrong or a snapshot too old, and tells whether that was too often. */
export const note = (self: Strikes, cause: Cause, at: number): boolean => {
  if (cause === "old") return ++self.old >= mostOld
  if (cause !== "crossed" && cause !== "checksum") return false
  self.failures = self.failures.filter((before) => at - before <= window)
  return self.failures.push(at) >= most
}

/** Leaves the book alone from now on. */
export const leave = (self: Strikes, at: number): void => {
  self.until = at + rest
  self.old = 0
}

/** Whether the book is left alone still. If it was until now, the next failure is one too many. */
export const isLeft = (self: Strikes, at: number): boolean => {
  // A clock that was put back would make it last for longer.
  if (at < self.until && at >= self.until - rest) return true
  self.until = 0
  self.failures =
    self.failures.length < most ? self.failures : Array.from({ length: most - 1 }, () => at)
  return false
}
