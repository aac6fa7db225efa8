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
  /** Ends the inbox: what is in it can still be taken, then taking fails. */
  readonly fail: (error: E) => void
  /** Waits for the first item, lets the turn end, and takes what has come, oldest first. */
  readonly take: Effect.Effect<ReadonlyArray<A>, E>
  readonly size: () => number
  /** Whether a batch is being collected in this very turn. */
  readonly isCollecting: () => boolean
}

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
  let head = 0
  let end: Effect.Effect<never, E> | undefined
  let wake: (() => void) | undefined
  let collecting = false

  const drain = Effect.suspend((): Effect.Effect<ReadonlyArray<A>, E> => {
    collecting = false
    const size = items.length - head
    if (size === 0) return end ?? take
    if (size > maxBatch) {
      const batch = items.slice(head, head + maxBatch)
      head += maxBatch
      return Effect.succeed(batch)
    }
    const batch = head === 0 ? items : items.slice(head)
    items = []
    head = 0
    return Effect.succeed(batch)
  })

  const wait = Effect.callback<void>((resume) => {
    wake = () => {
      wake = undefined
      collecting = true
      resume(Effect.yieldNow)
    }
    return Effect.sync(() => {
      wake = undefined
    })
  })

  const take: Effect.Effect<ReadonlyArray<A>, E> = Effect.suspend(() =>
    items.length > head || end !== undefined ? drain : Effect.andThen(wait, drain)
  )

  return {
    push: (item) => {
      items.push(item)
      wake?.()
    },
    fail: (error) => {
      end ??= Effect.fail(error)
      wake?.()
    },
    take,
    size: () => items.length - head,
    isCollecting: () => collecting
  }
}
