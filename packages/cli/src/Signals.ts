/**
 * How the process is asked to stop, and how it ends.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Runtime from "effect/Runtime"
import node, { exit, stderr, stdout } from "node:process"

/**
 * Waits until the process is asked to stop by SIGINT or SIGTERM.
 *
 * @since 0.1.0
 */
export class Stop extends Context.Service<Stop, Effect.Effect<void>>()("@tapewire/cli/Stop") {}

/** What the shell reports of a process ended by Ctrl-C. */
const interrupted = 130

/** Returns once everything printed has been taken, or nobody is there to take it. */
const written = (stream: Pick<typeof stdout, "write">) =>
  Effect.callback<void>((resume) => {
    stream.write("", () => resume(Effect.void))
  })

/**
 * Runs the program and ends the process with the code that it gives.
 *
 * On the first SIGINT or SIGTERM the program is told by `Stop` and has 4 seconds to finish, then it
 * is interrupted and the process ends within another. A second signal ends the process at once.
 *
 * @since 0.1.0
 */
export const runMain = (program: Effect.Effect<number, never, Stop>): void => {
  const stop = Latch.makeUnsafe(false)
  const main = Effect.gen(function* () {
    const running = yield* Effect.forkDetach(Effect.provideService(program, Stop, stop.await))
    const deadline = stop.await.pipe(
      Effect.andThen(Effect.sleep("4 seconds")),
      Effect.andThen(Effect.timeoutOption(Fiber.interrupt(running), "1 second")),
      Effect.as(1)
    )
    const code = yield* Effect.raceFirst(Fiber.join(running), deadline)
    // What was printed last may still be on its way; who asks to stop does not wait for it for long.
    yield* Effect.raceFirst(
      Effect.all([written(stdout), written(stderr)]),
      Effect.andThen(stop.await, Effect.sleep("1 second"))
    )
    return code
  })
  let isAsked = false
  const onSignal = () => {
    if (isAsked) exit(interrupted)
    isAsked = true
    stop.openUnsafe()
  }
  const run = Runtime.makeRunMain(({ fiber }) => {
    node.on("SIGINT", onSignal)
    node.on("SIGTERM", onSignal)
    fiber.addObserver((result) => {
      exit(Exit.isSuccess(result) ? Number(result.value) : 1)
    })
  })
  run(main, { disableErrorReporting: true })
}
