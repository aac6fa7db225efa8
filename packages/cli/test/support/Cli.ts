/** The command as its users run it: a process of its own. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tick from "tapewire/Tick"
import { type ChildProcess, spawn } from "node:child_process"
import { execPath } from "node:process"

const main = `${import.meta.dirname}/../../src/main.ts`

/** What a process that has ended said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits until so much was printed on standard output or standard error. */
  readonly says: (pattern: RegExp) => Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
}

export type Environment = Readonly<Record<string, string>>

/** Nothing of the surroundings of the test reaches the process. */
const surroundings: Environment = { PATH: "/usr/bin:/bin", TZ: "UTC" }

/** Starts the command, by another one where it is given, and kills it with the scope. */
export const start = (
  args: ReadonlyArray<string>,
  env: Environment = {},
  by: ReadonlyArray<string> = []
) =>
  Effect.acquireRelease(
    Effect.sync((): Running => {
      const [command = execPath, ...rest] = [...by, execPath, main, ...args]
      const child = spawn(command, rest, {
        env: { ...surroundings, ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
      const ended = Deferred.makeUnsafe<Ended>()
      const waiting = new Set<() => void>()
      let stdout = ""
      let stderr = ""
      const heard = () => {
        for (const check of waiting) check()
      }
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text
        heard()
      })
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text
        heard()
      })
      child.on("close", (code) =>
        Deferred.doneUnsafe(ended, Effect.succeed({ code, stdout, stderr }))
      )
      return {
        process: child,
        stdout: () => stdout,
        stderr: () => stderr,
        ended: Deferred.await(ended),
        says: (pattern) =>
          Effect.callback<void>((resume) => {
            const check = () => {
              if (!pattern.test(stdout) && !pattern.test(stderr)) return
              waiting.delete(check)
              resume(Effect.void)
            }
            waiting.add(check)
            check()
          }).pipe(
            Effect.raceFirst(
              Effect.flatMap(Deferred.await(ended), (end) =>
                Effect.die(`ended without saying ${pattern}: ${JSON.stringify(end)}`)
              )
            )
          )
      }
    }),
    ({ process }) => Effect.sync(() => process.kill("SIGKILL"))
  )

/** Runs the command to its end. */
export const run = (
  args: ReadonlyArray<string>,
  env?: Environment,
  by?: ReadonlyArray<string>
): Effect.Effect<Ended> => Effect.scoped(Effect.flatMap(start(args, env, by), ({ ended }) => ended))

/** The lines of a text that ends with a line break. */
export const lines = (text: string): ReadonlyArray<string> =>
  text === "" ? [] : text.replace(/\n$/, "").split("\n")

/** The ticks that were printed. */
export const ticks = (stdout: string) =>
  Effect.forEach(lines(stdout), (line) => Schema.decodeEffect(Tick.fromJson)(line))
