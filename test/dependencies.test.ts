import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"

const root = `${import.meta.dirname}/..`

const Versions = Schema.optional(Schema.Record(Schema.String, Schema.String))

const Manifest = Schema.fromJsonString(
  Schema.Struct({ name: Schema.String, dependencies: Versions, peerDependencies: Versions })
)

/** Name to specifier, of what a user of the package installs with it; our own packages aside. */
const manifests = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* fs.glob("packages/*/package.json", { root })
  return yield* Effect.forEach(paths, (path) =>
    Effect.gen(function* () {
      const manifest = yield* Schema.decodeEffect(Manifest)(
        yield* fs.readFileString(`${root}/${path}`)
      )
      const runtime = Object.entries({ ...manifest.peerDependencies, ...manifest.dependencies })
      return {
        name: manifest.name,
        runtime: runtime.filter(([, specifier]) => !specifier.startsWith("workspace:"))
      }
    })
  )
})

/** Heading by heading, the items of the form ``- `name`: why``. */
const page = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(`${root}/docs/dependencies.md`)
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [heading = "", ...lines] = section.split("\n")
        const items = lines.flatMap((line) => /^- `([^`]+)`: \S/.exec(line)?.[1] ?? [])
        return [heading.replaceAll("`", ""), items] as const
      })
  )
})

const lines = (of: Iterable<readonly [string, ReadonlyArray<string>]>): ReadonlyArray<string> =>
  Array.from(of)
    .flatMap(([name, dependencies]) => dependencies.map((dependency) => `${name}: ${dependency}`))
    .toSorted()

layer(NodeServices.layer)("runtime dependencies", (it) => {
  it.effect("each have a reason in docs/dependencies.md, and nothing else has", () =>
    Effect.gen(function* () {
      const used = (yield* manifests).map(
        ({ name, runtime }) => [name, runtime.map(([dependency]) => dependency)] as const
      )
      assert.deepStrictEqual(lines(yield* page), lines(used))
    })
  )

  it.effect("take their versions from the catalog", () =>
    Effect.gen(function* () {
      const wild = (yield* manifests).flatMap(({ name, runtime }) =>
        runtime
          .filter(([, specifier]) => specifier !== "catalog:")
          .map(([dependency, specifier]) => `${name}: ${dependency}@${specifier}`)
      )
      assert.deepStrictEqual(wild, [])
    })
  )

  it.effect("pin effect and everything of Effect exactly", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const workspace = yield* fs.readFileString(`${root}/pnpm-workspace.yaml`)
      const versions = new Map(
        Array.from(
          workspace.matchAll(/^ {2}"?(effect|@effect\/[\w-]+)"?: *"?([^"\s]+)"?$/gm),
          (match) => [match[1], match[2] ?? ""]
        )
      )
      assert.isTrue(versions.has("effect"))
      assert.deepStrictEqual(
        Array.from(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version ?? "")),
        []
      )
    })
  )
})
