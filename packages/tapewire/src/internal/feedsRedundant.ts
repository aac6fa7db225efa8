/** Runs two feeds of which the first to say something is given. */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as BookState from "../BookState.ts"
import type { Feed } from "../Feed.ts"
import * as Redundant from "../Redundant.ts"
import type { Tick } from "../Tick.ts"
import * as Paths from "./feedsPaths.ts"
import type { Monitor } from "./monitor.ts"

export interface Pair {
  readonly a: Feed
  readonly b: Feed
  readonly monitor: Monitor
  /** Of the latest run. */
  state: Redundant.Redundant
}

/** Starts both, and gives what waits for their ticks. */
export const run = (pair: Pair, window: number) =>
  Effect.map(Paths.sideBySide(pair), (paths) => {
    pair.state = Redundant.make(window)
    return firsts(pair, paths, pair.state)
  })

/** Waits for what one of the paths is the first to give. */
const firsts = (pair: Pair, paths: Paths.Paths<Redundant.Path>, state: Redundant.Redundant) =>
  Effect.gen(function* () {
    while (true) {
      const happening = yield* paths.take
      const out: Array<Tick> = []
      if (happening._tag === "Ticks") {
        const { path, ticks } = happening
        const book = (symbol: string) => BookState.snapshot(pair[path].book(symbol))
        Redundant.step(state, path, ticks, book, out)
      } else if (happening._tag !== "Due") Redundant.down(state, happening.path, out)
      if (!Arr.isReadonlyArrayNonEmpty(out)) continue
      pair.monitor.count(out)
      return out
    }
  })
