import { NodeHttpClient, NodeServices, NodeSocket } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
import * as Script from "@tapewire/exchange/Script"
import { BinanceUsdm, venue } from "@tapewire/venues/BinanceUsdm"
import { ConfigProvider, Effect, Layer, Logger, Result, Stream } from "effect"
import * as BookState from "tapewire/BookState"
import * as Feed from "tapewire/Feed"
import type { Tick } from "tapewire/Tick"
import { binanceUsdm } from "./support/conformance/binance.ts"
import { play } from "./support/conformance/Conformance.ts"
import { hasRecordings } from "./support/recordings.ts"

const services = layer(
  Layer.mergeAll(
    NodeServices.layer,
    NodeHttpClient.layerNodeHttp,
    NodeSocket.layerWebSocketConstructor,
    Logger.layer([])
  ),
  { excludeTestServices: true }
)

/** Of those far from the best, a book that was had anew knows none beyond the first 1000. */
const best = (side: ReadonlyArray<readonly [number | string, number | string]> = []) =>
  side.slice(0, 500).map(([price, size]) => [Number(price), Number(size)])

/** Follows a whole recording of four perpetuals, cut off twice on the way. */
const follow = Effect.gen(function* () {
  const recording =
    binanceUsdm.recordings.find(({ name }) => name === "2021-04-17") ?? assert.fail("none")
  const { instruments, wires } = play(binanceUsdm, recording)
  const topics = instruments.flatMap(
    ({ symbol }) => [`trades:${symbol}`, `book:${symbol}`, `quotes:${symbol}`] as const
  )
  const header = {
    version: 1,
    provenance: { source: "a recording", writtenBy: "a test" },
    feeds: [
      {
        venue: venue.id,
        subscriptions: Result.getOrThrow(Feed.subscriptions(venue, topics)),
        instruments
      }
    ]
  } as const
  const script = Result.getOrThrow(Script.fromWires(header, wires))
  const seconds = script.frames.at(-1)?.seconds ?? 0
  const exchange = yield* LocalExchange.fromScript(script, {
    speed: 20,
    faults: [0.4, 0.7].map((share) => ({ kind: "kill", at: share * seconds }))
  })
  const settings = ConfigProvider.layer(ConfigProvider.fromEnvRecord(exchange.settings))
  const feed = BinanceUsdm.layer(topics, { firstWait: "10 millis", healthyAfter: "100 millis" })
  return yield* Effect.gen(function* () {
    const { book, ticks } = yield* BinanceUsdm
    const found: Array<Tick> = []
    yield* ticks.pipe(
      Stream.runForEachArray((batch) => Effect.sync(() => found.push(...batch))),
      Effect.forkScoped
    )
    yield* exchange.ended
    const passed = yield* Effect.forEach(exchange.symbols, exchange.aggregatedTrades)
    // What was sent last is still on its way, and what was missed may have to be asked for.
    yield* Effect.sync(
      () => found.filter(({ _tag }) => _tag === "Trade").length >= passed.flat().length
    ).pipe(
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
    return { exchange, found, passed, books }
  }).pipe(Effect.provide(Layer.provide(feed, settings)))
})

describe.skipIf(!hasRecordings)("a recording of USD-M futures on the local exchange", () => {
  services((it) => {
    it.effect(
      "comes whole through two lost connections, over both routes, with true books at the end",
      () =>
        Effect.gen(function* () {
          const { books, exchange, found, passed } = yield* follow
          assert.strictEqual(exchange.symbols.length, 4)
          assert.isAbove(passed.flat().length, 100)
          exchange.symbols.forEach((symbol, index) => {
            assert.deepStrictEqual(
              found.flatMap((tick) =>
                tick._tag === "Trade" && tick.symbol === symbol
                  ? [[tick.id, tick.side, tick.price, tick.size]]
                  : []
              ),
              passed[index]?.map(({ id, price, side, size }) => [
                id,
                side,
                Number(price),
                Number(size)
              ])
            )
          })
          for (const { book, truth } of books) {
            assert.isAbove(truth?.bids.length ?? 0, 500)
            assert.strictEqual(book?.sequence, truth?.sequence)
            assert.deepStrictEqual(best(book?.bids), best(truth?.bids))
            assert.deepStrictEqual(best(book?.asks), best(truth?.asks))
          }
        }),
      30_000
    )
  })
})
