import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import * as Cli from "../support/Cli.ts"
import * as Exchange from "../support/Exchange.ts"

const timeout = 30_000

/** Whether this machine lets us have a disk of our own, to fill it. */
const canMount =
  spawnSync("unshare", [
    ..."--user --map-root-user --mount mount -t tmpfs none".split(" "),
    tmpdir()
  ]).status === 0

/** A folder of its own, with what is in it. */
const folder = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* fileSystem.makeTempDirectoryScoped()
  return { path, files: fileSystem.readDirectory(path) }
})

const blocks = (tape: string) =>
  Effect.scoped(Effect.flatMap(TapeFile.open(tape), (reader) => Stream.runCollect(reader.blocks)))

describe("record", () => {
  for (const level of ["wire", "ticks"]) {
    it.live(
      `ends a tape of ${level} properly on SIGTERM, which replays as it was streamed`,
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange.make([Exchange.trade])
          const { path } = yield* folder
          const tape = `${path}/${level}.tape`
          const subscription = "binance:trades:BNB-BTC"

          const recording = yield* Cli.start(
            ["record", subscription, "--out", tape, "--level", level, "--log-level", "debug"],
            exchange.env
          )
          yield* recording.says(/Subscribed/)
          recording.process.kill("SIGTERM")
          const { code, stdout } = yield* recording.ended
          assert.deepStrictEqual([code, stdout], [0, ""])
          assert.strictEqual((yield* blocks(tape)).at(-1)?._tag, "Ended")

          const replayed = yield* Cli.run(["replay", tape])
          assert.deepInclude(replayed, { code: 0, stderr: "" })
          const streamed = yield* Cli.run(["stream", subscription, "--limit", "1"], exchange.env)
          const [before, after] = yield* Effect.forEach([streamed, replayed], ({ stdout }) =>
            Cli.ticks(stdout)
          )
          assert.strictEqual(before?.length, 1)
          const unreceived = (ticks: ReadonlyArray<Tick> = []) =>
            ticks.map((tick) => ({ ...tick, received: 0 }))
          assert.deepStrictEqual(unreceived(after), unreceived(before))
        }).pipe(Effect.provide(NodeServices.layer)),
      timeout
    )
  }

  for (const level of ["wire", "ticks"]) {
    it.live(
      `misses nothing of more ${level} than may wait for a reader`,
      () =>
        Effect.gen(function* () {
          const count = 12_000
          const exchange = yield* Exchange.make(
            Array.from({ length: count }, () => Exchange.bookTicker)
          )
          const { path } = yield* folder
          const tape = `${path}/long.tape`
          const recording = yield* Cli.start(
            [
              "record",
              "binance:quotes:BNB-USDT",
              "--out",
              tape,
              "--level",
              level,
              "--log-level",
              "debug"
            ],
            exchange.env
          )
          yield* recording.says(/Subscribed/)
          recording.process.kill("SIGTERM")
          assert.strictEqual((yield* recording.ended).code, 0)
          const { stdout } = yield* Cli.run(["replay", tape])
          assert.strictEqual(Cli.lines(stdout).length, count)
        }).pipe(Effect.provide(NodeServices.layer)),
      timeout
    )
  }

  it.live(
    "says in the header what the tape is about",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.trade])
        const { path } = yield* folder
        const tape = `${path}/header.tape`
        const { code } = yield* Cli.run(
          ["record", "binance:trades:BNB-BTC", "--out", tape, "--duration", "300ms"],
          exchange.env
        )
        assert.strictEqual(code, 0)
        const { header } = yield* Effect.scoped(TapeFile.open(tape))
        assert.strictEqual(header.provenance.source, "Binance")
        assert.match(header.provenance.capturedAt ?? "", /^\d{4}-\d\d-\d\dT/)
        assert.match(header.provenance.writtenBy, /^tapewire \d/)
        const [feed] = header.feeds
        assert.deepStrictEqual(feed?.subscriptions, [
          { venue: "binance", channel: "trades", symbol: "BNB-BTC" }
        ])
        assert.deepStrictEqual(
          feed?.instruments.map(({ symbol }) => symbol),
          ["BNB-BTC"]
        )
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "leaves an existing file alone unless told to replace it",
    () =>
      Effect.gen(function* () {
        const fileSystem = yield* FileSystem.FileSystem
        const exchange = yield* Exchange.make([Exchange.trade])
        const { path } = yield* folder
        const tape = `${path}/there.tape`
        yield* fileSystem.writeFileString(tape, "precious")
        const args = ["record", "binance:trades:BNB-BTC", "--out", tape, "--duration", "200ms"]
        assert.deepStrictEqual(yield* Cli.run(args, exchange.env), {
          code: 2,
          stdout: "",
          stderr: `tapewire: --out: ${tape} exists already; --force replaces it\n`
        })
        assert.strictEqual(yield* fileSystem.readFileString(tape), "precious")
        const forced = yield* Cli.run([...args, "--force"], exchange.env)
        assert.strictEqual(forced.code, 0)
        assert.strictEqual((yield* blocks(tape)).at(-1)?._tag, "Ended")
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "writes to nothing but a file, whatever it is told",
    () =>
      Effect.gen(function* () {
        const { path } = yield* folder
        const { code, stderr } = yield* Cli.run(
          ["record", "binance:trades:BNB-BTC", "--out", path, "--force"],
          Exchange.nowhere
        )
        assert.strictEqual(code, 2)
        assert.strictEqual(stderr, `tapewire: --out: ${path} is not a regular file\n`)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "leaves nothing behind where the symbol is unknown",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make()
        const { files, path } = yield* folder
        const { code, stderr } = yield* Cli.run(
          ["record", "binance:trades:BNB-USDX", "--out", `${path}/new.tape`],
          exchange.env
        )
        assert.strictEqual(code, 2)
        assert.strictEqual(
          stderr,
          "tapewire: binance: unknown symbol BNB-USDX; did you mean BNB-USDT?\n"
        )
        assert.deepStrictEqual(yield* files, [])
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "leaves nothing behind where the venue cannot be reached",
    () =>
      Effect.gen(function* () {
        const { files, path } = yield* folder
        const { code, stderr } = yield* Cli.run(
          ["record", "binance:trades:BTC-USDT", "--out", `${path}/new.tape`],
          Exchange.nowhere
        )
        assert.strictEqual(code, 1)
        assert.strictEqual(Cli.lines(stderr).length, 1)
        assert.deepStrictEqual(yield* files, [])
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "says all that is wrong at once",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run([
          "record",
          "BTC-USDT",
          "--out",
          "/no/such/folder/x.tape",
          "--level",
          "both",
          "--duration",
          "soon"
        ])
        assert.deepStrictEqual([code, stdout], [2, ""])
        const said = Cli.lines(stderr)
        assert.match(said[0] ?? "", /is not of the form/)
        assert.strictEqual(said[1], "tapewire: --out: there is no folder /no/such/folder")
        assert.match(said[2] ?? "", /^tapewire: --level must be wire or ticks/)
        assert.match(said[3] ?? "", /^tapewire: --duration must be a time such as 30s/)
        assert.strictEqual(said.length, 4)
      }),
    timeout
  )

  for (const level of ["wire", "ticks"]) {
    it.live.skipIf(!canMount)(
      `stops with an error where the disk is full, and leaves a sound tape of ${level}`,
      () =>
        Effect.gen(function* () {
          // Several times what fits, however well it is compressed.
          const frames = Array.from({ length: 200_000 }, () => Exchange.bookTicker)
          const exchange = yield* Exchange.make(frames)
          const { path } = yield* folder
          const kept = `${path}/kept.tape`
          // The disk is gone with the process.
          const keep = `code=$?; cat ${path}/full.tape >&3; exit $code`
          const onSmallDisk = [
            ..."unshare --user --map-root-user --mount sh -c".split(" "),
            `exec 3>${kept}; mount -t tmpfs -o size=4k none ${path} && { "$0" "$@"; ${keep}; }`
          ]
          const { code, stderr } = yield* Cli.run(
            ["record", "binance:quotes:BNB-USDT", "--out", `${path}/full.tape`, "--level", level],
            exchange.env,
            onSmallDisk
          )
          assert.strictEqual(code, 1)
          const said = Cli.lines(stderr).at(-1) ?? ""
          assert.match(said, /^tapewire: .*full\.tape cannot grow beyond byte \d+: no space left$/)
          const all = yield* blocks(kept)
          assert.include(["Ended", "Cut"], all.at(-1)?._tag)
          assert.notInclude(
            all.map(({ _tag }) => _tag),
            "Damaged"
          )
        }).pipe(Effect.provide(NodeServices.layer)),
      timeout
    )
  }
})
