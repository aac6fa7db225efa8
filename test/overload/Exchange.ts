/** The exchange of `server.ts`, in a process of its own. */
import { Deferred, Effect, Queue, Schema, Stream } from "effect"
import { ChildProcess } from "effect/process"

/** What the exchange says once a second. */
const Told = Schema.Struct({
  /** Frames of the recording. */
  sent: Schema.Int,
  isOver: Schema.Boolean
})

export type Told = typeof Told.Type

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Union([Schema.Int, Told])))

/** Starts it, until the scope is closed. It plays once somebody has subscribed. */
export const make = Effect.fnUntraced(function* (rate: number, seconds: number) {
  const server = yield* ChildProcess.make(
    process.execPath,
    [`${import.meta.dirname}/server.ts`, `${rate}`, `${seconds}`],
    { stderr: "inherit" }
  )
  const port = yield* Deferred.make<number>()
  const told = yield* Queue.unbounded<Told>()
  yield* server.stdout.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.mapEffect((line) => Effect.orDie(decode(line))),
    Stream.runForEach((line) =>
      typeof line === "number" ? Deferred.succeed(port, line) : Queue.offer(told, line)
    ),
    Effect.forkScoped
  )
  return {
    port: yield* Deferred.await(port),
    told: Stream.takeUntil(Stream.fromQueue(told), ({ isOver }) => isOver)
  }
})
