/**
 * What a host allows, shared by all who speak with it: every feed and every HTTP request.
 *
 * Venues count by address, not by connection, so a limit that each feed kept by itself would be
 * broken by two of them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Limiter from "./Limiter.ts"
import type { Rate } from "./Venue.ts"

/**
 * @since 0.1.0
 */
export interface Host {
  /** Its name and port, as in a URL. */
  readonly name: string
  /**
   * The limit of one kind of thing; asked for again at the same rate, it is the same limiter. A fifth
   * of that of requests is reserved for what is urgent.
   */
  readonly limit: (what: "connections" | "requests", rate: Rate) => Limiter.Limiter
  /** Leaves the host alone for so many milliseconds from now, a day at most. */
  readonly hold: (millis: number) => void
  /** For how many milliseconds it is still left alone. */
  readonly heldFor: () => number
  /** Waits until as much as this may be used of a limit and the host is not left alone, and uses it. */
  readonly take: (
    limiter: Limiter.Limiter,
    weight: number,
    urgency?: "urgent"
  ) => Effect.Effect<void>
}

/**
 * The longest that a host is left alone because it asked to be, in milliseconds: a day.
 *
 * @since 0.1.0
 */
export const longestHold = 86_400_000

/** By the clock they are kept by: time that a test makes up is nobody else's. */
const hosts = new WeakMap<Clock.Clock, Map<string, Host>>()

/**
 * The host of a URL, the same for all who ask.
 *
 * @since 0.1.0
 */
export const of = (url: string): Effect.Effect<Host> =>
  Clock.clockWith((clock) => {
    const name = nameOf(url)
    const known = hosts.get(clock) ?? new Map<string, Host>()
    hosts.set(clock, known)
    const host = known.get(name) ?? make(name, clock)
    known.set(name, host)
    return Effect.succeed(host)
  })

/**
 * The name and port of a URL.
 *
 * @since 0.1.0
 */
export const nameOf = (url: string): string => /^\w+:\/\/([^/?]+)/.exec(url)?.[1] ?? url

const make = (name: string, clock: Clock.Clock): Host => {
  const limiters = new Map<string, Limiter.Limiter>()
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  let heldUntil = 0
  // To the microsecond: what rounding leaves is too short to be slept.
  const heldFor = () => Math.max(0, Math.round((heldUntil - now()) * 1000) / 1000)
  const free: Effect.Effect<void> = Effect.suspend(() => {
    const wait = heldFor()
    return wait === 0 ? Effect.void : Effect.andThen(Effect.sleep(wait), free)
  })
  const take: Host["take"] = (limiter, weight, urgency) =>
    free.pipe(
      Effect.andThen(limiter.take(weight, urgency)),
      // Somebody may have been told to stop while we waited for our turn.
      Effect.andThen(
        Effect.suspend(() => (heldFor() === 0 ? Effect.void : take(limiter, weight, urgency)))
      )
    )
  return {
    name,
    limit: (what, rate) => {
      const key = `${what} ${rate.count} ${Duration.toMillis(rate.per)}`
      const reserved = what === "requests" ? Math.floor(rate.count / 5) : 0
      const limiter = limiters.get(key) ?? Limiter.makeUnsafe(rate, clock, reserved)
      limiters.set(key, limiter)
      return limiter
    },
    hold: (millis) => {
      heldUntil = Math.max(heldUntil, now() + Math.min(millis, longestHold))
    },
    heldFor,
    take
  }
}
