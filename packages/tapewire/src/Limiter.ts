/**
 * At most so many in any stretch of time: an exact sliding window on a `Semaphore`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Rate } from "./Venue.ts"

/**
 * @since 0.1.0
 */
export interface Limiter {
  /** Waits until as much as this may be used, and uses it. */
  readonly take: (weight: number) => Effect.Effect<void>
}

/**
 * A limiter for a rate. A permit comes back one window after it was taken, for as long as the scope
 * is open. What weighs more than the whole window takes the whole window.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* ({ count, per }: Rate) {
  const scope = yield* Effect.scope
  const semaphore = yield* Semaphore.make(count)
  const take = (weight: number) =>
    Effect.uninterruptibleMask((restore) => {
      const permits = Math.min(weight, count)
      const giveBack = Effect.andThen(Effect.sleep(per), semaphore.release(permits))
      return restore(semaphore.take(permits)).pipe(
        Effect.andThen(Effect.forkIn(giveBack, scope, { startImmediately: true })),
        Effect.asVoid
      )
    })
  return { take } satisfies Limiter
})
