import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { ChildProcess } from "effect/process"
import * as Subscription from "tapewire/Subscription"
import * as TapeFile from "tapewire/TapeFile"
import type { Wire } from "tapewire/Wire"
import * as Baseline from "./support/Baseline.ts"
import { feedOf, play, subjectOf } from "./support/Conversation.ts"
import * as Exchange from "./support/Exchange.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"
import { assertSame, byTopic, print } from "./support/Same.ts"

Baseline.hold()

type Environment = Readonly<Record<string, string>>

/** Starts the command, which ends with the scope at the latest. */
const start = (args: ReadonlyArray<string>, env: Environment = {}) =>
  ChildProcess.make(process.execPath, ["packages/cli/src/main.ts", ...args], {
    cwd: `${import.meta.dirname}/..`,
    env,
    extendEnv: true,
    stderr: "ignore"
  })

/** Runs the command to its end, and gives the lines that it printed. */
const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env?: Environment) {
  const command = yield* start(args, env)
  const lines = yield* command.stdout.pipe(Stream.decodeText, Stream.splitLines, Stream.runCollect)
  assert.strictEqual(yield* command.exitCode, 0, args.join(" "))
  return lines
}, Effect.scoped)

/** What passed between the command and the exchange, from a tape that was ended. */
const passedOn = Effect.fnUntraced(function* (path: string) {
  const tape = yield* TapeFile.open(path)
  const blocks = yield* Stream.runCollect(tape.blocks)
  assert.strictEqual(blocks.at(-1)?._tag, "Ended")
  return blocks.flatMap((block) => (block._tag === "Wire" ? block.events : []))
})

/** The frames of the recording, without what was said about subscriptions. */
const framesOf = (wires: ReadonlyArray<Wire>): ReadonlyArray<string> =>
  wires.flatMap((wire) =>
    wire._tag === "Received" && !String(wire.data).startsWith(`{"result"`)
      ? [String(wire.data)]
      : []
  )

/** Processes take their time to start where many do. */
const timeout = 60_000

describe.skipIf(!hasRecordings)("the command", () => {
  layer(Layer.merge(NodeServices.layer, Baseline.layer), { excludeTestServices: true })((it) => {
    const wires = () => binanceSpot[0]?.read() ?? assert.fail("there is no recording")
    const subscriptions = () =>
      feedOf(subjectOf(wires())).subscriptions.map((one) => Subscription.format(one))

    it.effect(
      "prints live what the session makes of the same frames",
      () =>
        Effect.gen(function* () {
          const expected = print(play(wires()).ticks)
          const exchange = yield* Exchange.make(wires())
          const limit = `${expected.length}`
          const lines = yield* run(
            ["stream", ...subscriptions(), "--limit", limit],
            exchange.settings
          )
          assertSame(byTopic(lines), byTopic(expected))
        }),
      timeout
    )

    it.effect(
      "prints again what it printed live, as far as that was recorded",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const folder = yield* fs.makeTempDirectoryScoped()
          const [wire, ticks] = [`${folder}/wire.tape`, `${folder}/ticks.tape`]
          const exchange = yield* Exchange.make(wires())
          const recorder = yield* start(
            ["record", ...subscriptions(), "--out", wire],
            exchange.settings
          )
          yield* exchange.played
          yield* recorder.kill({ killSignal: "SIGINT" })
          assert.strictEqual(yield* recorder.exitCode, 0)

          // What waits to be handled when it is stopped is not on the tape.
          const passed = yield* passedOn(wire)
          const frames = framesOf(passed)
          assert.isAbove(frames.length, 1000)
          // Each symbol comes over a connection of its own.
          for (const symbol of ["btcusdt", "dotusdt"]) {
            const of = (all: ReadonlyArray<string>) => all.filter((one) => one.includes(symbol))
            const some = of(frames)
            assertSame(some, of(framesOf(wires())).slice(0, some.length))
          }
          const replayed = yield* run(["replay", wire])
          assertSame(replayed, print(play(passed).ticks))

          // Of ticks instead of frames it says the same, to the microsecond.
          assert.deepStrictEqual(yield* run(["replay", wire, "--out", ticks]), [])
          assertSame(yield* run(["replay", ticks]), replayed)
        }),
      timeout
    )
  })
})
