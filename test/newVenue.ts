// Writes the file and the test of a venue from the page on adding one, and lists the venue:
// `node test/newVenue.ts acme Acme`.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Stdio } from "effect"

class Usage extends Data.TaggedError("Usage")<{ readonly message: string }> {}

const root = `${import.meta.dirname}/..`
const venues = `${root}/packages/venues`

const testOf = (name: string) => `import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/${name}"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"

const meaning = (frame: string) => {
  const reader = Reader.make(venue.id, [{ native: "BTC_USD", symbol: "BTC-USD" }])
  return Result.getOrThrow(venue.decode(frame, reader))
}

// Not yet recorded: say of every payload where it is from and when it was sent.
describe("a frame of ${name}", () => {
  it("tells the side of the taker", () => {
    const [trade] = meaning(
      \`{"type":"trade","market":"BTC_USD","id":7,"price":"61837.64","size":"0.02","taker":"buy","time":1723161254087}\`
    )
    assert.deepInclude(trade, { _tag: "Trade", symbol: "BTC-USD", side: "buy" })
  })
})
`

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const stdio = yield* Stdio.Stdio
  const [id = "", name = ""] = yield* stdio.args
  if (!/^[a-z][a-z0-9-]*$/.test(id) || !/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    return yield* new Usage({ message: "usage: pnpm new-venue <id> <Name>, such as acme Acme" })
  }
  const [file, test] = [`${venues}/src/${name}.ts`, `${venues}/test/${name}.test.ts`]
  for (const path of [file, test]) {
    if (yield* fs.exists(path)) return yield* new Usage({ message: `${path} is there already` })
  }
  const page = yield* fs.readFileString(`${root}/docs/adding-a-venue.md`)
  const [, code = ""] = /^```ts\n([^]*?)^```/m.exec(page) ?? []
  const list = yield* fs.readFileString(`${venues}/src/Venues.ts`)
  yield* fs.writeFileString(file, code.replaceAll("Acme", name).replaceAll("acme", id))
  yield* fs.writeFileString(test, testOf(name))
  yield* fs.writeFileString(
    `${venues}/src/Venues.ts`,
    list
      .replace(/(import \* as [^]*?)\n\n/, `$1\nimport * as ${name} from "./${name}.ts"\n\n`)
      .replace(/(all: ReadonlyArray<Venue> = \[[^\]]*?),?(\s*)\]/, `$1, ${name}.venue$2]`)
  )
  yield* Console.log(
    [
      `packages/venues/src/${name}.ts`,
      `packages/venues/test/${name}.test.ts`,
      "packages/venues/src/Venues.ts",
      "docs/adding-a-venue.md says what comes next."
    ].join("\n")
  )
})

main.pipe(
  Effect.catchTag("Usage", ({ message }) =>
    Effect.andThen(
      Console.error(message),
      Effect.sync(() => {
        process.exitCode = 2
      })
    )
  ),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
