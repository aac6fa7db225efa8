import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Queue from "effect/Queue"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Schema from "effect/Schema"
import * as Api from "@tapewire/server/Api"
import * as Server from "@tapewire/server/Server"
import * as Ledger from "tapewire/Ledger"
import type { BookState } from "tapewire/BookState"
import * as Tape from "tapewire/Tape"
import type { Tick } from "tapewire/Tick"
import {
  book,
  feed,
  handlerOf,
  quote,
  reading,
  serve,
  subscriptions,
  trade
} from "./support/service.ts"

const all = subscriptions(
  "binance:trades:BTC-USDT",
  "binance:quotes:BTC-USDT",
  "binance:book:BTC-USDT"
)

const ticksPath = "/api/v1/ticks?subscriptions=binance:trades:BTC-USDT,binance:quotes:BTC-USDT"

/** A feed whose ticks come when the test says. */
const told = Effect.gen(function* () {
  const queue = yield* Queue.unbounded<ReadonlyArray<Tick>, never>()
  const ticks = Stream.fromQueue(queue).pipe(Stream.flatMap(Stream.fromIterable))
  return {
    feed: feed({ subscriptions: all, ticks, book: () => ({ _tag: "Synced", book }) }),
    tell: (...given: ReadonlyArray<Tick>) => Queue.offer(queue, given)
  }
})

const tagOf = (answer: unknown): unknown =>
  typeof answer === "object" && answer !== null && "_tag" in answer ? answer._tag : undefined

describe("GET /health", () => {
  it.effect("is 200 while a feed is doing well, and 503 when none is", () =>
    Effect.gen(function* () {
      const well = feed({ now: { state: "running" } })
      const ill = feed({ now: { state: "failed" } })
      const status = (...feeds: Parameters<typeof serve>[0]) =>
        Effect.scoped(
          Effect.gen(function* () {
            const { json } = yield* serve(feeds)
            const [code, body] = yield* json("/health")
            assert.isTrue(typeof body === "object" && body !== null && "status" in body)
            return [code, (body as { readonly status: unknown }).status]
          })
        )
      assert.deepStrictEqual(yield* status(well, well), [200, "ok"])
      assert.deepStrictEqual(yield* status(well, ill), [200, "degraded"])
      assert.deepStrictEqual(yield* status(ill), [503, "failed"])
    })
  )

  it.effect("tells for how long the service has been up", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([])
      yield* TestClock.adjust("2500 millis")
      assert.deepStrictEqual(yield* json("/health"), [
        200,
        { status: "ok", uptimeSeconds: 2.5, feeds: [] }
      ])
    })
  )
})

describe("GET /api/v1/ticks", () => {
  it.effect("says that ticks are recorded before it gives the first", () =>
    Effect.gen(function* () {
      const { feed, tell } = yield* told
      const { request, tape } = yield* serve([feed])
      yield* Effect.forkChild(tape.run)
      const response = yield* request(ticksPath)
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      assert.strictEqual(response.headers.get("cache-control"), "no-store")
      assert.strictEqual(response.headers.get("x-tapewire-provenance"), "recorded")
      const { leave, next } = reading(response)
      assert.strictEqual(
        yield* next,
        `retry: 1000\nevent: hello\ndata: {"provenance":"recorded","policy":"drop-oldest","subscriptions":["binance:trades:BTC-USDT","binance:quotes:BTC-USDT"]}\n\n`
      )
      yield* tell(quote, trade, book)
      assert.strictEqual(
        yield* next,
        `data: ${JSON.stringify(quote)}\n\ndata: ${JSON.stringify(trade)}\n\n`
      )
      yield* leave
    })
  )

  it.effect("gives only what was asked for", () =>
    Effect.gen(function* () {
      const { feed, tell } = yield* told
      const { request, tape } = yield* serve([feed])
      yield* Effect.forkChild(tape.run)
      const { leave, next } = reading(
        yield* request("/api/v1/ticks?subscriptions=binance:trades:btc-usdt")
      )
      yield* next
      yield* tell(quote, trade)
      assert.strictEqual(yield* next, `data: ${JSON.stringify(trade)}\n\n`)
      yield* leave
    })
  )

  it.effect("a screen gets what came in a tenth of a second at once", () =>
    Effect.gen(function* () {
      const { feed, tell } = yield* told
      const { request, tape } = yield* serve([feed])
      yield* Effect.forkChild(tape.run)
      const { leave, next } = reading(yield* request(`${ticksPath}&policy=conflate`))
      yield* next
      const chunk = yield* Effect.forkChild(next, { startImmediately: true })
      yield* tell(quote)
      yield* TestClock.adjust("50 millis")
      yield* tell(trade)
      yield* TestClock.adjust("50 millis")
      assert.strictEqual(
        yield* Fiber.join(chunk),
        `data: ${JSON.stringify(quote)}\n\ndata: ${JSON.stringify(trade)}\n\n`
      )
      yield* leave
    })
  )

  it.effect("a comment comes every 15 seconds when nothing else does", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const { request } = yield* serve([feed])
      const { leave, next } = reading(yield* request(ticksPath))
      yield* next
      const chunk = yield* Effect.forkChild(next, { startImmediately: true })
      yield* TestClock.adjust("14 seconds")
      assert.isUndefined(chunk.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(chunk), ": heartbeat\n\n")
      yield* leave
    })
  )

  it.effect("tells the end of the feeds, and ends", () =>
    Effect.gen(function* () {
      const { request, tape } = yield* serve([
        feed({ subscriptions: all, ticks: Stream.make(trade), now: { state: "ended" } })
      ])
      const { next } = reading(yield* request(ticksPath))
      yield* next
      yield* tape.run
      const rest = yield* Effect.flatMap(next, (first) =>
        Effect.map(next, (second) => `${first}${second}`)
      )
      assert.strictEqual(rest, `data: ${JSON.stringify(trade)}\n\nevent: end\ndata: {}\n\n`)
      assert.isUndefined(yield* next)
    })
  )

  it.effect("tells no end of feeds that were stopped, so that a client comes back", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const { request, tape } = yield* serve([feed])
      const running = yield* Effect.forkChild(tape.run, { startImmediately: true })
      const { next } = reading(yield* request(ticksPath))
      yield* next
      yield* Fiber.interrupt(running)
      assert.isUndefined(yield* next)
    })
  )

  it.effect("a client that leaves is no longer read for", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const { request, tape } = yield* serve([feed])
      const names = Effect.map(tape.readers, (readers) => readers.map(({ name }) => name))
      const { leave, next } = reading(yield* request(ticksPath))
      yield* next
      assert.include(yield* names, "stream-1")
      yield* leave
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 20 }))
      assert.notInclude(yield* names, "stream-1")
    })
  )

  it.effect("ends at once when the service closes", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const { request, streams } = yield* serve([feed])
      const { next } = reading(yield* request(ticksPath))
      yield* next
      yield* Effect.forkChild(streams.close)
      assert.isUndefined(yield* next)
    })
  )

  it.effect("the hundred and first stream is turned down", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const { json, streams } = yield* serve([feed])
      yield* Effect.forEach(Array.from({ length: 100 }), () => streams.join)
      const [status, answer] = yield* json(ticksPath)
      assert.strictEqual(status, 503)
      assert.strictEqual(tagOf(answer), "TooManyStreams")
    })
  )

  it.effect("names what it cannot read, and what there is", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([feed({})])
      assert.deepStrictEqual(yield* json("/api/v1/ticks?subscriptions=binance:candles:BTC-USDT"), [
        400,
        {
          _tag: "BadSubscription",
          message: `"binance:candles:BTC-USDT" names no channel; channels are trades quotes book bars ticker funding mark openinterest liquidations series`,
          subscription: "binance:candles:BTC-USDT",
          available: ["binance:trades:BTC-USDT"]
        }
      ])
      assert.deepStrictEqual(yield* json("/api/v1/ticks?subscriptions=binance:trades:ETH-USDT"), [
        404,
        {
          _tag: "NotServed",
          message:
            "no feed of this service gives binance:trades:ETH-USDT; there are binance:trades:BTC-USDT",
          subscription: "binance:trades:ETH-USDT",
          available: ["binance:trades:BTC-USDT"]
        }
      ])
    })
  )

  it.effect("no client may hold back the feeds", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([feed({})])
      const [status, answer] = yield* json(
        "/api/v1/ticks?subscriptions=binance:trades:BTC-USDT&policy=suspend"
      )
      assert.strictEqual(status, 400)
      assert.strictEqual(tagOf(answer), "InvalidRequest")
    })
  )
})

describe("GET /api/v1/book/{venue}/{symbol}", () => {
  it.effect("gives the best levels of each side, best first", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([
        feed({ subscriptions: all, book: () => ({ _tag: "Synced", book }) })
      ])
      assert.deepStrictEqual(yield* json("/api/v1/book/binance/btc-usdt?depth=2"), [
        200,
        {
          venue: "binance",
          symbol: "BTC-USDT",
          provenance: "recorded",
          at: null,
          received: 1_723_161_254_206_652,
          sequence: 50_093_239_218,
          bids: [
            [61837.63, 3.78826],
            [61837.62, 0.617]
          ],
          asks: [[61837.64, 1.54698]]
        }
      ])
    })
  )

  it.effect("an unknown book is 404, one that is not true at present is 503", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([feed({ subscriptions: all })])
      const answer = (path: string) =>
        Effect.map(json(path), ([status, body]) => [status, tagOf(body)])
      assert.deepStrictEqual(yield* answer("/api/v1/book/binance/ETH-USDT"), [404, "NotServed"])
      assert.deepStrictEqual(yield* answer("/api/v1/book/kraken/BTC-USDT"), [404, "NotServed"])
      assert.deepStrictEqual(yield* answer("/api/v1/book/binance/BTC-USDT"), [503, "BookUnsynced"])
    })
  )

  it.effect(
    "of a book that is not true, says since when and why, and until when it is left alone",
    () =>
      Effect.gen(function* () {
        const states: ReadonlyArray<BookState> = [
          { _tag: "Resyncing", cause: "start" },
          { _tag: "Resyncing", since: 1, cause: "sequence" },
          { _tag: "Degraded", since: 2, cause: "crossed", until: 3 }
        ]
        for (const state of states) {
          const { json } = yield* serve([feed({ subscriptions: all, book: () => state })])
          assert.deepStrictEqual(yield* json("/api/v1/book/binance/BTC-USDT"), [
            503,
            {
              _tag: "BookUnsynced",
              message: "the book of BTC-USDT on binance is not synced at present",
              venue: "binance",
              symbol: "BTC-USDT",
              state
            }
          ])
        }
      })
  )

  it.effect("gives the book of the feed that has it true", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([
        feed({ subscriptions: all, book: () => ({ _tag: "Resyncing", cause: "start" }) }),
        feed({ subscriptions: all, book: () => ({ _tag: "Synced", book }) })
      ])
      const [status] = yield* json("/api/v1/book/binance/BTC-USDT")
      assert.strictEqual(status, 200)
    })
  )

  it.effect("a depth is a whole number of levels, one at least", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([
        feed({ subscriptions: all, book: () => ({ _tag: "Synced", book }) })
      ])
      for (const depth of ["0", "-1", "1.5", "5001", "all", ""]) {
        const [status, answer] = yield* json(`/api/v1/book/binance/BTC-USDT?depth=${depth}`)
        assert.deepStrictEqual([depth, status, tagOf(answer)], [depth, 400, "InvalidRequest"])
      }
    })
  )
})

describe("GET /api/v1/gaps", () => {
  const minute = 60_000_000
  const made = (id: number, minutes: number, symbol = "BTC-USDT"): Tick => ({
    ...trade,
    symbol,
    at: minutes * minute,
    id
  })
  const ledger = Ledger.make({ contiguous: () => true })
  Ledger.step(ledger, [
    made(1, 10.5),
    made(4, 12.5),
    made(5, 14.5),
    made(1, 10.5, "ETH-USDT"),
    made(2, 14.5, "ETH-USDT")
  ])
  const feeds = [feed({ subscriptions: all, gaps: Effect.succeed(Ledger.report(ledger)) })]
  const gaps = [{ from: 2, to: 3, since: 10.5 * minute, until: 12.5 * minute, cause: "sequence" }]
  const torn = {
    provenance: "recorded",
    venue: "binance",
    symbol: "BTC-USDT",
    channel: "trades",
    verdict: "incomplete",
    since: 10.5 * minute,
    until: 14.5 * minute,
    first: 1,
    last: 5,
    ticks: 3,
    filled: 0,
    missing: 2,
    gaps,
    forgotten: 0,
    minutes: [
      { since: 10 * minute, until: 13 * minute, verdict: "incomplete" },
      { since: 13 * minute, until: 14 * minute, verdict: "complete" },
      { since: 14 * minute, until: 15 * minute, verdict: "unproven", reason: "open" }
    ]
  }

  it.effect("gives the account of what is asked about", () =>
    Effect.gen(function* () {
      const { json } = yield* serve(feeds)
      const answer = json("/api/v1/gaps?venue=binance&symbol=btc-usdt&channel=trades")
      assert.deepStrictEqual(yield* answer, [200, { entries: [torn] }])
    })
  )

  it.effect("judges the minutes that are asked about, and gives what was missed alone", () =>
    Effect.gen(function* () {
      const { json } = yield* serve(feeds)
      const verdicts = (query: string) =>
        Effect.map(json(`/api/v1/gaps?${query}`), ([status, body]) => [
          status,
          ...Schema.decodeUnknownSync(Api.GapList)(body).entries.map(
            ({ channel, symbol, verdict }) => `${channel} ${symbol} ${verdict}`
          )
        ])
      assert.deepStrictEqual(yield* verdicts(""), [
        200,
        "trades BTC-USDT incomplete",
        "trades ETH-USDT complete",
        "quotes BTC-USDT unproven",
        "book BTC-USDT unproven"
      ])
      const from = `symbol=BTC-USDT&channel=trades&from=${13 * minute}`
      assert.deepStrictEqual(yield* verdicts(from), [200, "trades BTC-USDT complete"])
      const later = `${from}&to=${20 * minute}`
      assert.deepStrictEqual(yield* verdicts(later), [200, "trades BTC-USDT unproven"])
      const missed = [200, "trades BTC-USDT incomplete"]
      assert.deepStrictEqual(yield* verdicts("only=incomplete"), missed)
      assert.deepStrictEqual(yield* verdicts(`${from}&only=incomplete`), [200])
    })
  )

  it.effect("what no feed gives is 404, and what cannot be meant is 400", () =>
    Effect.gen(function* () {
      const { json } = yield* serve(feeds)
      const answer = (query: string) =>
        Effect.map(json(`/api/v1/gaps?${query}`), ([status, body]) => [status, tagOf(body)])
      for (const query of ["venue=kraken", "symbol=XXX-USD", "channel=bars"]) {
        assert.deepStrictEqual(yield* answer(query), [404, "NotServed"])
      }
      for (const query of [
        "channel=trade",
        "from=yesterday",
        "from=1.5",
        "to=",
        "only=complete",
        "from=2&to=1",
        "from=2&to=2"
      ]) {
        assert.deepStrictEqual([query, ...(yield* answer(query))], [query, 400, "InvalidRequest"])
      }
    })
  )

  it.effect("is empty where there are no feeds", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([])
      assert.deepStrictEqual(yield* json("/api/v1/gaps"), [200, { entries: [] }])
    })
  )
})

describe("GET /api/v1/bars/{venue}/{symbol}", () => {
  it.effect("are made of trades where the venue's own are not subscribed, and say so", () =>
    Effect.gen(function* () {
      const { json, tape } = yield* serve([feed({ ticks: Stream.make(trade) })])
      yield* tape.run
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 5 }))
      assert.deepStrictEqual(yield* json("/api/v1/bars/binance/btc-usdt?interval=1m"), [
        200,
        {
          venue: "binance",
          symbol: "BTC-USDT",
          interval: "1m",
          provenance: "recorded",
          derived: true,
          bars: [
            {
              openAt: 1_723_161_240_000_000,
              closeAt: 1_723_161_300_000_000,
              open: 61837.63,
              high: 61837.63,
              low: 61837.63,
              close: 61837.63,
              volume: 0.02,
              takerBuyVolume: 0,
              trades: 1,
              closed: false
            }
          ]
        }
      ])
    })
  )

  it.effect("an unknown interval is told with those known", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([feed({})])
      assert.deepStrictEqual(yield* json("/api/v1/bars/binance/BTC-USDT?interval=2m"), [
        400,
        {
          _tag: "UnknownInterval",
          message: `there are no bars of "2m"; there are 1s 1m 5m 15m 1h`,
          interval: "2m",
          known: ["1s", "1m", "5m", "15m", "1h"]
        }
      ])
    })
  )

  it.effect("an instrument of which nothing is subscribed is 404, a missing interval 400", () =>
    Effect.gen(function* () {
      const { json } = yield* serve([feed({})])
      const answer = (path: string) =>
        Effect.map(json(path), ([status, body]) => [status, tagOf(body)])
      assert.deepStrictEqual(yield* answer("/api/v1/bars/binance/ETH-USDT?interval=1m"), [
        404,
        "NotServed"
      ])
      assert.deepStrictEqual(yield* answer("/api/v1/bars/binance/BTC-USDT"), [
        400,
        "InvalidRequest"
      ])
      assert.deepStrictEqual(
        yield* answer("/api/v1/bars/binance/BTC-USDT?interval=1m&limit=1441"),
        [400, "InvalidRequest"]
      )
    })
  )
})

describe("GET /metrics", () => {
  it.effect("is up to date", () =>
    Effect.gen(function* () {
      let ticks = 1
      const status = Effect.sync(() => ({
        state: "running" as const,
        ticks,
        lastTickAt: undefined,
        lagMs: undefined,
        losses: 0,
        counts: undefined
      }))
      const { request } = yield* serve([feed({ venue: "test-metrics", status })])
      ticks = 41
      const response = yield* request("/metrics")
      assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/)
      const text = yield* Effect.promise(() => response.text())
      assert.include(text, "# HELP tapewire_ticks_total Ticks given by a feed\n")
      assert.include(text, "# TYPE tapewire_ticks_total counter\n")
      assert.include(
        text,
        `\ntapewire_ticks_total{venue="test-metrics",provenance="recorded"} 41\n`
      )
    })
  )
})

describe("GET /docs", () => {
  it.effect("shows the description at /openapi.json without asking anybody else", () =>
    Effect.gen(function* () {
      const { json, request } = yield* serve([feed({})])
      const [status, api] = yield* json("/openapi.json")
      assert.strictEqual(status, 200)
      assert.isTrue(typeof api === "object" && api !== null && "paths" in api)
      assert.hasAllKeys((api as { readonly paths: object }).paths, [
        "/health",
        "/api/v1/ticks",
        "/api/v1/gaps",
        "/api/v1/book/{venue}/{symbol}",
        "/api/v1/bars/{venue}/{symbol}"
      ])
      const docs = yield* request("/docs")
      assert.strictEqual(docs.status, 200)
      assert.notMatch(
        yield* Effect.promise(() => docs.text()),
        /<(?:script|link)[^>]+(?:src|href)=/
      )
    })
  )
})

describe("Server.layer", () => {
  it.effect("ends the streams before the server waits for its connections", () =>
    Effect.gen(function* () {
      const { feed } = yield* told
      const tape = yield* Tape.make([feed])
      const order: Array<string> = []
      let app: Parameters<typeof handlerOf>[0] | undefined
      const server = HttpServer.make({
        address: Result.getOrThrow(NetAddress.inetAddressFromIpString("127.0.0.1", 8787)),
        serve: (given) => {
          app = given
          return Effect.addFinalizer(() => Effect.sync(() => order.push("server")))
        }
      })
      const scope = yield* Scope.make()
      yield* Server.layer().pipe(
        Layer.provide([
          Layer.succeed(HttpServer.HttpServer, server),
          Layer.succeed(Tape.Tape, tape),
          HttpServer.layerServices
        ]),
        Layer.buildWithScope(scope)
      )
      assert.isDefined(app)
      const handler = yield* handlerOf(app)
      const { next } = reading(yield* handler(ticksPath))
      yield* next
      yield* next.pipe(
        Effect.tap((text) => Effect.sync(() => order.push(text === undefined ? "stream" : text))),
        Effect.forkChild({ startImmediately: true })
      )
      const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void), {
        startImmediately: true
      })
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 20 }))
      yield* TestClock.adjust("10 millis")
      yield* Fiber.join(closed)
      assert.deepStrictEqual(order, ["stream", "server"])
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})
