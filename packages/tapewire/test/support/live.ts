/** A live feed between a peer and a site that do what a test tells them to. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Random from "effect/Random"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Topic } from "tapewire/Feed"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import * as Peer from "./Peer.ts"
import * as Site from "./Site.ts"
import { instruments, venue } from "./venue.ts"

/** Lets everybody who can go on do so. */
export const settle = Effect.repeat(Effect.yieldNow, { times: 30 })

export const pass = (duration: Parameters<typeof TestClock.adjust>[0]) =>
  Effect.andThen(TestClock.adjust(duration), settle)

/** Every wait is this part of the longest it could be. */
export const withPart = (part: number) =>
  Effect.provideService(Random.Random, {
    nextIntUnsafe: () => 0,
    nextDoubleUnsafe: () => part
  })

interface Setting extends LiveFeed.Options {
  readonly topics?: ReadonlyArray<Topic>
  readonly answers?: Parameters<typeof Site.make>[0]
  readonly speaks?: Venue
}

export const make = Effect.fnUntraced(function* (setting?: Setting) {
  const { answers, speaks = venue, topics = ["trades:AAA-USD"], ...options } = setting ?? {}
  const peer = Peer.make()
  const site = Site.make(answers ?? {})
  const feed = yield* LiveFeed.make<Venue>(speaks, topics, {
    ...(answers?.["/instruments"] === undefined && { instruments }),
    ...options
  }).pipe(
    Effect.provideService(Socket.WebSocketConstructor, peer.construct),
    Effect.provideService(HttpClient.HttpClient, site.client)
  )
  return { peer, site, feed }
})

/** A feed that is run, and all that came of it so far. */
export const start = Effect.fnUntraced(function* (setting?: Setting) {
  const { feed, peer, site } = yield* make(setting)
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
  return { feed, peer, site, ticks, events, fiber, failure }
})

/** The same, connected. */
export const connected = Effect.fnUntraced(function* (setting?: Setting) {
  const started = yield* start(setting)
  started.peer.last().open()
  yield* settle
  return started
})

export const ids = (ticks: ReadonlyArray<Tick>) =>
  ticks.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : []))

export const tags = (items: ReadonlyArray<{ readonly _tag: string }>) =>
  items.map(({ _tag }) => _tag)

/** The waits that were announced, in milliseconds. */
export const waits = (events: ReadonlyArray<FeedEvent>) =>
  events.flatMap((event) => (event._tag === "Lost" ? [event.retryInMillis] : []))

/** The events of one kind. */
export const of = <T extends FeedEvent["_tag"]>(events: ReadonlyArray<FeedEvent>, tag: T) =>
  events.filter((event): event is Extract<FeedEvent, { readonly _tag: T }> => event._tag === tag)
