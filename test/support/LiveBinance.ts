/** A live feed of Binance over real sockets, in time that only passes where a test lets it. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as WebSocket from "@tapewire/cli/WebSocket"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
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
import * as Recorded from "../../packages/exchange/test/support/recorded.ts"

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

/** Goes to a server and back, so that what was on its way before has come. */
export const visit = (url: string) =>
  HttpClient.get(url).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.asVoid
  )

export const roundTrip = ({ port }: { readonly port: number }) =>
  visit(`http://127.0.0.1:${port}/api/v3/ping`)

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
  options?: LiveFeed.Options & {
    /** What a reader does after each tick. */
    readonly each?: Effect.Effect<void>
  }
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
  yield* Stream.runForEach(feed.ticks, (tick) =>
    Effect.andThen(
      Effect.sync(() => ticks.push(tick)),
      options?.each ?? Effect.void
    )
  ).pipe(Effect.forkScoped({ startImmediately: true }))
  return { events, feed, ticks, tries: () => tries, wires }
})

/** An exchange that plays what it is told to. */
export const manual = (options: Omit<LocalExchange.Options, "speed">) =>
  Effect.flatMap(Recorded.script, (script) =>
    LocalExchange.fromScript(script, { ...options, speed: "manual" })
  )

/** What an exchange was asked for so far, and limits that were broken. */
export const heard = Effect.fnUntraced(function* (exchange: LocalExchange.Interface) {
  const subscribed: Array<string> = []
  const limited: Array<string> = []
  const asked: Array<string> = []
  yield* exchange.events.pipe(
    Stream.runForEach((event) =>
      Effect.sync(() => {
        if (event._tag === "Subscribed") subscribed.push(...event.topics)
        if (event._tag === "Asked") asked.push(`${event.status} ${event.path}`)
        if (event._tag === "Limited") limited.push(event.limit)
      })
    ),
    Effect.forkScoped({ startImmediately: true })
  )
  return { asked, limited, subscribed }
})
