import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TapeFile from "tapewire/TapeFile"
import * as Cli from "../support/Cli.ts"
import * as Exchange from "../support/Exchange.ts"

const timeout = 30_000

/** A wire-level tape of two quotes, in a folder of its own. */
const recorded = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped()
  const tape = `${folder}/quotes.tape`
  const exchange = yield* Exchange.make([Exchange.bookTicker, Exchange.bookTicker])
  const { code } = yield* Cli.run(
    ["record", "binance:quotes:BNB-USDT", "--out", tape, "--duration", "300ms"],
    exchange.env
  )
  assert.strictEqual(code, 0)
  return { fileSystem, folder, tape }
})

describe("replay", () => {
  it.live(
    "makes a tape of ticks of a tape of frames, which says the same",
    () =>
      Effect.gen(function* () {
        const { folder, tape } = yield* recorded
        const out = `${folder}/ticks.tape`
        const made = yield* Cli.run(["replay", tape, "--out", out])
        assert.deepStrictEqual(made, { code: 0, stdout: "", stderr: "" })

        const [wire, ticks] = yield* Effect.forEach([tape, out], (path) =>
          Effect.scoped(TapeFile.open(path))
        )
        assert.deepStrictEqual(ticks?.header.feeds, wire?.header.feeds)
        assert.strictEqual(ticks?.header.provenance.source, wire?.header.provenance.source)

        const [before, after] = yield* Effect.forEach([tape, out], (path) =>
          Effect.flatMap(Cli.run(["replay", path]), ({ stdout }) => Cli.ticks(stdout))
        )
        assert.strictEqual(before?.length, 2)
        assert.deepStrictEqual(after, before)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "repeats a tape until it is stopped",
    () =>
      Effect.gen(function* () {
        const { tape } = yield* recorded
        const running = yield* Cli.start(["replay", tape, "--loop", "--speed", "realtime"])
        yield* running.says(/(.*\n){6}/)
        running.process.kill("SIGINT")
        const { code, stdout } = yield* running.ended
        assert.strictEqual(code, 0)
        assert.isAtLeast((yield* Cli.ticks(stdout)).length, 6)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "prints what can be read of a tape that is cut off, says where, and ends with 1",
    () =>
      Effect.gen(function* () {
        const { fileSystem, tape } = yield* recorded
        const { size } = yield* fileSystem.stat(tape)
        yield* fileSystem.truncate(tape, Number(size) - 10)
        const { code, stderr, stdout } = yield* Cli.run(["replay", tape])
        assert.strictEqual(code, 1)
        assert.strictEqual((yield* Cli.ticks(stdout)).length, 2)
        assert.strictEqual(Cli.lines(stderr).length, 1)
        assert.match(stderr, /level=WARN .*cut off at offset \d+/)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends with 1 where there is no tape",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Cli.run(["replay", "/no/such.tape"]), {
          code: 1,
          stdout: "",
          stderr: "tapewire: /no/such.tape does not exist\n"
        })
      }),
    timeout
  )

  it.live(
    "ends with 1 where the file is not a tape",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run(["replay", import.meta.filename])
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.match(stderr, /^tapewire: .*replay\.test\.ts is not a tape.*\n$/)
      }),
    timeout
  )

  it.live(
    "says all that is wrong at once",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run([
          "replay",
          "/no/such.tape",
          "--speed",
          "fast",
          "--loop",
          "--out",
          import.meta.filename
        ])
        assert.deepStrictEqual([code, stdout], [2, ""])
        const said = Cli.lines(stderr)
        assert.strictEqual(said.length, 3)
        assert.match(said[0] ?? "", /^tapewire: --speed must be realtime, max or a number/)
        assert.match(said[1] ?? "", /^tapewire: --out: .*replay\.test\.ts exists already/)
        assert.match(said[2] ?? "", /^tapewire: --loop never ends/)
      }),
    timeout
  )
})
