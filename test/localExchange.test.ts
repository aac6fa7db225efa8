import { NodeHttpClient, NodeServices, NodeSocket } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
import * as Script from "@tapewire/exchange/Script"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { ConfigProvider, Effect, Layer, Logger, Result, Stream } from "effect"
import * as BookState from "tapewire/BookState"
import type { Tick } from "tapewire/Tick"
import { feedOf, subjectOf } from "./support/Conversation.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"

const services = layer(
  Layer.mergeAll(
    NodeServices.layer,
    NodeHttpClient.layerNodeHttp,
    NodeSocket.layerWebSocketConstructor,
    Logger.layer([])
  ),
  { excludeTestServices: true }
)

const named = (name: string) =>
  binanceSpot.find((recording) => recording.name === name)?.read() ?? assert.fail(name)

const plain = ([price, size]: readonly [number | string, number | string]) => [
  Number(price),
  Number(size)
]

/** Follows a whole recording, cut off three times on the way. */
const follow = Effect.fnUntraced(function* (name: string, speed: number) {
  const wires = named(name)
  const subject = subjectOf(wires)
  const header = {
    version: 1,
    provenance: { source: "a recording", writtenBy: "a test" },
    feeds: [feedOf(subject)]
  } as const
  const script = Result.getOrThrow(Script.fromWires(header, wires))
  const seconds = script.frames.at(-1)?.seconds ?? 0
  const exchange = yield* LocalExchange.fromScript(script, {
    speed,
    faults: [0.3, 0.5, 0.7].map((share) => ({ kind: "kill", at: share * seconds }))
  })
  const settings = ConfigProvider.layer(ConfigProvider.fromEnvRecord(exchange.settings))
  const quickly = { firstWait: "10 millis", healthyAfter: "100 millis" } as const
  const feed = BinanceSpot.layer(subject.topics, quickly)
  return yield* Effect.gen(function* () {
    const { book, ticks } = yield* BinanceSpot
    const found: Array<Tick> = []
    yield* ticks.pipe(
      Stream.runForEachArray((batch) => Effect.sync(() => found.push(...batch))),
      Effect.forkScoped
    )
    yield* exchange.ended
    const passed = yield* Effect.forEach(exchange.symbols, exchange.aggregatedTrades)
    const count = passed.flat().length
    // What was sent last is still on its way, and what was missed may have to be asked for.
    yield* Effect.sync(() => found.filter(({ _tag }) => _tag === "Trade").length >= count).pipe(
      Effect.delay("200 millis"),
      Effect.repeat({ until: (isWhole) => isWhole }),
      Effect.timeoutOption("10 seconds")
    )
    const books = yield* Effect.forEach(exchange.symbols, (symbol) =>
      Effect.map(exchange.book(symbol), (truth) => ({
        book: BookState.snapshot(book(symbol)),
        truth
      }))
    )
    return { exchange, found, books }
  }).pipe(Effect.provide(Layer.provide(feed, settings)))
})

describe.skipIf(!hasRecordings)("a recording of several symbols on the local exchange", () => {
  services((it) => {
    it.effect(
      "comes whole through three lost connections, with true books at the end",
      () =>
        Effect.gen(function* () {
          const { books, exchange, found } = yield* follow("2021-04-04", 20)
          assert.deepStrictEqual(exchange.symbols, ["BTC-USDT", "DOT-USDT", "ETH-USDT"])
          for (const symbol of exchange.symbols) {
            const passed = yield* exchange.aggregatedTrades(symbol)
            assert.isAbove(passed.length, 100)
            assert.deepStrictEqual(
              found.flatMap((tick) =>
                tick._tag === "Trade" && tick.symbol === symbol
                  ? [[tick.id, tick.side, tick.price, tick.size]]
                  : []
              ),
              passed.map(({ id, price, side, size }) => [id, side, Number(price), Number(size)])
            )
          }
          for (const { book, truth } of books) {
            assert.isAbove(truth?.bids.length ?? 0, 900)
            assert.strictEqual(book?.sequence, truth?.sequence)
            assert.deepStrictEqual(book?.bids.map(plain), truth?.bids.map(plain))
            assert.deepStrictEqual(book?.asks.map(plain), truth?.asks.map(plain))
          }
        }),
      30_000
    )
  })
})
