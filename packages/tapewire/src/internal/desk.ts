/** Adds and ends subscriptions of a feed that is run, and follows what the venue says of them. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import * as Cause from "effect/Cause"
import * as Catalog from "../Catalog.ts"
import * as Connection from "../Connection.ts"
import { Refused, TooMany } from "../FeedError.ts"
import type { Notice } from "../Session.ts"
import * as Subscription from "../Subscription.ts"
import * as Lines from "./line.ts"
import * as Liveness from "./liveness.ts"
import * as Placement from "./placement.ts"
import * as Roster from "./roster.ts"
import * as Shards from "./shard.ts"
import type { Line, Shard, Talk } from "./talk.ts"

type Wanted = ReadonlyArray<Subscription.Subscription>

/** Tells whoever waits for what comes, of defects too: nobody else would hear of them. */
export const failTo = (inbox: Talk["inbox"]) =>
  Effect.catchCause((cause: Parameters<typeof inbox.fail>[0]) =>
    Effect.sync(() => inbox.fail(cause))
  )

const say = ({ outgoing }: Line, frames: ReadonlyArray<string>): void => {
  for (const frame of frames) Queue.offerUnsafe(outgoing, frame)
}

/** The connection for each of some more subscriptions; `undefined` where there is no room. */
const placesOf = ({ pool, shards, venue }: Talk, subscriptions: Wanted) => {
  const { path } = venue
  const places: Array<Shard> = []
  const byPath = Map.groupBy(subscriptions, (one) => (typeof path === "string" ? path : path(one)))
  let others = shards.length
  const found = new Map<Subscription.Subscription, Shard>()
  for (const [path, some] of byPath) {
    const there = shards.filter((shard) => shard.path === path)
    others -= there.length
    const indices = Placement.place(
      there.map(({ entries }) => ({
        size: entries.size,
        values: () => Array.from(entries.values(), ({ subscription }) => subscription).values()
      })),
      some,
      { min: pool.min, max: pool.max - others, streams: venue.limits.streams }
    )
    if (indices === undefined) return undefined
    some.forEach((subscription, index) => {
      const place = indices[index] ?? 0
      while (there.length <= place) there.push(newShard(path))
      const shard = there[place]
      if (shard !== undefined) found.set(subscription, shard)
    })
    others += there.length
  }
  for (const subscription of subscriptions) {
    const shard = found.get(subscription)
    if (shard !== undefined) places.push(shard)
  }
  return places
}

const newShard = (path: string): Shard => ({
  entries: new Map(),
  path,
  state: "connecting",
  line: undefined,
  fiber: undefined
})

/** How long something that was done so often in vain is waited with. */
export const patience = (attempt: number): Duration.Duration =>
  Duration.millis(attempt === 0 ? 0 : Math.min(250 * 2 ** (attempt - 1), 10_000))

/** Asks for a book anew, later the oftener it was asked in vain. */
export const renewBook = Effect.fnUntraced(function* (
  talk: Talk,
  { attempt, symbol }: { readonly attempt: number; readonly symbol: string }
) {
  yield* Effect.sleep(patience(attempt))
  for (const { entries, line } of talk.shards) {
    if (line === undefined) continue
    for (const { subscription, topic } of entries.values()) {
      if (subscription.symbol !== symbol || subscription.channel !== "book") continue
      say(line, Roster.renew(line.roster, talk.venue, topic))
    }
  }
})

const subscriptionOf = ({ subscription }: Roster.Carried) => subscription

const topicOf = (
  { venue }: Talk,
  native: string,
  subscription: Subscription.Subscription
): string => venue.topic(subscription, native)

/**
 * Subscribes to more, on connections that are there or on new ones. Fails, and then changes
 * nothing, where the venue does not list a symbol or there is no room.
 */
export const add = Effect.fnUntraced(function* (
  talk: Talk,
  subscriptions: Wanted,
  backoff: Schedule.Schedule<unknown>
) {
  const { firstData, inbox, options, pool, scope, session, shards, venue } = talk
  const symbols = subscriptions.map(({ symbol }) => symbol)
  const instruments = yield* Effect.fromResult(Catalog.resolve(talk.listed, symbols))
  const places = placesOf(talk, subscriptions)
  if (places === undefined) {
    const there = shards.reduce((sum, { entries }) => sum + entries.size, 0)
    return yield* new TooMany({
      subscriptions: there + subscriptions.length,
      most: pool.max * venue.limits.streams
    })
  }
  if (options?.resolved !== undefined) yield* options.resolved(instruments)
  session?.add(instruments)
  const natives = new Map(instruments.map(({ native, symbol }) => [symbol, native]))
  const more = new Map<Shard, Array<Roster.Carried>>()
  subscriptions.forEach((subscription, index) => {
    session?.recall(subscription)
    const place = places[index]
    if (place === undefined) return
    const native = natives.get(subscription.symbol) ?? subscription.symbol
    const topic = topicOf(talk, native, subscription)
    const liveness = Liveness.make(firstData)
    const entry = { subscription, topic, native, liveness }
    place.entries.set(Subscription.format(subscription), entry)
    more.set(place, [...(more.get(place) ?? []), entry])
  })
  for (const [shard, entries] of more) {
    if (!shards.includes(shard)) shards.push(shard)
    const { line } = shard
    if (line?.isReady !== true) continue
    const { taken } = line.roster
    say(line, Roster.ask(line.roster, venue, entries))
    const there = entries.filter(({ topic }) => taken.has(topic))
    if (there.length > 0) yield* tell(talk, "Subscribed", there.map(subscriptionOf))
  }
  for (const shard of shards) {
    if (shard.fiber !== undefined) continue
    Shards.enter(talk, shard, "connecting")
    shard.fiber = yield* Effect.forkIn(failTo(inbox)(Shards.run(talk, shard, backoff)), scope)
  }
})

/** The same of a feed that has run for a while, in which the venue may have listed more. */
export const addLater = (
  talk: Talk,
  subscriptions: Wanted,
  backoff: Schedule.Schedule<unknown>
): ReturnType<typeof add> =>
  Effect.catchTag(add(talk, subscriptions, backoff), "UnknownSymbol", (unknown) =>
    talk.options?.instruments !== undefined
      ? Effect.fail(unknown)
      : Catalog.load(talk.venue, talk.rest).pipe(
          Effect.mapError(() => unknown),
          Effect.flatMap((listed) => {
            talk.listed = listed
            return add(talk, subscriptions, backoff)
          })
        )
  )

const tell = (talk: Talk, _tag: "Subscribed" | "Unsubscribed", subscriptions: Wanted) =>
  Clock.clockWith((clock) =>
    talk.monitor.tell({
      _tag,
      venue: talk.venue.id,
      at: Connection.micros(clock),
      topics: subscriptions.map(Subscription.format)
    })
  )

/** Forgets a subscription; what waited of it is given with the next ticks. */
const forget = (talk: Talk, subscription: Subscription.Subscription): void => {
  const { leftovers, monitor, session, wanted } = talk
  const name = Subscription.format(subscription)
  wanted.delete(name)
  monitor.mute.delete(name)
  for (const tick of session?.forget(subscription).ticks ?? []) leftovers.push(tick)
}

/** Ends subscriptions, and connections that no longer carry any after a while. */
export const remove = Effect.fnUntraced(function* (talk: Talk, subscriptions: Wanted) {
  const { scope, shards, venue } = talk
  const names = new Set(subscriptions.map(Subscription.format))
  const ended: Array<Subscription.Subscription> = []
  for (const shard of shards) {
    const some = Array.from(shard.entries).filter(([name]) => names.has(name))
    if (some.length === 0) continue
    const entries = some.map(([, entry]) => entry)
    for (const [name, { subscription }] of some) {
      ended.push(subscription)
      shard.entries.delete(name)
      forget(talk, subscription)
    }
    if (shard.line !== undefined) say(shard.line, Roster.drop(shard.line.roster, venue, entries))
    if (shard.entries.size === 0) yield* Effect.forkIn(closeIdle(talk, shard), scope)
  }
  if (ended.length > 0) yield* tell(talk, "Unsubscribed", ended)
})

const closeIdle = Effect.fnUntraced(function* (talk: Talk, shard: Shard) {
  const { pool, shards } = talk
  yield* Effect.sleep(pool.idleTimeout)
  if (shard.entries.size > 0 || shards.length <= pool.min) return
  const index = shards.indexOf(shard)
  if (index === -1 || shard.fiber === undefined) return
  shards.splice(index, 1)
  yield* Fiber.interrupt(shard.fiber)
  Shards.enter(talk, shard, "running")
})

/** What the venue no longer lists has ended. */
export const delist = Effect.fnUntraced(function* (talk: Talk, symbol: string) {
  const { monitor, venue, wanted } = talk
  const clock = yield* Clock.Clock
  yield* monitor.tell({ _tag: "Delisted", venue: venue.id, at: Connection.micros(clock), symbol })
  yield* remove(
    talk,
    Array.from(wanted.values()).filter((one) => one.symbol === symbol)
  )
})

/** Follows what the venue says it will not give. */
const turnDown = Effect.fnUntraced(function* (
  talk: Talk,
  line: Line,
  said: Extract<Notice, { readonly _tag: "Refused" }>
) {
  const { inbox, monitor, shards, venue, wanted } = talk
  const { detail } = said
  const clock = yield* Clock.Clock
  const base = { venue: venue.id, at: Connection.micros(clock) }
  const { frames, subscriptions } = Roster.refused(line.roster, venue, said)
  say(line, frames)
  if (frames.length > 0) return
  if (subscriptions.length === 0) {
    return yield* monitor.tell({ _tag: "Refused", ...base, detail, topic: undefined })
  }
  for (const subscription of subscriptions) {
    const topic = Subscription.format(subscription)
    yield* monitor.tell({ _tag: "Refused", ...base, detail, topic })
    for (const { entries } of shards) entries.delete(topic)
    forget(talk, subscription)
  }
  // Of some the others go on; of none there is nothing left to wait for.
  if (wanted.size === 0) inbox.fail(Cause.fail(new Refused({ detail })))
})

/** Follows what the venue says of a connection. */
export const notice = Effect.fnUntraced(function* (talk: Talk, number: number, said: Notice) {
  const { inbox, lines, monitor, shards, venue } = talk
  const line = lines.get(number)
  if (line === undefined) return
  const clock = yield* Clock.Clock
  const base = { venue: venue.id, at: Connection.micros(clock) }
  const { roster } = line
  switch (said._tag) {
    case "Acknowledged": {
      const leftOut = Roster.leftOut(roster, said)
      const taken = Roster.acknowledged(roster, said)
      if (taken.length > 0) yield* tell(talk, "Subscribed", taken)
      const detail = "is not among what was taken"
      return yield* Effect.forEach(
        leftOut,
        (topic) => turnDown(talk, line, { _tag: "Refused", id: undefined, topic, detail }),
        { discard: true }
      )
    }
    case "LoggedIn": {
      line.isReady = true
      const shard = shards.find((one) => one.line === line)
      return shard === undefined ? undefined : Lines.begin(talk, shard, line)
    }
    case "Named":
      roster.names.set(said.topic, said.name)
      return
    case "Listed":
      return say(line, Roster.listed(roster, venue, said.topics))
    case "Leaving":
      yield* monitor.tell({ _tag: "Leaving", ...base })
      return Deferred.doneUnsafe(line.due, Effect.succeed("leaving"))
    case "Refused": {
      const { detail } = said
      if (!line.isReady) {
        yield* monitor.tell({ _tag: "Refused", ...base, detail })
        return inbox.fail(Cause.fail(new Refused({ detail })))
      }
      return yield* turnDown(talk, line, said)
    }
  }
})
