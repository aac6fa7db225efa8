/** When recorded ticks are due, in batches short enough that none is late. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Tick } from "../Tick.ts"

/** Ticks that came within this many microseconds, in the time of the replay, go together. */
const window = 10_000

const maxBatch = 1024

export interface Pace {
  /** Where the batch that begins at an index ends. */
  readonly end: (ticks: ReadonlyArray<Tick>, from: number) => number
  /** Waits until a tick received at this time is due. */
  readonly until: (received: number) => Effect.Effect<void>
}

/**
 * Starts the clock of a replay at the first time waited for. Time that goes back, or on by more
 * than the longest pause, is a cut in the recording, at which the clock starts anew.
 */
export const make = (
  speed = Number.POSITIVE_INFINITY,
  longestPause: Duration.Input = "1 minute"
): Effect.Effect<Pace> =>
  Effect.map(Clock.Clock, (clock) => {
    const isPaced = Number.isFinite(speed)
    const pause = Duration.toMillis(longestPause) * 1000
    let previous: number | undefined
    let origin = 0
    let started = 0n
    return {
      end: (ticks, from) => {
        const last = Math.min(ticks.length, from + maxBatch)
        if (!isPaced) return last
        const until = (ticks[from]?.received ?? 0) + window * speed
        let index = from
        while (index < last && (ticks[index]?.received ?? 0) <= until) index++
        return index
      },
      until: (received) => {
        if (!isPaced) return Effect.void
        const now = clock.monotonicTimeNanosUnsafe()
        if (previous === undefined || received < previous || received - previous > pause) {
          origin = received
          started = now
        }
        previous = received
        const wait = (received - origin) / speed / 1000 - Number(now - started) / 1e6
        return wait > 0 ? Effect.sleep(Duration.millis(wait)) : Effect.void
      }
    }
  })
