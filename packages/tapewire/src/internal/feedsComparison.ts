/** Runs two feeds side by side and reports how far they agree. */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Agreement from "../Agreement.ts"
import { micros } from "../Connection.ts"
import type { Feed } from "../Feed.ts"
import type { FeedError } from "../FeedError.ts"
import * as Paths from "./feedsPaths.ts"

export interface Options extends Agreement.Options {
  readonly every: Duration.Input
}

export const run = (a: Feed, b: Feed, options: Options) =>
  Effect.gen(function* () {
    const paths = yield* Paths.sideBySide({ a, b })
    yield* paths.due.pipe(Effect.delay(options.every), Effect.forever, Effect.forkScoped)
    return { clock: yield* Clock.Clock, paths, state: Agreement.make(options) }
  }).pipe(Effect.map(reports))

interface Comparison {
  readonly clock: Clock.Clock
  readonly paths: Paths.Paths<Agreement.Source>
  readonly state: Agreement.Agreement
}

type Pull = Effect.Effect<NonEmptyReadonlyArray<Agreement.Report>, FeedError | Cause.Done>

const reports = ({ clock, paths, state }: Comparison) => {
  let isOver = false
  const next = Effect.gen(function* () {
    while (true) {
      const happening = yield* paths.take
      const at = micros(clock)
      if (happening._tag === "Ticks") Agreement.step(state, happening.path, happening.ticks, at)
      else if (happening._tag === "Due") {
        Agreement.expire(state, at)
        return Arr.of(Agreement.report(state, at, false))
      }
    }
  })
  const last = Effect.sync(() => {
    isOver = true
    Agreement.end(state)
    return Arr.of(Agreement.report(state, micros(clock), true))
  })
  return Effect.suspend((): Pull =>
    isOver ? Cause.done() : Effect.catchIf(next, Cause.isDone, () => last)
  )
}
