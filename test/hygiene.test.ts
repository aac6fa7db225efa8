import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

const root = `${import.meta.dirname}/..`

/** What belongs to one machine, one mirror or one tracker, and to nobody who clones this. */
const foreign: Record<string, RegExp> = {
  "a path of a machine": /(?<![\w.~:/-])\/(?:work|root|home|Users)\//,
  "the address of a registry":
    /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b|tarball: ["']?http|"?resolved"?:? "http/,
  "the number of an issue": /\b(?:issue|ticket|pull request|PR) #/i
}

const tracked = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const paths = yield* spawner.lines(ChildProcess.make("git", ["ls-files"], { cwd: root }))
  const present = yield* Effect.filter(paths, (path) => fs.exists(`${root}/${path}`))
  return yield* Effect.forEach(present, (path) =>
    Effect.map(fs.readFileString(`${root}/${path}`), (text) => ({ path, text }))
  )
})

/** The comment block that ends on the line before `index`. */
const docOf = (lines: ReadonlyArray<string>, index: number): string => {
  if (!(lines[index - 1] ?? "").trimEnd().endsWith("*/")) return ""
  let start = index - 1
  while (start > 0 && !(lines[start] ?? "").trimStart().startsWith("/**")) start--
  return lines.slice(start, index).join("\n")
}

layer(NodeServices.layer)("the repository", (it) => {
  it.effect("holds nothing that belongs to one machine", () =>
    Effect.gen(function* () {
      const found = (yield* tracked)
        .filter(({ text }) => !text.includes("\0"))
        .flatMap(({ path, text }) =>
          Object.entries(foreign).flatMap(([what, pattern]) => {
            const match = pattern.exec(text)
            return match === null
              ? []
              : [
                  `${path}:${text.slice(0, match.index).split("\n").length} holds ${what}: ${match[0]}`
                ]
          })
        )
      assert.deepStrictEqual(found, [])
    })
  )

  it.effect("says of every public export what it is and since when", () =>
    Effect.gen(function* () {
      const silent = (yield* tracked)
        .filter(({ path }) => /^packages\/[^/]+\/src\/(?!internal\/).*\.ts$/.test(path))
        .flatMap(({ path, text }) => {
          const lines = text.split("\n")
          return lines.flatMap((line, index) =>
            line.startsWith("export ") && !docOf(lines, index).includes("@since")
              ? [`${path}:${index + 1} ${line}`]
              : []
          )
        })
      assert.deepStrictEqual(silent, [])
    })
  )
})
