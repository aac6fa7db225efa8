import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Random from "effect/Random"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import * as Peer from "./support/Peer.ts"
import * as Site from "./support/Site.ts"
import { instruments, venue } from "./support/venue.ts"

const settle = Effect.repeat(Effect.yieldNow, { times: 30 })

const pass = (duration: Parameters<typeof TestClock.adjust>[0]) =>
  Effect.andThen(TestClock.adjust(duration), settle)

/** A clock that somebody can set, which makes no time pass: timers and durations go on as before. */
const settable = Effect.map(Clock.Clock, (clock) => {
  let shift = 0
  const currentTimeMillisUnsafe = () => clock.currentTimeMillisUnsafe() + shift
  const currentTimeNanosUnsafe = () => clock.currentTimeNanosUnsafe() + BigInt(shift) * 1_000_000n
  const set: Clock.Clock = {
    currentTimeMillisUnsafe,
    currentTimeNanosUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  return {
    clock: set,
    turn: (hours: number) => {
      shift += hours * 3_600_000
    }
  }
})

const hour = 3_600_000_000

/** A feed that is connected, and a clock that can be turned. */
const start = Effect.gen(function* () {
  const { clock, turn } = yield* settable
  const peer = Peer.make()
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  const feed = yield* LiveFeed.make(venue, ["trades:AAA-USD"], { instruments }).pipe(
    Effect.provideService(Socket.WebSocketConstructor, peer.construct),
    Effect.provideService(HttpClient.HttpClient, Site.make({}).client),
    Effect.provideService(Clock.Clock, clock)
  )
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
    Effect.provideService(Clock.Clock, clock),
    Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* settle
  // Once real time has begun, so that an hour back is a time too.
  yield* pass("1 second")
  peer.last().open()
  yield* settle
  return { events, feed, peer, ticks, turn }
})

const tags = (events: ReadonlyArray<FeedEvent>) => events.map(({ _tag }) => _tag)

for (const [hours, way] of [
  [-1, "back"],
  [1, "forward"]
] as const) {
  describe(`a feed whose clock is set ${way} by an hour`, () => {
    it.effect("stamps what comes then by the new time, and goes on", () =>
      Effect.gen(function* () {
        const { events, peer, ticks, turn } = yield* start
        peer.last().say("trade A 7 1 1 buy")
        yield* settle
        turn(hours)
        yield* pass("1 second")
        peer.last().say("trade A 8 1 1 buy")
        yield* settle
        assert.deepStrictEqual(
          ticks.map(({ received }) => received),
          [1_000_000, 2_000_000 + hours * hour]
        )
        assert.deepStrictEqual(tags(events), ["Connected"])
      })
    )

    it.effect("takes a connection for silent neither sooner nor later than before", () =>
      Effect.gen(function* () {
        const { events, turn } = yield* start
        yield* pass("20 seconds")
        turn(hours)
        yield* pass("19 seconds")
        assert.deepStrictEqual(tags(events), ["Connected"])
        yield* pass("1 second")
        assert.deepInclude(events.at(-1), { _tag: "Lost", detail: "nothing came for 40 s" })
      })
    )

    it.effect("waits before the next attempt no longer and no shorter than it said", () =>
      Effect.gen(function* () {
        const { events, peer, turn } = yield* start
        peer.last().end(1006, "")
        yield* settle
        assert.deepInclude(events.at(-1), { _tag: "Lost", retryInMillis: 500 })
        turn(hours)
        yield* pass("499 millis")
        assert.strictEqual(peer.lines.length, 1)
        yield* pass("1 millis")
        assert.strictEqual(peer.lines.length, 2)
      })
    )

    it.effect("leaves a host alone that has failed for as long as it would have", () =>
      Effect.gen(function* () {
        const { events, peer, turn } = yield* start
        peer.refusal = "nobody there"
        peer.last().end(1006, "")
        for (let tries = 0; tries < 60 && !tags(events).includes("Breaker"); tries++) {
          yield* pass("1 second")
        }
        const { tries } = peer
        turn(hours)
        yield* pass("20 seconds")
        assert.strictEqual(peer.tries, tries)
        yield* pass("60 seconds")
        assert.isAbove(peer.tries, tries)
      })
    )
  })
}
