import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { Entry, Minutes } from "tapewire/GapReport"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import { createServer } from "node:http"
import * as Cli from "../support/Cli.ts"

const timeout = 30_000

const bundled = `${import.meta.dirname}/../../../../examples/tapes/binance.tape`

const minute = 60_000_000
const start = 1_723_161_240_000_000

/** Numbers alone are looked at, so the rest is the same in all of them. */
const trade = (id: number, seconds: number): Tick => ({
  _tag: "Trade",
  venue: "binance",
  symbol: "BTC-USDT",
  at: start + seconds * 1_000_000,
  received: start + seconds * 1_000_000,
  id,
  price: 61685.99,
  size: 0.00017,
  side: "sell"
})

/** Tapes of ticks in a folder of their own. */
const written = Effect.fnUntraced(function* (...tapes: ReadonlyArray<ReadonlyArray<Tick>>) {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped()
  const subscriptions = [{ venue: "binance", channel: "trades", symbol: "BTC-USDT" }] as const
  return yield* Effect.forEach(tapes, (ticks, index) =>
    Effect.gen(function* () {
      const path = `${folder}/${index}.tape`
      const writer = yield* TapeFile.create(path, {
        version: 1,
        provenance: { source: "a test", writtenBy: "gaps.test.ts" },
        feeds: [{ venue: "binance", subscriptions, instruments: [] }]
      })
      yield* writer.ticks(ticks)
      return path
    }).pipe(Effect.scoped)
  )
})

const decodeEntry = Schema.decodeUnknownSync(Schema.fromJsonString(Entry))
const decodeMinute = Schema.decodeUnknownSync(Schema.fromJsonString(Minutes))

/** Something that answers HTTP. */
const answering = (status: number, body: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((_, response) => response.writeHead(status).end(body))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" ? (address?.port ?? 0) : 0
        const url = `http://127.0.0.1:${port}`
        resume(Effect.succeed({ url, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

describe("gaps", () => {
  it.live(
    "says of every channel of a tape what came and what is missing",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run(["gaps", bundled])
        assert.deepStrictEqual([code, stderr], [0, ""])
        const lines = Cli.lines(stdout)
        const of = (what: string) => lines.find((line) => line.startsWith(`${what} `)) ?? ""
        assert.match(
          of("binance:trades:BTC-USDT"),
          / 2024-08-08 23:54:15\.342 +2024-08-09 00:00:01\.271 +9,757 +0 +0 +0 +complete$/
        )
        assert.match(of("binance:quotes:BTC-USDT"), /unproven$/)
        assert.match(of("binance:book:ETH-USDT"), /incomplete$/)
        assert.match(
          stdout,
          /\nMISSING\n(.*\n)*binance:book:ETH-USDT .*since 2021-04-04 20:04:42\.365: disconnect\n/
        )
      }),
    timeout
  )

  it.live(
    "tapes in a row are one account, in which what neither has is missing",
    () =>
      Effect.gen(function* () {
        const paths = yield* written(
          [trade(1, 30), trade(2, 70)],
          [trade(3, 130), trade(4, 190)],
          [trade(7, 250), trade(8, 310)]
        )
        const two = yield* Cli.run(["gaps", ...paths.slice(0, 2), "--json"])
        assert.deepInclude(decodeEntry(two.stdout), { ticks: 4, verdict: "complete" })
        const all = yield* Cli.run(["gaps", ...paths, "--json"])
        const { gaps, minutes } = decodeEntry(all.stdout)
        assert.deepStrictEqual(gaps, [
          {
            from: 5,
            to: 6,
            since: start + 190_000_000,
            until: start + 250_000_000,
            cause: "sequence"
          }
        ])
        const each = yield* Cli.run(["gaps", ...paths, "--json", "--minutes"])
        const verdicts = Cli.lines(each.stdout).map((line) => decodeMinute(line))
        assert.deepStrictEqual(
          verdicts.map(({ since, verdict }) => [(since - start) / minute, verdict]),
          [
            [0, "unproven"],
            [1, "complete"],
            [2, "complete"],
            [3, "incomplete"],
            [4, "incomplete"],
            [5, "unproven"]
          ]
        )
        assert.strictEqual(minutes.length, 4)
        const { stdout } = yield* Cli.run(["gaps", ...paths, "--minutes"])
        assert.deepStrictEqual(Cli.lines(stdout).slice(0, 2), [
          "binance:trades:BTC-USDT  2024-08-08 23:54  unproven, start",
          "binance:trades:BTC-USDT  2024-08-08 23:55  complete"
        ])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "says of a minute how many of its trades were asked for",
    () =>
      Effect.gen(function* () {
        const filled: Tick = Object.assign(trade(2, 70), { origin: "backfill" } as const)
        const [tape = ""] = yield* written([trade(1, 30), filled, trade(3, 130)])
        const { stdout } = yield* Cli.run(["gaps", tape, "--minutes"])
        assert.deepStrictEqual(Cli.lines(stdout), [
          "binance:trades:BTC-USDT  2024-08-08 23:54  unproven, start",
          "binance:trades:BTC-USDT  2024-08-08 23:55  filled, 1 asked for",
          "binance:trades:BTC-USDT  2024-08-08 23:56  unproven, open"
        ])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends with 1 for what is missing only where that is to be checked",
    () =>
      Effect.gen(function* () {
        const [whole = "", torn = ""] = yield* written(
          [trade(1, 30), trade(2, 70)],
          [trade(1, 30), trade(3, 70)]
        )
        const codeOf = (...args: ReadonlyArray<string>) =>
          Effect.map(Cli.run(["gaps", ...args]), ({ code, stderr }) => [code, stderr])
        assert.deepStrictEqual(yield* codeOf(whole, "--check"), [0, ""])
        assert.deepStrictEqual(yield* codeOf(torn), [0, ""])
        assert.deepStrictEqual(yield* codeOf(torn, "--check"), [1, ""])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "says what can be read of a tape that is cut off, and ends with 1",
    () =>
      Effect.gen(function* () {
        const fileSystem = yield* FileSystem.FileSystem
        const [tape = ""] = yield* written([trade(1, 30), trade(2, 70)])
        const { size } = yield* fileSystem.stat(tape)
        yield* fileSystem.truncate(tape, Number(size) - 10)
        const { code, stderr, stdout } = yield* Cli.run(["gaps", tape, "--json"])
        assert.strictEqual(code, 1)
        assert.match(stderr, /level=WARN .*cut off at offset \d+/)
        assert.strictEqual(decodeEntry(stdout).ticks, 2)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "asks a running service",
    () =>
      Effect.gen(function* () {
        const serving = yield* Cli.start([
          "serve",
          "--tape",
          bundled,
          "--port",
          "0",
          "--speed",
          "max"
        ])
        yield* serving.says(/Listening on http:\/\/127\.0\.0\.1:\d+/)
        const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(serving.stderr()) ?? []
        yield* serving.says(/Ended/)
        const { code, stdout } = yield* Cli.run(["gaps", "--url", `${url}/`])
        assert.strictEqual(code, 0)
        assert.match(stdout, /binance:trades:BTC-USDT .* 9,757 +0 +0 +0 +complete\n/)
      }).pipe(Effect.scoped),
    timeout
  )

  it.live.each([
    ["is no service of ours", 200, "<html></html>", /does not answer as a tapewire service does$/],
    ["answers with something else", 200, '{"entries":[{}]}', /does not answer as a tapewire/],
    ["refuses", 404, '{"message":"nothing here"}', /answers with 404: nothing here$/],
    ["is broken", 502, "", /answers with 502$/]
  ] as const)(
    "ends with 1 where what is asked %s",
    ([, status, body, expected]) =>
      Effect.gen(function* () {
        const { url } = yield* answering(status, body)
        const { code, stderr, stdout } = yield* Cli.run(["gaps", "--url", url])
        assert.deepStrictEqual([code, stdout], [1, ""])
        const [said = "", ...more] = Cli.lines(stderr)
        assert.deepStrictEqual(more, [])
        assert.isTrue(said.startsWith(`tapewire: ${url}/api/v1/gaps `), said)
        assert.match(said, expected)
      }).pipe(Effect.scoped),
    timeout
  )

  it.live(
    "ends with 1 where nobody answers, there is no tape, or it is none",
    () =>
      Effect.gen(function* () {
        for (const [args, expected] of [
          [
            ["--url", "http://127.0.0.1:1"],
            /^tapewire: http:\/\/127\.0\.0\.1:1\/.* cannot be reached/
          ],
          [["/no/such.tape"], /^tapewire: \/no\/such\.tape does not exist\n$/],
          [[import.meta.filename], /^tapewire: .*gaps\.test\.ts is not a tape.*\n$/],
          [[bundled, "/no/such.tape"], /^tapewire: \/no\/such\.tape does not exist\n$/]
        ] as const) {
          const { code, stderr, stdout } = yield* Cli.run(["gaps", ...args])
          assert.deepStrictEqual([code, stdout], [1, ""])
          assert.match(stderr, expected)
        }
      }),
    timeout
  )

  it.live(
    "ends with 2 where it is not said what to ask, or both are, or the address is none",
    () =>
      Effect.gen(function* () {
        for (const [args, expected] of [
          [[], /^tapewire: name a tape, or a running service with --url\n$/],
          [[bundled, "--url", "http://127.0.0.1:1"], /^tapewire: name tapes or a service .*\n$/],
          [["--url", "localhost:8787"], /^tapewire: --url must be like http:.*\n$/],
          [["--url", "file:///etc/passwd"], /^tapewire: --url must be like http:.*\n$/]
        ] as const) {
          const { code, stderr, stdout } = yield* Cli.run(["gaps", ...args])
          assert.deepStrictEqual([code, stdout], [2, ""])
          assert.match(stderr, expected)
        }
      }),
    timeout
  )
})
