import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { assert, layer } from "@effect/vitest"
import type { Fault } from "@tapewire/exchange/Faults"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
import * as Script from "@tapewire/exchange/Script"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as BookState from "tapewire/BookState"
import * as TapeFile from "tapewire/TapeFile"
import type { BookSnapshot, Tick } from "tapewire/Tick"
import * as Raw from "./support/Raw.ts"
import * as Recorded from "./support/recorded.ts"

const platform = Layer.mergeAll(
  NodeServices.layer,
  NodeHttpClient.layerNodeHttp,
  NodeSocket.layerWebSocketConstructor,
  Logger.layer([])
)

const services = layer(platform, { excludeTestServices: true })

const trade = "btcusdt@trade"
const depth = "btcusdt@depth@100ms"

/** An exchange that plays nothing but what it is told to. */
const manual = (
  faults: ReadonlyArray<Fault> = [],
  options: Omit<LocalExchange.Options, "faults" | "speed"> = {}
) =>
  Effect.flatMap(Recorded.script, (script) =>
    LocalExchange.fromScript(script, { ...options, speed: "manual", faults })
  )

const socket = ({ port }: LocalExchange.Interface, path = "/stream") =>
  Raw.connect(`ws://127.0.0.1:${port}${path}`)

const get = ({ port }: LocalExchange.Interface, path: string) =>
  Effect.flatMap(HttpClient.get(`http://127.0.0.1:${port}/api/v3/${path}`), (response) =>
    Effect.map(response.text, (body) => ({
      status: response.status,
      retryAfter: response.headers["retry-after"],
      body
    }))
  )

const subscribe = (id: number, ...params: ReadonlyArray<string>) =>
  JSON.stringify({ method: "SUBSCRIBE", params, id })

/** A connection to which a topic was acknowledged. */
const subscribed = (exchange: LocalExchange.Interface, ...topics: ReadonlyArray<string>) =>
  Effect.tap(socket(exchange), (raw) => {
    raw.send(subscribe(1, ...topics))
    return raw.hears(1)
  })

const idOf = (frame: string): number => Number(/"t":(\d+)/.exec(frame)?.[1])

/** The ids of the trades that came after the acknowledgement, once all is said. */
const idsOf = (raw: Raw.Raw) => Effect.map(raw.pong, () => raw.heard.slice(1).map(idOf))

/** Long enough for many trades. */
const many = 200

/** The recorded trades among the first frames, by id. */
const recordedIds = (exchange: LocalExchange.Interface) =>
  Effect.map(exchange.trades("BTC-USDT"), (trades) => trades.map(({ id }) => id))

services("a local exchange", (it) => {
  it.effect("answers requests with their ids, and errors as Binance documents them", () =>
    Effect.gen(function* () {
      const raw = yield* socket(yield* manual(), "/ws")
      raw.send(subscribe(1, trade, depth))
      raw.send(JSON.stringify({ method: "UNSUBSCRIBE", params: [trade], id: 2 }))
      raw.send(`{"method":"LIST_SUBSCRIPTIONS","id":"three"}`)
      raw.send("{")
      raw.send(`{"method":"SHOUT","id":4}`)
      assert.deepStrictEqual(yield* raw.hears(5), [
        `{"result":null,"id":1}`,
        `{"result":null,"id":2}`,
        `{"result":["${depth}"],"id":"three"}`,
        `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`,
        `{"error":{"code":2,"msg":"Invalid request: unknown variant \`SHOUT\`"},"id":4}`
      ])
    })
  )

  it.effect(
    "sends the recorded frames of what was asked for, wrapped where that was asked for",
    () =>
      Effect.gen(function* () {
        const exchange = yield* manual()
        const wrapped = yield* socket(exchange, `/stream?streams=${trade}`)
        const plain = yield* socket(exchange, `/ws/${trade}`)
        yield* exchange.advance(many)
        const { frames } = yield* Recorded.script
        const recorded = frames.slice(0, many).filter(({ topic }) => topic === trade)
        assert.isAbove(recorded.length, 50)
        assert.deepStrictEqual(
          yield* wrapped.hears(recorded.length),
          recorded.map(({ text }) => text)
        )
        assert.deepStrictEqual(
          yield* plain.hears(recorded.length),
          recorded.map(({ text }) => text.slice(text.indexOf(`"data":`) + 7, -1))
        )
      })
  )

  it.effect("goes on while a client is away", () =>
    Effect.gen(function* () {
      const exchange = yield* manual()
      yield* exchange.advance(many)
      const raw = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      const ids = yield* idsOf(raw)
      assert.deepStrictEqual(ids, (yield* recordedIds(exchange)).slice(-ids.length))
      assert.isBelow(ids.length, (yield* recordedIds(exchange)).length)
    })
  )

  it.effect("sends once what two connections recorded", () =>
    Effect.gen(function* () {
      const wires = (yield* Recorded.wires).filter(({ _tag }) => _tag === "Received").slice(0, many)
      const script = Script.fromWires(
        Recorded.header,
        wires.flatMap((wire) => [wire, wire])
      )
      const exchange = yield* LocalExchange.fromScript(Result.getOrThrow(script), {
        speed: "manual"
      })
      const raw = yield* subscribed(exchange, trade, depth)
      yield* exchange.advance(2 * many)
      yield* raw.pong
      assert.deepStrictEqual(
        raw.heard.slice(1),
        wires.map((wire) => (wire._tag === "Received" ? wire.data : ""))
      )
    })
  )

  it.effect("lists the past trades from an id on, and none that is yet to come", () =>
    Effect.gen(function* () {
      const exchange = yield* manual()
      yield* exchange.advance(many)
      const passed = yield* exchange.trades("BTC-USDT")
      const from = passed[10]?.id ?? 0
      const { body } = yield* get(
        exchange,
        `historicalTrades?symbol=BTCUSDT&fromId=${from}&limit=1000`
      )
      const recorded = (yield* Recorded.trades)
        .slice(10, passed.length)
        .map(({ at = 0, id, price, side, size }) => ({
          id,
          price: String(price),
          qty: String(size),
          time: at / 1000,
          isBuyerMaker: side === "sell",
          isBestMatch: true
        }))
      assert.deepStrictEqual(JSON.parse(body), recorded)
    })
  )

  it.effect("presents one recording under many names, with the same prices", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([], { symbols: 50 })
      assert.include(exchange.provenance, "RECORDED")
      assert.include(exchange.provenance, "50 stand-in names")
      const raw = yield* subscribed(exchange, "x01usdt@trade", "x50usdt@trade")
      yield* exchange.advance(many)
      yield* raw.pong
      const found = raw.heard.slice(1)
      const { frames } = yield* Recorded.script
      const first = frames.find(({ topic }) => topic === trade)?.text ?? ""
      assert.deepStrictEqual(
        found.slice(0, 2),
        ["x01", "x50"].map((name) =>
          first
            .replace("btcusdt@", `${name}usdt@`)
            .replace(`"s":"BTCUSDT"`, `"s":"${name.toUpperCase()}USDT"`)
        )
      )
      const { body } = yield* get(exchange, "exchangeInfo")
      assert.strictEqual(body.split(`"symbol":`).length - 1, 50)
      assert.strictEqual((yield* get(exchange, "depth?symbol=X33USDT")).status, 200)
      assert.strictEqual((yield* get(exchange, "depth?symbol=BTCUSDT")).status, 400)
    })
  )

  it.effect("leaves nothing open", () =>
    Effect.gen(function* () {
      const clients = yield* Effect.scope
      const { exchange, raw } = yield* Effect.scoped(
        Effect.gen(function* () {
          const exchange = yield* manual()
          return { exchange, raw: yield* Scope.provide(socket(exchange), clients) }
        })
      )
      assert.strictEqual((yield* raw.closed).code, 1006)
      assert.strictEqual((yield* Effect.exit(get(exchange, "ping")))._tag, "Failure")
    })
  )
})

layer(platform)("a client beyond the limits of Binance", (it) => {
  it.effect("shuts out who sends more than five messages in a second", () =>
    Effect.gen(function* () {
      const raw = yield* socket(yield* manual())
      for (let id = 1; id <= 6; id++) raw.send(subscribe(id, trade))
      assert.deepStrictEqual(yield* raw.closed, { code: 1008, reason: "Too many requests" })
      assert.strictEqual(raw.heard.length, 5)
    })
  )

  it.effect("counts pings like any other message", () =>
    Effect.gen(function* () {
      const raw = yield* socket(yield* manual())
      for (let id = 1; id <= 4; id++) raw.send(subscribe(id, trade))
      yield* raw.pong
      yield* Effect.forkScoped(raw.pong, { startImmediately: true })
      assert.strictEqual((yield* raw.closed).code, 1008)
    })
  )

  it.effect("takes five messages in every second", () =>
    Effect.gen(function* () {
      const raw = yield* socket(yield* manual())
      for (let id = 1; id <= 20; id++) {
        raw.send(subscribe(id, trade))
        yield* raw.hears(id)
        if (id % 5 === 0) yield* TestClock.adjust("1 second")
      }
    })
  )

  it.effect("answers 429 beyond the weight of a minute, and 418 to who goes on asking", () =>
    Effect.gen(function* () {
      const exchange = yield* manual()
      const ask = get(exchange, "depth?symbol=BTCUSDT&limit=5000")
      const statuses: Array<number> = []
      for (let asked = 0; asked < 30; asked++) statuses.push((yield* ask).status)
      // 24 times 250 is 6000.
      assert.deepStrictEqual(statuses, [
        ...Array.from({ length: 24 }, () => 200),
        ...Array.from({ length: 5 }, () => 429),
        418
      ])
      const banned = yield* get(exchange, "ping")
      assert.strictEqual(banned.status, 418)
      assert.strictEqual(banned.retryAfter, "120")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* ask).status, 200)
    })
  )

  it.effect("turns away the 301st connection of five minutes", () =>
    Effect.gen(function* () {
      const exchange = yield* manual()
      for (let attempt = 0; attempt < 300; attempt++) yield* Effect.scoped(socket(exchange))
      const refused = yield* Effect.flip(socket(exchange))
      assert.deepStrictEqual(refused, { status: 429, retryAfter: "300" })
      yield* TestClock.adjust("5 minutes")
      yield* socket(exchange)
    })
  )

  it.effect("pings every 20 seconds, and cuts who does not answer for a minute", () =>
    Effect.gen(function* () {
      const { port } = yield* manual()
      const url = `ws://127.0.0.1:${port}/stream`
      const [polite, rude] = [yield* Raw.connect(url), yield* Raw.connect(url, "rude")]
      for (let pings = 0; pings < 5; pings++) {
        const pinged = yield* Effect.forkChild(polite.pinged, { startImmediately: true })
        yield* TestClock.adjust("20 seconds")
        yield* Fiber.join(pinged)
        yield* polite.pong
      }
      assert.strictEqual((yield* rude.closed).code, 1006)
      polite.send(subscribe(1, trade))
      yield* polite.hears(1)
    })
  )
})

/** What comes of a topic when a fault meets its frames; the fault is there from the beginning. */
const met = (fault: Fault, topic = trade) =>
  Effect.gen(function* () {
    const exchange = yield* manual([fault])
    const raw = yield* subscribed(exchange, topic)
    yield* exchange.advance(many)
    yield* raw.pong
    return { exchange, raw, ids: yield* recordedIds(exchange) }
  })

services("a fault", (it) => {
  it.effect("that drops leaves out the next frames of a topic, which can still be asked for", () =>
    Effect.gen(function* () {
      const { exchange, ids, raw } = yield* met({ kind: "drop", at: 0, topic: trade, count: 2 })
      assert.deepStrictEqual(yield* idsOf(raw), ids.slice(2))
      const { body } = yield* get(
        exchange,
        `historicalTrades?symbol=BTCUSDT&fromId=${ids[0]}&limit=2`
      )
      assert.strictEqual(body.split(`"id":`).length - 1, 2)
    })
  )

  it.effect("that duplicates sends a frame twice", () =>
    Effect.gen(function* () {
      const { ids, raw } = yield* met({ kind: "duplicate", at: 0, topic: trade })
      assert.deepStrictEqual(yield* idsOf(raw), [...ids.slice(0, 1), ...ids])
    })
  )

  it.effect("that reorders sends a frame after its successor", () =>
    Effect.gen(function* () {
      const { ids, raw } = yield* met({ kind: "reorder", at: 0, topic: trade })
      const [first = 0, second = 0, ...rest] = ids
      assert.deepStrictEqual(yield* idsOf(raw), [second, first, ...rest])
    })
  )

  it.effect("that corrupts leaves no JSON of a frame, and the next as it was", () =>
    Effect.gen(function* () {
      const { ids, raw } = yield* met({ kind: "corrupt", at: 0, topic: trade })
      const [, damaged = "", next = ""] = raw.heard
      assert.throws(() => JSON.parse(damaged))
      assert.strictEqual(idOf(next), ids[1])
    })
  )

  it.effect("that delays holds frames back, and then sends them in their order", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "delay", at: 0, topic: trade, for: 1 }])
      const raw = yield* subscribed(exchange, trade)
      const { frames } = yield* Recorded.script
      const early = frames.filter(({ seconds }) => seconds < 1).length
      yield* exchange.advance(early)
      assert.deepStrictEqual(yield* idsOf(raw), [])
      yield* exchange.advance(many)
      assert.deepStrictEqual(yield* idsOf(raw), yield* recordedIds(exchange))
    })
  )

  it.effect("that mutes leaves a subscription standing, and ends when it is made anew", () =>
    Effect.gen(function* () {
      const { raw, exchange } = yield* met({ kind: "mute", at: 0, topic: trade })
      assert.deepStrictEqual(raw.heard, [`{"result":null,"id":1}`])
      raw.send(subscribe(2, trade))
      yield* raw.hears(2)
      yield* exchange.advance(many)
      yield* raw.pong
      assert.isAbove(raw.heard.length, 2)
    })
  )

  it.effect("that mutes what nobody asked for yet acknowledges it and says nothing", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "mute", at: 0, topic: trade }])
      yield* exchange.advance(1)
      const raw = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      yield* raw.pong
      assert.strictEqual(raw.heard.length, 1)
    })
  )

  it.effect("that kills resets a connection, without a close frame", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "kill", at: 0, connection: 1 }])
      const one = yield* subscribed(exchange, trade)
      const other = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      assert.strictEqual((yield* one.closed).code, 1006)
      assert.deepStrictEqual(yield* idsOf(other), yield* recordedIds(exchange))
    })
  )

  it.effect("that ends hangs up, without a close frame", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "end", at: 0, connection: 1 }])
      const one = yield* subscribed(exchange, trade)
      const other = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      assert.strictEqual((yield* one.closed).code, 1006)
      assert.deepStrictEqual(yield* idsOf(other), yield* recordedIds(exchange))
    })
  )

  it.effect("that leaves says so, goes on, and ends the connection when the time is over", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "leave", at: 0, for: 1 }])
      const raw = yield* subscribed(exchange, trade)
      yield* exchange.advance(1)
      // Who comes after that is not meant.
      const next = yield* subscribed(exchange, trade)
      const { frames } = yield* Recorded.script
      yield* exchange.advance(frames.filter(({ seconds }) => seconds < 1).length - 1)
      yield* raw.pong
      assert.match(raw.heard[1] ?? "", /^{"e":"serverShutdown","E":\d{13}}$/)
      assert.deepStrictEqual(raw.heard.slice(2).map(idOf), yield* recordedIds(exchange))
      yield* exchange.advance(1)
      assert.strictEqual((yield* raw.closed).code, 1001)
      yield* next.pong
    })
  )

  it.effect("that closes ends all connections with its code", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "close", at: 0, code: 1012 }])
      const one = yield* subscribed(exchange, trade)
      const other = yield* subscribed(exchange, depth)
      yield* exchange.advance(1)
      assert.deepStrictEqual([(yield* one.closed).code, (yield* other.closed).code], [1012, 1012])
    })
  )

  it.effect("that stalls leaves a connection open on which nothing is answered", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "stall", at: 0 }])
      const raw = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      raw.send(subscribe(2, depth))
      const answered = yield* Effect.timeoutOption(
        Effect.raceFirst(raw.pong, Effect.raceFirst(raw.closed, raw.hears(2))),
        "200 millis"
      )
      assert.strictEqual(answered._tag, "None")
      // Who comes anew is served.
      const next = yield* subscribed(exchange, trade)
      yield* exchange.advance(many)
      assert.isAbove((yield* idsOf(next)).length, 0)
    })
  )

  it.effect("that limits turns away connections and requests, and says for how long", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "limit", at: 0, status: 418, for: 5 }])
      yield* exchange.advance(1)
      assert.deepInclude(yield* get(exchange, "time"), { status: 418, retryAfter: "5" })
      assert.deepStrictEqual(yield* Effect.flip(socket(exchange)), { status: 418, retryAfter: "5" })
      const { frames } = yield* Recorded.script
      yield* exchange.advance(frames.filter(({ seconds }) => seconds <= 5).length)
      assert.strictEqual((yield* get(exchange, "time")).status, 200)
    })
  )

  it.effect("of the HTTP interface leaves connections alone", () =>
    Effect.gen(function* () {
      const exchange = yield* manual([{ kind: "rest-error", at: 0, status: 503, for: 5 }])
      yield* exchange.advance(1)
      assert.deepInclude(yield* get(exchange, "time"), { status: 503 })
      assert.deepStrictEqual((yield* subscribed(exchange, trade)).heard.length, 1)
    })
  )

  it.effect("that delists says so everywhere, and nothing more comes", () =>
    Effect.gen(function* () {
      const { exchange, raw } = yield* met({ kind: "delist", at: 0, symbol: "BTCUSDT" })
      assert.strictEqual(raw.heard.length, 1)
      assert.notInclude((yield* get(exchange, "exchangeInfo")).body, "BTCUSDT")
      const { body, status } = yield* get(exchange, "depth?symbol=BTCUSDT")
      assert.deepStrictEqual([status, body], [400, `{"code":-1121,"msg":"Invalid symbol."}`])
    })
  )

  it.effect("makes one snapshot stale, and the next is true again", () =>
    Effect.gen(function* () {
      const { exchange } = yield* met({ kind: "stale-snapshot", at: 0, symbol: "BTCUSDT" })
      const ask = Effect.map(get(exchange, "depth?symbol=BTCUSDT&limit=5000"), ({ body }) =>
        Number(/"lastUpdateId":(\d+)/.exec(body)?.[1])
      )
      const { snapshots } = yield* Recorded.script
      assert.strictEqual(yield* ask, snapshots.get("BTCUSDT")?.[0]?.sequence)
      assert.strictEqual(yield* ask, (yield* exchange.book("BTC-USDT"))?.sequence)
      assert.isAbove(yield* ask, snapshots.get("BTCUSDT")?.[0]?.sequence ?? 0)
    })
  )

  it.effect("is told with its time and its place on the tape", () =>
    Effect.gen(function* () {
      const fault: Fault = { kind: "kill", at: 2 }
      const exchange = yield* manual([fault])
      yield* exchange.advance(many)
      const found = yield* exchange.events.pipe(
        Stream.filter(({ _tag }) => _tag === "Injected"),
        Stream.runHead
      )
      const { at, ...told } = found._tag === "Some" ? found.value : assert.fail("nothing was told")
      assert.deepStrictEqual(told, { _tag: "Injected", fault, seconds: 2 })
      assert.isAbove(at, 1.7e15)
    })
  )
})

/** A feed of the product, connected to the exchange. */
const feed = (exchange: LocalExchange.Interface) =>
  BinanceSpot.layer(["trades:BTC-USDT", "book:BTC-USDT"], { firstWait: "1 millis" }).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(exchange.settings)))
  )

const connected = (exchange: LocalExchange.Interface, times: number) =>
  exchange.events.pipe(
    Stream.filter(({ _tag }) => _tag === "Subscribed"),
    Stream.take(times),
    Stream.runDrain
  )

const isTrade = (tick: Tick) => tick._tag === "Trade"

/** What the product makes of a recording with faults, and of its book at the end. */
const follow = (faults: ReadonlyArray<Fault>, connections: number) =>
  Effect.gen(function* () {
    const exchange = yield* manual(faults)
    const { frames } = yield* Recorded.script
    const last = (yield* Recorded.trades).at(-1)
    return yield* Effect.gen(function* () {
      const { book, ticks } = yield* BinanceSpot
      let shown: BookSnapshot | undefined
      const reading = yield* ticks.pipe(
        Stream.takeUntil((tick) => {
          const isLast = isTrade(tick) && tick.id === last?.id
          // Of a feed that is stopped no book is true.
          if (isLast) shown = BookState.snapshot(book("BTC-USDT"))
          return isLast
        }),
        Stream.runCollect,
        Effect.forkScoped
      )
      let played = 0
      for (let connection = 1; connection <= connections; connection++) {
        yield* connected(exchange, connection)
        const share = Math.ceil(frames.length / connections)
        for (let from = 0; from < share; from += 50) {
          played += yield* exchange.advance(50)
          yield* Effect.sleep("2 millis")
        }
      }
      assert.strictEqual(played, frames.length)
      const found = yield* Fiber.join(reading)
      const truth = yield* exchange.book("BTC-USDT")
      return { found, book: shown, truth }
    }).pipe(Effect.provide(feed(exchange)))
  })

/** Settings that the exchange is to replace. */
const nowhere = {
  TAPEWIRE_BINANCE_WS: "ws://127.0.0.1:1",
  TAPEWIRE_BINANCE_REST: "http://127.0.0.1:1"
}

const numbers = (levels: ReadonlyArray<readonly [string, string]> = []) =>
  levels.map(([price, size]) => [Number(price), Number(size)])

services("the product", (it) => {
  /** Some frames before the middle. */
  const half = Effect.map(
    Recorded.script,
    ({ frames }) => frames[Math.floor(frames.length / 2) - 100]?.seconds ?? 0
  )

  const assertWhole = Effect.fnUntraced(function* ({
    book,
    found,
    truth
  }: Effect.Success<ReturnType<typeof follow>>) {
    const plain = ({ at, id, price, side, size }: Extract<Tick, { _tag: "Trade" }>) => ({
      at,
      id,
      price,
      side,
      size
    })
    const trades = found.filter((tick) => tick._tag === "Trade").map(plain)
    assert.deepStrictEqual(trades, (yield* Recorded.trades).map(plain))
    assert.strictEqual(book?.sequence, truth?.sequence)
    assert.deepStrictEqual(
      book?.bids.map(([...level]) => level),
      numbers(truth?.bids)
    )
    assert.deepStrictEqual(
      book?.asks.map(([...level]) => level),
      numbers(truth?.asks)
    )
  })

  it.effect("gives every trade once and the true book, where nothing goes wrong", () =>
    Effect.flatMap(follow([], 1), assertWhole)
  )

  it.effect("gives every trade once and the true book, when it is cut off half-way", () =>
    Effect.gen(function* () {
      const at = yield* half
      const faults: ReadonlyArray<Fault> = [
        { kind: "kill", at },
        { kind: "drop", at: at / 2, topic: trade, count: 3 },
        { kind: "duplicate", at: at / 3, topic: depth },
        { kind: "drop", at: at * 0.75, topic: depth }
      ]
      yield* Effect.flatMap(follow(faults, 2), assertWhole)
    })
  )

  it.effect("is connected by a layer alone", () =>
    Effect.gen(function* () {
      const path = yield* Recorded.tape
      const feed = BinanceSpot.layer(["trades:BTC-USDT"]).pipe(
        Layer.provide(LocalExchange.layer(path, { speed: Number.POSITIVE_INFINITY })),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(nowhere)))
      )
      const found = yield* BinanceSpot.use(({ ticks }) =>
        Stream.runCollect(Stream.take(ticks, 500))
      ).pipe(Effect.provide(feed))
      assert.deepStrictEqual(
        found.filter((tick) => tick._tag === "Trade").map(({ id }) => id),
        (yield* Recorded.trades).slice(0, 500).map(({ id }) => id)
      )
    })
  )
})

services("an exchange that cannot be opened", (it) => {
  it.effect("says that a port is in use", () =>
    Effect.gen(function* () {
      const { port } = yield* manual()
      const { message } = yield* Effect.flip(manual([], { port }))
      assert.strictEqual(message, `cannot be served: port ${port} on 127.0.0.1 is in use`)
    })
  )

  it.effect(
    "has one more fault happen at its time, or at once, and refuses what meets nothing",
    () =>
      Effect.gen(function* () {
        const exchange = yield* manual()
        const raw = yield* subscribed(exchange, trade)
        const { frames } = yield* Recorded.script
        yield* exchange.inject({ kind: "limit", at: 1, status: 429, for: 1 })
        yield* exchange.inject({ kind: "drop", at: 0, topic: trade, count: 2 })
        const before = frames.filter(({ seconds }) => seconds < 1).length
        yield* exchange.advance(before)
        const passed = yield* exchange.trades("BTC-USDT")
        assert.deepStrictEqual(
          yield* idsOf(raw),
          passed.slice(2).map(({ id }) => id)
        )
        assert.strictEqual((yield* get(exchange, "ping")).status, 200)
        yield* exchange.advance(1)
        assert.strictEqual((yield* get(exchange, "ping")).status, 429)
        yield* exchange.advance(frames.filter(({ seconds }) => seconds < 2.1).length - before)
        assert.strictEqual((yield* get(exchange, "ping")).status, 200)
        // What has passed is over at once, and what lasts beyond now is not.
        yield* exchange.inject({ kind: "rest-error", at: 2, status: 503, for: 3600 })
        yield* exchange.advance(1)
        assert.strictEqual((yield* get(exchange, "ping")).status, 503)
        const { problems } = yield* Effect.flip(
          exchange.inject({ kind: "delist", at: 0, symbol: "NKNUSDT" })
        )
        assert.lengthOf(problems, 1)
      })
  )

  it.effect("lists single trades among the aggregated ones where only those were recorded", () =>
    Effect.gen(function* () {
      const exchange = yield* manual()
      yield* exchange.advance(many)
      const { body } = yield* get(exchange, "aggTrades?symbol=BTCUSDT&limit=1")
      const [listed] = JSON.parse(body)
      const last = (yield* exchange.trades("BTC-USDT")).at(-1)
      assert.deepInclude(listed, { a: last?.id, f: last?.id, l: last?.id, p: last?.price })
    })
  )

  it.effect("says which faults can meet nothing of the recording", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(
        manual([
          { kind: "drop", at: 1, topic: "btcusdt@trades" },
          { kind: "mute", at: 1, topic: trade },
          { kind: "delist", at: 1, symbol: "BTC-USDT" }
        ])
      )
      assert.strictEqual(
        message,
        'holds nothing that faults are about: no topic "btcusdt@trades", but btcusdt@trade ' +
          'btcusdt@depth@100ms; no symbol "BTC-USDT", but BTCUSDT'
      )
    })
  )

  it.effect("says that a file is no tape, or not there", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const path = `${yield* fileSystem.makeTempDirectoryScoped()}/not.tape`
      const missing = yield* Effect.flip(LocalExchange.make(path))
      assert.strictEqual(missing.reason._tag, "NotFound")
      yield* fileSystem.writeFileString(path, "no tape at all, whatever it says")
      const wrong = yield* Effect.flip(LocalExchange.make(path))
      assert.strictEqual(wrong.reason._tag, "NotATape")
    })
  )

  it.effect("says that a tape holds ticks, and what it must hold", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const path = `${yield* fileSystem.makeTempDirectoryScoped()}/ticks.tape`
      const tape = yield* TapeFile.create(path, Recorded.header)
      yield* tape.ticks((yield* Recorded.ticks).slice(0, 10))
      yield* tape.end
      const { message, reason } = yield* Effect.flip(LocalExchange.make(path))
      assert.deepInclude(reason, { _tag: "NotWire", holds: "ticks" })
      assert.include(message, "--level wire")
    })
  )

  it.effect("says of which venues a tape is that it does not know", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const path = `${yield* fileSystem.makeTempDirectoryScoped()}/other.tape`
      const venue = "elsewhere"
      const feeds = [{ venue, subscriptions: [], instruments: [] }]
      const tape = yield* TapeFile.create(path, { ...Recorded.header, feeds })
      yield* tape.wire([{ _tag: "Opened", venue, connection: 1, at: 0, url: "wss://elsewhere" }])
      yield* tape.end
      const { reason } = yield* Effect.flip(LocalExchange.make(path))
      assert.deepInclude(reason, { _tag: "UnknownVenue", venues: ["elsewhere"] })
    })
  )
})
