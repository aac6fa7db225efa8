// What a newcomer does first, on what is committed: clone, run a command without installing
// anything, start the service, stop it.
import { NodeHttpClient, NodeRuntime, NodeServices, NodeSocketServer } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Layer, Schedule, Schema } from "effect"
import * as HttpClient from "effect/http/HttpClient"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as SocketServer from "effect/socket/SocketServer"

class Ended extends Data.TaggedError("Ended")<{
  readonly command: string
  readonly code: number
}> {}

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    packageManager: Schema.String,
    scripts: Schema.Struct({ start: Schema.String })
  })
)

const run = Effect.fnUntraced(function* (
  cwd: string,
  command: string,
  args: ReadonlyArray<string>
) {
  yield* Console.log(`$ ${[command, ...args].join(" ")}`)
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const code = yield* spawner.exitCode(
    ChildProcess.make(command, args, {
      cwd,
      // A pnpm started by pnpm does not look at `node_modules`; a newcomer's does.
      env: { pnpm_config_verify_deps_before_run: undefined },
      extendEnv: true,
      stdout: "inherit",
      stderr: "inherit"
    })
  )
  if (code !== 0) return yield* new Ended({ command, code })
})

const freePort = Effect.gen(function* () {
  const { address } = yield* SocketServer.SocketServer
  return address._tag === "InetAddressV4" ? address.port : yield* Effect.die(address)
}).pipe(Effect.provide(NodeSocketServer.layer({ host: "127.0.0.1", port: 0 })))

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const clone = yield* fs.makeTempDirectoryScoped({ prefix: "tapewire-clone-" })
  yield* run(clone, "git", ["clone", "--quiet", `${import.meta.dirname}/..`, "."])
  const manifest = yield* Schema.decodeEffect(Manifest)(
    yield* fs.readFileString(`${clone}/package.json`)
  )
  yield* run(clone, "npx", ["-y", manifest.packageManager, "tapewire", "venues", "--json"])

  // Without pnpm in between, which answers SIGTERM itself and hides the exit code.
  const port = yield* freePort
  const [, ...args] = manifest.scripts.start.split(" ")
  yield* Console.log(`$ ${manifest.scripts.start} --port ${port}`)
  const service = yield* ChildProcess.make(process.execPath, [...args, "--port", `${port}`], {
    cwd: clone,
    stdout: "inherit",
    stderr: "inherit"
  })
  const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
  yield* client
    .get(`http://127.0.0.1:${port}/health`)
    .pipe(Effect.retry(Schedule.spaced("100 millis")), Effect.timeout("30 seconds"))
  yield* service.kill()
  const code = yield* service.exitCode
  if (code !== 0) return yield* new Ended({ command: manifest.scripts.start, code })
  yield* Console.log("The clone installs itself, starts, answers and stops.")
}).pipe(Effect.scoped)

main.pipe(
  Effect.provide(Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerUndici)),
  NodeRuntime.runMain
)
