import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BookState from "tapewire/BookState"
import { vi } from "vitest"
import * as FaultServer from "./support/FaultServer.ts"
import * as Live from "./support/LiveBinance.ts"

// As much as a busy machine may need; nothing here waits for time to pass.
vi.setConfig({ testTimeout: 60_000 })

const topic = "trades:BTC-USDT"

/** A feed whose every connection meets a fault. */
const meet = (server: FaultServer.FaultServer, name: FaultServer.Name) =>
  Live.start({ TAPEWIRE_BINANCE_WS: `ws://127.0.0.1:${server.port}/${name}` }, [topic], {
    instruments: [Live.instrument]
  })

const trades = "btcusdt@trade"
const depth = "btcusdt@depth@100ms"

describe("a feed over a real connection", () => {
  for (const [code, least] of [
    [1000, 0],
    [1001, 0],
    [1012, 0],
    [1008, 30_000],
    [1011, 5000],
    [1013, 5000],
    [4000, 5000]
  ] as const) {
    it.effect(`that is closed with ${code} comes back no sooner than after ${least} ms`, () =>
      Effect.gen(function* () {
        const server = yield* FaultServer.make()
        const { events, tries } = yield* meet(server, `close${code}`)
        yield* Live.eventually(() => Live.only(events, "Lost").length === 1)
        const [lost] = Live.only(events, "Lost")
        const wait = lost?.retryInMillis ?? -1
        assert.strictEqual(lost?.code, code)
        assert.isAtLeast(wait, least)
        assert.isAtMost(wait, Math.max(least, 1000))
        assert.strictEqual(tries(), 1)
        if (wait > 1) yield* Live.pass(wait - 1)
        assert.strictEqual(tries(), wait > 1 ? 1 : tries())
        yield* Live.pass(2)
        assert.strictEqual(tries(), 2)
      }).pipe(Effect.provide(Live.layer))
    )
  }

  it.effect(
    "that is half open, on which nothing comes, is asked, cut after 30 s, and comes back",
    () =>
      Effect.gen(function* () {
        const server = yield* FaultServer.make()
        const { events, tries, wires } = yield* meet(server, "neverCloses")
        yield* Live.eventually(() => wires.some(({ _tag }) => _tag === "Received"))
        yield* Live.pass("29 seconds")
        assert.deepStrictEqual(Live.only(events, "Lost"), [])
        assert.isTrue(
          wires.some((wire) => wire._tag === "Sent" && wire.data.includes("LIST_SUBSCRIPTIONS"))
        )
        // The greeting came at some time of the first quarter.
        yield* Live.pass("9 seconds")
        const [lost] = Live.only(events, "Lost")
        assert.strictEqual(lost?.detail, "nothing came for 30 s")
        yield* Live.pass("1 second")
        assert.strictEqual(tries(), 2)
      }).pipe(Effect.provide(Live.layer))
  )

  it.effect(
    "that acknowledged a subscription and is mute asks for that one anew, and misses nothing",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Live.manual({ faults: [{ kind: "mute", at: 3, topic: depth }] })
        const { subscribed } = yield* Live.heard(exchange)
        const { events, feed, ticks, tries } = yield* Live.start(
          exchange.settings,
          [topic, "book:BTC-USDT"],
          { instruments: [Live.instrument] }
        )
        yield* Live.eventually(() => subscribed.includes(depth))
        const isTrue = Effect.gen(function* () {
          const truth = yield* exchange.book("BTC-USDT")
          return BookState.snapshot(feed.book("BTC-USDT"))?.sequence === truth?.sequence
        })
        /** Some of the recording goes by and is read, and then so does time. */
        const round = Effect.gen(function* () {
          yield* exchange.advance(10)
          yield* Live.roundTrip(exchange)
          yield* Live.pass("1 second")
          return yield* isTrue
        })
        const rounds = (is: () => boolean) => Effect.repeat(round, { until: is, times: 200 })
        yield* rounds(() => Live.only(events, "Mute").length > 0)
        assert.deepStrictEqual(
          Live.only(events, "Mute").map(({ topic }) => topic),
          ["binance:book:BTC-USDT"]
        )
        yield* rounds(() => Live.only(events, "Restored").length > 0)
        yield* Effect.repeat(round, { until: (is) => is, times: 200 })
        assert.isTrue(yield* isTrue)
        yield* Live.roundTrip(exchange)
        assert.deepStrictEqual(subscribed, [trades, depth, depth])
        assert.strictEqual(tries(), 1)
        assert.deepStrictEqual(
          ticks.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : [])),
          (yield* exchange.trades("BTC-USDT")).map(({ id }) => id)
        )
      }).pipe(Effect.provide(Live.layer))
  )

  it.effect(
    "with a thousand subscriptions asks for all, and is cut by no exchange that counts",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Live.manual({ symbols: 500 })
        const { limited, subscribed } = yield* Live.heard(exchange)
        // The pong to a ping of the exchange, which comes every 20 s, counts as well.
        yield* Live.pass("19900 millis")
        const { events } = yield* Live.start(
          exchange.settings,
          exchange.symbols.flatMap((symbol) => [
            `trades:${symbol}` as const,
            `book:${symbol}` as const
          ]),
          { pool: { min: 1 } }
        )
        yield* Live.eventually(() => Live.only(events, "Connected").length === 1)
        for (let tenth = 0; tenth < 30; tenth++) {
          yield* Live.pass("100 millis")
          yield* Live.roundTrip(exchange)
        }
        yield* Live.eventually(() => subscribed.length === 1000 || limited.length > 0)
        assert.deepStrictEqual(limited, [])
        assert.deepStrictEqual(Live.only(events, "Lost"), [])
      }).pipe(Effect.provide(Live.layer))
  )

  it.effect(
    "that is given a snapshot older than what came asks again, and shows no false book",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Live.manual({
          faults: [
            { kind: "kill", at: 3 },
            { kind: "stale-snapshot", at: 3, symbol: "BTCUSDT" }
          ]
        })
        const { asked } = yield* Live.heard(exchange)
        const { events, feed, ticks } = yield* Live.start(exchange.settings, ["book:BTC-USDT"], {
          instruments: [Live.instrument]
        })
        const snapshots = () => asked.filter((line) => line.includes("limit=5000")).length
        const book = () => BookState.snapshot(feed.book("BTC-USDT"))
        const round = Effect.gen(function* () {
          yield* exchange.advance(10)
          yield* Live.roundTrip(exchange)
          yield* Live.pass("500 millis")
        })
        while (Live.only(events, "Lost").length === 0) yield* round
        assert.strictEqual(snapshots(), 1)
        yield* Effect.repeat(round, { until: () => book() !== undefined, times: 100 })
        // One in vain, of which nothing was given.
        assert.strictEqual(snapshots(), 3)
        assert.strictEqual(ticks.filter(({ _tag }) => _tag === "BookSnapshot").length, 2)
        const truth = yield* exchange.book("BTC-USDT")
        yield* Live.eventually(() => book()?.sequence === truth?.sequence)
        assert.deepStrictEqual(
          book()?.bids.map(([price]) => price),
          truth?.bids.map(([price]) => Number(price))
        )
      }).pipe(Effect.provide(Live.layer))
  )
})
