import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import type { FeedEvent } from "tapewire/FeedEvent"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import * as PollFeed from "tapewire/PollFeed"
import * as Session from "tapewire/Session"
import type { Observation, Tick } from "tapewire/Tick"
import { Undecodable, type Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { pass, settle, tags } from "./support/live.ts"
import * as Peer from "./support/Peer.ts"
import * as Site from "./support/Site.ts"
import { venue as connected } from "./support/venue.ts"

const instrument = (symbol: string): Instrument => ({
  venue: "statistics",
  symbol,
  native: symbol.toLowerCase(),
  kind: "series",
  base: symbol,
  quote: "",
  status: "trading"
})

/** Publishes lines of `date value vintage`. */
const venue: Venue = {
  ...connected,
  ...PollFeed.unconnected,
  id: "statistics",
  channels: { series: [undefined] },
  limits: { ...connected.limits, requests: { count: 100, per: "1 second" } },
  instruments: [instrument("ONE")],
  unlisted: (symbol) => (symbol === "NONE" ? undefined : instrument(symbol)),
  poll: { every: "10 minutes", since: "2 days", overlap: "1 day" },
  calls: {
    poll: {
      path: (native, from) => `/since/${from / 86_400e6}/${native}`,
      weight: 1,
      decode: (body, reader, native) =>
        body === "?"
          ? Result.fail(new Undecodable({ detail: "is a question", sample: body }))
          : Result.succeed(
              body.split("\n").map((line): Observation => {
                const [date = "", value = "", vintage = ""] = line.split(" ")
                return {
                  _tag: "Observation",
                  venue: reader.venue,
                  symbol: reader.symbol(native) ?? "",
                  received: reader.received,
                  date,
                  value: value === "." ? undefined : Number(value),
                  vintage
                }
              })
            )
    }
  }
}

type Topics = ReadonlyArray<`series:${string}`>

const start = Effect.fnUntraced(function* (
  answers: Parameters<typeof Site.make>[0],
  topics: Topics = ["series:ONE"],
  options?: PollFeed.Options
) {
  const site = Site.make(answers)
  const feed = yield* PollFeed.make<Venue>(venue, topics, options).pipe(
    Effect.provideService(HttpClient.HttpClient, site.client)
  )
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  const fiber = yield* Stream.runForEach(feed.ticks, (tick) =>
    Effect.sync(() => ticks.push(tick))
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  yield* settle
  const failure = Effect.map(Effect.flip(Fiber.join(fiber)), ({ reason }) => reason)
  const values = () =>
    ticks.map((tick) => tick._tag === "Observation" && `${tick.symbol} ${tick.date} ${tick.value}`)
  return { feed, site, ticks, events, values, fiber, failure }
})

describe("PollFeed", () => {
  it.effect("asks at once, and then as often as the venue says", () =>
    Effect.gen(function* () {
      const { events, feed, site, values } = yield* start({ "/one": [[200, "d1 5 v1"]] })
      assert.deepStrictEqual(values(), ["ONE d1 5"])
      assert.strictEqual((yield* feed.status).state, "running")
      assert.deepInclude(events[0], { _tag: "Subscribed", topics: ["statistics:series:ONE"] })
      yield* pass("9 minutes")
      assert.strictEqual(site.asked.length, 1)
      yield* pass("1 minute")
      assert.strictEqual(site.asked.length, 2)
    })
  )

  it.effect(
    "asks for what is old the first time, and then for what is new and a little before",
    () =>
      Effect.gen(function* () {
        const { site } = yield* start({ "/one": [[200, "d1 5 v1"]] })
        yield* pass("10 minutes")
        yield* pass("10 minutes")
        const minutes = 1 / 1440
        const since = site.asked.map((url) => Number(url.split("/").at(-2)))
        assert.deepStrictEqual(since, [-2, -1, -1 + 10 * minutes])
      })
  )

  it.effect("gives what was published once, and a revision of it when it comes", () =>
    Effect.gen(function* () {
      const { feed, values } = yield* start({
        "/one": [
          [200, "d1 5 v1\nd2 6 v1"],
          [200, "d1 5 v1\nd2 6 v1"],
          [200, "d2 6 v1\nd1 4 v2\nd3 . v2"]
        ]
      })
      yield* pass("10 minutes")
      yield* pass("10 minutes")
      assert.deepStrictEqual(values(), ["ONE d1 5", "ONE d2 6", "ONE d1 4", "ONE d3 undefined"])
      assert.strictEqual((yield* feed.status).counts?.duplicates, 3)
    })
  )

  it.effect("asks again, later each time, where no answer is to be had", () =>
    Effect.gen(function* () {
      const { events, feed, values } = yield* start({
        "/one": ["down", [503, ""], [429, ""], [200, "d1 5 v1"]]
      })
      assert.strictEqual((yield* feed.status).state, "reconnecting")
      yield* pass("10 seconds")
      assert.deepStrictEqual(tags(events), ["Lost", "Lost", "Lost", "Subscribed"])
      assert.deepStrictEqual(values(), ["ONE d1 5"])
      assert.strictEqual((yield* feed.status).state, "running")
    })
  )

  it.effect("fails where that was tried often enough", () =>
    Effect.gen(function* () {
      const { failure, feed } = yield* start({ "/one": [[500, "no"]] }, ["series:ONE"], {
        attempts: 3
      })
      yield* pass("10 seconds")
      assert.deepInclude(yield* failure, { _tag: "BadAnswer", status: 500, detail: "no" })
      assert.strictEqual((yield* feed.status).state, "failed")
    })
  )

  it.effect("goes on with the others where the venue will not have one", () =>
    Effect.gen(function* () {
      const { events, feed, site, values } = yield* start(
        { "/one": [[200, "d1 5 v1"]], "/odd": [[400, "no such series"]] },
        ["series:ODD", "series:ONE"]
      )
      assert.deepInclude(
        events.find(({ _tag }) => _tag === "Refused"),
        { topic: "statistics:series:ODD", detail: "400: no such series" }
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["ONE"]
      )
      yield* pass("10 minutes")
      assert.strictEqual(site.asked.filter((url) => url.endsWith("/odd")).length, 1)
      assert.deepStrictEqual(values(), ["ONE d1 5"])
    })
  )

  it.effect("fails where the venue will have none", () =>
    Effect.gen(function* () {
      const { failure } = yield* start({ "/one": [[403, "who are you?"]] })
      assert.deepInclude(yield* failure, { _tag: "Refused", detail: "403: who are you?" })
    })
  )

  it.effect("fails where a symbol stands for nothing", () =>
    Effect.gen(function* () {
      const { failure } = yield* start({}, ["series:NONE"])
      assert.strictEqual((yield* failure)._tag, "UnknownSymbol")
    })
  )

  it.effect("subscribes to more and ends subscriptions while it runs", () =>
    Effect.gen(function* () {
      const { feed, site, values } = yield* start({
        "/one": [[200, "d1 5 v1"]],
        "/two": [[200, "d1 7 v1"]]
      })
      yield* feed.subscribe(["series:TWO"])
      yield* settle
      yield* feed.unsubscribe(["series:ONE"])
      assert.deepStrictEqual(values(), ["ONE d1 5", "TWO d1 7"])
      yield* pass("10 minutes")
      assert.deepStrictEqual(
        site.asked.map((url) => url.split("/").at(-1)),
        ["one", "two", "two"]
      )
    })
  )

  it.effect("tells the tap what was answered, of which a session makes the same ticks again", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { ticks } = yield* start(
        {
          "/one": [
            [200, "d1 5 v1"],
            [200, "?"],
            [200, "d1 6 v2"]
          ]
        },
        ["series:ONE"],
        { tap: (wire) => Effect.sync(() => passed.push(...wire)) }
      )
      yield* pass("10 minutes")
      yield* pass("10 minutes")
      const session = Session.make(venue, [instrument("ONE")])
      assert.deepStrictEqual(session.step(passed).ticks, ticks)
      assert.strictEqual(ticks.length, 2)
      assert.strictEqual(session.counts.undecodable, 1)
    })
  )

  it.effect("is what a live feed is of a venue without connections", () =>
    Effect.gen(function* () {
      const peer = Peer.make()
      const site = Site.make({ "/one": [[200, "d1 5 v1"]] })
      const feed = yield* LiveFeed.make<Venue>(venue, ["series:ONE"]).pipe(
        Effect.provideService(Socket.WebSocketConstructor, peer.construct),
        Effect.provideService(HttpClient.HttpClient, site.client)
      )
      const [tick] = yield* Stream.runCollect(Stream.take(feed.ticks, 1))
      assert.deepInclude(tick, { _tag: "Observation", symbol: "ONE", value: 5 })
      assert.strictEqual(peer.tries, 0)
    })
  )

  it.effect("asks no more once nobody reads", () =>
    Effect.gen(function* () {
      const { feed, fiber, site } = yield* start({ "/one": [[200, "d1 5 v1"]] })
      yield* Fiber.interrupt(fiber)
      yield* pass("1 hour")
      assert.strictEqual(site.asked.length, 1)
      assert.strictEqual((yield* feed.status).state, "idle")
    })
  )
})
