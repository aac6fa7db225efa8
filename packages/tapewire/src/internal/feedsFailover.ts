/** Runs a pair of feeds of which one is given at a time. */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { micros } from "../Connection.ts"
import * as Failover from "../Failover.ts"
import type { Feed } from "../Feed.ts"
import type { Monitor } from "./monitor.ts"
import * as Paths from "./feedsPaths.ts"

export interface Pair {
  readonly feeds: Readonly<Record<Failover.Path, Feed>>
  readonly monitor: Monitor
  readonly settings: Failover.Options
  /** Whether the fallback is always run. */
  readonly isWarm: boolean
  /** The feed that is given. */
  active: Failover.Path
}

interface Run {
  readonly pair: Pair
  readonly paths: Paths.Paths<Failover.Path>
  readonly scope: Scope.Scope
  readonly state: Failover.Failover
  readonly now: () => number
  standby: Fiber.Fiber<void> | undefined
  /** The feed whose batch was handed on last, and which waits until it is dealt with. */
  inHand: Failover.Path | undefined
}

/** Starts the pair, and gives what waits for its ticks. */
export const run = (pair: Pair) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const now = () => micros(clock)
    const self: Run = {
      pair,
      paths: yield* Paths.make<Failover.Path>(["primary", "fallback"]),
      scope: yield* Effect.scope,
      state: Failover.make(pair.settings, now()),
      now,
      standby: undefined,
      inHand: undefined
    }
    pair.active = "primary"
    yield* Effect.forkScoped(self.paths.run("primary", pair.feeds.primary))
    yield* Effect.forkScoped(watch(self))
    yield* stand(self)
    return self
  }).pipe(Effect.map(pull))

/** Tells when the primary may have been silent for too long. */
const watch = ({ now, pair, paths, state }: Run) =>
  Effect.suspend(() => {
    const { unhealthyAfter } = pair.settings
    const left = (state.heardAt.primary ?? now()) + unhealthyAfter - now()
    const wait = left > 0 ? left : unhealthyAfter
    return Effect.andThen(Effect.sleep(Duration.millis(wait / 1000)), paths.due)
  }).pipe(Effect.forever)

/** Runs the fallback while there is a use for it. */
const stand = (self: Run): Effect.Effect<void> => {
  const { now, pair, paths, scope, standby, state } = self
  const isWanted =
    pair.isWarm || state.active === "fallback" || !Failover.isHealthy(state, "primary", now())
  if (isWanted === (standby !== undefined)) return Effect.void
  if (isWanted) {
    return paths.run("fallback", pair.feeds.fallback).pipe(
      Effect.forkIn(scope),
      Effect.map((fiber) => {
        self.standby = fiber
      })
    )
  }
  self.standby = undefined
  Failover.stop(state, "fallback")
  standby?.interruptUnsafe()
  return Effect.void
}

const pull = (self: Run) =>
  Effect.gen(function* () {
    const { now, pair, paths, state } = self
    const { monitor } = pair
    while (true) {
      // A feed that was made to wait was not silent.
      if (self.inHand !== undefined) state.heardAt[self.inHand] = now()
      self.inHand = undefined
      const happening = yield* paths.take
      if (happening._tag === "Ended" && happening.path === "primary") return yield* Cause.done()
      const { switched, ticks } = handle(self, happening)
      if (switched !== undefined) {
        const from = pair.active
        pair.active = switched.to
        const { venue } = pair.feeds.primary
        yield* monitor.tell({ _tag: "Switched", venue, at: now(), from, ...switched })
      }
      yield* stand(self)
      if (!Arr.isReadonlyArrayNonEmpty(ticks)) continue
      monitor.count(ticks)
      return ticks
    }
  })

const handle = (self: Run, happening: Paths.Happening<Failover.Path>): Failover.Outcome => {
  const { now, state } = self
  switch (happening._tag) {
    case "Ticks":
      self.inHand = happening.path
      return Failover.step(state, happening.path, happening.ticks, now())
    case "Down":
    case "Ended":
      return Failover.down(state, happening.path, now())
    case "Due":
      return Failover.due(state, now())
  }
}
