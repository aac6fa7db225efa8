import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"

const root = `${import.meta.dirname}/..`

/** What the sources of a package may import besides their own files: a package, or `scope/*`. */
const arrows: Record<string, ReadonlyArray<string>> = {
  tapewire: ["effect"],
  sbe: ["effect"],
  venues: ["effect", "tapewire", "@tapewire/sbe"],
  store: ["effect", "tapewire", "@duckdb/node-api"],
  server: ["effect", "tapewire"],
  cluster: ["effect", "tapewire"],
  exchange: ["effect", "tapewire", "ws", "node:*"],
  cli: [
    "effect",
    "tapewire",
    "@tapewire/*",
    "@effect/platform-node",
    "@effect/opentelemetry",
    "@opentelemetry/*",
    "ws",
    "node:*"
  ]
}

/** Time, chance, output and surroundings are services; these reach past them. */
const ambient =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bconsole\.|\bprocess\.(?:env|exit|std)/

/** Where a line above is right, and why. */
const ambientAllowed: Record<string, string> = {}

interface Source {
  readonly path: string
  readonly package: string
  /** Without comment lines, whose examples import what a user would. */
  readonly code: string
}

const sources: Effect.Effect<ReadonlyArray<Source>, unknown, FileSystem.FileSystem> = Effect.gen(
  function* () {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* fs.glob("packages/*/src/**/*.ts", { root })
    return yield* Effect.forEach(paths, (path) =>
      Effect.map(fs.readFileString(`${root}/${path}`), (text) => ({
        path,
        package: path.split("/")[1] ?? "",
        code: text
          .split("\n")
          .map((line) => (/^\s*(?:\/\/|\/\*|\*)/.test(line) ? "" : line))
          .join("\n")
      }))
    )
  }
)

const specifiers = (code: string): ReadonlyArray<string> =>
  Array.from(
    code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'`]([^"'`]+)["'`]/g),
    (match) => match[1] ?? ""
  )

const stays = (source: Source, specifier: string): boolean =>
  new URL(specifier, `file:///${source.path}`).pathname.startsWith(
    `/packages/${source.package}/src/`
  )

const allows = (allowed: string, specifier: string): boolean =>
  allowed.endsWith("*")
    ? specifier.startsWith(allowed.slice(0, -1))
    : specifier === allowed || specifier.startsWith(`${allowed}/`)

layer(NodeServices.layer)("layering", (it) => {
  it.effect(
    "imports point one way: venues → tapewire ← {store, server, cluster, exchange} ← cli",
    () =>
      Effect.gen(function* () {
        const wrong = (yield* sources).flatMap((source) =>
          specifiers(source.code)
            .filter((specifier) =>
              specifier.startsWith(".")
                ? !stays(source, specifier)
                : !(arrows[source.package] ?? []).some((allowed) => allows(allowed, specifier))
            )
            .map((specifier) => `${source.path} imports ${specifier}`)
        )
        assert.deepStrictEqual(wrong, [])
      })
  )

  it.effect("time, chance, output and environment come from services", () =>
    Effect.gen(function* () {
      const wrong = (yield* sources)
        .filter((source) => !(source.path in ambientAllowed))
        .flatMap((source) =>
          source.code
            .split("\n")
            .flatMap((line, index) =>
              ambient.test(line) ? [`${source.path}:${index + 1} ${line.trim()}`] : []
            )
        )
      assert.deepStrictEqual(wrong, [])
    })
  )

  it.effect("exceptions name files that still need them", () =>
    Effect.gen(function* () {
      const needed = new Set(
        (yield* sources).filter((source) => ambient.test(source.code)).map((source) => source.path)
      )
      assert.deepStrictEqual(
        Object.keys(ambientAllowed).filter((path) => !needed.has(path)),
        []
      )
    })
  )
})
