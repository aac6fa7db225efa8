/** The exchange of `server.ts`, in a process of its own. */
import { Deferred, Effect, Queue, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { fromLine, type Told } from "./Told.ts"

type Listening = Extract<Told, { readonly _tag: "Listening" }>

/** Starts it, until the scope is closed. It plays once somebody has subscribed. */
export const make = Effect.fnUntraced(function* (
  seconds: number,
  rate: number,
  symbols: number,
  faults: number,
  seed: number
) {
  const server = yield* ChildProcess.make(
    process.execPath,
    [`${import.meta.dirname}/server.ts`, ...[seconds, rate, symbols, faults, seed].map(String)],
    { stderr: "inherit" }
  )
  const listening = yield* Deferred.make<Listening>()
  const told = yield* Queue.unbounded<Told>()
  yield* server.stdout.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.mapEffect((line) => Effect.orDie(fromLine(line))),
    Stream.runForEach((line) =>
      line._tag === "Listening" ? Deferred.succeed(listening, line) : Queue.offer(told, line)
    ),
    Effect.forkScoped
  )
  const { port, symbols: names } = yield* Deferred.await(listening)
  return { port, symbols: names, told: Stream.fromQueue(told) }
})
