/** One connection of a live feed: what is asked and written on it, and whether it is alive. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Socket from "effect/socket/Socket"
import * as Connection from "../Connection.ts"
import { type Lost, Silent } from "../FeedError.ts"
import * as Limiter from "../Limiter.ts"
import * as Roster from "./roster.ts"
import type { Due, Line, Shard, Talk } from "./talk.ts"

/** The wait after a handshake that was turned down as one too many, where it names none. */
const usualHold = 60_000

/** Connects, asks for what the shard carries, and closes the connection with the scope. */
export const open = Effect.fnUntraced(function* (talk: Talk, shard: Shard) {
  const { base, connects, construct, credentials, host, inbox, lines, monitor, pool, venue } = talk
  const url = base + shard.path
  yield* host.take(connects, 1)
  const number = ++talk.numbers
  const clock = yield* Clock.Clock
  const now = () => Connection.micros(clock)
  let heard = true
  const connection = yield* Connection.open(url, pool.connectTimeout, {
    now: () => readAt(talk, clock),
    receive: (data, at) => {
      heard = true
      inbox.push({ _tag: "Received", venue: venue.id, connection: number, at, data })
    }
  }).pipe(
    Effect.provideService(Socket.WebSocketConstructor, construct),
    Effect.tapError((reason) =>
      Effect.sync(() => {
        if (reason._tag !== "Rejected" || (reason.status !== 429 && reason.status !== 418)) return
        host.hold(reason.retryAfterMs ?? usualHold)
      })
    )
  )
  inbox.push({ _tag: "Opened", venue: venue.id, connection: number, at: now(), url })
  yield* monitor.tell({ _tag: "Connected", venue: venue.id, at: now(), url })

  const roster = Roster.make()
  const outgoing = yield* Queue.unbounded<string>()
  const login = venue.login
  const messages = yield* Limiter.make(venue.limits.messages)
  const send = Effect.fnUntraced(function* (frame: string, told: string) {
    yield* messages.take(1)
    yield* connection.send(frame)
    inbox.push({ _tag: "Sent", venue: venue.id, connection: number, at: now(), data: told })
  })
  const write = Effect.gen(function* () {
    // What proves who we are is written nowhere.
    if (login !== undefined && credentials !== undefined) yield* send(login(credentials), "login")
    while (true) {
      const data = yield* Queue.take(outgoing)
      yield* send(data, data)
    }
  })
  const probe = Effect.sync(() => Queue.offerUnsafe(outgoing, venue.probe(Roster.id(roster))))
  /** Asks for a sign of life after half the silence a venue is allowed, and gives up at the end. */
  const watch = Effect.gen(function* () {
    const silence = Duration.fromInputUnsafe(venue.silence)
    const quarter = Duration.divideUnsafe(silence, 4)
    // What we hold back ourselves says nothing of the venue.
    const alive = () => heard || inbox.isPaused()
    for (let quiet = 0; quiet < 4; quiet = alive() ? 0 : quiet + 1) {
      if (quiet === 2) yield* probe
      heard = false
      yield* Effect.sleep(quarter)
    }
    return yield* new Silent({ seconds: Duration.toSeconds(silence) })
  })
  const check = Effect.forever(Effect.andThen(Effect.sleep(pool.healthCheck), probe))

  const cut = Deferred.makeUnsafe<never, Lost>()
  const life = yield* Effect.forkScoped(
    Effect.raceAllFirst([connection.ended, Deferred.await(cut), write, watch, check])
  )
  const line: Line = {
    number,
    roster,
    isReady: login === undefined,
    outgoing,
    due: Deferred.makeUnsafe<Due>(),
    cut,
    ended: Fiber.join(life),
    pause: connection.pause,
    resume: connection.resume
  }
  for (const frame of venue.greeting ?? []) Queue.offerUnsafe(outgoing, frame)
  if (line.isReady) begin(talk, shard, line)
  lines.set(number, line)
  yield* Effect.addFinalizer(() => Effect.sync(() => lines.delete(number)))
  // A connection that comes while too much waits is held back like the others.
  if (inbox.isPaused()) line.pause()
  return line
}, Effect.withSpan("LiveFeed.connection"))

/** Asks on a connection for all that its shard carries. */
export const begin = ({ venue }: Talk, { entries }: Shard, { outgoing, roster }: Line): void => {
  for (const frame of Roster.ask(roster, venue, Array.from(entries.values()))) {
    Queue.offerUnsafe(outgoing, frame)
  }
}

/**
 * When what comes now is read. Reading the clock costs as much as a small frame, and what one turn
 * brought, over whatever connection, came at one time.
 */
const readAt = (talk: Talk, clock: Clock.Clock): number => {
  const turn = talk.inbox.turn()
  if (turn === 0) return Connection.micros(clock)
  if (turn !== talk.turn.number) {
    talk.turn.number = turn
    talk.turn.at = Connection.micros(clock)
  }
  return talk.turn.at
}
