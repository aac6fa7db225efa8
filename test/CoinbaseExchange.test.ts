/** A feed of Coinbase Exchange over real sockets, with what was recorded of it. */
import { assert, describe, layer } from "@effect/vitest"
import { venue } from "@tapewire/venues/CoinbaseExchange"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import { coinbaseExchange } from "./support/conformance/coinbaseExchange.ts"
import { play } from "./support/conformance/Conformance.ts"
import * as Live from "./support/LiveBinance.ts"
import * as Loopback from "./support/Loopback.ts"
import { hasRecordings } from "./support/recordings.ts"

const isMatch = (frame: string) => /^\{"type":"(last_)?match"/.test(frame)

const productOf = (frame: string) => /"product_id":"([^"]*)"/.exec(frame)?.[1] ?? ""

const idOf = (frame: string) => Number(/"trade_id":(\d+)/.exec(frame)?.[1])

/** The recorded matches of the product that was traded most. */
const busiest = (frames: ReadonlyArray<string>): ReadonlyArray<string> =>
  Array.from(Map.groupBy(frames.filter(isMatch), productOf).values())
    .toSorted((one, other) => other.length - one.length)
    .at(0) ?? []

interface Market {
  readonly products: string
  readonly matches: ReadonlyArray<string>
}

/**
 * Answers to each request with all that is subscribed to, calls the book by a name of its own, does
 * not have ETH-USD, and leaves one match out that it tells when it is asked.
 */
const serve = ({ matches, products }: Market) => {
  const missing = matches[1] ?? ""
  const subscribed = new Map<string, Set<string>>()
  return Loopback.make({
    answer: (path) => (path === "/products" ? products : `[${missing}]`),
    reply: (text, say) => {
      const { channels } = JSON.parse(text)
      if (text.includes("ETH-USD")) {
        const reason = "ETH-USD is not a valid product"
        return say(JSON.stringify({ type: "error", message: "Failed to subscribe", reason }))
      }
      for (const { name, product_ids } of channels) {
        const there = subscribed.get(name) ?? new Set()
        subscribed.set(name, there)
        for (const product of product_ids) there.add(product)
      }
      const listed = Array.from(subscribed, ([name, there]) => ({
        name: name === "level2_batch" ? "level2_50" : name,
        product_ids: Array.from(there)
      }))
      say(JSON.stringify({ type: "subscriptions", channels: listed }))
      if (!text.includes(`"matches"`)) return
      for (const match of matches) if (match !== missing) say(match)
    }
  })
}

/** Waits for something, in turns of the event loop, while time passes in small steps. */
const until = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (is() ? Effect.void : Effect.andThen(Live.pass("20 millis"), until(is))))

describe.skipIf(!hasRecordings)("a feed of Coinbase Exchange", () => {
  layer(Live.layer)((it) => {
    it.effect("fills in the trade that was left out, and says which product is not to be had", () =>
      Effect.gen(function* () {
        const [recording] = coinbaseExchange.recordings
        const { frames, wires } = play(coinbaseExchange, recording ?? assert.fail())
        const matches = busiest(frames)
        assert.isAbove(matches.length, 4)
        const products = wires
          .flatMap((wire) => (wire._tag === "Answered" ? [wire.body] : []))
          .join("")
        const server = yield* serve({ matches, products })
        const product = productOf(matches[0] ?? "")
        const config = ConfigProvider.fromUnknown(Loopback.settings(server, "COINBASE"))
        const feed = yield* LiveFeed.make<typeof venue>(
          venue,
          [`trades:${product}`, `book:${product}`, "trades:ETH-USD"],
          { pool: { min: 1, max: 1 } }
        ).pipe(Effect.provide(ConfigProvider.layer(config)))
        const ticks: Array<Tick> = []
        const events: Array<FeedEvent> = []
        yield* Stream.runForEach(feed.events, (event) =>
          Effect.sync(() => events.push(event))
        ).pipe(Effect.forkScoped({ startImmediately: true }))
        yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
          Effect.forkScoped({ startImmediately: true })
        )
        yield* until(() => ticks.length >= matches.length)
        yield* until(() => events.some(({ _tag }) => _tag === "Refused"))

        assert.deepStrictEqual(
          ticks.map((tick) => (tick._tag === "Trade" ? [tick.id, tick.origin] : tick._tag)),
          matches.map((match, at) => [idOf(match), at === 1 ? "backfill" : undefined])
        )
        const missing = idOf(matches[1] ?? "")
        assert.include(server.heard, `/products/${product}/trades?limit=1&after=${missing + 1}`)
        // Who asks for nothing at once is cut off, so it begins with what there always is.
        assert.include(server.heard[1], `"heartbeat"`)
        assert.deepStrictEqual(
          Live.only(events, "Refused").map(({ topic }) => topic),
          ["coinbase:trades:ETH-USD"]
        )
        assert.deepStrictEqual(
          new Set(Live.only(events, "Subscribed").flatMap(({ topics }) => topics)),
          new Set([`coinbase:trades:${product}`, `coinbase:book:${product}`])
        )
      })
    )
  })
})
