/** Holds connections for some subscriptions, one after the other, for as long as that is of use. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Connection from "../Connection.ts"
import { type BreakerOpen, FeedError, Lost, type Reason } from "../FeedError.ts"
import type { Failure } from "./breaker.ts"
import * as Audit from "./audit.ts"
import { part } from "./backoff.ts"
import * as Lines from "./line.ts"
import type { Due, Line, Shard, Talk } from "./talk.ts"
import * as Waits from "./waits.ts"

/** A connection that can be closed before the next one is needed. */
interface Held {
  readonly line: Line
  readonly close: Effect.Effect<void>
}

/** Opens a connection in a scope of its own. */
const openHeld = (talk: Talk, shard: Shard): Effect.Effect<Held, Failure, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
      const line = yield* restore(Scope.provide(Lines.open(talk, shard), scope)).pipe(
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      return { line, close: Scope.close(scope, Exit.void) }
    })
  )

const closed = (talk: Talk, { number }: Line, reason: string) =>
  Clock.clockWith((clock) =>
    Effect.sync(() =>
      talk.inbox.push({
        _tag: "Closed",
        venue: talk.venue.id,
        connection: number,
        at: Connection.micros(clock),
        reason
      })
    )
  )

/** How often it is looked whether a new connection gives all that the old one does. */
const glance = Duration.millis(250)

/** Waits until the new connection gives what the old one does, or has had its time to. */
const caughtUp = (talk: Talk, shard: Shard, { number, roster }: Line) => {
  const isThere = () => {
    if (roster.asked.size > 0) return false
    for (const { subscription } of shard.entries.values()) {
      const heard = talk.session?.heard(subscription)
      if (heard !== undefined && heard.count > 0 && heard.connection < number) return false
    }
    return true
  }
  return Effect.suspend(() => (isThere() ? Effect.void : Effect.sleep(glance))).pipe(
    Effect.repeat({ until: isThere }),
    Effect.timeoutOption(talk.firstData)
  )
}

/** Opens a connection in the place of one that is due, and closes that one when both give the same. */
const replace = Effect.fnUntraced(function* (talk: Talk, shard: Shard, old: Held, cause: Due) {
  const { monitor, venue } = talk
  const clock = yield* Clock.Clock
  const audit = Audit.make()
  let began = 0n
  let areBoth = false
  let isOldGone = false
  /** Opens another, and fails where that ends before both give the same. */
  const open = Effect.gen(function* () {
    const next = yield* openHeld(talk, shard)
    areBoth = true
    talk.audits.add(audit)
    shard.line = next.line
    began = clock.monotonicTimeNanosUnsafe()
    const ready = Effect.as(caughtUp(talk, shard, next.line), next)
    // The old one may end before its time, which is what it is replaced for.
    const alone = Effect.as(Effect.ignore(old.line.ended), next)
    return yield* Effect.raceAllFirst([ready, alone, next.line.ended]).pipe(
      Effect.tapError(({ message }) =>
        Effect.andThen(next.close, closed(talk, next.line, message)).pipe(
          Effect.andThen(
            Effect.sync(() => {
              areBoth = false
              talk.audits.delete(audit)
              shard.line = old.line
            })
          )
        )
      )
    )
  })
  const oldEnded = Effect.catch(old.line.ended, (reason) => {
    isOldGone = true
    return areBoth ? Effect.never : Effect.fail(reason)
  })
  const schedule = Schedule.min([
    Schedule.exponential("1 second"),
    Schedule.spaced("60 seconds")
  ]).pipe(
    Schedule.setInputType<Failure>(),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.map(part(duration), (wait) =>
        Duration.max(wait, Duration.millis(Waits.least(input, venue)))
      )
    )
  )
  const next = yield* Effect.raceFirst(
    oldEnded,
    Effect.retry(open, { schedule, while: () => !isOldGone })
  )
  yield* old.close
  yield* closed(talk, old.line, "replaced")
  const overlap = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
  // What was read from it is dealt with before the account is given.
  yield* Effect.sleep(glance)
  talk.audits.delete(audit)
  const { duplicated, lost } = audit
  const at = Connection.micros(clock)
  yield* monitor.tell({ _tag: "Rotated", venue: venue.id, at, cause, lost, duplicated, overlap })
  return next
})

/** How long a connection must stand for the venue to be taken for there. */
const settling = Duration.seconds(5)

/** Done when a connection has stood for long enough for the venue to be there, and to be well. */
interface Stands {
  readonly shortly: Deferred.Deferred<void>
  readonly lastingly: Deferred.Deferred<void>
}

/** Holds a connection, and those that replace it, until the last of them ends. */
const hold = Effect.fnUntraced(function* (talk: Talk, shard: Shard, stands: Stands) {
  const { lifetime, options } = talk
  let held = yield* openHeld(talk, shard)
  const healthyAfter = Duration.fromInputUnsafe(options?.healthyAfter ?? "60 seconds")
  const short = Duration.min(healthyAfter, settling)
  yield* Effect.sleep(short).pipe(
    Effect.andThen(Deferred.succeed(stands.shortly, undefined)),
    Effect.andThen(Effect.sleep(Duration.subtract(healthyAfter, short))),
    Effect.andThen(Deferred.succeed(stands.lastingly, undefined)),
    Effect.forkScoped
  )
  enter(talk, shard, "running")
  shard.line = held.line
  const live = Effect.gen(function* () {
    while (true) {
      const { line } = held
      const old = Effect.as(Effect.sleep(lifetime), "age" as const)
      const cause = yield* Effect.raceAllFirst([line.ended, Deferred.await(line.due), old])
      if (talk.venue.single === true) return yield* new Lost({ code: 1000, detail: cause })
      held = yield* replace(talk, shard, held, cause)
    }
  })
  return yield* live.pipe(
    Effect.catch((reason: Failure) =>
      Effect.gen(function* () {
        shard.line = undefined
        yield* closed(talk, held.line, reason.message)
        return yield* Deferred.isDoneUnsafe(stands.lastingly)
          ? Effect.succeed<Reason>(reason)
          : Effect.fail(reason)
      })
    )
  )
}, Effect.scoped)

/** Notes what a shard is doing, and with it the feed. */
export const enter = (talk: Talk, shard: Shard, state: Shard["state"]): void => {
  shard.state = state
  const states = new Set(talk.shards.map((one) => one.state))
  const worst = (["connecting", "reconnecting"] as const).find((one) => states.has(one))
  talk.monitor.state(worst ?? "running")
}

/** Connects again whenever a connection ends, until that is of no use. */
export const run = (
  talk: Talk,
  shard: Shard,
  backoff: Schedule.Schedule<unknown>
): Effect.Effect<never, Reason> => {
  const { breaker, host, monitor, options, venue } = talk
  const firstWait = Duration.fromInputUnsafe(options?.firstWait ?? "1 second")
  const lost = (reason: Reason, wait: number) =>
    Clock.clockWith((clock) => {
      enter(talk, shard, "reconnecting")
      return monitor.tell({
        _tag: "Lost",
        venue: venue.id,
        at: Connection.micros(clock),
        detail: reason.message,
        code: reason._tag === "Lost" ? reason.code : undefined,
        retryInMillis: Math.round(wait)
      })
    })
  /** Where the host asked to be left alone, waits as long, which is no vain attempt. */
  const wanted = (
    attempt: Effect.Effect<Fiber.Fiber<Reason, Failure>, Failure>
  ): Effect.Effect<Fiber.Fiber<Reason, Failure>, Failure> =>
    Effect.catchIf(
      attempt,
      (reason) => reason._tag === "Rejected" && host.heldFor() > 0,
      (reason) => Effect.andThen(lost(reason, host.heldFor()), wanted(attempt))
    )
  /** Succeeds for the breaker once the connection has stood shortly, and goes on until it ends. */
  const attempt = Effect.gen(function* () {
    const stands = { shortly: Deferred.makeUnsafe<void>(), lastingly: Deferred.makeUnsafe<void>() }
    const first = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(hold(talk, shard, stands))
      yield* Effect.raceFirst(Deferred.await(stands.shortly), Fiber.join(fiber))
      return fiber
    })
    const connection = yield* breaker.guard(wanted(first))
    return yield* Fiber.join(connection)
  })
  return attempt.pipe(
    Effect.retry(
      backoff.pipe(
        Schedule.setInputType<BreakerOpen | Failure>(),
        Schedule.while(
          ({ input }) => new FeedError({ venue: venue.id, reason: input }).isRetryable
        ),
        Schedule.modifyDelay(({ duration, input }) =>
          Effect.succeed(Duration.max(duration, Duration.millis(Waits.least(input, venue))))
        ),
        Schedule.tap(({ duration, input }) =>
          input._tag === "BreakerOpen" ? Effect.void : lost(input, Duration.toMillis(duration))
        )
      )
    ),
    // What lasted is not held against the next attempt, but others may have lost theirs with us.
    Effect.flatMap((reason) =>
      Effect.flatMap(part(firstWait), (random) => {
        const wait = Math.max(Duration.toMillis(random), Waits.least(reason, venue))
        return Effect.andThen(lost(reason, wait), Effect.sleep(wait))
      })
    ),
    Effect.forever
  )
}
