/**
 * Writes live feeds to a tape that is begun once all of them know their instruments, so that a
 * start that fails leaves no file.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Feed from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import type { TapeError } from "tapewire/TapeError"
import type * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import type { Chosen } from "./Subscriptions.ts"

/**
 * @since 0.1.0
 */
export interface Recorder {
  /** Takes the instruments of a feed. */
  readonly resolved: (
    venue: Venue
  ) => (instruments: ReadonlyArray<Instrument>) => Effect.Effect<void>
  /** Keeps what passed. Where it cannot be kept, `broken` tells and nothing more is kept. */
  readonly wire: (batch: ReadonlyArray<Wire>) => Effect.Effect<void>
  readonly ticks: (batch: ReadonlyArray<Tick>) => Effect.Effect<void, TapeError>
  /** Fails where the tape cannot be begun or written. */
  readonly broken: Effect.Effect<never, TapeError>
  /** Ends the tape if it was begun. */
  readonly end: Effect.Effect<void, TapeError>
}

/** How much may be lost with the machine: a block is written when it is full, or this often. */
const flushEvery = "5 seconds"

/**
 * Begins the tape in the scope as soon as all feeds know their instruments.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <R>(
  chosen: ReadonlyArray<Chosen>,
  create: (feeds: TapeFile.Header["feeds"]) => Effect.Effect<TapeFile.TapeWriter, TapeError, R>
): Effect.fn.Return<Recorder, never, R | Scope> {
  const feeds = new Map<Venue, TapeFile.Header["feeds"][number]>()
  const known = yield* Deferred.make<TapeFile.Header["feeds"]>()
  const started = yield* Deferred.make<TapeFile.TapeWriter, TapeError>()
  const broken = yield* Deferred.make<never, TapeError>()
  const writer = Deferred.await(started)

  const begin = Deferred.await(known).pipe(Effect.flatMap(create), Deferred.into(started))
  const flush = writer.pipe(
    Effect.flatMap(({ flush }) => flush),
    Effect.andThen(Effect.sleep(flushEvery)),
    Effect.forever
  )
  yield* begin.pipe(
    Effect.andThen(flush),
    Effect.catch((error) => Deferred.fail(broken, error)),
    Effect.forkScoped
  )

  return {
    resolved: (venue) => (instruments) => {
      const topics = chosen.find((one) => one.venue === venue)?.topics ?? []
      return Effect.flatMap(
        Effect.orDie(Effect.fromResult(Feed.subscriptions(venue, topics))),
        (subscriptions) => {
          feeds.set(venue, { venue: venue.id, subscriptions, instruments })
          return feeds.size < chosen.length
            ? Effect.void
            : Deferred.succeed(known, Array.from(feeds.values()))
        }
      )
    },
    wire: (batch) =>
      Effect.flatMap(writer, ({ wire }) =>
        // The writer would try again, and leave a hole if it then succeeds.
        Deferred.isDoneUnsafe(broken) ? Effect.void : wire(batch)
      ).pipe(Effect.catch((error) => Effect.asVoid(Deferred.fail(broken, error)))),
    ticks: (batch) => Effect.flatMap(writer, ({ ticks }) => ticks(batch)),
    broken: Deferred.await(broken),
    end: Effect.suspend(() =>
      Deferred.isDoneUnsafe(started) ? Effect.flatMap(writer, ({ end }) => end) : Effect.void
    )
  }
})
