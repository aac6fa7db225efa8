/**
 * What a reader costs: batches of 64 ticks to three readers through a `Tape`, against handing the
 * same batches to three functions. Prints nanoseconds a tick and reader.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Feed } from "tapewire/Feed"
import * as Tape from "tapewire/Tape"
import type { Tick } from "tapewire/Tick"

const isShort = process.argv.includes("--short")
const batches = isShort ? 2000 : 20_000
const readers = 3

/** One and the same value: only handing it on is measured. */
const tick: Tick = {
  _tag: "Trade",
  venue: "none",
  symbol: "NONE",
  received: 1,
  id: 1,
  price: 1,
  size: 1,
  side: "buy"
}
const batch = Array.from({ length: 64 }, () => tick) as [Tick, ...Array<Tick>] // 64 of them

const feed: Feed = {
  venue: "none",
  provenance: "recorded",
  subscriptions: [],
  subscribe: () => Effect.void,
  unsubscribe: () => Effect.void,
  ticks: Stream.range(1, batches).pipe(
    Stream.rechunk(1),
    Stream.flatMap(() => Stream.fromArray(batch))
  ),
  events: Stream.empty,
  gaps: Effect.succeed([]),
  contiguous: [],
  status: Effect.never,
  book: () => undefined
}

let seen = 0
const read = (ticks: ReadonlyArray<Tick>) => {
  for (const { received } of ticks) seen += received
}

const throughTape = Effect.gen(function* () {
  const tape = yield* Tape.make([feed])
  for (let index = 0; index < readers; index++) {
    const reader = yield* tape.reader({ policy: "suspend" })
    yield* Effect.forkScoped(
      Stream.runForEachArray(reader.ticks, (ticks) => Effect.sync(() => read(ticks)))
    )
  }
  yield* tape.run
}).pipe(Effect.scoped)

const direct = Stream.runForEachArray(feed.ticks, (ticks) =>
  Effect.sync(() => {
    for (let index = 0; index < readers; index++) read(ticks)
  })
)

const measure = async (program: Effect.Effect<unknown, unknown>) => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < (isShort ? 2 : 5); round++) {
    const started = performance.now()
    await Effect.runPromise(program)
    best = Math.min(best, performance.now() - started)
  }
  return (best / (batches * batch.length * readers)) * 1e6
}

const floor = await measure(direct)
const cost = await measure(throughTape)
console.log("direct ", `${floor.toFixed(1)} ns`.padStart(8), "1.00")
console.log("readers", `${cost.toFixed(1)} ns`.padStart(8), (cost / floor).toFixed(2))
if (seen === 0) throw new Error("nothing was read")
