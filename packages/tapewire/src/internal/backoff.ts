/** The waits between attempts. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"

export interface Options {
  readonly firstWait?: Duration.Input | undefined
  readonly longestWait?: Duration.Input | undefined
  readonly attempts?: number | undefined
}

/** A random part of a wait. */
export const part = (wait: Duration.Duration): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (part) => Duration.times(wait, part))

/** Waits that double up to a longest one, each cut to a random part of itself. */
export const make = (options?: Options) =>
  Schedule.min([
    Schedule.exponential(options?.firstWait ?? "1 second"),
    Schedule.spaced(options?.longestWait ?? "60 seconds")
  ]).pipe(
    Schedule.modifyDelay(({ duration }) => part(duration)),
    Schedule.upTo({ times: (options?.attempts ?? 10) - 1 })
  )
