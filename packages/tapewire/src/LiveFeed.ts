/**
 * Holds a conversation with a venue: connects, subscribes, fetches snapshots, notices silence and
 * reconnects.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as Catalog from "./Catalog.ts"
import * as Connection from "./Connection.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Feed from "./Feed.ts"
import { type BreakerOpen, FeedError, type Reason, Refused } from "./FeedError.ts"
import * as Inbox from "./Inbox.ts"
import * as Breaker from "./internal/breaker.ts"
import { hold } from "./internal/hold.ts"
import * as Monitor from "./internal/monitor.ts"
import type { Fetch, Send, Setup, Talk } from "./internal/talk.ts"
import * as Limiter from "./Limiter.ts"
import * as Rest from "./Rest.ts"
import * as Session from "./Session.ts"
import type { Instrument } from "./Instrument.ts"
import type { Venue } from "./Venue.ts"
import type { Wire } from "./Wire.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** The longest wait for a connection; 5 s by default. */
  readonly connectTimeout?: Duration.Input | undefined
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
  /** What the subscriptions are about, instead of asking the venue. */
  readonly instruments?: ReadonlyArray<Instrument> | undefined
  /**
   * Is told what passes between us and the venue, in order, before it is decoded. When the feed is
   * stopped it is told the rest of what was read, and has a second to take it.
   */
  readonly tap?: ((wire: ReadonlyArray<Wire>) => Effect.Effect<void>) | undefined
  /** Is told the instruments that the subscriptions are about, before anything passes. */
  readonly resolved?: ((instruments: ReadonlyArray<Instrument>) => Effect.Effect<void>) | undefined
}

/**
 * Waits that double up to a longest one, each cut to a random part of itself, so that many clients
 * that lost one venue do not come back at once.
 *
 * @since 0.1.0
 */
export const backoff = (options?: Options) =>
  Schedule.min([
    Schedule.exponential(options?.firstWait ?? "1 second"),
    Schedule.spaced(options?.longestWait ?? "60 seconds")
  ]).pipe(
    Schedule.modifyDelay(({ duration }) => part(duration)),
    Schedule.upTo({ times: (options?.attempts ?? 10) - 1 })
  )

/** A random part of a wait. */
const part = (wait: Duration.Duration): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (part) => Duration.times(wait, part))

/**
 * Ticks of some topics, over one connection at a time.
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
  const rest = yield* Rest.make(venue, endpoint.rest)
  const connects = yield* Limiter.make(venue.limits.connections)
  const monitor = yield* Monitor.make(venue.id)
  const construct = yield* Socket.WebSocketConstructor
  const url = endpoint.websocket + venue.path

  const [, host = url] = /^\w+:\/\/([^/?]+)/.exec(url) ?? []
  const breaker = yield* Breaker.make(host, monitor, options)

  const run = converse({
    venue,
    subscriptions,
    rest,
    connects,
    breaker,
    monitor,
    url,
    options
  }).pipe(Effect.map(pull), Effect.provideService(Socket.WebSocketConstructor, construct))
  const ticks = Stream.fromPull(run).pipe(
    Stream.scoped,
    Stream.mapError(failed),
    Stream.onError(monitor.failed),
    Stream.ensuring(monitor.stopped)
  )
  return {
    venue: venue.id,
    provenance: "live",
    subscriptions,
    ticks,
    events: monitor.events,
    status: monitor.status,
    book: monitor.book
  } satisfies Feed.Feed as Feed.Feed
})

/** Tells whoever waits for what comes, of defects too: nobody else would hear of them. */
const failTo = (inbox: Talk["inbox"]) =>
  Effect.catchCause((cause: Cause.Cause<Reason>) => Effect.sync(() => inbox.fail(cause)))

/** Starts to connect. */
const converse = Effect.fnUntraced(function* (setup: Setup) {
  const { monitor, subscriptions, venue } = setup
  const talk: Talk = {
    ...setup,
    scope: yield* Effect.scope,
    inbox: Inbox.make<Wire, Cause.Cause<Reason>>(),
    outgoing: yield* Queue.unbounded<Send>(),
    telling: yield* Effect.forkDetach(Effect.void),
    session: undefined
  }
  // Before there is a connection, so that it runs after the connection was closed.
  yield* Effect.addFinalizer(() => tellRest(talk))
  monitor.inbox(talk.inbox.load)
  monitor.state("connecting")
  yield* instruments(setup).pipe(
    Effect.andThen((found) => {
      talk.session = Session.make(venue, subscriptions, found)
      monitor.session(talk.session)
      return connectForever(talk)
    }),
    failTo(talk.inbox),
    Effect.forkScoped
  )
  return talk
})

/** Waits for what comes, until some of it is ticks. */
const pull = (talk: Talk) =>
  Effect.gen(function* () {
    const { inbox, monitor, options, outgoing, scope } = talk
    while (true) {
      const wire = yield* Effect.catch(inbox.take, Effect.failCause)
      if (options?.tap !== undefined) {
        // Apart, for nobody could say what became of it if it were stopped with us.
        talk.telling = yield* Effect.forkDetach(options.tap(wire), { startImmediately: true })
        yield* Fiber.join(talk.telling)
      }
      const { commands, events, ticks } = talk.session?.step(wire) ?? Session.nothing
      for (const command of commands) {
        if (command._tag === "Send") Queue.offerUnsafe(outgoing, command)
        else if (command._tag === "Fetch")
          yield* Effect.forkIn(failTo(inbox)(fetch(talk, command)), scope)
        else inbox.fail(Cause.fail(new Refused({ detail: command.detail })))
      }
      for (const event of events) yield* monitor.tell(event)
      if (Array.isReadonlyArrayNonEmpty(ticks)) {
        monitor.count(ticks)
        return ticks
      }
    }
  })

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

/** The instruments of the subscriptions: those given, else those the venue lists. */
const instruments = Effect.fnUntraced(function* ({ options, rest, subscriptions, venue }: Setup) {
  const listed =
    options?.instruments ??
    (yield* Catalog.load(venue, rest).pipe(
      Effect.retry({ times: 2, schedule: Schedule.spaced("500 millis") })
    ))
  const symbols = subscriptions.map(({ symbol }) => symbol)
  const found = yield* Effect.fromResult(Catalog.resolve(listed, symbols))
  if (options?.resolved !== undefined) yield* options.resolved(found)
  return found
})

/** Connects again whenever a connection ends, until that is of no use. */
const connectForever = (talk: Talk) => {
  const { breaker, monitor, options, venue } = talk
  const firstWait = Duration.fromInputUnsafe(options?.firstWait ?? "1 second")
  let number = 0
  const lost = (reason: Reason, wait: Duration.Duration) =>
    Effect.flatMap(Clock.Clock, (clock) => {
      monitor.state("reconnecting")
      return monitor.tell({
        _tag: "Lost",
        venue: venue.id,
        at: Connection.micros(clock),
        detail: reason.message,
        retryInMillis: Math.round(Duration.toMillis(wait))
      })
    })
  /** Succeeds for the breaker once the connection has lasted, and goes on until it ends. */
  const attempt = Effect.gen(function* () {
    const lasted = Deferred.makeUnsafe<void>()
    const connection = yield* breaker.guard(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(hold(talk, ++number, lasted))
        yield* Effect.raceFirst(Deferred.await(lasted), Fiber.join(fiber))
        return fiber
      })
    )
    return yield* Fiber.join(connection)
  })
  return attempt.pipe(
    Effect.retry(
      backoff(options).pipe(
        Schedule.setInputType<BreakerOpen | Breaker.Failure>(),
        Schedule.while(
          ({ input }) => new FeedError({ venue: venue.id, reason: input }).isRetryable
        ),
        Schedule.modifyDelay(({ duration, input }) =>
          Effect.succeed(Duration.max(duration, Duration.millis(leastWait(input))))
        ),
        Schedule.tap(({ duration, input }) =>
          input._tag === "BreakerOpen" ? Effect.void : lost(input, duration)
        )
      )
    ),
    // What lasted is not held against the next attempt, but others may have lost theirs with us.
    Effect.flatMap((reason) =>
      Effect.flatMap(part(firstWait), (wait) =>
        Effect.andThen(lost(reason, wait), Effect.sleep(wait))
      )
    ),
    Effect.forever
  )
}

/** The longest that a host is left alone because it asked to be, in milliseconds: a day. */
const longestRest = 86_400_000

/** How long a host asked, or is, to be left alone, in milliseconds. */
const leastWait = (reason: BreakerOpen | Breaker.Failure): number => {
  if (reason._tag === "BreakerOpen") return reason.waitMs ?? 0
  return reason._tag === "Rejected" ? Math.min(reason.retryAfterMs ?? 0, longestRest) : 0
}

/** Asks for a snapshot and hands in the answer, later the oftener it was asked in vain. */
const fetch = Effect.fnUntraced(function* ({ inbox, rest, venue }: Talk, command: Fetch) {
  const { attempt, call, from, subject } = command
  const wait = attempt === 0 ? 0 : Math.min(250 * 2 ** (attempt - 1), 10_000)
  yield* Effect.sleep(Duration.millis(wait))
  const answer = yield* rest.ask(call, subject, from).pipe(
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
