/** A feed of Kraken over real sockets, with what was recorded of it. */
import { assert, describe, layer } from "@effect/vitest"
import { venue } from "@tapewire/venues/Kraken"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import { krakenOfTen, list } from "./support/conformance/kraken.ts"
import { play } from "./support/conformance/Conformance.ts"
import * as Live from "./support/LiveBinance.ts"
import * as Loopback from "./support/Loopback.ts"
import { hasRecordings } from "./support/recordings.ts"

/** The part of a recording that begins with the nth snapshot. */
const partOf = (frames: ReadonlyArray<string>, nth: number): ReadonlyArray<string> => {
  const isBook = (frame: string) => frame.startsWith(`{"channel":"book"`)
  const books = frames.filter(isBook)
  const starts = books.flatMap((frame, at) => (frame.includes(`"type":"snapshot"`) ? [at] : []))
  return books.slice(starts[nth], starts[nth + 1])
}

/** Another sum than what the book adds up to. */
const damaged = (frame: string): string => frame.replace(/"checksum":\d+/, `"checksum":1`)

/**
 * Lists the recorded pairs, answers for each symbol apart, does not have ETH/USD, and plays the next
 * part of the recording to each who subscribes to the book, of the first part a damaged one.
 */
const serve = (pairs: string, frames: ReadonlyArray<string>) => {
  let parts = 0
  return Loopback.make({
    answer: () => pairs,
    reply: (text, send) => {
      const { method, params, req_id } = JSON.parse(text)
      const say = (frame: object) => send(JSON.stringify(frame))
      if (method === "ping") return say({ method: "pong", req_id })
      const { channel } = params
      for (const symbol of params.symbol) {
        if (symbol === "ETH/USD") {
          const error = `Currency pair not supported ${symbol}`
          say({ method, req_id, success: false, error, symbol })
          continue
        }
        say({ method, req_id, success: true, result: { channel, symbol } })
        if (method !== "subscribe" || channel !== "book") continue
        const isFirst = parts === 0
        partOf(frames, parts++).forEach((frame, at) =>
          send(isFirst && at === 3 ? damaged(frame) : frame)
        )
      }
    }
  })
}

/** Waits for something, in turns of the event loop, while time passes in small steps. */
const until = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (is() ? Effect.void : Effect.andThen(Live.pass("20 millis"), until(is))))

describe.skipIf(!hasRecordings)("a feed of Kraken", () => {
  layer(Live.layer)((it) => {
    it.effect("asks for a book anew that does not add up, and goes on with what is true", () =>
      Effect.gen(function* () {
        const [recording] = krakenOfTen.recordings
        const { frames } = play(krakenOfTen, recording ?? assert.fail())
        const pairs = list.read().flatMap((wire) => (wire._tag === "Answered" ? [wire.body] : []))
        const server = yield* serve(pairs.join(""), frames)
        const { heard } = server
        const settings = Loopback.settings(server, "KRAKEN")
        const feed = yield* LiveFeed.make({ ...venue, bookDepth: 10 }, [
          "book:BTC-USD",
          "book:ETH-USD",
          "trades:BTC-USD"
        ]).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(settings))))
        const ticks: Array<Tick> = []
        const events: Array<FeedEvent> = []
        yield* Stream.runForEach(feed.events, (event) =>
          Effect.sync(() => events.push(event))
        ).pipe(Effect.forkScoped({ startImmediately: true }))
        yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
          Effect.forkScoped({ startImmediately: true })
        )
        const second = partOf(frames, 1)
        yield* until(() => ticks.length >= 3 + 1 + second.length)

        const tags = ticks.map(({ _tag }) => _tag)
        // The update that came with the wrong sum is taken back, and nothing is told until a snapshot.
        assert.deepStrictEqual(tags.slice(0, 5), [
          "BookSnapshot",
          "BookDelta",
          "BookDelta",
          "Gap",
          "BookSnapshot"
        ])
        assert.deepInclude(ticks[3], { channel: "book", cause: "checksum", symbol: "BTC-USD" })
        assert.strictEqual(ticks.length, 4 + second.length)
        assert.strictEqual(feed.book("BTC-USD")?._tag, "Synced")

        const asked = heard.filter((text) => text.includes(`"channel":"book"`))
        assert.deepStrictEqual(
          asked.map((text) => JSON.parse(text).method),
          // One for each of two connections, then anew for the one.
          ["subscribe", "subscribe", "unsubscribe", "subscribe"]
        )
        assert.include(heard[0], "/0/public/AssetPairs")
        const [refused] = Live.only(events, "Refused")
        assert.deepInclude(refused, {
          topic: "kraken:book:ETH-USD",
          detail: "Currency pair not supported ETH/USD"
        })
        assert.deepStrictEqual(
          new Set(Live.only(events, "Subscribed").flatMap(({ topics }) => topics)),
          new Set(["kraken:book:BTC-USD", "kraken:trades:BTC-USD"])
        )
      })
    )
  })
})
