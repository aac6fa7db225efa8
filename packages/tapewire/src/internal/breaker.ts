/** Spares a host that fails again and again, and us the attempts. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Stream from "effect/Stream"
import {
  BreakerOpen,
  type Lost,
  type Rejected,
  type Silent,
  type Unreachable
} from "../FeedError.ts"
import type { Monitor } from "./monitor.ts"

export interface Breaker {
  /** Makes an attempt, unless too many in a row have failed. */
  readonly guard: <A, R>(
    attempt: Effect.Effect<A, Failure, R>
  ) => Effect.Effect<A, BreakerOpen | Failure, R>
}

/** How an attempt to hold a connection can fail. */
export type Failure = Lost | Rejected | Silent | Unreachable

export interface Options {
  readonly tripAfter?: number | undefined
  readonly openFor?: Duration.Input | undefined
}

const states = { Closed: "closed", Open: "open", HalfOpen: "half-open" } as const

/** The store of one feed, whose waits are not changed by somebody who sets the clock. */
const own = Layer.effect(
  CircuitBreaker.CircuitBreakerStore,
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const store = yield* CircuitBreaker.CircuitBreakerStore
    const nanos = () => clock.monotonicTimeNanosUnsafe()
    const millis = () => Number(nanos() / 1_000_000n)
    const monotonic = Effect.provideService(Clock.Clock, {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => clock.sleep(duration)
    })
    return {
      admit: (key) => monotonic(store.admit(key)),
      record: (result) => monotonic(store.record(result)),
      state: (key) => monotonic(store.state(key))
    }
  })
).pipe(Layer.provide(CircuitBreaker.layerStoreMemory()))

/** Feeds that are given one `CircuitBreakerStore` share what they know of a host. */
export const make = Effect.fnUntraced(function* (
  host: string,
  monitor: Pick<Monitor, "breaker">,
  options: Options | undefined
) {
  const given = yield* Effect.serviceOption(CircuitBreaker.CircuitBreakerStore)
  const store = Option.isSome(given)
    ? Layer.succeed(CircuitBreaker.CircuitBreakerStore, given.value)
    : own
  const context = yield* Layer.build(store)
  const breaker = yield* CircuitBreaker.make({
    tripPolicy: CircuitBreaker.consecutive(options?.tripAfter ?? 5),
    openDuration: options?.openFor ?? "60 seconds"
  }).pipe(Effect.provide(context))

  yield* breaker.transitions.pipe(
    Stream.runForEach(({ to }) => monitor.breaker(states[to])),
    Effect.forkScoped({ startImmediately: true })
  )

  return {
    guard: (attempt) =>
      attempt.pipe(
        breaker.execute({ key: host }),
        Effect.catchTag("CircuitBreakerError", ({ reason }) => {
          if (reason._tag === "CircuitBreakerStoreError") return Effect.die(reason)
          const waitMs =
            reason._tag === "CircuitOpen"
              ? Math.ceil(Duration.toMillis(reason.retryAfter))
              : undefined
          return Effect.fail(new BreakerOpen({ host, waitMs }))
        })
      )
  } satisfies Breaker as Breaker
})
