/** One connection of a live feed: what is written on it, and whether it is alive. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Connection from "../Connection.ts"
import { type Reason, Silent } from "../FeedError.ts"
import * as Limiter from "../Limiter.ts"
import type { Talk } from "./talk.ts"

/** Holds one connection until it ends: fails with the reason, or gives it where the connection lasted. */
export const hold = Effect.fnUntraced(
  function* (talk: Talk, number: number, lasted: Deferred.Deferred<void>) {
    const { connects, inbox, monitor, options, url, venue } = talk
    yield* connects.take(1)
    let heard = true
    const connection = yield* Connection.open(url, options?.connectTimeout ?? "5 seconds", {
      isSameTurn: inbox.isCollecting,
      receive: (data, at) => {
        heard = true
        inbox.push({ _tag: "Received", venue: venue.id, connection: number, at, data })
      }
    })
    inbox.source = connection
    const clock = yield* Clock.Clock
    const now = () => Connection.micros(clock)
    inbox.push({ _tag: "Opened", venue: venue.id, connection: number, at: now(), url })
    monitor.state("running")
    yield* monitor.tell({ _tag: "Connected", venue: venue.id, at: now(), url })

    const messages = yield* Limiter.make(venue.limits.messages)
    const send = Effect.fnUntraced(function* (data: string) {
      yield* messages.take(1)
      yield* connection.send(data)
      inbox.push({ _tag: "Sent", venue: venue.id, connection: number, at: now(), data })
    })
    const write = Queue.take(talk.outgoing).pipe(
      Effect.flatMap((command) =>
        command.connection === number ? send(command.frame) : Effect.void
      ),
      Effect.forever
    )
    /** Asks for a sign of life after half the silence a venue is allowed, and gives up at the end. */
    const watch = Effect.gen(function* () {
      const silence = Duration.fromInputUnsafe(venue.silence)
      const quarter = Duration.divideUnsafe(silence, 4)
      // What we hold back ourselves says nothing of the venue.
      const alive = () => heard || inbox.isPaused()
      for (let quiet = 0; quiet < 4; quiet = alive() ? 0 : quiet + 1) {
        if (quiet === 2) yield* send(venue.probe(number))
        heard = false
        yield* Effect.sleep(quarter)
      }
      return yield* new Silent({ seconds: Duration.toSeconds(silence) })
    })
    const age = Effect.sleep(options?.healthyAfter ?? "60 seconds").pipe(
      Effect.andThen(Deferred.succeed(lasted, undefined)),
      Effect.andThen(Effect.never)
    )
    return yield* Effect.raceAllFirst([connection.ended, write, watch, age]).pipe(
      Effect.catch((reason) => {
        const { message } = reason
        inbox.push({
          _tag: "Closed",
          venue: venue.id,
          connection: number,
          at: now(),
          reason: message
        })
        return Deferred.isDoneUnsafe(lasted) ? Effect.succeed<Reason>(reason) : Effect.fail(reason)
      })
    )
  },
  Effect.withSpan("LiveFeed.connection"),
  Effect.scoped
)
