/**
 * Holds a conversation with a venue: connects, subscribes, fetches snapshots, notices silence and
 * reconnects.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as Catalog from "./Catalog.ts"
import * as Connection from "./Connection.ts"
import * as Credentials from "./Credentials.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Feed from "./Feed.ts"
import { FeedError, Lost, type Reason, type TooMany, type UnknownSymbol } from "./FeedError.ts"
import * as Host from "./Host.ts"
import * as Inbox from "./Inbox.ts"
import * as Audit from "./internal/audit.ts"
import * as Backoff from "./internal/backoff.ts"
import * as Breaker from "./internal/breaker.ts"
import * as Desk from "./internal/desk.ts"
import * as Monitor from "./internal/monitor.ts"
import type { Fetch, Setup, Talk } from "./internal/talk.ts"
import * as Vigil from "./internal/vigil.ts"
import * as PollFeed from "./PollFeed.ts"
import * as Rest from "./Rest.ts"
import * as Session from "./Session.ts"
import * as Subscription from "./Subscription.ts"
import type { Instrument } from "./Instrument.ts"
import type { Tick } from "./Tick.ts"
import * as Venue from "./Venue.ts"
import type { Wire } from "./Wire.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** How connections are used, where not as by default. */
  readonly pool?: Partial<Venue.Pool> | undefined
  /**
   * The age at which a connection is replaced by one that is opened before it is closed; by default
   * what the venue's own limit leaves, such as 23 hours.
   */
  readonly rotateAfter?: Duration.Input | undefined
  /** The most frames that wait to be decoded; 1,000 by default. */
  readonly capacity?: number | undefined
  /**
   * The wait before the second attempt, which doubles from there; 1 s by default. As of every wait,
   * a random part of it is waited, and so it is after a connection that lasted.
   */
  readonly firstWait?: Duration.Input | undefined
  /** The longest wait between attempts; 60 s by default. */
  readonly longestWait?: Duration.Input | undefined
  /** How many attempts in a row may fail before the feed does; 10 by default. */
  readonly attempts?: number | undefined
  /** A connection that lasted this long starts the count of attempts anew; 60 s by default. */
  readonly healthyAfter?: Duration.Input | undefined
  /** How many attempts in a row must fail for the host to be left alone; 5 by default. */
  readonly tripAfter?: number | undefined
  /** How long it is left alone before one attempt is made to see; 60 s by default. */
  readonly openFor?: Duration.Input | undefined
  /** What proves to the venue who we are, instead of what the configuration says. */
  readonly credentials?: Venue.Credentials | undefined
  /** What the subscriptions are about, instead of asking the venue. */
  readonly instruments?: ReadonlyArray<Instrument> | undefined
  /**
   * Is told what passes between us and the venue, in order, before it is decoded. When the feed is
   * stopped it is told the rest of what was read, and has a second to take it.
   */
  readonly tap?: ((wire: ReadonlyArray<Wire>) => Effect.Effect<void>) | undefined
  /**
   * Is told the instruments that the subscriptions are about, before anything passes, and those of
   * later subscriptions before anything of these does.
   */
  readonly resolved?: ((instruments: ReadonlyArray<Instrument>) => Effect.Effect<void>) | undefined
}

/**
 * Waits that double up to a longest one, each cut to a random part of itself, so that many clients
 * that lost one venue do not come back at once.
 *
 * @since 0.1.0
 */
export const backoff = (options?: Options) => Backoff.make(options)

/** How connections are used by default. */
const pool: Venue.Pool = {
  max: 10,
  min: 2,
  connectTimeout: "30 seconds",
  idleTimeout: "5 minutes",
  healthCheck: "60 seconds"
}

/**
 * Ticks of some topics, over as many connections as they need; of a venue that has none, from what
 * it answers to questions.
 *
 * Fails where the venue does not offer a topic or its configured address is unusable.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <V extends Venue.Venue>(
  venue: V,
  topics: ReadonlyArray<Feed.Topic<V>>,
  options?: Options
) {
  if (venue.poll !== undefined) return yield* PollFeed.make(venue, topics, options)
  const subscriptions = yield* Effect.fromResult(Feed.subscriptions(venue, topics))
  const failed = (reason: Reason) => new FeedError({ venue: venue.id, reason })
  const endpoint = yield* Effect.mapError(Endpoint.load(venue), failed)
  const credentials =
    options?.credentials ??
    (yield* Effect.mapError(Credentials.load(venue, endpoint.websocket), failed))
  const rest = yield* Rest.make(venue, endpoint.rest, credentials)
  const host = yield* Host.of(endpoint.websocket)
  const contiguous = Venue.contiguous([venue])
  const wanted = byName(subscriptions)
  const monitor = yield* Monitor.make(venue.id, contiguous, () => wanted.values())
  const construct = yield* Socket.WebSocketConstructor
  const setup: Setup = {
    venue,
    wanted,
    rest,
    host,
    connects: host.limit("connections", venue.limits.connections),
    breaker: yield* Breaker.make(host.name, monitor, options),
    monitor,
    base: endpoint.websocket,
    credentials,
    pool: { ...pool, ...venue.pool, ...options?.pool },
    firstData: Duration.toMillis(venue.firstData ?? "20 seconds"),
    lifetime: Duration.fromInputUnsafe(options?.rotateAfter ?? venue.lifetime ?? Duration.infinity),
    options
  }
  /** Whoever runs the feed now. */
  const talks = new Set<Talk>()
  const change = (
    topics: ReadonlyArray<string>,
    follow: (talk: Talk, some: ReadonlyArray<Subscription.Subscription>) => Change
  ) =>
    // A venue's own topics are checked when they are written; those of a running program here.
    Effect.fromResult(
      Feed.subscriptions<Venue.Venue>(venue, topics as ReadonlyArray<Feed.Topic>)
    ).pipe(
      Effect.flatMap((some) =>
        Effect.forEach(talks, (talk) => follow(talk, some)).pipe(
          Effect.mapError(failed),
          Effect.as(some)
        )
      )
    )

  const run = converse(setup, construct).pipe(
    Effect.tap((talk) => {
      talks.add(talk)
      return Effect.addFinalizer(() => Effect.sync(() => talks.delete(talk)))
    }),
    Effect.map(pull)
  )
  const ticks = Stream.fromPull(run).pipe(
    Stream.scoped,
    Stream.mapError(failed),
    Stream.onError(monitor.failed),
    Stream.ensuring(monitor.stopped)
  )
  return {
    venue: venue.id,
    provenance: "live",
    get subscriptions() {
      return Array.fromIterable(setup.wanted.values())
    },
    subscribe: (topics) =>
      change(topics, (talk, some) => {
        const more = some.filter((one) => !setup.wanted.has(Subscription.format(one)))
        return talk.session === undefined
          ? Effect.void
          : Desk.addLater(talk, more, backoff(talk.options))
      }).pipe(
        Effect.map((some) => {
          for (const [name, one] of byName(some)) setup.wanted.set(name, one)
        })
      ),
    unsubscribe: (topics) =>
      change(topics, Desk.remove).pipe(
        Effect.map((some) => {
          for (const name of byName(some).keys()) setup.wanted.delete(name)
        })
      ),
    ticks,
    events: monitor.events,
    status: monitor.status,
    gaps: monitor.gaps,
    contiguous,
    book: monitor.book
  } satisfies Feed.Feed as Feed.Feed
})

type Change = Effect.Effect<void, TooMany | UnknownSymbol>

const byName = (subscriptions: ReadonlyArray<Subscription.Subscription>) =>
  new Map(subscriptions.map((one) => [Subscription.format(one), one]))

/** Starts to connect. */
const converse = Effect.fnUntraced(function* (
  setup: Setup,
  construct: Socket.WebSocketConstructor["Service"]
) {
  const { monitor, options, venue, wanted } = setup
  const talk: Talk = {
    ...setup,
    construct,
    scope: yield* Effect.scope,
    inbox: Inbox.make<Wire, Cause.Cause<Reason>>(options?.capacity),
    shards: [],
    lines: new Map(),
    leftovers: [],
    numbers: 0,
    turn: { number: 0, at: 0 },
    listed: [],
    audits: new Set(),
    telling: yield* Effect.forkDetach(Effect.void),
    session: undefined
  }
  talk.inbox.source = {
    pause: () => talk.lines.forEach((line) => line.pause()),
    resume: () => talk.lines.forEach((line) => line.resume())
  }
  // Before there is a connection, so that it runs after the connection was closed.
  yield* Effect.addFinalizer(() => tellRest(talk))
  yield* Effect.addFinalizer(() => Effect.sync(() => monitor.over(talk.session)))
  monitor.inbox(talk.inbox.load)
  monitor.state("connecting")
  yield* Effect.gen(function* () {
    talk.listed = options?.instruments ?? (yield* listed(setup))
    talk.session = Session.make(venue, [])
    monitor.session(talk.session)
    yield* Desk.add(talk, Array.fromIterable(wanted.values()), backoff(options))
    return yield* Vigil.watch(talk, (symbol) => Desk.delist(talk, symbol))
  }).pipe(Desk.failTo(talk.inbox), Effect.forkScoped)
  return talk
})

/** Waits for what comes, until some of it is ticks. */
const pull = (talk: Talk) =>
  Effect.gen(function* () {
    const { audits, inbox, leftovers, monitor, options, venue } = talk
    while (true) {
      const wire = yield* Effect.catch(inbox.take, Effect.failCause)
      if (options?.tap !== undefined) {
        // Apart, for nobody could say what became of it if it were stopped with us.
        talk.telling = yield* Effect.forkDetach(options.tap(wire), { startImmediately: true })
        yield* Fiber.join(talk.telling)
      }
      const { commands, events, ticks } = talk.session?.step(wire) ?? Session.nothing
      for (const command of commands) yield* follow(talk, command)
      for (const event of events) yield* monitor.tell(event)
      const given: ReadonlyArray<Tick> =
        leftovers.length === 0 ? ticks : [...leftovers.splice(0), ...ticks]
      if (Array.isReadonlyArrayNonEmpty(given)) {
        for (const audit of audits) Audit.take(audit, given, venue.trades)
        monitor.count(given)
        return given
      }
    }
  })

/** Does what follows from what came. */
const follow = (talk: Talk, command: Session.Command): Effect.Effect<void> => {
  const { inbox, lines, scope } = talk
  switch (command._tag) {
    case "Send":
      return Effect.sync(() => {
        const line = lines.get(command.connection)
        if (line !== undefined) Queue.offerUnsafe(line.outgoing, command.frame)
      })
    case "Fetch":
      return Effect.asVoid(Effect.forkIn(Desk.failTo(inbox)(fetch(talk, command)), scope))
    case "Renew":
      return Effect.asVoid(Effect.forkIn(Desk.renewBook(talk, command), scope))
    case "Note":
      return Desk.notice(talk, command.connection, command.notice)
    case "Cut":
      return Effect.sync(() => {
        const line = lines.get(command.connection)
        if (line === undefined) return
        const lost = new Lost({ code: command.code, detail: command.detail })
        Deferred.doneUnsafe(line.cut, Effect.fail(lost))
      })
  }
}

/** Waits until the tap has taken what it was told, and tells it what was read since. */
const tellRest = (talk: Talk) =>
  Effect.suspend(() => {
    const { inbox, options, telling } = talk
    const rest = inbox.takeAll()
    const told = Fiber.await(telling)
    if (options?.tap === undefined || rest.length === 0) return told
    return Effect.andThen(told, options.tap(rest))
  }).pipe(
    Effect.timeoutOption("1 second"),
    Effect.andThen(Effect.suspend(() => Fiber.interrupt(talk.telling)))
  )

/** What the venue lists. */
const listed = ({ rest, venue }: Setup) =>
  Catalog.current(venue, rest).pipe(
    Effect.retry({ times: 2, schedule: Schedule.spaced("500 millis") })
  )

/** Asks for a snapshot and hands in the answer, later the oftener it was asked in vain. */
const fetch = Effect.fnUntraced(function* (talk: Talk, command: Fetch) {
  const { inbox, rest, venue } = talk
  const { attempt, call, from, subject, to } = command
  const depth = call === "snapshot" ? depthOf(talk) : undefined
  yield* Effect.sleep(Desk.patience(attempt))
  const answer = yield* rest.ask(call, subject, depth?.levels ?? from, to, depth?.weight).pipe(
    Effect.catch(({ detail, url }) =>
      Effect.map(Clock.Clock, (clock) => ({
        _tag: "Answered" as const,
        venue: venue.id,
        at: Connection.micros(clock),
        call,
        subject,
        url,
        status: 0,
        body: detail
      }))
    )
  )
  inbox.push(answer)
})

/** How deep a snapshot may be for all books to be had soon. */
const depthOf = ({ shards, venue }: Talk) => {
  let books = 0
  for (const { entries } of shards) {
    for (const { subscription } of entries.values()) if (subscription.channel === "book") books++
  }
  const half = venue.limits.requests.count / 2
  return venue.depths?.find(({ weight }) => books * weight <= half) ?? venue.depths?.at(-1)
}
