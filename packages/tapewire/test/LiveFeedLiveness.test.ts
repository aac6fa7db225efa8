import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Call, Venue } from "tapewire/Venue"
import { connected, of, pass, settle } from "./support/live.ts"
import type { Answer } from "./support/Site.ts"
import { venue } from "./support/venue.ts"

const news = (path: string): Call<number | string | undefined> => ({
  path: (native) => `/${path}/${native}`,
  weight: 1,
  decode: (body) => Result.succeed(body)
})

/** A venue that can be asked for news. */
const speaks: Venue = {
  ...venue,
  calls: { ...venue.calls, lastTrade: news("trade"), lastUpdate: news("update") }
}

const answers = (...bodies: ReadonlyArray<string>) => bodies.map((body): Answer => [200, body])

/** Lets time pass on a connection on which there is always something, but no tick. */
const idle = Effect.fnUntraced(function* (
  line: { readonly say: (data: unknown) => void },
  seconds: number,
  each: (second: number) => void = () => undefined
) {
  for (let second = 1; second <= seconds; second++) {
    yield* pass("1 second")
    line.say("news")
    each(second)
    yield* settle
  }
})

describe("LiveFeed, of a subscription that gives nothing", () => {
  it.effect("that was taken and is mute: names it within 20 s, and asks for it alone anew", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "trades:BBB-USD"],
        speaks,
        answers: { "/trade/A": answers("7", "8", "9") }
      })
      const line = peer.last()
      line.say("ack 1")
      let id = 0
      yield* idle(line, 20, () => line.say(`trade B ${++id} 1 1 buy`))
      assert.deepStrictEqual(
        of(events, "Mute").map(({ seconds, topic }) => [topic, seconds]),
        [["testing:trades:AAA-USD", 20]]
      )
      assert.deepInclude(yield* feed.status, { mute: ["testing:trades:AAA-USD"] })
      assert.deepStrictEqual(line.sent.slice(1), ["unsubscribe 2 trades/A", "subscribe 3 trades/A"])
      assert.strictEqual(peer.lines.length, 1)
      line.say("trade A 10 1 1 buy")
      yield* idle(line, 5)
      assert.deepStrictEqual(
        of(events, "Restored").map(({ topic }) => topic),
        ["testing:trades:AAA-USD"]
      )
      assert.deepInclude(yield* feed.status, { mute: [] })
    })
  )

  it.effect("because a server lagged that was asked: leaves it alone", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks,
        answers: { "/trade/A": answers("7", "8") }
      })
      yield* idle(peer.last(), 600)
      assert.deepStrictEqual(of(events, "Mute"), [])
    })
  )

  it.effect("because its market is quiet: leaves it alone, and asks ever more rarely", () =>
    Effect.gen(function* () {
      const { events, peer, site } = yield* connected({
        speaks,
        answers: { "/trade/A": answers("7") }
      })
      const line = peer.last()
      yield* idle(line, 3600)
      assert.deepStrictEqual(of(events, "Mute"), [])
      assert.isAtMost(site.asked.length, 14)
      assert.isTrue(line.sent.slice(1).every((frame) => frame.startsWith("probe")))
    })
  )

  it.effect.each([
    ["nobody is liquidated", "liquidations"],
    ["a funding rate stays as it is", "funding"]
  ] as const)("because %s: leaves it alone, whatever is traded", ([, channel]) =>
    Effect.gen(function* () {
      const { events, peer, site } = yield* connected({
        topics: [`${channel}:AAA-USD`],
        speaks: { ...speaks, channels: { ...venue.channels, [channel]: [undefined] } },
        answers: { "/trade/A": answers("7", "8", "9", "10", "11") }
      })
      const line = peer.last()
      yield* idle(line, 120)
      assert.deepStrictEqual(of(events, "Mute"), [])
      assert.notInclude(site.asked, "/trade/A")
      assert.notInclude(line.sent.join(), "unsubscribe")
    })
  )

  it.effect("though it gave ten a second before: knows sooner, by its own rate", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks,
        answers: { "/trade/A": answers("1", "2", "3", "4") }
      })
      const line = peer.last()
      let id = 0
      yield* idle(line, 30, () => {
        for (let count = 0; count < 10; count++) line.say(`trade A ${++id} 1 1 buy`)
      })
      yield* idle(line, 25)
      assert.deepStrictEqual(
        of(events, "Mute").map(({ seconds }) => seconds),
        [20]
      )
    })
  )

  it.effect("though it gave one a minute before: gives it its time", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks,
        answers: { "/trade/A": answers("1") }
      })
      const line = peer.last()
      let id = 0
      yield* idle(line, 300, (second) => {
        if (second % 60 === 1) line.say(`trade A ${++id} 1 1 buy`)
      })
      assert.deepStrictEqual(of(events, "Mute"), [])
      assert.strictEqual(line.sent.filter((frame) => frame.includes("trades/A")).length, 1)
    })
  )

  it.effect("of a book: asks for its last update", () =>
    Effect.gen(function* () {
      const { events, peer, site } = yield* connected({
        topics: ["book:AAA-USD"],
        speaks,
        answers: { "/update/A": answers("7", "8", "9") }
      })
      yield* idle(peer.last(), 20)
      assert.strictEqual(of(events, "Mute")[0]?.topic, "testing:book:AAA-USD")
      assert.isTrue(site.asked.every((url) => url.endsWith("/update/A")))
    })
  )

  it.effect("though it was asked for anew three times: replaces the connection", () =>
    Effect.gen(function* () {
      const bodies = Array.from({ length: 200 }, (_, index) => `${index}`)
      const { events, peer } = yield* connected({
        speaks,
        answers: { "/trade/A": answers(...bodies) }
      })
      const line = peer.last()
      while (peer.lines.length === 1) yield* idle(line, 1)
      assert.strictEqual(of(events, "Mute").length, 3)
      peer.last().open()
      yield* settle
      peer.last().say("ack 1\ntrade A 1 1 1 buy")
      yield* idle(line, 30)
      assert.strictEqual(of(events, "Rotated")[0]?.cause, "mute")
    })
  )

  it.effect("because the venue no longer lists it: ends it, and goes on with the others", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "trades:BBB-USD"],
        speaks,
        answers: {
          "/trade/A": [[400, "unknown symbol"]],
          "/trade/B": answers("1"),
          "/instruments": [
            [200, "A B"],
            [200, "B"]
          ]
        }
      })
      yield* idle(peer.last(), 12)
      assert.deepStrictEqual(
        of(events, "Delisted").map(({ symbol }) => symbol),
        ["AAA-USD"]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["BBB-USD"]
      )
      assert.include(peer.last().sent, "unsubscribe 2 trades/A")
      peer.last().say("trade B 1 1 1 buy")
      yield* settle
      assert.deepInclude(yield* feed.status, { state: "running", ticks: 1 })
    })
  )

  it.effect("where the venue cannot be asked: waits long, and asks for it anew", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected()
      const line = peer.last()
      yield* idle(line, 120)
      assert.deepStrictEqual(of(events, "Mute"), [])
      line.say("trade A 1 1 1 buy")
      yield* idle(line, 1)
      line.say("trade A 2 1 1 buy")
      yield* idle(line, 220)
      assert.isAtLeast(of(events, "Mute").length, 1)
    })
  )
})
