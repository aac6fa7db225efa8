/** Feeds of OKX and Bybit over real sockets, with what was recorded of them. */
import { assert, describe, layer } from "@effect/vitest"
import * as BybitLinear from "@tapewire/venues/BybitLinear"
import * as Okx from "@tapewire/venues/Okx"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Topic } from "tapewire/Feed"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import { bybitLinear } from "./support/conformance/bybit.ts"
import * as Conformance from "./support/conformance/Conformance.ts"
import { okx } from "./support/conformance/okx.ts"
import * as Live from "./support/LiveBinance.ts"
import { hasRecordings } from "./support/recordings.ts"
import * as TopicServer from "./support/TopicServer.ts"

const played = (conformance: Conformance.Conformance, name: string) => {
  const recording = conformance.recordings.find((one) => one.name === name)
  return Conformance.play(conformance, recording ?? assert.fail(name))
}

const start = Effect.fnUntraced(function* <V extends Venue>(
  venue: V,
  url: string,
  topics: ReadonlyArray<Topic<V>>,
  options: LiveFeed.Options
) {
  const setting = `TAPEWIRE_${venue.id.toUpperCase().replace("-", "_")}`
  const settings = { [`${setting}_WS`]: url, [`${setting}_REST`]: url.replace("ws:", "http:") }
  const feed = yield* LiveFeed.make(venue, topics, options).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(settings)))
  )
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  return { events, feed, ticks }
})

/** Waits for something, in turns of the event loop, while time passes in small steps. */
const until = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (is() ? Effect.void : Effect.andThen(Live.pass("20 millis"), until(is))))

/** Ticks of some kinds, whenever they were read. */
const timeless = (ticks: ReadonlyArray<Tick>, kinds: string) =>
  kinds
    .split(" ")
    .map((kind) => ticks.flatMap((tick) => (tick._tag === kind ? [{ ...tick, received: 0 }] : [])))

const decode = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      op: Schema.String,
      id: Schema.optional(Schema.String),
      req_id: Schema.optional(Schema.String),
      args: Schema.Array(
        Schema.Union([
          Schema.String,
          Schema.Struct({ channel: Schema.String, instId: Schema.String })
        ])
      )
    })
  )
)

describe.skipIf(!hasRecordings)("a feed over real connections", () => {
  layer(Live.layer)((it) => {
    it.effect(
      "of OKX asks where each topic is, goes on without one that is refused, and pings",
      () =>
        Effect.gen(function* () {
          const { frames, instruments, ticks: expected } = played(okx, "2022-05-13")
          const ours = expected.filter(({ symbol }) => symbol === "BTC-USDT")
          const recorded = Map.groupBy(
            frames.filter((frame) => frame.includes(`"data":`)),
            (frame) =>
              /"channel":"([^"]+)","instId":"([^"]+)"/.exec(frame)?.slice(1).join(":") ?? ""
          )
          const server = yield* TopicServer.make(recorded, (text) => {
            if (text === "ping") return { frames: ["pong"] }
            const { args, id } = decode(text)
            const answers = args.map((arg) => {
              const topic = typeof arg === "string" ? arg : `${arg.channel}:${arg.instId}`
              const answer = recorded.has(topic)
                ? { id, event: "subscribe", arg, connId: "a4d3ae55" }
                : {
                    id,
                    event: "error",
                    code: "60018",
                    msg: `${topic.replace(/(.*):/, "channel:$1,instId:")} does not exist`,
                    connId: "a"
                  }
              return { topic, frame: JSON.stringify(answer) }
            })
            return {
              frames: answers.map(({ frame }) => frame),
              topics: answers.map(({ topic }) => topic)
            }
          })
          const { events, ticks } = yield* start(
            Okx.venue,
            server.url,
            ["trades:BTC-USDT", "book:BTC-USDT", "quotes:BTC-USDT", "ticker:BTC-USDT"],
            { instruments }
          )
          yield* until(() => ticks.length >= ours.length && Live.only(events, "Refused").length > 0)
          const kinds = "Trade BookSnapshot BookDelta Ticker Gap"
          assert.deepStrictEqual(timeless(ticks, kinds), timeless(ours, kinds))
          const [refused] = Live.only(events, "Refused")
          assert.deepInclude(refused, {
            topic: "okx:quotes:BTC-USDT",
            detail: "60018: channel:bbo-tbt,instId:BTC-USDT does not exist"
          })
          const paths = server.heard.filter((text) => text.startsWith("/"))
          assert.sameMembers(paths, ["/ws/v5/business", "/ws/v5/public"])
          yield* until(() => server.heard.includes("ping"))
          yield* Live.pass("5 seconds")
          assert.deepStrictEqual(Live.only(events, "Lost"), [])
        })
    )

    it.effect("of Bybit asks once for what carries two channels, and gives no third", () =>
      Effect.gen(function* () {
        const { frames, instruments, ticks: expected } = played(bybitLinear, "2026-08-09")
        const ours = expected.filter(({ symbol }) => symbol === "BTC-USDT-PERP")
        const recorded = Map.groupBy(frames, (frame) => /"topic":"([^"]+)"/.exec(frame)?.[1] ?? "")
        const server = yield* TopicServer.make(recorded, (text) => {
          const { args, op, req_id } = decode(text.replace(`"op":"ping"`, `"op":"ping","args":[]`))
          const topics = args.map(String)
          const none = topics.find((topic) => !recorded.has(topic))
          const detail = `error:handler not found,topic:${none}`
          const ret_msg = op === "ping" ? "pong" : ""
          return none === undefined
            ? { frames: [JSON.stringify({ success: true, ret_msg, req_id, op })], topics }
            : { frames: [JSON.stringify({ success: false, ret_msg: detail, req_id, op })] }
        })
        const { events, feed, ticks } = yield* start(
          BybitLinear.venue,
          server.url,
          [
            "trades:BTC-USDT-PERP",
            "book:BTC-USDT-PERP",
            "ticker:BTC-USDT-PERP",
            "openinterest:BTC-USDT-PERP",
            "liquidations:BTC-USDT-PERP"
          ],
          { instruments }
        )
        const wanted = new Set("Trade BookSnapshot BookDelta Ticker OpenInterest".split(" "))
        const due = ours.filter(({ _tag }) => wanted.has(_tag)).length
        assert.isAbove(due, 300)
        yield* until(() => ticks.length >= due && Live.only(events, "Refused").length > 0)
        const kinds = "Trade BookSnapshot BookDelta Ticker OpenInterest Gap"
        assert.deepStrictEqual(timeless(ticks, kinds), timeless(ours, kinds))
        assert.deepStrictEqual(timeless(ticks, "MarkPrice Funding Bar"), [[], [], []])
        assert.deepInclude(Live.only(events, "Refused")[0], {
          topic: "bybit-linear:liquidations:BTC-USDT-PERP",
          detail: "error:handler not found,topic:allLiquidation.BTCUSDT"
        })
        const about = () => server.heard.filter((text) => text.includes("tickers.BTCUSDT"))
        const asked = about()
        for (const text of asked) assert.strictEqual(text.split("tickers.").length, 2)
        // As long as one of the two is wanted, the topic is.
        yield* feed.unsubscribe(["ticker:BTC-USDT-PERP"])
        yield* until(() => server.heard.at(-1)?.includes(`"op":"ping"`) === true)
        assert.deepStrictEqual(about(), asked)
        assert.deepStrictEqual(Live.only(events, "Lost"), [])
      })
    )
  })
})
