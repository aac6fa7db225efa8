import { NodeHttpClient, NodeServices, NodeSocket } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { BinanceSpot, venue } from "@tapewire/venues/BinanceSpot"
import { ConfigProvider, Effect, FileSystem, Layer, Logger, Stream } from "effect"
import type * as Feed from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Rest from "tapewire/Rest"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { WebSocket } from "ws"
import * as Baseline from "./support/Baseline.ts"
import { isUpdate } from "./support/Best.ts"
import { feedOf, play, type Subject, subjectOf } from "./support/Conversation.ts"
import * as Exchange from "./support/Exchange.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"
import { assertSame, byTopic, print, timeless } from "./support/Same.ts"

/** A program that knows a feed, and not where it comes from. */
const collect = (count: number) =>
  Effect.flatMap(BinanceSpot, ({ ticks }) => Stream.runCollect(Stream.take(ticks, count)))

const services = layer(
  Layer.mergeAll(
    NodeServices.layer,
    NodeHttpClient.layerNodeHttp,
    NodeSocket.layerWebSocketConstructor,
    Logger.layer([]),
    Baseline.layer
  ),
  { excludeTestServices: true }
)

Baseline.hold()

/** Puts an exchange in the place of Binance. */
const inPlace = ({ settings }: Exchange.Exchange) =>
  ConfigProvider.layer(ConfigProvider.fromEnvRecord(settings))

type Topics = ReadonlyArray<Feed.Topic<typeof venue>>

const live = (exchange: Exchange.Exchange, topics: Topics, options?: LiveFeed.Options) =>
  Layer.provide(BinanceSpot.layer(topics, options), inPlace(exchange))

/** Makes a wire-level tape of a recording, and gives its path. */
const tapeOf = Effect.fnUntraced(function* (wires: ReadonlyArray<Wire>, subject: Subject) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/wire.tape`
  const tape = yield* TapeFile.create(path, {
    version: 1,
    provenance: { source: "a recording", writtenBy: "a test" },
    feeds: [feedOf(subject)]
  })
  yield* tape.wire(wires)
  yield* tape.end
  return path
})

const isTrade = ({ _tag }: Tick) => _tag === "Trade"

/** Ticks as text, whenever they came. */
const lines = (ticks: ReadonlyArray<Tick>) => timeless(print(ticks))

const named = (name: string) =>
  binanceSpot.find((recording) => recording.name === name)?.read() ?? assert.fail(name)

const whole = ["2021-04-04", "2021-04-17", "2021-10-11", "btcusdt_20240808"]

describe.skipIf(!hasRecordings)("one program", () => {
  services((it) => {
    it.effect.each(whole)("is given the same ticks of %s live as offline", (name) =>
      Effect.gen(function* () {
        const wires = named(name)
        const { ticks } = play(wires)
        const exchange = yield* Exchange.make(wires)
        const found = yield* collect(ticks.length).pipe(
          Effect.provide(live(exchange, subjectOf(wires).topics))
        )
        assertSame(byTopic(print(found)), byTopic(print(ticks)))
      })
    )

    it.effect.each(whole)("is given the same ticks of %s from a tape as offline", (name) =>
      Effect.gen(function* () {
        const wires = named(name)
        const { ticks } = play(wires)
        const layer = BinanceSpot.layerRecorded(yield* tapeOf(wires, subjectOf(wires)))
        // One more than there are, so that it ends with the tape.
        const found = yield* collect(ticks.length + 1).pipe(Effect.provide(layer))
        assertSame(print(found), print(ticks))
      })
    )

    it.effect("is given again what it was given live, once that was recorded", () =>
      Effect.gen(function* () {
        const wires = named("2021-04-17")
        const subject = subjectOf(wires)
        const exchange = yield* Exchange.make(wires)
        const passed: Array<Wire> = []
        const layer = live(exchange, subject.topics, {
          tap: (batch) => Effect.sync(() => passed.push(...batch))
        })
        const count = play(wires).ticks.length
        const first = yield* Effect.provide(collect(count), layer)
        const recorded = BinanceSpot.layerRecorded(yield* tapeOf(passed, subject))
        assert.deepStrictEqual(yield* collect(count).pipe(Effect.provide(recorded)), first)
      })
    )
  })
})

describe.skipIf(!hasRecordings)("a feed of Binance spot", () => {
  services((it) => {
    it.effect("loses no trade with its connection, and gives none twice or out of order", () =>
      Effect.gen(function* () {
        const wires = named("btcusdt_20240808")
        const trades = play(wires).ticks.filter(isTrade)
        // The connection ends after 500 trades, and the next begins 2,500 later.
        const exchange = yield* Exchange.make(wires, [{ leavesAfter: 500 }, { skips: 3000 }])
        const found = yield* collect(trades.length).pipe(
          Effect.provide(live(exchange, ["trades:BTC-USDT"], { firstWait: "1 millis" }))
        )
        const plain = found.map((tick) => ({ ...tick, origin: undefined }))
        assertSame(lines(plain), lines(trades))
        const late = found.filter((tick) => tick._tag === "Trade" && tick.origin === "backfill")
        assert.strictEqual(late.length, 2500)
        const asked = exchange.heard.filter((line) => line.includes("historicalTrades"))
        // A thousand at a time.
        assert.strictEqual(asked.length, 3)
      })
    )

    const wires = () => named("2021-04-04")
    const topics: Topics = ["trades@aggregated:BTC-USDT", "book:BTC-USDT"]
    /** So short that a test need not wait. */
    const quickly = { firstWait: "1 millis", attempts: 3 } as const

    const failure = (exchange: Exchange.Exchange, of: Venue = venue) =>
      LiveFeed.make<Venue>(of, topics, quickly).pipe(
        Effect.flatMap(({ ticks }) => Effect.flip(Stream.runDrain(ticks))),
        Effect.provide(inPlace(exchange))
      )

    const dials = ({ heard }: Exchange.Exchange) =>
      heard.filter((line) => line.startsWith("UPGRADE")).length

    it.effect("asks for what it needs, and for nothing twice", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(wires())
        yield* Effect.provide(collect(1000), live(exchange, topics))
        assert.deepStrictEqual(exchange.heard, [
          "GET /api/v3/exchangeInfo",
          "UPGRADE /stream?timeUnit=MICROSECOND",
          `{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth@100ms"],"id":1}`,
          "GET /api/v3/depth?symbol=BTCUSDT&limit=5000"
        ])
      })
    )

    it.effect("tells every trade once, and books anew, when the exchange hangs up", () =>
      Effect.gen(function* () {
        const expected = play(wires()).ticks.filter(({ symbol }) => symbol === "BTC-USDT")
        const [trades, book] = [lines(expected.filter(isTrade)), lines(expected.filter(isUpdate))]
        const last = lines(expected.slice(-1))[0]
        const exchange = yield* Exchange.make(wires(), [{ leavesAfter: 700 }, "plays"])
        const ticks = yield* Effect.flatMap(BinanceSpot, (feed) =>
          Stream.runCollect(Stream.takeUntil(feed.ticks, (tick) => lines([tick])[0] === last))
        ).pipe(Effect.provide(live(exchange, topics, quickly)))
        assert.strictEqual(dials(exchange), 2)
        assertSame(lines(ticks.filter(isTrade)), trades)
        const gap = ticks.findIndex(({ _tag }) => _tag === "Gap")
        const missed = ticks[gap]
        if (missed?._tag !== "Gap") return assert.fail("nothing is said to be missing")
        const { received, since, ...told } = missed
        assert.isAtLeast(received, ticks[gap - 1]?.received ?? 0)
        assert.strictEqual(since, ticks.slice(0, gap).findLast(isUpdate)?.at)
        assert.deepStrictEqual(told, {
          _tag: "Gap",
          venue: "binance",
          symbol: "BTC-USDT",
          channel: "book",
          cause: "disconnect"
        })
        const before = lines(ticks.slice(0, gap).filter(isUpdate))
        assert.isAbove(before.length, 100)
        assertSame(before, book.slice(0, before.length))
        assertSame(lines(ticks.slice(gap + 1).filter(isUpdate)), book)
      })
    )

    it.effect("gives up at once where the exchange refuses", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(wires(), ["refuses"])
        const { isRetryable, reason } = yield* failure(exchange)
        assert.deepInclude(reason, {
          _tag: "Refused",
          detail: "Invalid request: too many parameters"
        })
        assert.isFalse(isRetryable)
        assert.strictEqual(dials(exchange), 1)
      })
    )

    it.effect("tries as often as it may where it is not let in", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(wires(), ["rejects"])
        const { isRetryable, reason } = yield* failure(exchange)
        assert.strictEqual(reason._tag, "Unreachable")
        assert.isTrue(isRetryable)
        assert.strictEqual(dials(exchange), 3)
      })
    )

    it.effect("asks an exchange that says nothing, and leaves when there is no answer", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(wires(), ["silent"])
        const { reason } = yield* failure(exchange, { ...venue, silence: "700 millis" })
        assert.deepInclude(reason, { _tag: "Silent", seconds: 0.7 })
        const asked = exchange.heard.filter((line) => line.includes("LIST_SUBSCRIPTIONS"))
        assert.deepStrictEqual(asked, [2, 2, 2].map(venue.probe))
      })
    )

    it.effect("names the symbols that are spelt nearly like an unknown one", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(named("2021-04-17"))
        const { reason } = yield* collect(1).pipe(
          Effect.provide(live(exchange, ["trades:BTC-USTD"])),
          Effect.flip
        )
        assert.match(reason.message, /unknown symbol BTC-USTD; did you mean BTC-USDT,/)
        assert.strictEqual(dials(exchange), 0)
      })
    )
  })
})

describe.skipIf(!hasRecordings)("the exchange of these tests", () => {
  services((it) => {
    /** What comes over one connection, after something was said. */
    const hear = (url: string, say: ReadonlyArray<string>, count: number) =>
      Effect.acquireUseRelease(
        Effect.sync(() => new WebSocket(url)),
        (socket) =>
          Effect.callback<ReadonlyArray<string>>((resume) => {
            const found: Array<string> = []
            socket.once("open", () => say.forEach((text) => socket.send(text)))
            socket.on("message", (data) => {
              if (found.push(String(data)) === count) resume(Effect.succeed(found))
            })
          }),
        (socket) => Effect.sync(() => socket.terminate())
      )

    const frames = () =>
      named("2021-10-11").flatMap((wire) => (wire._tag === "Received" ? [String(wire.data)] : []))
    const quotes = () => frames().filter((frame) => frame.includes(`"nknusdt@bookTicker"`))

    it.effect("plays the streams in its address, wrapped or not", () =>
      Effect.gen(function* () {
        const { settings } = yield* Exchange.make(named("2021-10-11"))
        const base = settings.TAPEWIRE_BINANCE_WS
        const wrapped = quotes()
        assert.deepStrictEqual(
          yield* hear(`${base}/stream?streams=nknusdt@bookTicker/a@b`, [], wrapped.length),
          wrapped
        )
        const [first = ""] = wrapped
        assert.deepStrictEqual(yield* hear(`${base}/ws/nknusdt@bookTicker`, [], 1), [
          first.replace(`{"stream":"nknusdt@bookTicker","data":`, "").replace("}}", "}")
        ])
      })
    )

    it.effect("answers as Binance documents it", () =>
      Effect.gen(function* () {
        const { settings } = yield* Exchange.make(named("2021-10-11"))
        const requests = [
          venue.subscribe(["a@trade", "b@trade"], 1),
          venue.unsubscribe(["a@trade"], 2),
          venue.probe(3),
          "{",
          `{"method":"SHOUT","id":4}`
        ]
        const answers = yield* hear(`${settings.TAPEWIRE_BINANCE_WS}/ws`, requests, requests.length)
        assert.deepStrictEqual(answers, [
          `{"result":null,"id":1}`,
          `{"result":null,"id":2}`,
          `{"result":["b@trade"],"id":3}`,
          `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`,
          `{"code":2,"msg":"Invalid request: unknown variant SHOUT"}`
        ])
      })
    )

    it.effect("answers every call that a venue may make", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make(named("2021-10-11"))
        const rest = yield* Rest.make(venue, exchange.settings.TAPEWIRE_BINANCE_REST)
        const status = (call: keyof Venue["calls"], subject: string) =>
          Effect.map(rest.ask(call, subject), (answer) => answer.status)
        assert.strictEqual(yield* status("instruments", ""), 200)
        assert.strictEqual(yield* status("snapshot", "NKNUSDT"), 200)
        assert.strictEqual(yield* status("snapshot", "NOTHING"), 400)
        assert.strictEqual(yield* status("time", ""), 200)
        assert.strictEqual(yield* status("ping", ""), 200)
      })
    )
  })
})
