import { assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as FileSystem from "effect/FileSystem"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Cli from "../support/Cli.ts"
import * as Exchange from "../support/Exchange.ts"

const timeout = 30_000

const listening = /Listening on (http:\/\/127\.0\.0\.1:\d+) · /

const addressOf = (running: Cli.Running) => listening.exec(running.stderr())?.[1] ?? ""

/** A port that somebody else has. */
const taken = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      // A server on a port has this kind of address.
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describe("serve", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it.live(
      `says where it listens, answers, and ends with 0 on ${signal}`,
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange.make([Exchange.trade])
          const running = yield* Cli.start(
            ["serve", "binance:trades:BNB-BTC", "--port", "0"],
            exchange.env
          )
          yield* running.says(listening)
          yield* exchange.subscribed
          const response = yield* HttpClient.get(`${addressOf(running)}/`)
          assert.strictEqual(response.status, 200)
          assert.notInclude(running.stderr(), "RECORDED")
          running.process.kill(signal)
          const { code, stdout } = yield* running.ended
          assert.deepStrictEqual([code, stdout], [0, ""])
        }).pipe(Effect.provide(FetchHttpClient.layer)),
      timeout
    )
  }

  it.live(
    "says that a tape is RECORDED, from where and when",
    () =>
      Effect.gen(function* () {
        const fileSystem = yield* FileSystem.FileSystem
        const tape = `${yield* fileSystem.makeTempDirectoryScoped()}/trades.tape`
        const exchange = yield* Exchange.make([Exchange.trade])
        yield* Cli.run(
          ["record", "binance:trades:BNB-BTC", "--out", tape, "--duration", "300ms"],
          exchange.env
        )
        const running = yield* Cli.start(["serve", "--tape", tape, "--loop", "--port", "0"])
        yield* running.says(listening)
        assert.match(
          running.stderr(),
          /Listening on .* RECORDED \(Binance; captured \d{4}-\d\d-\d\dT[^)]*\)/
        )
        running.process.kill("SIGTERM")
        assert.strictEqual((yield* running.ended).code, 0)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live(
    "ends within 5 seconds though a client does not go away",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.trade])
        const running = yield* Cli.start(
          ["serve", "binance:trades:BNB-BTC", "--port", "0"],
          exchange.env
        )
        yield* running.says(listening)
        const path = "/api/v1/ticks?subscriptions=binance:trades:BNB-BTC"
        const response = yield* HttpClient.get(`${addressOf(running)}${path}`)
        running.process.kill("SIGTERM")
        const { code } = yield* Effect.timeout(running.ended, "5 seconds")
        assert.deepStrictEqual([response.status, code], [200, 0])
      }).pipe(Effect.provide(FetchHttpClient.layer)),
    timeout
  )

  it.live(
    "ends with 2 where the port is taken",
    () =>
      Effect.gen(function* () {
        const { port } = yield* taken
        const ended = yield* Cli.run(
          ["serve", "binance:trades:BNB-BTC", "--port", String(port)],
          Exchange.nowhere
        )
        assert.deepStrictEqual(ended, {
          code: 2,
          stdout: "",
          stderr: `tapewire: port ${port} on 127.0.0.1 is in use; choose another with --port\n`
        })
      }),
    timeout
  )

  it.live(
    "ends with 2 where there is nothing to serve, and names both ways",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run(["serve"])
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.match(stderr, /^tapewire: .*binance:trades:BTC-USDT.*--tape\n$/)
      }),
    timeout
  )

  it.live(
    "says all that is wrong at once",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run([
          "serve",
          "binance:trades:BNB-BTC",
          "--tape",
          "x.tape",
          "--port",
          "99999",
          "--host",
          "0.0.0.0"
        ])
        assert.deepStrictEqual([code, stdout], [2, ""])
        const said = Cli.lines(stderr)
        assert.strictEqual(said.length, 3)
        assert.match(said[0] ?? "", /^tapewire: serve either subscriptions or a --tape/)
        assert.match(said[1] ?? "", /^tapewire: --port must be a whole number/)
        assert.match(said[2] ?? "", /^tapewire: --host 0\.0\.0\.0 is refused/)
      }),
    timeout
  )

  it.live(
    "ends with 1 where there is no tape",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Cli.run(["serve", "--tape", "/no/such.tape"]), {
          code: 1,
          stdout: "",
          stderr: "tapewire: /no/such.tape does not exist\n"
        })
      }),
    timeout
  )
})
