import { NodeHttpServer, NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import * as Server from "@tapewire/server/Server"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Effect, Fiber, Layer, Stream } from "effect"
import * as HttpServer from "effect/http/HttpServer"
import { createServer } from "node:http"
import * as Net from "node:net"
import * as Tape from "tapewire/Tape"
import * as TickStream from "@tapewire/server/TickStream"

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

/** How much comes, in ticks: several times what sockets hold. */
const many = 400_000

const what = "/api/v1/ticks?subscriptions=binance:quotes:BTC-USDT,binance:trades:BTC-USDT"

/** Asks for ticks, and reads nothing of the answer. */
const ask = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = Net.connect(port, "127.0.0.1")
      socket.write(`GET ${what} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      return socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

layer(NodeServices.layer, { excludeTestServices: true })("a client that never reads", (it) => {
  it.effect(
    "is sent no more than its socket holds, and nobody else waits for it or misses anything",
    () =>
      Effect.gen(function* () {
        const tape = yield* Tape.make([yield* BinanceSpot])
        const service = yield* Layer.build(
          Server.layer().pipe(
            Layer.provide(Layer.succeed(Tape.Tape, tape)),
            Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
          )
        )
        const { address } = yield* Effect.provide(HttpServer.HttpServer, service)
        const client = yield* ask("port" in address ? address.port : 0)
        const find = Effect.map(tape.readers, (all) =>
          all.find(({ name }) => name.startsWith("stream"))
        )
        const turns = Effect.andThen(Effect.yieldNow, find)
        yield* Effect.repeat(turns, { until: (slow) => slow !== undefined })
        const other = yield* tape.reader({ policy: "suspend" })
        const running = yield* Effect.forkScoped(tape.run)
        const given = yield* other.ticks.pipe(
          Stream.take(many),
          Stream.runFold(
            () => 0,
            (count) => count + 1
          )
        )
        yield* Fiber.interrupt(running)
        const { delivered = 0, dropped = 0, offered = 0, waiting = 0 } = (yield* find) ?? {}
        assert.strictEqual(given, many)
        assert.isAtLeast(offered, many / 2)
        assert.strictEqual(offered, delivered + dropped + waiting)
        assert.isAtMost(waiting, TickStream.capacity["drop-oldest"])
        assert.isBelow(delivered, many / 4)
        client.destroy()
        yield* Effect.repeat(turns, { until: (slow) => slow === undefined })
      }).pipe(
        Effect.scoped,
        Effect.provide(
          Layer.provide(BinanceSpot.layerRecorded(path, { loop: true }), NodeServices.layer)
        )
      ),
    60_000
  )
})
