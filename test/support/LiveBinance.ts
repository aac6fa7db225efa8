/** A live feed of Binance over real sockets, in time that only passes where a test lets it. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as WebSocket from "@tapewire/cli/WebSocket"
import { venue } from "@tapewire/venues/BinanceSpot"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpClient from "effect/http/HttpClient"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Topic } from "tapewire/Feed"
import type { FeedEvent } from "tapewire/FeedEvent"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"

/** What a test provides once for all of its feeds. */
export const layer = Layer.merge(WebSocket.layer, NodeHttpClient.layerNodeHttp)

/** Waits, in turns of the event loop and not in time, for something that sockets bring about. */
export const eventually = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (is() ? Effect.void : Effect.andThen(Effect.yieldNow, eventually(is))))

/** Lets everybody who can go on do so. */
const settle = Effect.repeat(Effect.yieldNow, { times: 30 })

export const pass = (duration: Parameters<typeof TestClock.adjust>[0]) =>
  Effect.andThen(TestClock.adjust(duration), settle)

export const instrument: Instrument = {
  venue: venue.id,
  symbol: "BTC-USDT",
  native: "BTCUSDT",
  kind: "spot",
  base: "BTC",
  quote: "USDT",
  status: "trading"
}

/** Goes to an exchange and back, so that what was on its way before has come. */
export const roundTrip = ({ port }: { readonly port: number }) =>
  HttpClient.get(`http://127.0.0.1:${port}/api/v3/ping`).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.asVoid
  )

type Tagged<T extends FeedEvent["_tag"]> = Extract<FeedEvent, { readonly _tag: T }>

/** The events of one kind. */
export const only = <T extends FeedEvent["_tag"]>(
  events: ReadonlyArray<FeedEvent>,
  tag: T
): ReadonlyArray<Tagged<T>> => events.filter((event): event is Tagged<T> => event._tag === tag)

/** Runs a feed, and gives all that comes of it, and how often it tried to connect. */
export const start = Effect.fnUntraced(function* (
  settings: { readonly [name: string]: string },
  topics: ReadonlyArray<Topic<typeof venue>>,
  options?: LiveFeed.Options
) {
  const construct = yield* Socket.WebSocketConstructor
  const ticks: Array<Tick> = []
  const events: Array<FeedEvent> = []
  const wires: Array<Wire> = []
  let tries = 0
  const feed = yield* LiveFeed.make(venue, topics, {
    tap: (more) => Effect.sync(() => wires.push(...more)),
    ...options
  }).pipe(
    Effect.provideService(Socket.WebSocketConstructor, (url, given) => {
      tries++
      return construct(url, given)
    }),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(settings))
  )
  yield* Stream.runForEach(feed.events, (event) => Effect.sync(() => events.push(event))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Stream.runForEach(feed.ticks, (tick) => Effect.sync(() => ticks.push(tick))).pipe(
    Effect.forkScoped({ startImmediately: true })
  )
  return { events, feed, ticks, tries: () => tries, wires }
})
