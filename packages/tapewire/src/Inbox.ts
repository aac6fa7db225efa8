/**
 * Collects what happens during a turn of the event loop, so that it is handled as one batch.
 *
 * Handing frames over one by one costs twice what decoding them does; handing over what a turn
 * brought costs nothing that can be measured (`benchmark/Inbox.ts`).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * @since 0.1.0
 */
export interface Inbox<A, E> {
  /** Adds one item. Never waits. */
  readonly push: (item: A) => void
  /** Ends the inbox: what is in it can still be taken, then taking fails. Nothing more comes in. */
  readonly fail: (error: E) => void
  /** Waits for the first item, lets the turn end, and takes what has come, oldest first. */
  readonly take: Effect.Effect<ReadonlyArray<A>, E>
  /** Takes all that is there without waiting, when nothing more is to come. */
  readonly takeAll: () => ReadonlyArray<A>
  /** Where items come from, to be held back while too many wait. */
  source: Source | undefined
  /** Whether the source is held back. */
  readonly isPaused: () => boolean
  /** Whether a batch is being collected in this very turn. */
  readonly isCollecting: () => boolean
}

/**
 * Something that can be told to wait.
 *
 * @since 0.1.0
 */
export interface Source {
  readonly pause: () => void
  readonly resume: () => void
}

/**
 * How many items may wait before the source is paused.
 *
 * @since 0.1.0
 */
export const maxWaiting = 512

/**
 * The most items of one batch: the first is not to wait long behind the last.
 *
 * @since 0.1.0
 */
export const maxBatch = 64

/**
 * @since 0.1.0
 */
export const make = <A, E>(): Inbox<A, E> => {
  let items: Array<A> = []
  let end: Effect.Effect<never, E> | undefined
  let wake: (() => void) | undefined
  let collecting = false
  let paused = false

  const drain = Effect.suspend((): Effect.Effect<ReadonlyArray<A>, E> => {
    collecting = false
    if (items.length === 0) return end ?? take
    let batch = items
    if (items.length > maxBatch) batch = items.splice(0, maxBatch)
    else items = []
    if (paused && items.length <= maxWaiting / 2) {
      paused = false
      inbox.source?.resume()
    }
    return Effect.succeed(batch)
  })

  const turn = Effect.onInterrupt(Effect.yieldNow, () =>
    Effect.sync(() => {
      collecting = false
    })
  )

  const wait = Effect.callback<void>((resume) => {
    wake = () => {
      wake = undefined
      collecting = true
      resume(turn)
    }
    return Effect.sync(() => {
      wake = undefined
    })
  })

  const take: Effect.Effect<ReadonlyArray<A>, E> = Effect.suspend(() =>
    items.length > 0 || end !== undefined ? drain : Effect.andThen(wait, drain)
  )

  const inbox: Inbox<A, E> = {
    source: undefined,
    push: (item) => {
      if (end !== undefined) return
      items.push(item)
      if (!paused && items.length > maxWaiting) {
        paused = true
        inbox.source?.pause()
      }
      wake?.()
    },
    fail: (error) => {
      end ??= Effect.fail(error)
      wake?.()
    },
    take,
    takeAll: () => items.splice(0),
    isPaused: () => paused,
    isCollecting: () => collecting
  }
  return inbox
}
