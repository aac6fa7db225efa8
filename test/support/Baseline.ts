/**
 * Holds the tests of a file to giving back what they take: after each, sockets, servers, processes,
 * timers and fibers are as many as before it.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { afterEach, assert, beforeEach } from "vitest"

type Counts = Readonly<Record<string, number>>

let fibers = 0

/** Has the fibers counted of whoever is given it, and of those they start. */
export const layer = Layer.succeed(Metric.FiberRuntimeMetrics)({
  recordFiberStart: () => {
    fibers++
  },
  recordFiberEnd: () => {
    fibers--
  }
})

/** What keeps the process alive, by kind, and the fibers that are counted. */
const counts = (): Counts => {
  const found: Record<string, number> = { fibers }
  for (const kind of process.getActiveResourcesInfo()) found[kind] = (found[kind] ?? 0) + 1
  return found
}

/** What there is more of than before. */
const more = (before: Counts): Counts =>
  Object.fromEntries(
    Object.entries(counts()).flatMap(([kind, count]) => {
      const over = count - (before[kind] ?? 0)
      return over > 0 ? [[kind, over]] : []
    })
  )

/** Whether nothing is left over, for which a socket that closes is given a few turns. */
const isBack = (before: Counts) =>
  Effect.sync(() => Object.keys(more(before)).length === 0).pipe(
    Effect.repeat({ until: (is) => is, times: 500, schedule: Schedule.spaced("2 millis") })
  )

/** Opened when they are first asked for, and never closed. */
const isOpen = () => [process.stdin, process.stdout, process.stderr].every(Boolean)

/** Looks before and after every test of the file. */
export const hold = (): void => {
  assert.isTrue(isOpen())
  let before: Counts = {}
  beforeEach(() => {
    before = counts()
  })
  afterEach(() =>
    Effect.runPromise(
      Effect.map(isBack(before), () =>
        assert.deepStrictEqual(more(before), {}, "something was not given back")
      )
    )
  )
}
