import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { Venue } from "tapewire/Venue"
import { connected, ids, of, pass, settle, start, tags, waits, withPart } from "./support/live.ts"
import { venue } from "./support/venue.ts"

/** Over two connections, as by default. */
const two = { ...venue, pool: {} } as const satisfies Venue

const topics = ["trades:AAA-USD", "book:AAA-USD", "trades:BBB-USD"] as const

const open = Effect.fnUntraced(function* ({
  peer
}: {
  readonly peer: { readonly lines: ReadonlyArray<{ readonly open: () => void }> }
}) {
  for (const line of peer.lines) line.open()
  yield* settle
})

describe("LiveFeed, over several connections", () => {
  it.effect("spreads symbols over two, and keeps together what is about one", () =>
    Effect.gen(function* () {
      const started = yield* start({ topics, speaks: two })
      yield* open(started)
      assert.deepStrictEqual(
        started.peer.lines.map(({ sent }) => sent),
        [["subscribe 1 trades/A book/A"], ["subscribe 1 trades/B"]]
      )
      assert.deepInclude(yield* started.feed.status, { state: "running" })
    })
  )

  it.effect("takes one more where a connection carries no more", () =>
    Effect.gen(function* () {
      const limits = { ...venue.limits, streams: 2 }
      const started = yield* start({ topics, speaks: { ...venue, limits } })
      yield* open(started)
      assert.deepStrictEqual(
        started.peer.lines.map(({ sent }) => sent),
        [["subscribe 1 trades/A book/A"], ["subscribe 1 trades/B"]]
      )
    })
  )

  it.effect("does not begin what does not fit on as many as may be had", () =>
    Effect.gen(function* () {
      const limits = { ...venue.limits, streams: 1 }
      const { failure, peer } = yield* start({
        topics,
        speaks: { ...venue, limits, pool: { min: 1, max: 2 } }
      })
      const reason = yield* failure
      assert.strictEqual(reason.message, "3 subscriptions are too many; 2 are possible")
      assert.strictEqual(peer.lines.length, 0)
    })
  )

  it.effect("goes on with the others when one is lost, and restores that alone", () =>
    Effect.gen(function* () {
      const started = yield* start({ topics, speaks: two })
      yield* open(started)
      const { feed, peer, ticks } = started
      const [first, second] = peer.lines
      first?.say("trade A 7 1 1 buy")
      first?.end(1006, "")
      yield* settle
      assert.deepInclude(yield* feed.status, { state: "reconnecting", losses: 1 })
      second?.say("trade B 3 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [7, 3])
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 3)
      peer.last().open()
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A book/A"])
      assert.deepInclude(yield* feed.status, { state: "running" })
    })
  )

  it.effect("shares the host's budget of connections with every other feed", () =>
    Effect.gen(function* () {
      const limits = { ...venue.limits, connections: { count: 1, per: "1 minute" } } as const
      const first = yield* start({ speaks: { ...venue, limits } })
      const second = yield* start({ speaks: { ...venue, limits } })
      assert.deepStrictEqual([first.peer.tries, second.peer.tries], [1, 0])
      yield* pass("59999 millis")
      assert.strictEqual(second.peer.tries, 0)
      yield* pass("1 millis")
      assert.strictEqual(second.peer.tries, 1)
    })
  )

  it.effect.each([429, 418])(
    "leaves a host alone with every feed when it says %d to one, and counts no vain attempt",
    (status) =>
      Effect.gen(function* () {
        const first = yield* start({ attempts: 1 })
        first.peer.last().fail("", { status, retryAfter: "90" })
        yield* settle
        const second = yield* start()
        yield* pass("89 seconds")
        assert.deepStrictEqual([first.peer.tries, second.peer.tries], [1, 0])
        assert.deepStrictEqual(waits(first.events), [90_000])
        yield* pass("1 second")
        assert.deepStrictEqual([first.peer.tries, second.peer.tries], [2, 1])
        yield* Fiber.interrupt(first.fiber)
        yield* Fiber.interrupt(second.fiber)
      })
  )

  it.effect.each<readonly [code: number, least: number, own: Venue["closeWaits"] | undefined]>([
    [1000, 0, undefined],
    [1001, 0, undefined],
    [1012, 0, undefined],
    [1008, 30_000, undefined],
    [1011, 5000, undefined],
    [1013, 5000, undefined],
    [4001, 5000, undefined],
    [4001, 120_000, { 4001: "2 minutes" }]
  ])("after a close with %d waits for %d ms at least", ([code, least, own]) =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks: own === undefined ? venue : { ...venue, closeWaits: own }
      })
      peer.last().end(code, "")
      yield* settle
      assert.deepInclude(events.at(-1), { _tag: "Lost", code, retryInMillis: least })
      if (least > 0) yield* pass(least - 1)
      assert.strictEqual(peer.lines.length, least > 0 ? 1 : 2)
      yield* pass(1)
      assert.strictEqual(peer.lines.length, 2)
    }).pipe(withPart(0))
  )

  it.effect("ends a connection on which too much means nothing, and takes another", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected()
      for (let count = 0; count < 6; count++) peer.last().say("?")
      yield* settle
      assert.strictEqual(peer.lines[0]?.closedWith(), 1000)
      assert.deepInclude(of(events, "Lost")[0], {
        code: 1007,
        detail: "connection lost (1007: too many frames without a meaning)"
      })
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 2)
    })
  )

  it.effect("finds out which one subscription is refused, and keeps the others", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected({
        topics: ["trades:AAA-USD", "quotes:AAA-USD", "trades:BBB-USD"],
        speaks: { ...venue, limits: { ...venue.limits, batch: 4 } }
      })
      const line = peer.last()
      assert.deepStrictEqual(line.sent, ["subscribe 1 trades/A quotes/A trades/B"])
      line.say("no 1 because")
      yield* settle
      assert.deepStrictEqual(line.sent.slice(1), [
        "subscribe 2 trades/A quotes/A",
        "subscribe 3 trades/B"
      ])
      line.say("no 2 because\nack 3")
      yield* pass("1 second")
      assert.deepStrictEqual(line.sent.slice(3), ["subscribe 4 trades/A", "subscribe 5 quotes/A"])
      line.say("ack 4\nno 5 because")
      line.say("trade A 7 1 1 buy\ntrade B 3 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [7, 3])
      assert.deepStrictEqual(
        of(events, "Refused").map(({ detail, topic }) => [detail, topic]),
        [["because", "testing:quotes:AAA-USD"]]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["AAA-USD", "BBB-USD"]
      )
      line.end(1006, "")
      yield* pass("1 second")
      peer.last().open()
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A trades/B"])
    })
  )

  it.effect("tells which subscriptions were taken, once they were", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({ topics: ["trades:AAA-USD", "quotes:AAA-USD"] })
      assert.deepStrictEqual(of(events, "Subscribed"), [])
      peer.last().say("ack 1")
      peer.last().say("ack 1")
      yield* settle
      assert.deepStrictEqual(
        of(events, "Subscribed").map(({ topics }) => topics),
        [["testing:trades:AAA-USD", "testing:quotes:AAA-USD"]]
      )
    })
  )

  it.effect(
    "asks a healthy connection too what it is subscribed to, and anew for what is not",
    () =>
      Effect.gen(function* () {
        const listing: Venue = {
          ...venue,
          decode: (frame, reader) =>
            typeof frame === "string" && frame.startsWith("listed")
              ? Result.succeed([{ _tag: "Listed", topics: frame.split(" ") }])
              : venue.decode(frame, reader)
        }
        const { peer } = yield* connected({
          topics: ["trades:AAA-USD", "quotes:AAA-USD"],
          speaks: listing
        })
        const line = peer.last()
        line.say("ack 1")
        for (let count = 0; count < 6; count++) {
          yield* pass("10 seconds")
          line.say("news")
        }
        assert.deepStrictEqual(line.sent.slice(1), ["probe 2"])
        line.say("listed trades/A")
        yield* pass("1 second")
        assert.deepStrictEqual(line.sent.slice(2), ["subscribe 3 quotes/A"])
        line.say("listed trades/A quotes/A")
        yield* settle
        assert.strictEqual(line.sent.length, 3)
      })
  )

  it.effect("fails when one connection cannot be had, and closes the others", () =>
    Effect.gen(function* () {
      const started = yield* start({ topics, speaks: two, attempts: 1 })
      const [first, second] = started.peer.lines
      first?.open()
      yield* settle
      second?.end(1015, "certificate has expired")
      const reason = yield* started.failure
      assert.strictEqual(reason._tag, "Unreachable")
      assert.strictEqual(first?.closedWith(), 1000)
      assert.strictEqual(tags(started.events).at(-1), "Failed")
    })
  )
})
