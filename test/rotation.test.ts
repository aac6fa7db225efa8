import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick, Trade } from "tapewire/Tick"
import * as Peer from "../packages/tapewire/test/support/Peer.ts"
import * as Site from "../packages/tapewire/test/support/Site.ts"
import * as BinanceFrames from "./support/BinanceFrames.ts"
import * as Live from "./support/LiveBinance.ts"

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

/** Trades of BTC-USDT as the bundled tape has them: recorded on 2021-04-04. */
const recorded = Effect.scoped(
  Effect.gen(function* () {
    const { blocks } = yield* TapeFile.open(path)
    const all = yield* Stream.runCollect(blocks)
    const ticks = all.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
    const isTrade = (tick: Tick): tick is Trade =>
      tick._tag === "Trade" && tick.symbol === "BTC-USDT" && tick.firstId === undefined
    return ticks.filter(isTrade).slice(0, 30)
  })
).pipe(Effect.provide(NodeServices.layer))

const acknowledgement = (id: number) => JSON.stringify({ result: null, id })

describe("a connection to Binance, which ends each after 24 hours", () => {
  it.effect(
    "is replaced after 23 by one that overlaps it, and no trade is missed or doubled",
    () =>
      Effect.gen(function* () {
        const trades = yield* recorded
        const frames = BinanceFrames.frames(trades)
        const peer = Peer.make()
        const ticks: Array<Tick> = []
        const events: Array<FeedEvent> = []
        const feed = yield* LiveFeed.make(venue, ["trades:BTC-USDT"], {
          instruments: [Live.instrument]
        }).pipe(
          Effect.provideService(Socket.WebSocketConstructor, peer.construct),
          Effect.provideService(HttpClient.HttpClient, Site.make({}).client)
        )
        yield* Stream.runForEach(feed.events, (event) =>
          Effect.sync(() => events.push(event))
        ).pipe(Effect.forkScoped({ startImmediately: true }))
        yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
          Effect.forkScoped({ startImmediately: true })
        )
        yield* Live.pass(0)
        const old = peer.last()
        old.open()
        yield* Live.pass("1 second")
        old.say(acknowledgement(1))
        for (const frame of frames.slice(0, 10)) old.say(frame)
        yield* Effect.sync(() => old.say(acknowledgement(0))).pipe(
          Effect.delay("20 seconds"),
          Effect.forever,
          Effect.forkScoped({ startImmediately: true })
        )
        yield* Live.pass("82790 seconds")
        assert.strictEqual(peer.lines.length, 1)
        yield* Live.pass("20 seconds")
        assert.strictEqual(peer.lines.length, 2)
        const next = peer.last()
        old.say(frames[10])
        next.open()
        yield* Live.pass("1 second")
        // Both give some, and the new one begins amid them.
        for (const frame of frames.slice(11, 20)) old.say(frame)
        next.say(acknowledgement(1))
        for (const frame of frames.slice(14)) next.say(frame)
        yield* Live.pass("1 second")
        assert.strictEqual(old.closedWith(), 1000)
        assert.isUndefined(next.closedWith())
        assert.deepStrictEqual(
          ticks.map((tick) => (tick._tag === "Trade" ? tick.id : tick._tag)),
          trades.map(({ id }) => id)
        )
        assert.deepInclude(Live.only(events, "Rotated")[0], {
          cause: "age",
          lost: 0,
          duplicated: 0
        })
        assert.deepStrictEqual(Live.only(events, "Lost"), [])
      }),
    60_000
  )
})
