/** Counts what the engine asks of the venue, and notes whatever goes beyond what the venue allows. */
import type { Agenda } from "./Agenda.ts"

export interface Window {
  /** Uses some of what is allowed, and notes when it is more. */
  readonly use: (weight: number) => void
}

/** At most so much in any stretch of so many milliseconds. */
export const window = (
  agenda: Agenda,
  what: string,
  most: number,
  per: number,
  note: (failure: string) => void
): Window => {
  /** What is used again as soon as it may be comes at the very end of a window, but for rounding. */
  const length = per - 0.01
  const used: Array<readonly [at: number, weight: number]> = []
  let sum = 0
  return {
    use: (weight) => {
      const now = agenda.now()
      for (let first = used[0]; first !== undefined && first[0] <= now - length; first = used[0]) {
        sum -= first[1]
        used.shift()
      }
      used.push([now, weight])
      sum += weight
      if (sum > most) note(`${sum} ${what} within ${per / 1000} s, of ${most} that are allowed`)
    }
  }
}

export interface Hold {
  /** From now on nobody is to ask, for so many milliseconds. */
  readonly begin: (millis: number) => void
  readonly isOn: () => boolean
  /** Notes when somebody asks all the same. */
  readonly check: () => void
}

/** What `Retry-After` asks for. */
export const hold = (agenda: Agenda, what: string, note: (failure: string) => void): Hold => {
  let until = Number.NEGATIVE_INFINITY
  const isOn = () => agenda.now() < until - 0.01
  return {
    begin: (millis) => {
      until = Math.max(until, agenda.now() + millis)
    },
    isOn,
    check: () => {
      if (isOn()) note(`${what} ${(until - agenda.now()) / 1000} s before that was allowed again`)
    }
  }
}
