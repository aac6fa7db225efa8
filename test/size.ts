// Prints how many lines each venue takes, with what it shares with others.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem } from "effect"

const folder = `${import.meta.dirname}/../packages/venues/src`

/** What a venue may take before the page on adding one has to say why. */
const budget = 200

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const names = yield* fs.readDirectory(folder, { recursive: true })
  const files = names.filter((name) => name.endsWith(".ts") && name !== "Venues.ts").toSorted()
  for (const name of files) {
    const text = yield* fs.readFileString(`${folder}/${name}`)
    const lines = text.split("\n").length - 1
    yield* Console.log(`${String(lines).padStart(5)}  ${name}${lines > budget ? "  over" : ""}`)
  }
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
