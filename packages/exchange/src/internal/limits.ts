/** How a venue counts what its clients do. Times are in milliseconds. */
import type { Desk, Rate } from "../Desk.ts"

/** Counts in any stretch of time of a length; `false` for what is too much. */
export const sliding = ({ count, perMillis }: Rate) => {
  const taken: Array<number> = []
  return (now: number): boolean => {
    while ((taken[0] ?? now) <= now - perMillis) taken.shift()
    taken.push(now)
    return taken.length <= count
  }
}

export interface Refusal {
  readonly status: 429 | 418
  readonly retryAfterMillis: number
}

/**
 * Counts weight in stretches that follow one another by the clock, as minutes do. Who goes on asking after having been told not
 * to is banned.
 */
export const weights = ({ banMillis, count, perMillis, tolerated }: Desk["limits"]["requests"]) => {
  let begun = Number.NEGATIVE_INFINITY
  let used = 0
  let ignored = 0
  let bannedUntil = Number.NEGATIVE_INFINITY
  return (now: number, weight: number): Refusal | undefined => {
    if (now < bannedUntil) return { status: 418, retryAfterMillis: bannedUntil - now }
    if (now >= begun + perMillis) {
      begun = now - (now % perMillis)
      used = 0
      ignored = 0
    }
    used += weight
    if (used <= count) return undefined
    if (++ignored <= tolerated) return { status: 429, retryAfterMillis: begun + perMillis - now }
    bannedUntil = now + banMillis
    return { status: 418, retryAfterMillis: banMillis }
  }
}
