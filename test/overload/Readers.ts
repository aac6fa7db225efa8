/** Readers of every pace and policy, each of which counts for itself what it is given. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Overrun, type Policy, type Stats } from "tapewire/Subscriber"
import type * as Tape from "tapewire/Tape"
import type { TapeWriter } from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import type { Check } from "./Check.ts"

/** What became of a reader, by the tape's account and by its own. */
export interface Account extends Stats {
  readonly given: number
  /** With what reading ended, if it failed. */
  readonly error: unknown
}

interface Kind {
  readonly name: string
  readonly policy: Policy
  readonly capacity?: number
  readonly read: (batch: ReadonlyArray<Tick>) => Effect.Effect<void, unknown>
}

/** The slow ones read so many ticks a second, and the recorder writes to a file. */
const kinds = (slow: number, file: TapeWriter): ReadonlyArray<Kind> => {
  const slowly: Kind["read"] = ({ length }) => Effect.sleep((length / slow) * 1000)
  return [
    { name: "fast", policy: "drop-oldest", read: () => Effect.void },
    { name: "slow", policy: "drop-oldest", read: slowly },
    { name: "slow screen", policy: "conflate", read: slowly },
    { name: "never reads", policy: "drop-oldest", read: () => Effect.never },
    // As `tapewire record --level ticks` does.
    { name: "recorder", policy: "suspend", capacity: 100_000, read: file.ticks },
    { name: "slow recorder", policy: "suspend", read: slowly }
  ]
}

/** Lets them read until the scope is closed, and gives what waits until the recorders are done. */
export const start = Effect.fnUntraced(function* (
  tape: Tape.Interface,
  slow: number,
  file: TapeWriter
) {
  const readers = yield* Effect.forEach(
    kinds(slow, file),
    Effect.fnUntraced(function* ({ read, ...options }) {
      const { stats, ticks } = yield* tape.reader(options)
      let given = 0
      let error: unknown
      const fiber = yield* Stream.runForEachArray(ticks, (batch) => {
        given += batch.length
        return read(batch)
      }).pipe(
        Effect.catch((failure) =>
          Effect.sync(() => {
            error = failure
          })
        ),
        Effect.forkScoped({ startImmediately: true })
      )
      const account = Effect.map(stats, (stats): Account => ({ ...stats, given, error }))
      const isRecorder = options.policy === "suspend"
      return { account: isRecorder ? Effect.andThen(Fiber.join(fiber), account) : account }
    })
  )
  return { accounts: Effect.forEach(readers, ({ account }) => account) }
})

/** In one line. */
export const print = (account: Account): string => {
  const { delivered, dropped, error, name, offered, policy, waiting } = account
  const counts = `offered ${offered}, delivered ${delivered}, dropped ${dropped}, waiting ${waiting}`
  return `${name.padEnd(14)}${policy.padEnd(12)}${counts}${error === undefined ? "" : ` (${String(error)})`}`
}

/** What must hold of a reader, of all ticks that there were. */
export const checks = (account: Account, ticks: number): ReadonlyArray<Check> => {
  const { delivered, dropped, error, given, name, offered, overrun, policy, waiting } = account
  const law: Check = [
    offered === delivered + dropped + waiting &&
      delivered === given &&
      (overrun ? offered <= ticks : offered === ticks),
    `${name}: offered = delivered + dropped + waiting, to the tick`
  ]
  if (policy !== "suspend") return [law]
  const isHonest = overrun
    ? error instanceof Overrun && error.dropped === dropped
    : error === undefined && dropped === 0
  return [law, [isHonest, `${name}: lost nothing, or failed and said how much it lost`]]
}
