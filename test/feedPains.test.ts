/** What users of other clients suffer from, provoked on a live feed over real sockets. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { BinanceSpot, venue } from "@tapewire/venues/BinanceSpot"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as BookState from "tapewire/BookState"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Tape from "tapewire/Tape"
import type { Tick } from "tapewire/Tick"
import { vi } from "vitest"
import * as Peer from "../packages/tapewire/test/support/Peer.ts"
import * as Site from "../packages/tapewire/test/support/Site.ts"
import * as FaultServer from "./support/FaultServer.ts"
import * as Live from "./support/LiveBinance.ts"

// As much as a busy machine may need; nothing here waits for time to pass.
vi.setConfig({ testTimeout: 60_000 })

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

const known = { instruments: [Live.instrument] }
const trades = "btcusdt@trade"
const depth = "btcusdt@depth@100ms"

const ids = (ticks: ReadonlyArray<Tick>) =>
  ticks.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : []))

describe("nobody suffers from", () => {
  it.effect("a socket that is open and over which only pings come", () =>
    Effect.gen(function* () {
      const server = yield* FaultServer.make()
      const settings = { TAPEWIRE_BINANCE_WS: `ws://127.0.0.1:${server.port}/pings` }
      const { events, tries, wires } = yield* Live.start(settings, ["trades:BTC-USDT"], known)
      yield* Live.eventually(() => wires.some(({ _tag }) => _tag === "Received"))
      for (let seconds = 0; seconds < 38; seconds++) {
        yield* Live.pass("1 second")
        if (seconds < 30) yield* Live.eventually(() => server.pongs() >= Math.floor(seconds / 5))
      }
      assert.strictEqual(Live.only(events, "Lost")[0]?.detail, "nothing came for 30 s")
      yield* Live.pass("1 second")
      assert.strictEqual(tries(), 2)
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("a channel that is acknowledged and from the first gives nothing", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({ faults: [{ kind: "mute", at: 0, topic: depth }] })
      const { subscribed } = yield* Live.heard(exchange)
      // The fault comes before the first frame.
      yield* exchange.advance(1)
      const { events, feed } = yield* Live.start(
        exchange.settings,
        ["trades:BTC-USDT", "book:BTC-USDT"],
        known
      )
      yield* Live.eventually(() => subscribed.includes(depth))
      for (let seconds = 0; seconds < 20; seconds++) {
        yield* exchange.advance(5)
        yield* Live.roundTrip(exchange)
        yield* Live.pass("1 second")
      }
      assert.deepStrictEqual(
        Live.only(events, "Mute").map(({ topic }) => topic),
        ["binance:book:BTC-USDT"]
      )
      assert.deepInclude(yield* feed.status, { state: "running", mute: ["binance:book:BTC-USDT"] })
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("trades that passed while a connection was lost", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({ faults: [{ kind: "kill", at: 2 }] })
      const { subscribed } = yield* Live.heard(exchange)
      const { events, ticks } = yield* Live.start(exchange.settings, ["trades:BTC-USDT"], known)
      yield* Live.eventually(() => subscribed.length === 1)
      while (Live.only(events, "Lost").length === 0) {
        yield* exchange.advance(1)
        yield* Live.roundTrip(exchange)
      }
      const before = ids(ticks).length
      yield* exchange.advance(200)
      yield* Live.pass("1 second")
      yield* Live.eventually(() => subscribed.length === 2)
      assert.isAbove(before, 0)
      assert.strictEqual(ids(ticks).length, before)
      yield* exchange.advance(200)
      const passed = yield* exchange.trades("BTC-USDT")
      yield* Live.eventually(() => ids(ticks).length >= passed.length)
      assert.deepStrictEqual(
        ids(ticks),
        passed.map(({ id }) => id)
      )
      assert.isAbove(Live.only(events, "Filled")[0]?.trades ?? 0, 20)
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("a ban for asking for fifty books at once after a lost connection", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({ symbols: 50, faults: [{ kind: "kill", at: 5 }] })
      const { asked, limited, subscribed } = yield* Live.heard(exchange)
      const { events, feed } = yield* Live.start(
        exchange.settings,
        exchange.symbols.map((symbol) => `book:${symbol}` as const)
      )
      yield* Live.eventually(() => subscribed.length === 50)
      const isTrue = () =>
        exchange.symbols.every((symbol) => BookState.snapshot(feed.book(symbol)) !== undefined)
      // Not the exchange, which would count it.
      const elsewhere = yield* FaultServer.make()
      const round = Effect.gen(function* () {
        yield* exchange.advance(2)
        yield* Live.visit(`http://127.0.0.1:${elsewhere.port}/http404`)
        yield* Live.pass("1 second")
      })
      yield* Effect.repeat(round, { until: isTrue, times: 400 })
      assert.isTrue(isTrue())
      while (Live.only(events, "Lost").length === 0) yield* round
      yield* Effect.repeat(round, { until: isTrue, times: 400 })
      assert.isTrue(isTrue())
      assert.deepStrictEqual(limited, [])
      assert.isTrue(asked.every((line) => line.startsWith("200 ")))
      assert.isAtLeast(asked.filter((line) => line.includes("/depth")).length, 100)
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("a burst that a reader takes long over", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({})
      const { asked, limited, subscribed } = yield* Live.heard(exchange)
      const { feed, ticks } = yield* Live.start(exchange.settings, ["trades:BTC-USDT"], {
        ...known,
        each: Effect.yieldNow
      })
      yield* Live.eventually(() => subscribed.length === 1)
      yield* exchange.advance(3000)
      const passed = yield* exchange.trades("BTC-USDT")
      yield* Live.eventually(() => ticks.length === passed.length)
      assert.isAbove(passed.length, 1000)
      assert.deepStrictEqual(
        ids(ticks),
        passed.map(({ id }) => id)
      )
      // None of it had to be asked for again.
      assert.deepStrictEqual([...asked, ...limited], [])
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("subscriptions beyond what one connection carries, dropped without a word", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({ symbols: 520 })
      const { subscribed } = yield* Live.heard(exchange)
      const topics = exchange.symbols.flatMap(
        (symbol) => [`trades:${symbol}`, `book:${symbol}`] as const
      )
      const { events, tries } = yield* Live.start(exchange.settings, topics, { pool: { min: 1 } })
      while (subscribed.length < 1040) {
        yield* Live.roundTrip(exchange)
        yield* Live.pass("100 millis")
      }
      assert.strictEqual(new Set(subscribed).size, 1040)
      assert.strictEqual(tries(), 2)
      const told = () => Live.only(events, "Subscribed").flatMap(({ topics }) => topics)
      yield* Live.eventually(() => told().length >= 1040)
      assert.deepStrictEqual(new Set(told()), new Set(topics.map((topic) => `binance:${topic}`)))
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("a symbol that is delisted while others go on", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({
        symbols: 2,
        faults: [{ kind: "delist", at: 1, symbol: "X01USDT" }]
      })
      const { subscribed } = yield* Live.heard(exchange)
      const { events, feed, ticks } = yield* Live.start(exchange.settings, [
        "trades:X01-USDT",
        "trades:X02-USDT"
      ])
      yield* Live.eventually(() => subscribed.length === 2)
      const round = Effect.gen(function* () {
        yield* exchange.advance(5)
        yield* Live.roundTrip(exchange)
        yield* Live.pass("1 second")
      })
      yield* Effect.repeat(round, {
        until: () => Live.only(events, "Delisted").length > 0,
        times: 120
      })
      assert.deepStrictEqual(
        Live.only(events, "Delisted").map(({ symbol }) => symbol),
        ["X01-USDT"]
      )
      yield* Effect.repeat(round, { times: 60 })
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["X02-USDT"]
      )
      assert.strictEqual(subscribed.filter((topic) => topic.startsWith("x01")).length, 1)
      assert.deepStrictEqual(Live.only(events, "Lost"), [])
      const passed = yield* exchange.trades("X02-USDT")
      yield* Live.eventually(
        () => ids(ticks.filter(({ symbol }) => symbol === "X02-USDT")).length === passed.length
      )
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("a quiet market, taken for a dead connection", () =>
    Effect.gen(function* () {
      const exchange = yield* Live.manual({})
      const { subscribed } = yield* Live.heard(exchange)
      const { events, tries } = yield* Live.start(exchange.settings, ["trades:BTC-USDT"], known)
      yield* Live.eventually(() => subscribed.length === 1)
      for (let seconds = 0; seconds < 1800; seconds += 5) {
        yield* Live.roundTrip(exchange)
        yield* Live.pass("5 seconds")
      }
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["Connected", "Subscribed"]
      )
      assert.strictEqual(tries(), 1)
      assert.deepStrictEqual(subscribed, [trades])
    }).pipe(Effect.provide(Live.layer))
  )

  it.effect("an exchange that is away for two hours, and is not come back to or is hammered", () =>
    Effect.gen(function* () {
      const peer = Peer.make()
      const feed = yield* LiveFeed.make(venue, ["trades:BTC-USDT"], known).pipe(
        Effect.provideService(Socket.WebSocketConstructor, peer.construct),
        Effect.provideService(HttpClient.HttpClient, Site.make({}).client)
      )
      const tape = yield* Tape.make([feed])
      yield* Effect.forkScoped(tape.run, { startImmediately: true })
      yield* Live.pass("1 second")
      peer.last().open()
      yield* Live.pass("1 second")
      peer.refusal = "maintenance"
      peer.last().end(1012, "")
      for (let minutes = 0; minutes < 120; minutes++) yield* Live.pass("1 minute")
      assert.isAtLeast(peer.tries, 60)
      assert.isAtMost(peer.tries, 300)
      const before = peer.lines.length
      peer.refusal = undefined
      yield* Live.pass("2 minutes")
      assert.isAbove(peer.lines.length, before)
    })
  )

  it.effect("another reader who never reads", () =>
    Effect.gen(function* () {
      const feed = yield* BinanceSpot
      const tape = yield* Tape.make([feed])
      const never = yield* tape.reader({ capacity: 100 })
      const found: Array<Tick> = []
      const reader = yield* tape.reader({ policy: "suspend" })
      yield* reader.ticks.pipe(
        Stream.runForEach((tick) => Effect.sync(() => found.push(tick))),
        Effect.forkScoped({ startImmediately: true })
      )
      yield* tape.run
      yield* Live.eventually(() => found.length > 40_000)
      const { delivered, dropped, waiting } = yield* never.stats
      assert.strictEqual(delivered, 0)
      assert.isAbove(dropped, 0)
      assert.strictEqual(delivered + dropped + waiting, found.length)
    }).pipe(Effect.provide(Layer.provide(BinanceSpot.layerRecorded(path), NodeServices.layer)))
  )

  it.effect("a replay that is another each time", () =>
    Effect.gen(function* () {
      const once = Effect.gen(function* () {
        const { ticks } = yield* BinanceSpot
        return yield* Stream.runCollect(Stream.take(ticks, 5000))
      }).pipe(Effect.provide(BinanceSpot.layerRecorded(path)))
      const [one, other] = [yield* once, yield* once]
      assert.strictEqual(one.length, 5000)
      assert.deepStrictEqual(other, one)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
