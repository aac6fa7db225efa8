/**
 * Runs feeds side by side and hands on what they give, one batch at a time.
 *
 * A feed is not asked for its next batch before the last one was dealt with. So nothing is held
 * here, and the books a feed shows are those of the batch in hand.
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Feed } from "../Feed.ts"
import type { FeedError } from "../FeedError.ts"
import type { Tick } from "../Tick.ts"

export type Happening<P> =
  | { readonly _tag: "Ticks"; readonly path: P; readonly ticks: NonEmptyReadonlyArray<Tick> }
  /** The feed failed; where that may help, it is run again after a wait. */
  | { readonly _tag: "Down"; readonly path: P; readonly cause: Cause.Cause<FeedError> }
  | { readonly _tag: "Ended"; readonly path: P }
  | { readonly _tag: "Due" }

export interface Paths<P> {
  /** Runs a feed until it ends, again whenever it fails and that may help. */
  readonly run: (path: P, feed: Feed) => Effect.Effect<void>
  /** Tells that something is due, and waits until that was dealt with. */
  readonly due: Effect.Effect<void>
  /**
   * Waits for what happens next; what was taken before counts as dealt with. When no path is left
   * it ends if one has ended, and fails if all have failed.
   */
  readonly take: Effect.Effect<Happening<P>, FeedError | Cause.Done>
}

const restart = Schedule.min([
  Schedule.exponential("5 seconds"),
  Schedule.spaced("60 seconds")
]).pipe(Schedule.jittered)

export const make = Effect.fnUntraced(function* <P>(paths: ReadonlyArray<P>) {
  const queue = yield* Queue.unbounded<readonly [Happening<P>, Latch.Latch]>()
  /** Why a path is not run; without a cause it has ended. */
  const silent = new Map<P, Cause.Cause<FeedError> | undefined>()
  let inHand: Latch.Latch | undefined

  const hand = (happening: Happening<P>) =>
    Effect.suspend(() => {
      const dealtWith = Latch.makeUnsafe()
      Queue.offerUnsafe(queue, [happening, dealtWith])
      return dealtWith.await
    })

  const last = (): Effect.Effect<never, FeedError | Cause.Done> => {
    let latest: Cause.Cause<FeedError> | undefined
    for (const cause of silent.values()) {
      if (cause === undefined) return Cause.done()
      latest = cause
    }
    return latest === undefined ? Cause.done() : Effect.failCause(latest)
  }

  return {
    run: (path, feed) =>
      Effect.suspend(() => {
        silent.delete(path)
        return Stream.runForEachArray(feed.ticks, (ticks) => hand({ _tag: "Ticks", path, ticks }))
      }).pipe(
        Effect.andThen(hand({ _tag: "Ended", path })),
        Effect.catchCause((cause) =>
          Effect.andThen(hand({ _tag: "Down", path, cause }), again(cause))
        ),
        Effect.retry(restart),
        Effect.ignore
      ),
    due: hand({ _tag: "Due" }),
    take: Effect.suspend(() => {
      inHand?.openUnsafe()
      inHand = undefined
      if (silent.size === paths.length) return last()
      return Effect.map(Queue.take(queue), ([happening, dealtWith]) => {
        inHand = dealtWith
        if (happening._tag === "Ended") silent.set(happening.path, undefined)
        else if (happening._tag === "Down") silent.set(happening.path, happening.cause)
        return happening
      })
    })
  } satisfies Paths<P> as Paths<P>
})

/** Fails where another attempt may help. */
const again = (cause: Cause.Cause<FeedError>): Effect.Effect<void, FeedError> => {
  const error = Result.getOrUndefined(Cause.findError(cause))
  return error?.isRetryable === true ? Effect.fail(error) : Effect.void
}

/** Runs both feeds of a pair until the scope is closed. */
export const sideBySide = Effect.fnUntraced(function* (feeds: {
  readonly a: Feed
  readonly b: Feed
}) {
  const paths = yield* make<"a" | "b">(["a", "b"])
  yield* Effect.forkScoped(paths.run("a", feeds.a))
  yield* Effect.forkScoped(paths.run("b", feeds.b))
  return paths
})
