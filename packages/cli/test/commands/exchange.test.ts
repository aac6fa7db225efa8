import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { Instrument } from "tapewire/Instrument"
import * as TapeFile from "tapewire/TapeFile"
import * as Cli from "../support/Cli.ts"
import * as Exchange from "../support/Exchange.ts"

const timeout = 30_000

const subscription = "binance:trades:BNB-BTC"

const instrument: Instrument = {
  venue: "binance",
  symbol: "BNB-BTC",
  native: "BNBBTC",
  kind: "spot",
  base: "BNB",
  quote: "BTC",
  status: "trading"
}

/** A wire-level tape of one trade, and the folder it is in. */
const recorded = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped()
  const path = `${folder}/trade.tape`
  const tape = yield* TapeFile.create(path, {
    version: 1,
    provenance: { source: "Binance", capturedAt: "2023-01-01", writtenBy: "a test" },
    feeds: [
      {
        venue: "binance",
        subscriptions: [{ venue: "binance", channel: "trades", symbol: "BNB-BTC" }],
        instruments: [instrument]
      }
    ]
  })
  const data = `{"stream":"bnbbtc@trade","data":${Exchange.trade}}`
  const at = 1_672_515_782_136_000
  yield* tape.wire([{ _tag: "Received", venue: "binance", connection: 1, at, data }])
  yield* tape.end
  return { folder, tape: path }
})

const listening = /Listening on 127\.0\.0\.1:(\d+) as binance · RECORDED \(Binance; captured /

const environment = (running: Cli.Running): Cli.Environment => {
  const port = listening.exec(running.stderr())?.[1] ?? ""
  return {
    TAPEWIRE_BINANCE_WS: `ws://127.0.0.1:${port}`,
    TAPEWIRE_BINANCE_REST: `http://127.0.0.1:${port}`
  }
}

describe("exchange", () => {
  it.live(
    "plays a tape to another command, says so, and ends with 0 when asked to",
    () =>
      Effect.gen(function* () {
        const { tape } = yield* recorded
        const running = yield* Cli.start(["exchange", tape, "--port", "0"])
        yield* running.says(/To connect: TAPEWIRE_BINANCE_WS=\S+ TAPEWIRE_BINANCE_REST=/)
        const env = environment(running)
        assert.include(running.stderr(), `TAPEWIRE_BINANCE_WS=${env["TAPEWIRE_BINANCE_WS"]}`)
        const streamed = yield* Cli.run(["stream", subscription, "--limit", "1"], env)
        assert.strictEqual(streamed.code, 0)
        const [tick] = yield* Cli.ticks(streamed.stdout)
        assert.deepInclude(tick, { _tag: "Trade", id: 12345 })
        assert.include(running.stderr(), "connection 1 subscribed bnbbtc@trade")
        running.process.kill("SIGINT")
        const { code, stdout } = yield* running.ended
        assert.deepStrictEqual([code, stdout], [0, ""])
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "says which faults are to come, and the same for the same seed",
    () =>
      Effect.gen(function* () {
        const { tape } = yield* recorded
        const said = Effect.gen(function* () {
          const running = yield* Cli.start(["exchange", tape, "--port", "0", "--faults", "7"])
          yield* running.says(/"stale-snapshot/)
          running.process.kill("SIGTERM")
          const { stderr } = yield* running.ended
          return Array.from(stderr.matchAll(/message="to come: (.*)"$/gm), ([, fault]) => fault)
        })
        const first = yield* said
        assert.isAbove(first.length, 5)
        assert.deepStrictEqual(yield* said, first)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends with 2 where faults cannot be read, or the port is taken",
    () =>
      Effect.gen(function* () {
        const { folder, tape } = yield* recorded
        const fileSystem = yield* FileSystem.FileSystem
        const faults = `${folder}/faults.json`
        yield* fileSystem.writeFileString(faults, `{"faults":[{"kind":"kill"}]}`)
        assert.deepStrictEqual(yield* Cli.run(["exchange", tape, "--faults", faults]), {
          code: 2,
          stdout: "",
          stderr: `tapewire: ${faults} does not list faults: Missing key at ["faults"][0]["at"]\n`
        })
        const running = yield* Cli.start(["exchange", tape, "--port", "0"])
        yield* running.says(listening)
        const port = listening.exec(running.stderr())?.[1] ?? ""
        assert.deepStrictEqual(yield* Cli.run(["exchange", tape, "--port", port]), {
          code: 2,
          stdout: "",
          stderr: `tapewire: ${tape} cannot be served: port ${port} on 127.0.0.1 is in use; choose another with --port\n`
        })
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends with 2 where a tape holds ticks, and says what to record instead",
    () =>
      Effect.gen(function* () {
        const { folder, tape } = yield* recorded
        const ticks = `${folder}/ticks.tape`
        yield* Cli.run(["replay", tape, "--out", ticks])
        const { code, stderr } = yield* Cli.run(["exchange", ticks])
        assert.strictEqual(code, 2)
        assert.match(stderr, /^tapewire: .*ticks\.tape holds ticks; .* --level wire.*\n$/)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends with 1 where there is no tape, and says all that is wrong with how it was called",
    () =>
      Effect.gen(function* () {
        const missing = yield* Cli.run(["exchange", "/no/such.tape"])
        assert.deepStrictEqual(missing, {
          code: 1,
          stdout: "",
          stderr: "tapewire: /no/such.tape does not exist\n"
        })
        const wrong = ["--port", "x", "--speed", "fast", "--symbols", "0"]
        const { code, stderr } = yield* Cli.run(["exchange", "/no/such.tape", ...wrong])
        assert.strictEqual(code, 2)
        assert.deepStrictEqual(
          Cli.lines(stderr).map((line) => line.split(" ").slice(0, 2).join(" ")),
          ["tapewire: --port", "tapewire: --speed", "tapewire: --symbols"]
        )
      }),
    timeout
  )
})
