// Runs every benchmark of the workspace, one process after another, and hands on its arguments.
// A benchmark is a program directly in `packages/*/benchmark`, but for `adapter.ts`, which
// takes its server and count as arguments.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Stdio } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

class BenchmarkFailed extends Data.TaggedError("BenchmarkFailed")<{
  readonly file: string
  readonly code: number
}> {}

const cwd = `${import.meta.dirname}/..`

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const stdio = yield* Stdio.Stdio
  const args = yield* stdio.args
  for (const file of yield* fs.glob("packages/*/benchmark/*.ts", { root: cwd })) {
    if (file.endsWith("/adapter.ts")) continue
    yield* Console.log(`\n# ${file}\n`)
    const program = ChildProcess.make(process.execPath, [file, ...args], {
      cwd,
      stdout: "inherit",
      stderr: "inherit"
    })
    const code = yield* spawner.exitCode(program)
    if (code !== 0) return yield* new BenchmarkFailed({ file, code })
  }
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
