import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Healthy, Unhealthy } from "@tapewire/server/Health"
import { Deferred, Effect, FileSystem, Layer, Schema, Stream } from "effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import { ChildProcess } from "effect/process"
import * as Exchange from "./support/Exchange.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"

const root = `${import.meta.dirname}/..`

const start = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>> = {}
) => ChildProcess.make(process.execPath, args, { cwd: root, env, extendEnv: true })

/** Runs a program to its end, and gives what it says. */
const run = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  env?: Readonly<Record<string, string | undefined>>
) {
  const program = yield* start(args, env)
  const [stdout = "", stderr = ""] = yield* Effect.forEach(
    [program.stdout, program.stderr],
    (output) => Stream.mkString(Stream.decodeText(output)),
    { concurrency: "unbounded" }
  )
  return { stdout, stderr, code: yield* program.exitCode }
}, Effect.scoped)

const Health = Schema.Union([Healthy, Unhealthy])

/** Starts a service on a free port, asks how it is, and stops it. */
const healthOf = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  env?: Readonly<Record<string, string>>
) {
  const service = yield* start(args, { ...env, PORT: "0" })
  const address = yield* Deferred.make<string>()
  yield* service.stdout.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.runForEach((line) => {
      const [, url] = /Listening on (http:\S+)/.exec(line) ?? []
      return url === undefined ? Effect.void : Deferred.succeed(address, url)
    }),
    Effect.forkScoped
  )
  const health = yield* HttpClient.get(`${yield* Deferred.await(address)}/health`).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Health))
  )
  yield* service.kill()
  // What Node's runtime for Effect says of a program that was asked to stop.
  assert.strictEqual(yield* service.exitCode, 130)
  return health
}, Effect.scoped)

/** Processes take their time to start where many do. */
const timeout = 60_000

const services = Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerNodeHttp)

layer(services, { excludeTestServices: true })("the examples", (it) => {
  const files = Effect.flatMap(FileSystem.FileSystem, (fs) =>
    fs.glob("*.ts", { root: `${root}/examples` })
  )

  it.effect("are short, begin with a line that says what they are, and are all listed", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const page = yield* fs.readFileString(`${root}/examples/README.md`)
      const listed = Array.from(page.matchAll(/^\| \[`(.+?)`\]\(\1\)/gm), ([, name]) => name)
      assert.sameMembers(yield* files, listed)
      for (const file of yield* files) {
        const lines = (yield* fs.readFileString(`${root}/examples/${file}`)).split("\n")
        assert.isBelow(lines.length, 60, file)
        assert.match(lines[0] ?? "", /^\/\/ .{20,}\.$/, file)
      }
    })
  )

  it.effect(
    "print the best bid and ask whenever it changes",
    () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* run(["examples/best.ts"])
        assert.strictEqual(code, 0)
        const prices = Array.from(
          stdout.matchAll(/'binance', price: (\S+) .*\n.*'binance', price: (\S+) /g),
          ([, bid, ask]) => `${bid} ${ask}`
        )
        assert.deepStrictEqual(prices, [
          "61837.63 61837.64",
          "61836.01 61837.32",
          "61836.01 61837.17",
          "61836.01 61836.02",
          "61834.63 61835.72"
        ])
      }),
    timeout
  )

  it.effect(
    "keep the last prices in a service of another program",
    () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* run(["examples/embed.ts"])
        assert.strictEqual(code, 0)
        assert.include(stdout, "BTC-USDT 61685.99, ETH-USDT 2066.03\n")
      }),
    timeout
  )

  it.effect(
    "say what is wrong where a feed fails",
    () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* run(["examples/embed.ts", "no.tape"])
        assert.strictEqual(code, 0)
        assert.strictEqual(stderr, "No tape: no.tape does not exist\n")
      }),
    timeout
  )

  it.effect(
    "serve the recording, and say that it is one",
    () =>
      Effect.gen(function* () {
        const { feeds, status } = yield* healthOf(["examples/service.ts"])
        assert.strictEqual(status, "ok")
        assert.deepInclude(feeds[0], { venue: "binance", provenance: "recorded" })
      }),
    timeout
  )

  describe.skipIf(!hasRecordings)("with an exchange at hand", () => {
    it.effect(
      "serve it live",
      () =>
        Effect.gen(function* () {
          const wires = binanceSpot.find(({ name }) => name === "btcusdt_20240808")?.read() ?? []
          const { settings } = yield* Exchange.make(wires)
          const { feeds } = yield* healthOf(["examples/service.ts", "--live"], settings)
          assert.deepInclude(feeds[0], { venue: "binance", provenance: "live" })
        }),
      timeout
    )
  })
})
