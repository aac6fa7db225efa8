/**
 * At most so many in any stretch of time: an exact sliding window, in the order of asking.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Rate } from "./Venue.ts"

/**
 * @since 0.1.0
 */
export interface Limiter {
  /**
   * Waits until as much as this may be used, and uses it. What is urgent waits for nothing that is
   * not, and may use what is reserved for it.
   */
  readonly take: (weight: number, urgency?: "urgent") => Effect.Effect<void>
}

/** Less than a microsecond of a wait is what rounding left, and too short to be slept. */
const rounding = 0.0005

/**
 * A limiter for a rate. What is taken comes back one window later. What weighs more than the whole
 * window takes the whole window.
 *
 * @since 0.1.0
 */
export const make = (rate: Rate): Effect.Effect<Limiter> =>
  Clock.clockWith((clock) => Effect.succeed(makeUnsafe(rate, clock)))

/**
 * A limiter for a rate, by a given clock, of which as much is reserved for what is urgent.
 *
 * @since 0.1.0
 */
export const makeUnsafe = ({ count, per }: Rate, clock: Clock.Clock, reserved = 0): Limiter => {
  const window = Duration.toMillis(per)
  // Whoever waits is alone in front, so that the heavy are not overtaken for ever by the light.
  const fronts = { usual: Semaphore.makeUnsafe(1), urgent: Semaphore.makeUnsafe(1) }
  const used: Array<{ readonly at: number; readonly weight: number }> = []
  let total = 0

  const attempt = (weight: number, most: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      // By the clock that never jumps.
      const now = Number(clock.monotonicTimeNanosUnsafe()) / 1e6
      while (used[0] !== undefined && used[0].at + window <= now + rounding) {
        total -= used.shift()?.weight ?? 0
      }
      if (total + weight <= most) {
        used.push({ at: now, weight })
        total += weight
        return Effect.void
      }
      let due = now
      let left = total
      for (const { at, weight: freed } of used) {
        due = at + window
        left -= freed
        if (left + weight <= most) break
      }
      return Effect.andThen(Effect.sleep(due - now), attempt(weight, most))
    })

  return {
    take: (weight, urgency) => {
      const most = urgency === undefined ? count - reserved : count
      return fronts[urgency ?? "usual"].withPermits(1)(attempt(Math.min(weight, most), most))
    }
  }
}
