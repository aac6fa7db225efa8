import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Mutants from "./Mutants.ts"

const packages = `${import.meta.dirname}/../../packages`

layer(NodeServices.layer)("the bugs that the simulation must find", (it) => {
  it.effect("each have their place in the feed, and only one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      for (const { file, find, name } of Mutants.all) {
        const source = yield* fs.readFileString(`${packages}/${file}`)
        assert.strictEqual(source.split(find).length - 1, 1, name)
      }
    })
  )
})
