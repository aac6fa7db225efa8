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
  readonly load: () => Load
  /** The turn in which a batch is being collected, as a number; 0 where none is. */
  readonly turn: () => number
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
 * How far behind the taker is.
 *
 * @since 0.1.0
 */
export interface Load {
  readonly waiting: number
  /** How often the source was held back. */
  readonly pauses: number
}

/**
 * How many items may wait, unless said otherwise.
 *
 * @since 0.1.0
 */
export const capacity = 1000

/**
 * The most items of one batch: the first is not to wait long behind the last.
 *
 * @since 0.1.0
 */
export const maxBatch = 64

/**
 * Holds its source back from the moment as many items wait as may, until half of them are taken. A
 * source that stops only after what it has in hand, as a socket does after what one read of it
 * brought, goes beyond by that.
 *
 * @since 0.1.0
 */
export const make = <A, E>(maxWaiting = capacity): Inbox<A, E> => {
  let items: Array<A> = []
  let end: Effect.Effect<never, E> | undefined
  let wake: (() => void) | undefined
  let turns = 0
  let collecting = 0
  let paused = false
  let pauses = 0
  let source: Source | undefined

  const drain = Effect.suspend((): Effect.Effect<ReadonlyArray<A>, E> => {
    collecting = 0
    if (items.length === 0) return end ?? take
    let batch = items
    if (items.length > maxBatch) batch = items.splice(0, maxBatch)
    else items = []
    if (paused && items.length <= maxWaiting / 2) {
      paused = false
      source?.resume()
    }
    return Effect.succeed(batch)
  })

  const turn = Effect.onInterrupt(Effect.yieldNow, () =>
    Effect.sync(() => {
      collecting = 0
    })
  )

  const wait = Effect.callback<void>((resume) => {
    wake = () => {
      wake = undefined
      collecting = ++turns
      resume(turn)
    }
    return Effect.sync(() => {
      wake = undefined
    })
  })

  const take: Effect.Effect<ReadonlyArray<A>, E> = Effect.suspend(() =>
    items.length > 0 || end !== undefined ? drain : Effect.andThen(wait, drain)
  )

  return {
    get source() {
      return source
    },
    set source(next) {
      source = next
      // Another connection, while what came over the last one still waits.
      if (paused) source?.pause()
    },
    push: (item) => {
      if (end !== undefined) return
      items.push(item)
      if (!paused && items.length >= maxWaiting) {
        paused = true
        pauses++
        source?.pause()
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
    load: () => ({ waiting: items.length, pauses }),
    turn: () => collecting
  }
}
