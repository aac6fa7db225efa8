import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Feed from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import { connected, ids, make, pass, settle, start, tags } from "./support/live.ts"
import { instruments, venue } from "./support/venue.ts"

const names = (feed: Feed.Feed) => feed.subscriptions.map(Feed.topicOf)

describe("LiveFeed, while it runs", () => {
  it.effect("subscribes to more without touching what is there", () =>
    Effect.gen(function* () {
      const told: Array<ReadonlyArray<Instrument>> = []
      const { feed, peer, ticks } = yield* connected({
        resolved: (found) => Effect.sync(() => told.push(found))
      })
      yield* feed.subscribe(["trades:BBB-USD", "trades:AAA-USD"])
      yield* settle
      assert.strictEqual(peer.lines.length, 1)
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A", "subscribe 2 trades/B"])
      peer.last().say("trade A 1 1 1 buy\ntrade B 2 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1, 2])
      assert.deepStrictEqual(names(feed), ["trades:AAA-USD", "trades:BBB-USD"])
      assert.deepStrictEqual(told, [instruments.slice(0, 1), instruments.slice(1)])
    })
  )

  it.effect("remembers what was added when it connects anew", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected()
      yield* feed.subscribe(["quotes:BBB-USD"])
      yield* feed.unsubscribe(["trades:AAA-USD"])
      peer.last().end(1006, "")
      yield* pass("1 second")
      peer.last().open()
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 quotes/B"])
    })
  )

  it.effect("takes another connection where those there are carry no more", () =>
    Effect.gen(function* () {
      const limits = { ...venue.limits, streams: 1 }
      const { feed, peer } = yield* connected({
        speaks: { ...venue, limits, pool: { min: 1, max: 2 } }
      })
      yield* feed.subscribe(["trades:BBB-USD"])
      yield* settle
      peer.last().open()
      yield* settle
      assert.deepStrictEqual(
        peer.lines.map(({ sent }) => sent),
        [["subscribe 1 trades/A"], ["subscribe 1 trades/B"]]
      )
      const error = yield* Effect.flip(feed.subscribe(["quotes:BBB-USD"]))
      assert.strictEqual(error.reason._tag, "TooMany")
      assert.deepStrictEqual(names(feed), ["trades:AAA-USD", "trades:BBB-USD"])
    })
  )

  it.effect("refuses a symbol the venue does not list and a topic it does not offer", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected()
      const unknown = yield* Effect.flip(feed.subscribe(["trades:BBB-USD", "trades:AAB-USD"]))
      assert.strictEqual(unknown.reason._tag, "UnknownSymbol")
      const unsupported = yield* Effect.flip(feed.subscribe(["funding:AAA-USD"]))
      assert.strictEqual(unsupported.reason._tag, "Unsupported")
      assert.strictEqual(peer.last().sent.length, 1)
      assert.deepStrictEqual(names(feed), ["trades:AAA-USD"])
    })
  )

  it.effect("takes a symbol that the venue has listed since it began", () =>
    Effect.gen(function* () {
      const { feed, peer, site, ticks } = yield* connected({
        answers: {
          "/instruments": [
            [200, "A"],
            [200, "A B"]
          ]
        }
      })
      yield* feed.subscribe(["trades:BBB-USD"])
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A", "subscribe 2 trades/B"])
      peer.last().say("trade B 1 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1])
      const unknown = yield* Effect.flip(feed.subscribe(["trades:CCC-USD"]))
      assert.strictEqual(unknown.reason._tag, "UnknownSymbol")
      assert.strictEqual(site.asked.length, 3)
    })
  )

  it.effect("ends subscriptions, and gives nothing of what is still on its way", () =>
    Effect.gen(function* () {
      const { events, feed, peer, site, ticks } = yield* connected({
        topics: ["trades:AAA-USD", "book:AAA-USD"],
        answers: { "/book/A": [[200, "5 b98=1"]] }
      })
      peer.last().say("trade A 1 1 1 buy\ndelta A 6-6 b99=1")
      yield* settle
      yield* feed.unsubscribe(["book:AAA-USD", "book:BBB-USD"])
      yield* settle
      assert.deepStrictEqual(peer.last().sent.slice(1), ["unsubscribe 2 book/A"])
      peer.last().say("delta A 7-7 b99=2\ntrade A 2 1 1 buy")
      yield* settle
      assert.deepStrictEqual(tags(ticks), ["Trade", "BookSnapshot", "BookDelta", "Trade"])
      assert.strictEqual(site.asked.length, 1)
      assert.deepInclude(events.at(-1), {
        _tag: "Unsubscribed",
        topics: ["testing:book:AAA-USD"]
      })
    })
  )

  it.effect(
    "begins anew with what is subscribed to again, and takes nothing between for a gap",
    () =>
      Effect.gen(function* () {
        const { feed, peer, ticks } = yield* connected()
        peer.last().say("trade A 1 1 1 buy")
        yield* settle
        yield* feed.unsubscribe(["trades:AAA-USD"])
        yield* feed.subscribe(["trades:AAA-USD"])
        yield* settle
        peer.last().say("trade A 9 1 1 buy")
        yield* settle
        assert.deepStrictEqual(tags(ticks), ["Trade", "Trade"])
      })
  )

  it.effect("gives what waited for others before it ends their subscription", () =>
    Effect.gen(function* () {
      const { feed, peer, ticks } = yield* connected({
        topics: ["trades:AAA-USD", "trades:BBB-USD"],
        speaks: {
          ...venue,
          calls: {
            ...venue.calls,
            trades: { path: (native) => `/past/${native}`, weight: 1, decode: () => never() }
          }
        },
        answers: { "/past/A": ["mute"] }
      })
      peer.last().say("trade A 1 1 1 buy\ntrade A 3 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1])
      yield* feed.unsubscribe(["trades:AAA-USD"])
      peer.last().say("trade B 1 1 1 buy")
      yield* settle
      assert.deepStrictEqual(tags(ticks), ["Trade", "Gap", "Trade", "Trade"])
    })
  )

  it.effect("closes a connection that carries nothing any longer, after a while", () =>
    Effect.gen(function* () {
      const started = yield* start({
        topics: ["trades:AAA-USD", "trades:BBB-USD"],
        speaks: { ...venue, pool: { min: 1 }, limits: { ...venue.limits, streams: 1 } }
      })
      const { feed, peer } = started
      for (const line of peer.lines) line.open()
      yield* settle
      const [first, second] = peer.lines
      yield* feed.unsubscribe(["trades:BBB-USD"])
      const awake = Effect.gen(function* () {
        yield* pass("30 seconds")
        for (const line of peer.lines) line.say("news")
      })
      yield* Effect.repeat(awake, { times: 8 })
      assert.isUndefined(second?.closedWith())
      yield* Effect.repeat(awake, { times: 1 })
      assert.strictEqual(second?.closedWith(), 1000)
      assert.isUndefined(first?.closedWith())
      assert.deepInclude(yield* feed.status, { state: "running" })
    })
  )

  it.effect("may begin with nothing, and end all", () =>
    Effect.gen(function* () {
      const { feed, peer, ticks } = yield* start({ topics: [] })
      assert.strictEqual(peer.tries, 0)
      yield* feed.subscribe(["trades:AAA-USD"])
      yield* settle
      peer.last().open()
      yield* settle
      peer.last().say("trade A 1 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1])
      yield* Feed.unsubscribeAll(feed)
      assert.deepStrictEqual(names(feed), [])
    })
  )

  it.effect("subscribes, when it is run, to what was asked for before", () =>
    Effect.gen(function* () {
      const { feed } = yield* make()
      yield* feed.subscribe(["quotes:BBB-USD"])
      yield* feed.unsubscribe(["trades:AAA-USD"])
      assert.deepStrictEqual(names(feed), ["quotes:BBB-USD"])
    })
  )
})

const never = (): never => {
  throw new Error("nobody answers")
}
