/**
 * The streams of ticks that are open, no more than the service gives at a time.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { TooManyStreams } from "./ApiError.ts"

/**
 * The most streams that are open at a time.
 *
 * @since 0.1.0
 */
export const limit = 100

/**
 * @since 0.1.0
 */
export interface Interface {
  /** Takes the lowest free place, numbered from 1, until the scope is closed. */
  readonly join: Effect.Effect<number, TooManyStreams, Scope.Scope>
  /** Waits until the service closes. */
  readonly closing: Effect.Effect<void>
  /** Asks all streams to end, and waits for it, though not for more than a second. */
  readonly close: Effect.Effect<void>
}

/**
 * The streams that are open.
 *
 * @since 0.1.0
 */
export class Streams extends Context.Service<Streams, Interface>()("@tapewire/server/Streams") {}

/**
 * @since 0.1.0
 */
export const layer: Layer.Layer<Streams> = Layer.effect(
  Streams,
  Effect.gen(function* () {
    const taken = new Set<number>()
    const closed = yield* Deferred.make<void>()
    const take = Effect.suspend(() => {
      if (taken.size >= limit) {
        const message = `${limit} streams are open, and no more are given at a time`
        return Effect.fail(new TooManyStreams({ message, limit }))
      }
      let place = 1
      while (taken.has(place)) place++
      taken.add(place)
      return Effect.succeed(place)
    })
    const empty = Effect.sync(() => taken.size === 0).pipe(
      Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("10 millis") }),
      Effect.timeoutOption("1 second")
    )
    return {
      join: Effect.acquireRelease(take, (place) => Effect.sync(() => taken.delete(place))),
      closing: Deferred.await(closed),
      close: Effect.andThen(Deferred.succeed(closed, undefined), Effect.asVoid(empty))
    }
  })
)
