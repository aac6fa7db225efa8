/**
 * A feed of a venue that has no connections to listen on: what it publishes is asked for again and
 * again, one question for each subscription.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Catalog from "./Catalog.ts"
import * as Connection from "./Connection.ts"
import * as Credentials from "./Credentials.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Feed from "./Feed.ts"
import { BadAnswer, FeedError, type Reason, Refused, type UnknownSymbol } from "./FeedError.ts"
import * as Inbox from "./Inbox.ts"
import * as Backoff from "./internal/backoff.ts"
import * as Desk from "./internal/desk.ts"
import * as Monitor from "./internal/monitor.ts"
import type { Options as LiveOptions } from "./LiveFeed.ts"
import * as Rest from "./Rest.ts"
import * as Session from "./Session.ts"
import * as Subscription from "./Subscription.ts"
import type { Venue } from "./Venue.ts"
import type { Answered, Wire } from "./Wire.ts"

/**
 * Those of a live feed that are not about connections.
 *
 * @since 0.1.0
 */
export type Options = Pick<
  LiveOptions,
  "attempts" | "credentials" | "firstWait" | "instruments" | "longestWait" | "resolved" | "tap"
>

/**
 * What a venue without connections would say on them.
 *
 * @since 0.1.0
 */
export const unconnected = {
  path: "",
  silence: Duration.infinity,
  trades: "opaque",
  topic: ({ channel }, native) => `${channel}/${native}`,
  subscribe: () => "",
  unsubscribe: () => "",
  probe: () => "",
  decode: () => {
    throw new Error("nothing comes on a connection that there is not")
  }
} satisfies Partial<Venue>

/** A feed that is run. */
interface Talk {
  readonly scope: Scope.Scope
  readonly inbox: Inbox.Inbox<Wire, Cause.Cause<Reason>>
  readonly session: Session.Session
  /** What asks, by the subscription as it is written. */
  readonly asking: Map<string, Fiber.Fiber<void>>
}

/** The venue will not have what was asked, and would not if it were asked again. */
const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && ![408, 418, 423, 425, 429].includes(status)

/**
 * Ticks of some topics, each asked for at once and then as often as the venue says.
 *
 * Fails where the venue does not offer a topic or its configured address is unusable.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <V extends Venue>(
  venue: V,
  topics: ReadonlyArray<Feed.Topic<V>>,
  options?: Options
) {
  const subscriptions = yield* Effect.fromResult(Feed.subscriptions(venue, topics))
  const failed = (reason: Reason) => new FeedError({ venue: venue.id, reason })
  const endpoint = yield* Effect.mapError(Endpoint.load(venue), failed)
  const credentials =
    options?.credentials ?? (yield* Effect.mapError(Credentials.load(venue, endpoint.rest), failed))
  const rest = yield* Rest.make(venue, endpoint.rest, credentials)
  const clock = yield* Clock.Clock
  const now = () => Connection.micros(clock)
  const wanted = byName(subscriptions)
  const monitor = yield* Monitor.make(venue.id, [], () => wanted.values())
  const { every, overlap, since } = venue.poll ?? missing(venue.id)
  const micros = (input: Duration.Input) =>
    Duration.toMillis(Duration.fromInputUnsafe(input)) * 1000
  /** Whoever runs the feed now. */
  const talks = new Set<Talk>()

  const instrumentsOf = Effect.fnUntraced(function* (
    some: ReadonlyArray<Subscription.Subscription>
  ) {
    const listed = options?.instruments ?? (yield* Catalog.current(venue, rest))
    const symbols = new Set(some.map(({ symbol }) => symbol))
    for (const { symbol } of listed) symbols.delete(symbol)
    const others = Array.fromIterable(symbols).flatMap((symbol) => venue.unlisted?.(symbol) ?? [])
    return yield* Effect.fromResult(
      Catalog.resolve(
        [...listed, ...others],
        some.map(({ symbol }) => symbol)
      )
    )
  })

  /** Asks once, again where it is asked in vain. */
  const ask = (native: string, from: number): Effect.Effect<Answered, Reason> =>
    Effect.suspend(() => rest.ask("poll", native, from, now())).pipe(
      Effect.flatMap((answer) => {
        const { body, status, url } = answer
        return status === 200 || isRefusal(status)
          ? Effect.succeed(answer)
          : Effect.fail(new BadAnswer({ url, status, detail: body.slice(0, 200) }))
      }),
      Effect.retry(
        Backoff.make(options).pipe(
          Schedule.setInputType<Reason>(),
          Schedule.tap(({ duration, input }) => {
            monitor.state("reconnecting")
            return monitor.tell({
              _tag: "Lost",
              venue: venue.id,
              at: now(),
              detail: input.message,
              retryInMillis: Math.round(Duration.toMillis(duration))
            })
          })
        )
      )
    )

  /** Ends a subscription that the venue will not have. */
  const refuse = Effect.fnUntraced(function* (talk: Talk, name: string, detail: string) {
    wanted.delete(name)
    talk.asking.delete(name)
    yield* monitor.tell({ _tag: "Refused", venue: venue.id, at: now(), detail, topic: name })
    // Of some the others go on; of none there is nothing left to wait for.
    if (wanted.size === 0) return yield* new Refused({ detail })
  })

  /** Asks for what a subscription is about, again and again. */
  const poll = Effect.fnUntraced(function* (talk: Talk, name: string, native: string) {
    let from: number | undefined
    const once = Effect.gen(function* () {
      const began = now()
      const answer = yield* ask(native, from ?? began - micros(since))
      talk.inbox.push(answer)
      if (answer.status !== 200) {
        yield* refuse(talk, name, `${answer.status}: ${answer.body.slice(0, 200)}`)
        return false
      }
      if (from === undefined) {
        yield* monitor.tell({ _tag: "Subscribed", venue: venue.id, at: now(), topics: [name] })
      }
      monitor.state("running")
      from = began - micros(overlap)
      return true
    })
    yield* once.pipe(
      Effect.repeat({ while: (goesOn) => goesOn, schedule: Schedule.spaced(every) }),
      Effect.asVoid
    )
  })

  const add = Effect.fnUntraced(function* (
    talk: Talk,
    some: ReadonlyArray<Subscription.Subscription>
  ) {
    const instruments = yield* instrumentsOf(some)
    yield* options?.resolved?.(instruments) ?? Effect.void
    talk.session.add(instruments)
    const natives = new Map(instruments.map(({ native, symbol }) => [symbol, native]))
    for (const [name, one] of byName(some)) {
      if (talk.asking.has(name)) continue
      talk.session.recall(one)
      const asking = yield* poll(talk, name, natives.get(one.symbol) ?? one.symbol).pipe(
        Desk.failTo(talk.inbox),
        Effect.forkIn(talk.scope)
      )
      talk.asking.set(name, asking)
    }
  })

  const remove = Effect.fnUntraced(function* (
    talk: Talk,
    some: ReadonlyArray<Subscription.Subscription>
  ) {
    const ended: Array<string> = []
    for (const [name, one] of byName(some)) {
      const asking = talk.asking.get(name)
      if (asking === undefined) continue
      talk.asking.delete(name)
      ended.push(name)
      yield* Fiber.interrupt(asking)
      talk.session.forget(one)
    }
    if (ended.length === 0) return
    yield* monitor.tell({ _tag: "Unsubscribed", venue: venue.id, at: now(), topics: ended })
  })

  const change = (
    topics: ReadonlyArray<string>,
    follow: (
      talk: Talk,
      some: ReadonlyArray<Subscription.Subscription>
    ) => Effect.Effect<void, Reason | UnknownSymbol>
  ) =>
    // A venue's own topics are checked when they are written; those of a running program here.
    Effect.fromResult(Feed.subscriptions<Venue>(venue, topics as ReadonlyArray<Feed.Topic>)).pipe(
      Effect.flatMap((some) =>
        Effect.forEach(talks, (talk) => follow(talk, some)).pipe(
          Effect.mapError(failed),
          Effect.as(some)
        )
      )
    )

  const converse = Effect.gen(function* () {
    const talk: Talk = {
      scope: yield* Effect.scope,
      inbox: Inbox.make<Wire, Cause.Cause<Reason>>(),
      session: Session.make(venue, []),
      asking: new Map()
    }
    talks.add(talk)
    yield* Effect.addFinalizer(() => Effect.sync(() => talks.delete(talk)))
    monitor.inbox(talk.inbox.load)
    monitor.session(talk.session)
    monitor.state("connecting")
    yield* add(talk, Array.fromIterable(wanted.values())).pipe(
      Desk.failTo(talk.inbox),
      Effect.forkScoped
    )
    return talk
  })

  /** Waits for answers, until some of them are news. */
  const pull = ({ inbox, session }: Talk) =>
    Effect.gen(function* () {
      while (true) {
        const wire = yield* Effect.catch(inbox.take, Effect.failCause)
        yield* options?.tap?.(wire) ?? Effect.void
        const { events, ticks } = session.step(wire)
        for (const event of events) yield* monitor.tell(event)
        if (!Array.isReadonlyArrayNonEmpty(ticks)) continue
        monitor.count(ticks)
        return ticks
      }
    })

  return {
    venue: venue.id,
    provenance: "live",
    get subscriptions() {
      return Array.fromIterable(wanted.values())
    },
    subscribe: (topics) =>
      Effect.map(change(topics, add), (some) => {
        for (const [name, one] of byName(some)) wanted.set(name, one)
      }),
    unsubscribe: (topics) =>
      Effect.map(change(topics, remove), (some) => {
        for (const name of byName(some).keys()) wanted.delete(name)
      }),
    ticks: Stream.fromPull(Effect.map(converse, pull)).pipe(
      Stream.scoped,
      Stream.mapError(failed),
      Stream.onError(monitor.failed),
      Stream.ensuring(monitor.stopped)
    ),
    events: monitor.events,
    status: monitor.status,
    gaps: monitor.gaps,
    contiguous: [],
    book: monitor.book
  } satisfies Feed.Feed as Feed.Feed
})

/** Whoever asks knows what the venue has. */
const missing = (venue: string): never => {
  throw new Error(`${venue} is not to be polled`)
}

const byName = (subscriptions: ReadonlyArray<Subscription.Subscription>) =>
  new Map(subscriptions.map((one) => [Subscription.format(one), one]))
