// Makes the tape that comes with the repository from recordings that do not: `node test/bundle.ts
// examples/tapes/binance.tape`.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Data, Effect, FileSystem, Stdio } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as TapeFile from "tapewire/TapeFile"
import type { Wire } from "tapewire/Wire"
import { feedOf, subjectOf } from "./support/Conversation.ts"
import { binanceSpot } from "./support/recordings.ts"

class NotMade extends Data.TaggedError("NotMade")<{ readonly why: string }> {}

const root = `${import.meta.dirname}/..`

/** One sitting: a recording of which some symbols are kept, as a connection that ends with it. */
const sitting = (name: string, natives: ReadonlyArray<string>, connection: number) =>
  Effect.gen(function* () {
    const wires = binanceSpot.find((recording) => recording.name === name)?.read() ?? []
    const last = wires.at(-1)
    if (last === undefined) return yield* new NotMade({ why: `the recording ${name} is missing` })
    const streams = new RegExp(`"stream":"(?:${natives.join("|").toLowerCase()})@`)
    const kept = wires.flatMap((wire): ReadonlyArray<Wire> => {
      switch (wire._tag) {
        case "Answered":
          return natives.includes(wire.subject) ? [wire] : []
        case "Received":
          return streams.test(String(wire.data)) ? [{ ...wire, connection }] : []
        default:
          return [{ ...wire, connection }]
      }
    })
    const { at, venue } = last
    const reason = "the recording ends"
    return [...kept, { _tag: "Closed", venue, connection, at, reason } satisfies Wire]
  })

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const [out] = yield* (yield* Stdio.Stdio).args
  if (out === undefined) return yield* new NotMade({ why: "say where to write the tape" })
  const wires = [
    ...(yield* sitting("2021-04-04", ["BTCUSDT", "ETHUSDT"], 1)),
    ...(yield* sitting("btcusdt_20240808", ["BTCUSDT"], 2))
  ]
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tapewire-bundle-" })
  const tape = yield* TapeFile.create(`${folder}/wire.tape`, {
    version: 1,
    provenance: {
      source:
        "recorded market data of Binance spot; prices, sizes and times are facts carried over from public captures",
      capturedAt: "2021-04-04 and 2024-08-08",
      writtenBy: "test/bundle.ts"
    },
    feeds: [feedOf(subjectOf(wires))]
  })
  yield* tape.wire(wires)
  yield* tape.end
  const replay = ["replay", `${folder}/wire.tape`, "--out", out, "--force"]
  const code = yield* spawner.exitCode(
    ChildProcess.make(process.execPath, [`${root}/packages/cli/src/main.ts`, ...replay], {
      stdout: "inherit",
      stderr: "inherit"
    })
  )
  if (code !== 0) return yield* new NotMade({ why: `the command ended with ${code}` })
}).pipe(Effect.scoped)

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
