import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as BookState from "tapewire/BookState"
import { FeedError } from "tapewire/FeedError"
import type { Instrument } from "tapewire/Instrument"
import type { Tick } from "tapewire/Tick"
import type { Message, Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { connected, ids, make, pass, settle, start, tags, waits, withPart } from "./support/live.ts"
import { instruments, venue } from "./support/venue.ts"

describe("LiveFeed", () => {
  it.effect("connects, subscribes to every topic and gives ticks", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* start({
        topics: ["trades:AAA-USD", "trades@aggregated:BBB-USD", "quotes:AAA-USD"]
      })
      assert.deepInclude(yield* feed.status, { state: "connecting", ticks: 0 })
      const line = peer.last()
      assert.strictEqual(line.url, "wss://ws.testing/feed")
      assert.deepStrictEqual(line.sent, [])
      line.open()
      yield* settle
      assert.deepStrictEqual(line.sent, [
        "subscribe 1 trades/A trades@aggregated/B",
        "subscribe 2 quotes/A"
      ])
      line.say("ack 1")
      line.say("trade A 7 1 1 buy\ntrade A 8 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [7, 8])
      assert.deepStrictEqual(tags(events), ["Connected", "Subscribed"])
      assert.deepInclude(yield* feed.status, { state: "running", ticks: 2, losses: 0 })
    })
  )

  it.effect("hands on what one turn brought as one batch, and times it alike", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* make()
      const batches: Array<ReadonlyArray<Tick>> = []
      yield* Stream.runForEachArray(feed.ticks, (batch) =>
        Effect.sync(() => batches.push(batch))
      ).pipe(Effect.forkScoped({ startImmediately: true }))
      yield* settle
      peer.last().open()
      yield* pass(1500)
      for (const id of [7, 8, 9]) peer.last().say(`trade A ${id} 1 1 buy`)
      yield* settle
      assert.deepStrictEqual(batches.map(ids), [[7, 8, 9]])
      assert.isTrue(batches.flat().every(({ received }) => received === 1_500_000))
    })
  )

  it.effect("takes frames of bytes in every form in which clients give them", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected()
      peer.last().say(Uint8Array.of(1))
      peer.last().say(Uint8Array.of(1).buffer)
      yield* settle
      const { counts } = yield* feed.status
      assert.deepInclude(counts, { frames: 2, undecodable: 2 })
    })
  )

  it.effect(
    "asks the venue for its instruments, and tells those it is about, before it connects",
    () =>
      Effect.gen(function* () {
        const told: Array<ReadonlyArray<Instrument>> = []
        const { peer, site } = yield* connected({
          topics: ["trades:BBB-USD", "quotes:BBB-USD"],
          answers: { "/instruments": [[200, "A B"]] },
          resolved: (found) => Effect.sync(() => told.push(found))
        })
        assert.deepStrictEqual(site.asked, ["https://rest.testing/instruments"])
        assert.deepStrictEqual(told, [instruments.slice(1)])
        assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/B quotes/B"])
      })
  )

  it.effect("connects to where the settings say", () =>
    Effect.gen(function* () {
      const settings = {
        TAPEWIRE_TESTING_WS: "ws://localhost:1/base/",
        TAPEWIRE_TESTING_REST: "http://localhost:2"
      }
      const { peer, site } = yield* start({ answers: { "/instruments": [[200, "A"]] } }).pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings))
      )
      assert.strictEqual(peer.last().url, "ws://localhost:1/base/feed")
      assert.deepStrictEqual(site.asked, ["http://localhost:2/instruments"])
    })
  )

  it.effect("refuses topics the venue does not offer, and addresses that are none", () =>
    Effect.gen(function* () {
      const unsupported = yield* Effect.flip(make({ topics: ["bars@9m:AAA-USD"] }))
      assert.strictEqual(unsupported.reason._tag, "Unsupported")
      const settings = { TAPEWIRE_TESTING_WS: "ws://far.away" }
      const bad = yield* Effect.flip(make()).pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings))
      )
      assert.strictEqual(bad.reason._tag, "BadEndpoint")
    })
  )

  it.effect("connects anew when the connection ends, subscribes again and goes on", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected()
      peer.last().say("trade A 7 1 1 buy")
      yield* settle
      peer.last().end(1006, "")
      yield* settle
      assert.deepInclude(yield* feed.status, { state: "reconnecting", losses: 1 })
      assert.deepInclude(events.at(-1), {
        _tag: "Lost",
        detail: "connection lost (1006)",
        retryInMillis: 500
      })
      yield* pass("499 millis")
      assert.strictEqual(peer.lines.length, 1)
      yield* pass("1 millis")
      assert.strictEqual(peer.lines.length, 2)
      peer.last().open()
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A"])
      peer.last().say("trade A 7 1 1 buy\ntrade A 9 1 1 buy")
      yield* pass("251 millis")
      peer.last().say("news")
      yield* settle
      assert.deepStrictEqual(tags(ticks), ["Trade", "Gap", "Trade"])
      assert.deepInclude(yield* feed.status, { state: "running", losses: 1, ticks: 3 })
    }).pipe(withPart(0.5))
  )

  it.effect.each([0.25, 1])(
    "waits %d of a time that doubles up to a longest one, then gives up with the last reason",
    (part) =>
      Effect.gen(function* () {
        const { events, failure, feed, peer } = yield* start({
          attempts: 6,
          tripAfter: 100,
          firstWait: "2 seconds",
          longestWait: "10 seconds"
        })
        assert.strictEqual(peer.lines.length, 1)
        peer.refusal = "no route"
        peer.last().fail("no way")
        yield* pass("1 minute")
        const expected = [2000, 4000, 8000, 10_000, 10_000].map((wait) => wait * part)
        assert.deepStrictEqual(waits(events), expected)
        const reason = yield* failure
        assert.strictEqual(reason._tag, "Unreachable")
        assert.include(reason.message, "cannot reach wss://ws.testing/feed")
        assert.include(reason.message, "no route")
        assert.deepInclude(events[0], { detail: "cannot reach wss://ws.testing/feed: no way" })
        assert.strictEqual(tags(events).at(-1), "Failed")
        assert.deepInclude(yield* feed.status, { state: "failed", losses: 5 })
      }).pipe(withPart(part))
  )

  it.effect("leaves a host alone after five failures in a row, then sees with one attempt", () =>
    Effect.gen(function* () {
      const { events, feed, fiber, peer } = yield* start({
        attempts: 100,
        healthyAfter: "5 seconds"
      })
      peer.refusal = "no route"
      peer.last().fail("no way")
      yield* pass("15 seconds")
      assert.strictEqual(peer.tries, 5)
      assert.deepInclude(events.at(-2), { _tag: "Breaker", state: "open" })
      assert.deepInclude(yield* feed.status, { state: "reconnecting", breaker: "open", losses: 5 })
      yield* pass("59 seconds")
      assert.strictEqual(peer.tries, 5)
      peer.refusal = undefined
      yield* pass("2 seconds")
      assert.strictEqual(peer.tries, 6)
      assert.deepInclude(yield* feed.status, { breaker: "half-open" })
      peer.last().open()
      yield* pass("4 seconds")
      assert.deepInclude(yield* feed.status, { state: "running", breaker: "half-open" })
      yield* pass("2 seconds")
      assert.deepInclude(yield* feed.status, { state: "running", breaker: "closed" })
      yield* Fiber.interrupt(fiber)
    }).pipe(withPart(1))
  )

  it.effect("waits as long as a venue asks that is asked too often", () =>
    Effect.gen(function* () {
      const { events, fiber, peer } = yield* start()
      peer.last().fail("429", { status: 429, retryAfter: "90" })
      yield* pass("89 seconds")
      assert.strictEqual(peer.tries, 1)
      assert.deepStrictEqual(waits(events), [90_000])
      yield* pass("1 second")
      assert.strictEqual(peer.tries, 2)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("does not come back to a venue that does not want it", () =>
    Effect.gen(function* () {
      const { failure, peer } = yield* start()
      peer.last().fail("403", { status: 403 })
      const reason = yield* failure
      assert.strictEqual(reason._tag, "Rejected")
      assert.strictEqual(peer.tries, 1)
    })
  )

  it.effect("says that it left the host alone where that was its last attempt", () =>
    Effect.gen(function* () {
      const { failure, peer } = yield* start({ attempts: 3, tripAfter: 2, openFor: "5 minutes" })
      peer.refusal = "no route"
      peer.last().fail("no way")
      yield* pass("10 seconds")
      const reason = yield* failure
      assert.strictEqual(reason._tag, "BreakerOpen")
      assert.match(reason.message, /^ws\.testing is left alone for \d+ s after too many failures$/)
      assert.strictEqual(peer.tries, 2)
    }).pipe(withPart(1))
  )

  it.effect("does not try twice where one attempt is all", () =>
    Effect.gen(function* () {
      const { events, failure, peer } = yield* start({ attempts: 1 })
      peer.last().end(1015, "certificate has expired")
      const reason = yield* failure
      assert.include(reason.message, "certificate has expired")
      yield* settle
      assert.deepStrictEqual(tags(events), ["Failed"])
      assert.strictEqual(peer.lines.length, 1)
    })
  )

  it.effect("counts a connection that did not last as a vain attempt", () =>
    Effect.gen(function* () {
      const { failure, peer } = yield* connected({ attempts: 2 })
      yield* pass("30 seconds")
      peer.last().end(1000, "bye")
      yield* pass("2 seconds")
      peer.last().open()
      yield* settle
      peer.last().end(1001, "bye again")
      const reason = yield* failure
      assert.strictEqual(reason.message, "connection lost (1001: bye again)")
    }).pipe(withPart(1))
  )

  it.effect.each([0, 0.25, 1])(
    "waits %d of the first wait after a connection that lasted, and begins to count anew",
    (part) =>
      Effect.gen(function* () {
        const { events, failure, peer } = yield* connected({ attempts: 2, firstWait: "2 seconds" })
        for (let count = 0; count < 3; count++) {
          peer.last().say("news")
          yield* pass("20 seconds")
        }
        peer.last().end(1001, "")
        yield* settle
        assert.strictEqual(peer.lines.length, part === 0 ? 2 : 1)
        yield* pass(2000 * part)
        assert.strictEqual(peer.lines.length, 2)
        peer.last().end(1006, "")
        yield* pass("2 seconds")
        assert.strictEqual(peer.lines.length, 3)
        peer.last().end(1006, "")
        assert.strictEqual((yield* failure)._tag, "Unreachable")
        assert.deepStrictEqual(waits(events), [2000 * part, 2000 * part])
      }).pipe(withPart(part))
  )

  it.effect("waits no longer for a connection than it is told to, and closes what it gave up", () =>
    Effect.gen(function* () {
      const { failure, peer } = yield* start({
        attempts: 1,
        pool: { connectTimeout: "3 seconds" }
      })
      yield* pass("2999 millis")
      assert.isUndefined(peer.last().closedWith())
      yield* pass("1 millis")
      assert.include((yield* failure).message, "no answer to the opening handshake")
      assert.strictEqual(peer.last().closedWith(), 1000)
    })
  )

  it.effect(
    "asks for a sign of life after half the silence, and cuts the connection at its end",
    () =>
      Effect.gen(function* () {
        const { failure, peer } = yield* connected({ attempts: 1 })
        const { sent } = peer.last()
        yield* pass("19999 millis")
        assert.strictEqual(sent.length, 1)
        yield* pass("1 millis")
        assert.deepStrictEqual(sent.slice(1), ["probe 2"])
        yield* pass("19999 millis")
        assert.isUndefined(peer.last().closedWith())
        yield* pass("1 millis")
        const reason = yield* failure
        assert.strictEqual(reason._tag, "Silent")
        assert.strictEqual(reason.message, "nothing came for 40 s")
        assert.strictEqual(peer.last().closedWith(), 1000)
      })
  )

  it.effect("takes any frame for a sign of life", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected()
      const line = peer.last()
      for (let count = 0; count < 20; count++) {
        yield* pass("25 seconds")
        line.say("news")
      }
      yield* settle
      assert.isUndefined(line.closedWith())
      yield* pass("50 seconds")
      assert.strictEqual(line.closedWith(), 1000)
      assert.deepInclude(events.at(-1), { _tag: "Lost", detail: "nothing came for 40 s" })
    })
  )

  it.effect("comes back after a silence, as after any other loss", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected()
      yield* pass("41 seconds")
      assert.deepInclude(events.at(-1), { _tag: "Lost", detail: "nothing came for 40 s" })
      assert.strictEqual(peer.lines.length, 2)
    }).pipe(withPart(1))
  )

  it.effect("takes no connection for silent that it holds back itself", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* make()
      const gate = yield* Deferred.make<void>()
      const seen: Array<Tick> = []
      yield* Stream.runForEachArray(feed.ticks, (batch) =>
        Effect.andThen(
          Deferred.await(gate),
          Effect.sync(() => seen.push(...batch))
        )
      ).pipe(Effect.forkScoped({ startImmediately: true }))
      yield* settle
      peer.last().open()
      yield* settle
      peer.last().say("trade A 0 1 1 buy")
      yield* settle
      for (let id = 1; id <= 1100; id++) peer.last().say(`trade A ${id} 1 1 buy`)
      assert.isTrue(peer.last().isPaused())
      assert.deepInclude(yield* feed.status, { inbox: { waiting: 1100, pauses: 1 } })
      yield* pass("10 minutes")
      assert.isUndefined(peer.last().closedWith())
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.strictEqual(seen.length, 1101)
      assert.isFalse(peer.last().isPaused())
      yield* pass("50 seconds")
      assert.strictEqual(peer.lines[0]?.closedWith(), 1000)
    })
  )

  it.effect("does not try again what the venue refused, and gives what came before", () =>
    Effect.gen(function* () {
      const { events, failure, feed, peer, ticks } = yield* connected()
      peer.last().say("trade A 7 1 1 buy\nno 1 because")
      peer.last().say("trade A 8 1 1 buy")
      const reason = yield* failure
      assert.strictEqual(reason._tag, "Refused")
      assert.strictEqual(reason.message, "subscription refused: because")
      assert.deepStrictEqual(ids(ticks), [7, 8])
      yield* pass("10 minutes")
      assert.strictEqual(peer.lines.length, 1)
      assert.strictEqual(peer.last().closedWith(), 1000)
      assert.deepStrictEqual(tags(events), ["Connected", "Refused", "Failed"])
      assert.deepInclude(yield* feed.status, { state: "failed" })
    })
  )

  it.effect("does not ask again for a symbol the venue does not list, nor connect for it", () =>
    Effect.gen(function* () {
      const { failure, peer, site } = yield* start({
        topics: ["trades:AAB-USD"],
        answers: { "/instruments": [[200, "A B"]] }
      })
      const reason = yield* failure
      assert.strictEqual(reason._tag, "UnknownSymbol")
      assert.strictEqual(reason.message, "unknown symbol AAB-USD; did you mean AAA-USD, BBB-USD?")
      assert.strictEqual(site.asked.length, 1)
      assert.strictEqual(peer.lines.length, 0)
    })
  )

  it.effect("fails when the instruments cannot be had at the third try", () =>
    Effect.gen(function* () {
      const { failure, peer, site } = yield* start({ answers: { "/instruments": ["down"] } })
      assert.strictEqual(site.asked.length, 1)
      yield* pass("500 millis")
      assert.strictEqual(site.asked.length, 2)
      yield* pass("500 millis")
      const reason = yield* failure
      assert.strictEqual(reason._tag, "Unreachable")
      assert.strictEqual(reason.message, "cannot reach https://rest.testing/instruments: refused")
      assert.strictEqual(site.asked.length, 3)
      assert.strictEqual(peer.lines.length, 0)
    })
  )

  it.effect("connects once the instruments are had after all", () =>
    Effect.gen(function* () {
      const { peer } = yield* start({
        answers: { "/instruments": ["down", [503, "busy"], [200, "A B"]] }
      })
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 1)
    })
  )

  it.effect("fetches the book at its first update, and gives it with what follows on it", () =>
    Effect.gen(function* () {
      const { events, feed, peer, site, ticks } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": [[200, "5 b98=1,a101=1"]] }
      })
      assert.deepStrictEqual(site.asked, [])
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      assert.deepStrictEqual(site.asked, ["https://rest.testing/book/A"])
      assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
      assert.deepStrictEqual(tags(events), ["Connected", "Synced"])
      assert.deepInclude(BookState.snapshot(feed.book("AAA-USD")), { sequence: 6 })
      assert.isUndefined(BookState.snapshot(feed.book("BBB-USD")))
    })
  )

  it.effect("asks for the book again, later each time, until it is had", () =>
    Effect.gen(function* () {
      const { peer, site, ticks } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": [[500, ""], "down", "mute", [200, "<"], [200, "5 b98=1"]] }
      })
      const asked: Array<number> = []
      const askedUntil = Effect.fnUntraced(function* (count: number) {
        while (site.asked.length < count) {
          yield* pass("50 millis")
          peer.last().say("news")
        }
        asked.push(yield* Clock.currentTimeMillis)
      })
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      for (const count of [1, 2, 3, 4, 5]) yield* askedUntil(count)
      assert.deepStrictEqual(asked, [0, 250, 750, 750 + 10_000 + 1000, 750 + 10_000 + 3000])
      assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
    })
  )

  it.effect("loses its books with the connection, and fetches them anew after it", () =>
    Effect.gen(function* () {
      const { feed, peer, ticks } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: {
          "/book/A": [
            [200, "5 b98=1"],
            [200, "8 b98=1"]
          ]
        }
      })
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      peer.last().end(1006, "")
      yield* pass("1 second")
      assert.isUndefined(BookState.snapshot(feed.book("AAA-USD")))
      peer.last().open()
      yield* settle
      peer.last().say("delta A 9-9 b97=1")
      yield* settle
      assert.deepStrictEqual(tags(ticks), [
        "BookSnapshot",
        "BookDelta",
        "Gap",
        "BookSnapshot",
        "BookDelta"
      ])
      assert.deepInclude(ticks[2], { channel: "book", cause: "disconnect" })
    })
  )

  it.effect("closes the connection when nobody reads any longer, and does nothing after that", () =>
    Effect.gen(function* () {
      const { fiber, peer, site } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": ["mute"] }
      })
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      assert.isUndefined(peer.last().closedWith())
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(peer.last().closedWith(), 1000)
      const sent = peer.last().sent.length
      peer.last().say("ping x")
      peer.last().end(1000, "")
      yield* pass("1 hour")
      assert.strictEqual(peer.last().sent.length, sent)
      assert.strictEqual(peer.lines.length, 1)
      assert.strictEqual(site.asked.length, 1)
    })
  )

  it.effect("shows no book as true before it is started, when it was stopped, or has failed", () =>
    Effect.gen(function* () {
      const { feed, fiber, peer } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: {
          "/book/A": [
            [200, "5 b98=1"],
            [200, "5 b98=1"]
          ]
        }
      })
      const { feed: idle } = yield* make({ topics: ["book:AAA-USD"] })
      assert.deepStrictEqual(idle.book("AAA-USD"), BookState.start)
      assert.isUndefined(idle.book("BBB-USD"))
      assert.isUndefined(feed.book("BBB-USD"))
      yield* pass("1 second")
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      assert.strictEqual(feed.book("AAA-USD")?._tag, "Synced")
      yield* pass("1 second")
      yield* Fiber.interrupt(fiber)
      const stopped = { _tag: "Resyncing", since: 2_000_000, cause: "disconnect" } as const
      assert.deepStrictEqual(feed.book("AAA-USD"), stopped)
      yield* pass("1 second")
      assert.deepStrictEqual(feed.book("AAA-USD"), stopped)
      yield* Effect.forkScoped(Effect.exit(Stream.runDrain(feed.ticks)))
      yield* settle
      peer.last().open()
      yield* settle
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      assert.strictEqual(feed.book("AAA-USD")?._tag, "Synced")
      peer.last().say("no 1 because")
      yield* settle
      assert.deepInclude(yield* feed.status, { state: "failed" })
      assert.isUndefined(BookState.snapshot(feed.book("AAA-USD")))
    })
  )

  it.effect("goes on showing the books of one run when another is stopped", () =>
    Effect.gen(function* () {
      const { feed, fiber, peer } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": [[200, "5 b98=1"]] }
      })
      yield* Effect.forkScoped(Effect.exit(Stream.runDrain(feed.ticks)))
      yield* settle
      peer.last().open()
      yield* settle
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(feed.book("AAA-USD")?._tag, "Synced")
    })
  )

  it.effect("closes a connection that is not yet open, too", () =>
    Effect.gen(function* () {
      const { feed, fiber, peer } = yield* start()
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(peer.last().closedWith(), 1000)
      assert.deepInclude(yield* feed.status, { state: "idle" })
    })
  )

  it.effect("is idle when it was stopped, or its reader has had enough", () =>
    Effect.gen(function* () {
      const { feed, fiber, peer } = yield* connected()
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(yield* feed.status, { state: "idle" })
      const again = yield* Effect.forkScoped(Stream.runDrain(Stream.take(feed.ticks, 1)))
      yield* settle
      peer.last().open()
      yield* settle
      assert.deepInclude(yield* feed.status, { state: "running" })
      peer.last().say("trade A 7 1 1 buy")
      yield* Fiber.join(again)
      assert.deepInclude(yield* feed.status, { state: "idle" })
    })
  )

  it.effect("makes a connection of its own for everybody who runs it", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected()
      yield* Effect.forkScoped(Stream.runDrain(feed.ticks))
      yield* settle
      assert.strictEqual(peer.lines.length, 2)
    })
  )

  it.effect("sends no more than the venue allows, and the rest when it may", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected()
      const { sent } = peer.last()
      for (const word of ["a", "b", "c", "d"]) peer.last().say(`ping ${word}`)
      yield* settle
      assert.deepStrictEqual(sent, ["subscribe 1 trades/A", "pong a", "pong b"])
      yield* pass("999 millis")
      assert.strictEqual(sent.length, 3)
      yield* pass("1 millis")
      assert.deepStrictEqual(sent.slice(3), ["pong c", "pong d"])
    })
  )

  it.effect("never answers on one connection what was asked on another", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected()
      for (const word of ["a", "b", "c", "d"]) peer.last().say(`ping ${word}`)
      yield* settle
      peer.last().end(1006, "")
      yield* pass("1 second")
      peer.last().open()
      yield* pass("1 second")
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A"])
    })
  )

  it.effect("keeps to the venue's rate of connections", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected({
        speaks: {
          ...venue,
          limits: { ...venue.limits, connections: { count: 1, per: "1 minute" } }
        }
      })
      peer.last().end(1006, "")
      yield* pass("59 seconds")
      assert.strictEqual(peer.lines.length, 1)
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 2)
    })
  )

  it.effect("shows everything that passed, in order, before it is decoded", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { peer, ticks } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": [[200, "5 b98=1"]] },
        tap: (wire) => Effect.sync(() => passed.push(...wire))
      })
      yield* pass("1 second")
      peer.last().say("delta A 6-6 b99=1")
      peer.last().say("ping x")
      yield* settle
      peer.last().end(1001, "bye")
      yield* pass("1 second")
      peer.last().open()
      yield* settle
      const at = { venue: "testing", connection: 1 }
      const url = "wss://ws.testing/feed"
      assert.deepStrictEqual(
        passed.filter(({ _tag }) => _tag !== "Answered"),
        [
          { _tag: "Opened", ...at, at: 0, url },
          { _tag: "Sent", ...at, at: 0, data: "subscribe 1 book/A" },
          { _tag: "Received", ...at, at: 1_000_000, data: "delta A 6-6 b99=1" },
          { _tag: "Received", ...at, at: 1_000_000, data: "ping x" },
          { _tag: "Sent", ...at, at: 1_000_000, data: "pong x" },
          { _tag: "Closed", ...at, at: 1_000_000, reason: "connection lost (1001: bye)" },
          { _tag: "Opened", ...at, connection: 2, at: 2_000_000, url },
          { _tag: "Sent", ...at, connection: 2, at: 2_000_000, data: "subscribe 1 book/A" }
        ]
      )
      assert.deepStrictEqual(
        passed.filter(({ _tag }) => _tag === "Answered"),
        [
          {
            _tag: "Answered",
            venue: "testing",
            at: 1_000_000,
            call: "snapshot",
            subject: "A",
            url: "https://rest.testing/book/A",
            status: 200,
            body: "5 b98=1"
          }
        ]
      )
      assert.strictEqual(ticks.length, 3)
    }).pipe(withPart(1))
  )

  it.effect("shows the opening before a frame that came with it", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { peer } = yield* start({ tap: (wire) => Effect.sync(() => passed.push(...wire)) })
      peer.last().open()
      peer.last().say("news")
      yield* settle
      assert.deepStrictEqual(tags(passed), ["Opened", "Received", "Sent"])
    })
  )

  it.effect("shows all that was read when it is stopped, once and in order", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const gate = yield* Deferred.make<void>()
      const { fiber, peer } = yield* connected({
        tap: (wire) =>
          Effect.andThen(
            wire.some(({ _tag }) => _tag === "Received") ? Deferred.await(gate) : Effect.void,
            Effect.sync(() => passed.push(...wire))
          )
      })
      const all = Array.from({ length: 300 }, (_, id) => `trade A ${id} 1 1 buy`)
      peer.last().say(all[0])
      yield* settle
      for (const frame of all.slice(1)) peer.last().say(frame)
      yield* settle
      const stopping = yield* Effect.forkScoped(Fiber.interrupt(fiber), { startImmediately: true })
      yield* settle
      peer.last().say("trade A 300 1 1 buy")
      assert.deepStrictEqual(tags(passed), ["Opened", "Sent"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(
        passed.flatMap((wire) => (wire._tag === "Received" ? [wire.data] : [])),
        all
      )
    })
  )

  it.effect("shows a frame that was read in the turn in which it is stopped", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { fiber, peer } = yield* connected({
        tap: (wire) => Effect.sync(() => passed.push(...wire))
      })
      peer.last().say("trade A 7 1 1 buy")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(tags(passed), ["Opened", "Sent", "Received"])
    })
  )

  it.effect("waits no longer than a second for what it shows to be taken when it is stopped", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const { fiber, peer } = yield* connected({
        tap: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
      })
      peer.last().say("trade A 7 1 1 buy")
      const stopping = yield* Effect.forkScoped(Fiber.interrupt(fiber), { startImmediately: true })
      yield* pass("999 millis")
      assert.isUndefined(stopping.pollUnsafe())
      yield* pass("1 millis")
      assert.isDefined(stopping.pollUnsafe())
      assert.strictEqual(interrupted, 1)
    })
  )

  it.effect("shows that nobody answered, as an answer without a status", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { peer } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": ["down"] },
        tap: (wire) => Effect.sync(() => passed.push(...wire))
      })
      peer.last().say("delta A 6-6 b99=1")
      yield* settle
      assert.deepInclude(
        passed.find(({ _tag }) => _tag === "Answered"),
        { status: 0, body: "refused" }
      )
    })
  )

  it.effect("tells when its last tick was read, and how long after the venue's own time", () =>
    Effect.gen(function* () {
      const late = (message: Message): Message =>
        message._tag === "Trade" ? { ...message, at: message.received - 2500 } : message
      const { feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "quotes:AAA-USD"],
        speaks: {
          ...venue,
          decode: (frame, reader) =>
            Result.map(venue.decode(frame, reader), (messages) => messages.map(late))
        }
      })
      assert.deepInclude(yield* feed.status, { lastTickAt: undefined, lagMs: undefined })
      yield* pass("2 seconds")
      peer.last().say("trade A 7 1 1 buy")
      yield* settle
      assert.deepInclude(yield* feed.status, { lastTickAt: 2_000_000, lagMs: 2.5 })
      peer.last().say("quote A 1 1 2 1")
      yield* settle
      assert.deepInclude(yield* feed.status, { lastTickAt: 2_000_000, lagMs: undefined })
    })
  )

  const mistake = (): never => {
    throw new TypeError("a mistake")
  }
  const { calls } = venue
  it.effect.each<readonly [string, Partial<Venue>]>([
    [
      "the instruments",
      { calls: { ...calls, instruments: { ...calls.instruments, decode: mistake } } }
    ],
    ["a snapshot", { calls: { ...calls, snapshot: { ...calls.snapshot, path: mistake } } }],
    ["the probe", { probe: mistake }],
    ["a frame", { decode: mistake }]
  ])("a mistake in what the venue says of %s ends the feed, and is told", ([, wrong]) =>
    Effect.gen(function* () {
      const { events, feed, fiber, peer } = yield* start({
        topics: ["book:AAA-USD"],
        answers: { "/instruments": [[200, "A B"]] },
        speaks: { ...venue, ...wrong }
      })
      for (const line of peer.lines) {
        line.open()
        yield* settle
        line.say("delta A 6-6 b99=1")
      }
      yield* pass("30 seconds")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.hasDies(exit))
      assert.deepInclude(yield* feed.status, { state: "failed" })
      assert.deepInclude(events.at(-1), { _tag: "Failed", detail: "a mistake" })
    })
  )

  it.effect("the error names the venue", () =>
    Effect.gen(function* () {
      const { fiber, peer } = yield* connected()
      peer.last().say("no 1 because")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.instanceOf(error, FeedError)
      assert.strictEqual(error.message, "testing: subscription refused: because")
    })
  )
})
