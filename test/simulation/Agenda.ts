/** What is going to happen in the world, at times of the virtual clock. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Entry {
  readonly at: number
  readonly run: () => void
}

export interface Agenda {
  /** Milliseconds since the world began. */
  readonly now: () => number
  /** Runs something after so many milliseconds; what is due at one time, in the order it was told. */
  readonly after: (millis: number, run: () => void) => void
}

/** Sleeps on the clock until what comes first is due. */
export const make = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const fork = Effect.runForkWith(yield* Effect.context())
  const began = clock.currentTimeMillisUnsafe()
  /** Latest first. */
  const entries: Array<Entry> = []
  let armed = Number.POSITIVE_INFINITY

  /** When what was run last was due: it is never earlier than that. */
  let reached = 0
  const now = () => Math.max(reached, clock.currentTimeMillisUnsafe() - began)
  const arm = () => {
    const first = entries.at(-1)
    if (first === undefined || first.at >= armed) return
    armed = first.at
    fork(Effect.andThen(clock.sleep(Duration.millis(armed - now())), wake))
  }
  const wake = Effect.sync(() => {
    // A sleep may end a little before its time, by rounding.
    const time = now() + 0.01
    for (let first = entries.at(-1); first !== undefined && first.at <= time;) {
      entries.pop()
      reached = first.at
      first.run()
      first = entries.at(-1)
    }
    // Whoever was armed for a later time than somebody after it has nothing more to do.
    if (armed > time) return
    armed = Number.POSITIVE_INFINITY
    arm()
  })

  return {
    now,
    after: (delay, run) => {
      const at = Math.round(now() + delay)
      let index = entries.length
      while (index > 0 && (entries[index - 1]?.at ?? 0) <= at) index--
      entries.splice(index, 0, { at, run })
      arm()
    }
  } satisfies Agenda as Agenda
})
