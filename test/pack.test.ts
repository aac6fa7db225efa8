import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

const root = `${import.meta.dirname}/..`
const packages = ["tapewire", "venues", "exchange"]

const Manifest = Schema.fromJsonString(Schema.Struct({ packageManager: Schema.String }))

const run = Effect.fnUntraced(function* (
  cwd: string,
  command: string,
  args: ReadonlyArray<string>
) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const process = yield* spawner.spawn(
    ChildProcess.make(command, args, { cwd, env: { CI: "true" }, extendEnv: true })
  )
  const output = yield* Stream.mkString(Stream.decodeText(process.all))
  assert.strictEqual(yield* process.exitCode, 0, `${command} ${args.join(" ")}\n${output}`)
  return output
}, Effect.scoped)

/**
 * A copy of what the packages are made from. Its `dist` holds what a fresh build puts there: no
 * module that was deleted since, and nothing another process is just writing.
 */
const sources = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const copy = yield* fs.makeTempDirectoryScoped({ prefix: "tapewire-pack-" })
  for (const name of packages) {
    const to = `${copy}/packages/${name}`
    yield* fs.makeDirectory(to, { recursive: true })
    const parts = ["package.json", "tsconfig.json", "src", "node_modules"]
    yield* run(`${root}/packages/${name}`, "cp", ["-a", ...parts, to])
  }
  const files = ["LICENSE", "package.json", "pnpm-workspace.yaml", "tsconfig.base.json"]
  yield* run(root, "cp", [...files, copy])
  yield* fs.symlink(yield* fs.realPath(`${root}/node_modules`), `${copy}/node_modules`)
  return copy
})

/** A project that installed the packed packages, and whose `index.ts` imports all they offer. */
const consumer = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const copy = yield* sources
  const project = yield* fs.makeTempDirectoryScoped({ prefix: "tapewire-consumer-" })
  const { packageManager } = yield* Schema.decodeEffect(Manifest)(
    yield* fs.readFileString(`${root}/package.json`)
  )
  const pnpm = (cwd: string, ...args: ReadonlyArray<string>) =>
    run(cwd, "npx", ["-y", packageManager, ...args])

  yield* run(copy, "node_modules/.bin/tsc", ["-b", "packages/venues", "packages/exchange"])
  for (const name of packages) {
    yield* pnpm(`${copy}/packages/${name}`, "pack", "--out", `${project}/${name}.tgz`)
  }

  const workspace = yield* fs.readFileString(`${root}/pnpm-workspace.yaml`)
  const effect = /^ {2}effect: (\S+)$/m.exec(workspace)?.[1]
  const modules = yield* fs.glob(`packages/{${packages.join()}}/src/*.ts`, { root: copy })
  const imports = modules.map((path, index) => {
    const [, name = "", , file = ""] = path.split("/")
    return `export * as M${index} from "${name === "tapewire" ? name : `@tapewire/${name}`}/${file.slice(0, -3)}"`
  })
  const files = {
    "package.json": JSON.stringify({
      private: true,
      type: "module",
      dependencies: {
        "@tapewire/exchange": "file:exchange.tgz",
        "@tapewire/venues": "file:venues.tgz",
        effect,
        tapewire: "file:tapewire.tgz"
      }
    }),
    "pnpm-workspace.yaml":
      "strictPeerDependencies: true\noverrides:\n  tapewire: file:tapewire.tgz\n",
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2024",
        module: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        types: [],
        noEmit: true
      }
    }),
    "index.ts": [
      `import * as Decimal from "tapewire/Decimal"`,
      ...imports,
      `console.log(Decimal.text(0.1))`
    ].join("\n")
  }
  for (const [name, text] of Object.entries(files)) {
    yield* fs.writeFileString(`${project}/${name}`, text)
  }
  yield* pnpm(project, "install", "--prefer-offline", "--no-frozen-lockfile")
  return project
})

layer(NodeServices.layer, { excludeTestServices: true })("the packed packages", (it) => {
  it.effect(
    "type-check whole in a project of their user, run there, and keep their insides closed",
    () =>
      Effect.gen(function* () {
        const project = yield* consumer
        yield* run(`${root}`, "node_modules/.bin/tsc", ["-p", project])
        assert.strictEqual(yield* run(project, process.execPath, ["index.ts"]), "0.1\n")
        const inside = yield* Effect.exit(
          run(project, process.execPath, ["--eval", `import("tapewire/internal/crc32")`])
        )
        assert.isTrue(inside._tag === "Failure")
        assert.include(`${inside}`, "ERR_PACKAGE_PATH_NOT_EXPORTED")
      }).pipe(Effect.scoped),
    60_000
  )
})
