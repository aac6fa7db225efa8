import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Cli from "./support/Cli.ts"
import * as Exchange from "./support/Exchange.ts"

const timeout = 30_000

/** Takes what an OpenTelemetry collector takes, and notes what was posted where. */
const collector = Effect.acquireRelease(
  Effect.callback<{
    readonly url: string
    readonly posts: ReadonlyMap<string, string>
    readonly close: () => void
  }>((resume) => {
    const posts = new Map<string, string>()
    const server = createServer((request, response) => {
      const path = request.url ?? ""
      request.setEncoding("utf8").on("data", (text: string) => {
        posts.set(path, (posts.get(path) ?? "") + text)
      })
      request.on("end", () => response.setHeader("content-type", "application/json").end("{}"))
    })
    server.listen(0, "127.0.0.1", () => {
      // A server on a port has this kind of address.
      const { port } = server.address() as AddressInfo
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, posts, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describe("Telemetry", () => {
  it.live(
    "sends traces, metrics and logs where there is a collector",
    () =>
      Effect.gen(function* () {
        const { posts, url } = yield* collector
        const exchange = yield* Exchange.make([Exchange.trade])
        const { code } = yield* Cli.run(["stream", "binance:trades:BNB-BTC", "--limit", "1"], {
          ...exchange.env,
          OTEL_EXPORTER_OTLP_ENDPOINT: url
        })
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(Array.from(posts.keys()).toSorted(), [
          "/v1/logs",
          "/v1/metrics",
          "/v1/traces"
        ])
        assert.include(posts.get("/v1/traces"), "Tape.batch")
        assert.include(posts.get("/v1/traces"), "LiveFeed.connection")
        assert.include(posts.get("/v1/metrics"), "tapewire_ticks_total")
        assert.include(posts.get("/v1/logs"), "Connected")
        for (const text of posts.values()) assert.include(text, '"tapewire"')
      }),
    timeout
  )

  it.live(
    "works all the same where the collector is not there",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.trade])
        const { code, stdout } = yield* Cli.run(
          ["stream", "binance:trades:BNB-BTC", "--limit", "1"],
          { ...exchange.env, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }
        )
        assert.deepStrictEqual([code, Cli.lines(stdout).length], [0, 1])
      }),
    timeout
  )

  it.live(
    "ends with 2 where the collector's address is none",
    () =>
      Effect.gen(function* () {
        const ended = yield* Cli.run(["stream", "binance:trades:BTC-USDT"], {
          OTEL_EXPORTER_OTLP_ENDPOINT: "collector"
        })
        assert.deepStrictEqual(ended, {
          code: 2,
          stdout: "",
          stderr: "tapewire: OTEL_EXPORTER_OTLP_ENDPOINT is not a URL\n"
        })
      }),
    timeout
  )
})
