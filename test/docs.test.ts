/** The code in README and docs is what people copy: it must compile. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

const root = `${import.meta.dirname}/..`

const settings = {
  extends: "../../tsconfig.base.json",
  include: ["*.ts"],
  compilerOptions: {
    composite: false,
    declarationMap: false,
    noEmit: true,
    rootDir: "../..",
    noUnusedLocals: false,
    types: ["node"]
  }
}

const samples = (text: string) =>
  Array.from(text.matchAll(/^```ts\n([^]*?)^```/gm), ([, code = ""]) => code)

describe("documentation", () => {
  it.live(
    "shows TypeScript that compiles",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const pages = [
          "README.md",
          ...(yield* fs.readDirectory(`${root}/docs`)).flatMap((name) =>
            name.endsWith(".md") ? [`docs/${name}`] : []
          )
        ]
        // Below `test`, so that the samples find what tests find.
        const folder = yield* fs.makeTempDirectoryScoped({
          directory: import.meta.dirname,
          prefix: "docs-"
        })
        let count = 0
        for (const page of pages) {
          const found = samples(yield* fs.readFileString(`${root}/${page}`))
          for (const [index, code] of found.entries()) {
            count++
            const name = `${page.replaceAll(/[/.]/g, "-")}-${index + 1}.ts`
            yield* fs.writeFileString(`${folder}/${name}`, `${code}\nexport {}\n`)
          }
        }
        yield* fs.writeFileString(`${folder}/tsconfig.json`, JSON.stringify(settings))
        assert.isAbove(count, 0)
        const tsc = ChildProcess.make(`${root}/node_modules/.bin/tsc`, [
          "-p",
          folder,
          "--pretty",
          "false"
        ])
        const output = yield* spawner.string(tsc)
        assert.strictEqual(output.replaceAll(/^.*docs-\w+\//gm, ""), "")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )
})
