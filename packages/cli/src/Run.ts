/**
 * How long a command works.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { Stop } from "./Signals.ts"

/**
 * Works until it is done or the process is asked to stop.
 *
 * @since 0.1.0
 */
export const untilStopped = <E, R>(work: Effect.Effect<void, E, R>) =>
  Effect.flatMap(Stop, (stop) => Effect.raceFirst(work, stop))

/**
 * Runs feeds until they end, the reader has had enough, or the process is asked to stop. What was
 * read by then still reaches the reader, who ends when the feeds have.
 *
 * @since 0.1.0
 */
export const feed = Effect.fnUntraced(function* <E, E2, R, R2>(
  feeds: Effect.Effect<void, E, R>,
  reader: Effect.Effect<void, E2, R2>
) {
  const reading = yield* Effect.forkChild(reader)
  const running = yield* Effect.forkChild(feeds)
  yield* untilStopped(Effect.asVoid(Effect.raceFirst(Fiber.await(running), Fiber.await(reading))))
  yield* Fiber.interrupt(running)
  yield* Fiber.join(reading)
  // Feeds that failed end their readers first, and so may only seem to have been interrupted.
  const exit = yield* Fiber.await(running)
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) return yield* exit
})
