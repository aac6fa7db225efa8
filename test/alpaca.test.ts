/** A feed of Alpaca over real sockets, with what was recorded of it, in time that a test lets pass. */
import { assert, describe, layer } from "@effect/vitest"
import * as AlpacaSip from "@tapewire/venues/AlpacaSip"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Exit from "effect/Exit"
import type { Topic } from "tapewire/Feed"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as AlpacaServer from "./support/AlpacaServer.ts"
import { alpacaSip } from "./support/conformance/alpaca.ts"
import * as Conformance from "./support/conformance/Conformance.ts"
import { hasRecordings } from "./support/recordings.ts"
import * as Live from "./support/LiveBinance.ts"

const { venue } = AlpacaSip

type Topics = ReadonlyArray<Topic<typeof venue>>

const played = (name: string) => {
  const recording = alpacaSip.recordings.find((one) => one.name === name)
  return Conformance.play(alpacaSip, recording ?? assert.fail(name))
}

const server = (setting?: { readonly most?: number; readonly taken?: number }) =>
  AlpacaServer.make({
    assets: ["SPOT", "IBM", "AAPL", "AMD"],
    frames: new Map([
      ["trades/SPOT", played("t of SPOT").frames],
      ["quotes/IBM", played("q of IBM").frames]
    ]),
    ...setting
  })

const start = Effect.fnUntraced(function* (
  { settings }: AlpacaServer.AlpacaServer,
  topics: Topics,
  options?: LiveFeed.Options
) {
  const feed = yield* LiveFeed.make(venue, topics, options).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(settings)))
  )
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  const fiber = yield* Stream.runForEach(feed.ticks, (tick) =>
    Effect.sync(() => ticks.push(tick))
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  return { events, feed, fiber, ticks }
})

/** Waits for something, in turns of the event loop, while time passes in small steps. */
const until = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (is() ? Effect.void : Effect.andThen(Live.pass("20 millis"), until(is))))

const has = (events: ReadonlyArray<FeedEvent>, tag: FeedEvent["_tag"]) =>
  events.some(({ _tag }) => _tag === tag)

/** The example of https://docs.alpaca.markets/docs/real-time-stock-pricing-data, 2023-04-06. */
const quotes = [
  `[{"T":"q","S":"AMD","bx":"K","bp":91.95,"bs":2,"ax":"Q","ap":91.98,"as":1,"c":["R"],"z":"C","t":"2023-04-06T11:54:21.670905508Z"}]`,
  `[{"T":"q","S":"AMD","bx":"P","bp":91.9,"bs":1,"ax":"Q","ap":91.98,"as":1,"c":["R"],"z":"C","t":"2023-04-06T11:54:27.924933876Z"}]`
] as const

const timeless = (ticks: ReadonlyArray<Tick>) => ticks.map((tick) => ({ ...tick, received: 0 }))

describe.skipIf(!hasRecordings)("a feed of Alpaca", () => {
  layer(Live.layer)((it) => {
    it.effect("logs in, asks, and is given every recorded trade and quote", () =>
      Effect.gen(function* () {
        const alpaca = yield* server()
        const passed: Array<Wire> = []
        const { events, ticks } = yield* start(alpaca, ["trades:SPOT-USD", "quotes:IBM-USD"], {
          tap: (wire) => Effect.sync(() => passed.push(...wire))
        })
        const trades = played("t of SPOT").ticks
        const quotes = played("q of IBM").ticks
        assert.isAbove(trades.length, 10_000)
        yield* until(() => ticks.length >= trades.length + quotes.length)
        const of = (tag: Tick["_tag"]) => ticks.filter(({ _tag }) => _tag === tag)
        assert.deepStrictEqual(timeless(of("Trade")), timeless(trades))
        assert.deepStrictEqual(timeless(of("Quote")), timeless(quotes))
        assert.deepStrictEqual(
          alpaca.heard.slice(0, 3).map((line) => line.replace(/"key".*/, "")),
          [
            "GET /v2/assets?status=active&asset_class=us_equity",
            `{"action":"auth",`,
            `{"action":"subscribe","trades":["SPOT"],"quotes":["IBM"]}`
          ]
        )
        assert.isTrue(has(events, "Subscribed"))
        assert.notInclude(JSON.stringify([passed, events]), "sesame")
      })
    )

    it.effect("fails where its credentials are not taken", () =>
      Effect.gen(function* () {
        const alpaca = yield* server()
        const instruments = alpacaSip.instruments(played("t of SPOT").wires)
        const { fiber } = yield* start(
          { ...alpaca, settings: { ...alpaca.settings, TAPEWIRE_ALPACA_SECRET: "wrong" } },
          ["trades:SPOT-USD"],
          { instruments }
        )
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit))
        const { reason } = yield* Effect.flip(Fiber.join(fiber))
        assert.deepInclude(reason, { _tag: "Refused", detail: "auth failed (402)" })
      })
    )

    it.effect("waits ten seconds where somebody else has the only connection", () =>
      Effect.gen(function* () {
        const alpaca = yield* server({ taken: 1 })
        const { events, ticks } = yield* start(alpaca, ["quotes:IBM-USD"])
        yield* until(() => has(events, "Lost"))
        const [lost] = Live.only(events, "Lost")
        assert.deepInclude(lost, { code: 406 })
        assert.isAtLeast(lost?.retryInMillis ?? 0, 10_000)
        yield* until(() => ticks.length > 0)
        assert.strictEqual(Live.only(events, "Connected").length, 2)
      })
    )

    it.effect(
      "goes on with as many subscriptions as the plan allows, and says which is not to be had",
      () =>
        Effect.gen(function* () {
          const alpaca = yield* server({ most: 2 })
          const { events, feed, ticks } = yield* start(alpaca, [
            "trades:SPOT-USD",
            "quotes:IBM-USD",
            "quotes:AAPL-USD"
          ])
          yield* until(() => has(events, "Refused"))
          assert.deepStrictEqual(
            Live.only(events, "Refused").map(({ detail, topic }) => [topic, detail]),
            [["alpaca-sip:quotes:AAPL-USD", "symbol limit exceeded (405)"]]
          )
          assert.strictEqual(feed.subscriptions.length, 2)
          yield* until(() => new Set(ticks.map(({ symbol }) => symbol)).size === 2)
        })
    )

    it.effect("comes back by itself after it was too slow", () =>
      Effect.gen(function* () {
        const alpaca = yield* server()
        const { events, ticks } = yield* start(alpaca, ["quotes:AMD-USD"])
        const subscribed = (times: number) =>
          until(() => Live.only(events, "Subscribed").length === times)
        yield* subscribed(1)
        alpaca.say(quotes[0])
        yield* until(() => ticks.length === 1)
        alpaca.say(`[{"T":"error","code":407,"msg":"slow client"}]`, "and hangs up")
        yield* subscribed(2)
        alpaca.say(quotes[1])
        yield* until(() => ticks.length === 2)
        assert.deepInclude(Live.only(events, "Lost")[0], { code: 407 })
      })
    )
  })
})
