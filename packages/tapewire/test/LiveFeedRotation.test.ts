import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { FeedEvent } from "tapewire/FeedEvent"
import { connected, ids, pass, settle, tags, withPart } from "./support/live.ts"
import { venue } from "./support/venue.ts"

const rotations = (events: ReadonlyArray<FeedEvent>) =>
  events.filter((event) => event._tag === "Rotated")

const alive = (line: { readonly say: (data: unknown) => void }) =>
  Effect.andThen(
    pass("20 seconds"),
    Effect.sync(() => line.say("news"))
  )

describe("LiveFeed, when a connection is to be replaced", () => {
  it.effect("opens another at its age, gives each trade once, and then closes the old one", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected({ rotateAfter: "1 minute" })
      const [old] = peer.lines
      if (old === undefined) return assert.fail("nobody connected")
      old.say("ack 1\ntrade A 1 1 1 buy")
      yield* alive(old)
      yield* alive(old)
      yield* pass("20 seconds")
      assert.strictEqual(peer.lines.length, 2)
      assert.isUndefined(old.closedWith())
      const next = peer.last()
      old.say("trade A 2 1 1 buy")
      next.open()
      yield* settle
      assert.deepStrictEqual(next.sent, ["subscribe 1 trades/A"])
      old.say("trade A 3 1 1 buy")
      next.say("ack 1")
      yield* pass("1 second")
      assert.isUndefined(old.closedWith())
      next.say("trade A 3 1 1 buy")
      old.say("trade A 4 1 1 buy")
      yield* pass("250 millis")
      assert.strictEqual(old.closedWith(), 1000)
      next.say("trade A 4 1 1 buy\ntrade A 5 1 1 buy")
      yield* pass("250 millis")
      assert.deepStrictEqual(ids(ticks), [1, 2, 3, 4, 5])
      assert.deepStrictEqual(
        rotations(events).map(({ cause, duplicated, lost, overlap }) => [
          cause,
          lost,
          duplicated,
          overlap
        ]),
        [["age", 0, 0, 1250]]
      )
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
    })
  )

  it.effect("does so at once when the venue says that it leaves", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected()
      const [old] = peer.lines
      old?.say("trade A 1 1 1 buy\nbye")
      yield* settle
      assert.deepStrictEqual(tags(events), ["Connected", "Leaving"])
      assert.strictEqual(peer.lines.length, 2)
      peer.last().open()
      yield* settle
      peer.last().say("ack 1\ntrade A 2 1 1 buy")
      yield* pass("1 second")
      assert.strictEqual(old?.closedWith(), 1000)
      assert.deepStrictEqual(ids(ticks), [1, 2])
      assert.deepInclude(rotations(events)[0], { cause: "leaving", lost: 0, duplicated: 0 })
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
    })
  )

  it.effect("gives account of trades that were lost and could not be had meanwhile", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected()
      peer.lines[0]?.say("ack 1\ntrade A 1 1 1 buy\nbye")
      yield* settle
      peer.last().open()
      yield* settle
      peer.lines[0]?.say("trade A 2 1 1 buy")
      peer.last().say("ack 1\ntrade A 5 1 1 buy")
      yield* pass("300 millis")
      peer.last().say("news")
      yield* pass("1 second")
      assert.deepInclude(rotations(events)[0], { lost: 2, duplicated: 0 })
    })
  )

  it.effect("gives account of each of two that are replaced at once, whichever is first", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        topics: ["trades:AAA-USD", "trades:BBB-USD"],
        speaks: { ...venue, pool: {}, firstData: "10 seconds" }
      })
      const [first, second] = peer.lines
      first?.open()
      yield* settle
      first?.say("ack 1\ntrade A 1 1 1 buy\nbye")
      second?.say("ack 1\ntrade B 1 1 1 buy\nbye")
      yield* settle
      const [, , one, two] = peer.lines
      one?.open()
      two?.open()
      yield* settle
      one?.say("ack 1\ntrade A 2 1 1 buy")
      second?.say("trade B 2 1 1 buy")
      yield* pass("2 seconds")
      assert.strictEqual(rotations(events).length, 1)
      two?.say("ack 1\ntrade B 5 1 1 buy")
      yield* pass("300 millis")
      two?.say("news")
      yield* pass("1 second")
      assert.deepStrictEqual(
        rotations(events).map(({ lost }) => lost),
        [0, 2]
      )
    })
  )

  it.effect("keeps what there is for as long as another cannot be had", () =>
    Effect.gen(function* () {
      const { feed, peer, ticks } = yield* connected()
      const [old] = peer.lines
      old?.say("bye")
      yield* settle
      peer.refusal = "no route"
      peer.last().fail("no way")
      yield* pass("25 seconds")
      old?.say("trade A 1 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1])
      assert.isUndefined(old?.closedWith())
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
      peer.refusal = undefined
      yield* pass("25 seconds")
      assert.strictEqual(peer.lines.length, 3)
    }).pipe(withPart(1))
  )

  it.effect("connects as after any loss where the old one ends before there is another", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected()
      peer.last().say("bye")
      yield* settle
      const [old, next] = peer.lines
      old?.end(1001, "")
      yield* settle
      assert.strictEqual(next?.closedWith(), 1000)
      assert.deepInclude(events.at(-1), { _tag: "Lost", code: 1001 })
      assert.deepInclude(yield* feed.status, { state: "reconnecting", losses: 1 })
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 3)
    }).pipe(withPart(1))
  )

  it.effect("keeps what there is where the other one ends first, and takes yet another", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected()
      peer.last().say("ack 1\ntrade A 1 1 1 buy\nbye")
      yield* settle
      const [old, next] = peer.lines
      next?.open()
      yield* settle
      next?.end(1006, "")
      yield* pass("500 millis")
      assert.isUndefined(old?.closedWith())
      old?.say("trade A 2 1 1 buy")
      yield* pass("1 second")
      assert.deepStrictEqual(ids(ticks), [1, 2])
      assert.strictEqual(peer.lines.length, 3)
      peer.last().open()
      yield* settle
      peer.last().say("ack 1\ntrade A 3 1 1 buy")
      yield* pass("1 second")
      assert.strictEqual(old?.closedWith(), 1000)
      assert.deepStrictEqual(ids(ticks), [1, 2, 3])
      assert.deepInclude(rotations(events)[0], { lost: 0, duplicated: 0 })
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
    }).pipe(withPart(1))
  )

  it.effect("waits for yet another as long as the other one's close asks for", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected()
      peer.last().say("ack 1\nbye")
      yield* settle
      peer.last().open()
      yield* settle
      peer.last().end(1013, "")
      yield* pass("4999 millis")
      assert.strictEqual(peer.lines.length, 2)
      yield* pass("1 millis")
      assert.strictEqual(peer.lines.length, 3)
    }).pipe(withPart(0))
  )

  it.effect("connects as after any loss where both end", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected()
      peer.last().say("ack 1\ntrade A 1 1 1 buy\nbye")
      yield* settle
      const [old, next] = peer.lines
      next?.open()
      yield* settle
      next?.end(1006, "")
      old?.end(1001, "")
      yield* pass("500 millis")
      assert.deepInclude(yield* feed.status, { state: "reconnecting", losses: 1 })
      yield* pass("1 second")
      assert.strictEqual(peer.lines.length, 3)
    }).pipe(withPart(1))
  )

  it.effect("goes over to the other one when the old one ends while both are open", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected()
      peer.last().say("trade A 1 1 1 buy\nbye")
      yield* settle
      const [old, next] = peer.lines
      next?.open()
      yield* settle
      old?.end(1001, "")
      yield* pass("1 second")
      next?.say("ack 1\ntrade A 2 1 1 buy")
      yield* settle
      assert.deepStrictEqual(ids(ticks), [1, 2])
      assert.strictEqual(rotations(events).length, 1)
      assert.deepInclude(yield* feed.status, { state: "running", losses: 0 })
    })
  )

  it.effect("follows a book from one to the other without asking for it again", () =>
    Effect.gen(function* () {
      const { events, peer, site, ticks } = yield* connected({
        topics: ["book:AAA-USD"],
        answers: { "/book/A": [[200, "5 b98=1,a101=1"]] }
      })
      peer.last().say("ack 1\ndelta A 6-6 b99=1")
      yield* settle
      peer.last().say("bye")
      yield* settle
      const [old, next] = peer.lines
      next?.open()
      yield* settle
      old?.say("delta A 7-8 b99=2")
      next?.say("ack 1\ndelta A 8-9 b99=3")
      yield* pass("1 second")
      assert.strictEqual(old?.closedWith(), 1000)
      next?.say("delta A 10-10 b99=4")
      yield* settle
      assert.deepStrictEqual(tags(ticks), [
        "BookSnapshot",
        "BookDelta",
        "BookDelta",
        "BookDelta",
        "BookDelta"
      ])
      assert.strictEqual(site.asked.length, 1)
      assert.notInclude(tags(events), "Resyncing")
    })
  )

  it.effect("gives quotes without a number once, from the newer one as soon as it gives any", () =>
    Effect.gen(function* () {
      const { peer, ticks } = yield* connected({ topics: ["quotes:AAA-USD"] })
      const [old] = peer.lines
      old?.say("ack 1\nquote A 1 1 9 1\nbye")
      yield* settle
      peer.last().open()
      yield* settle
      old?.say("quote A 2 1 9 1")
      peer.last().say("ack 1\nquote A 2 1 9 1")
      old?.say("quote A 3 1 9 1")
      peer.last().say("quote A 3 1 9 1")
      yield* settle
      assert.deepStrictEqual(
        ticks.map((tick) => tick._tag === "Quote" && tick.bid),
        [1, 2, 2, 3]
      )
    })
  )

  it.effect("does not wait for ever for what is quiet on both", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks: { ...venue, firstData: "10 seconds" }
      })
      peer.last().say("ack 1\ntrade A 1 1 1 buy\nbye")
      yield* settle
      const [old, next] = peer.lines
      next?.open()
      yield* settle
      next?.say("ack 1")
      yield* pass("9 seconds")
      assert.isUndefined(old?.closedWith())
      yield* pass("2 seconds")
      assert.strictEqual(old?.closedWith(), 1000)
      assert.deepInclude(rotations(events)[0], { overlap: 10_000 })
    })
  )
})
