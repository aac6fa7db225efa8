/** When what was recorded is due, in batches short enough that nothing is late. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Tick } from "../Tick.ts"
import type { Wire } from "../Wire.ts"

/** What came within this many microseconds, in the time of the replay, goes together. */
const window = 10_000

const maxBatch = 1024

/** Recorded, with the time of receipt. */
type Timed = Tick | Wire

const timeOf = (record: Timed): number => ("received" in record ? record.received : record.at)

export interface Pace {
  /** Where the batch that begins at an index ends. */
  readonly end: (records: ReadonlyArray<Timed>, from: number) => number
  /** Waits until a record is due. */
  readonly until: (record: Timed) => Effect.Effect<void>
}

/**
 * Starts the clock of a replay at the first record waited for. Time that goes on or back by more
 * than the longest pause is a cut in the recording, at which the clock starts anew.
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
      end: (records, from) => {
        const last = Math.min(records.length, from + maxBatch)
        const first = records[from]
        if (!isPaced || first === undefined) return last
        const until = timeOf(first) + window * speed
        let time = timeOf(first)
        let index = from + 1
        for (; index < last; index++) {
          const record = records[index]
          const next = record === undefined ? time : timeOf(record)
          // Where time goes back, the last of a batch would not be its latest.
          if (next < time || next > until) break
          time = next
        }
        return index
      },
      until: (record) => {
        if (!isPaced) return Effect.void
        const time = timeOf(record)
        const now = clock.monotonicTimeNanosUnsafe()
        if (previous === undefined || Math.abs(time - previous) > pause) {
          origin = time
          started = now
        }
        previous = time
        const wait = (time - origin) / speed / 1000 - Number(now - started) / 1e6
        return wait > 0 ? Effect.sleep(Duration.millis(wait)) : Effect.void
      }
    }
  })
