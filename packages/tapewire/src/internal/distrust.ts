/** Tells a connection that gives nonsense from one that gave some. */

/** How many frames without a meaning, within how many microseconds, are too many. */
const most = 5
const window = 10_000_000

export interface Distrust {
  /** Takes note of a frame without a meaning, and tells whether it was one too many. */
  readonly note: (connection: number, at: number) => boolean
  /** Forgets a connection that has ended. */
  readonly forget: (connection: number) => void
}

export const make = (): Distrust => {
  const times = new Map<number, Array<number>>()
  return {
    forget: (connection) => void times.delete(connection),
    note: (connection, at) => {
      const recent = (times.get(connection) ?? []).filter((time) => at - time < window)
      recent.push(at)
      times.set(connection, recent)
      if (recent.length <= most) return false
      times.delete(connection)
      return true
    }
  }
}
