/**
 * One reader of a tape: a bounded queue of batches with a policy for when it is full.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as WholeBooks from "./internal/wholeBooks.ts"
import type { BookSnapshot, Tick } from "./Tick.ts"

/**
 * What happens when a reader falls behind. `suspend` misses nothing, as befits a recorder: it makes
 * recorded feeds wait, and of a live one, which cannot, it ends with `Overrun`. `drop-oldest` gives
 * up what has waited longest. `conflate` gives up all but the latest tick of each kind and
 * instrument, as befits a screen.
 *
 * @since 0.1.0
 */
export const Policy = Schema.Literals(["suspend", "drop-oldest", "conflate"])

/**
 * @since 0.1.0
 */
export type Policy = typeof Policy.Type

/**
 * A reader that must not miss anything was too slow for a live feed. It was given all that came
 * before what was dropped.
 *
 * @since 0.1.0
 */
export class Overrun extends Schema.TaggedError<Overrun>()("Overrun", {
  reader: Schema.String,
  /** The most ticks that might wait. */
  capacity: Schema.Int,
  /** How many it missed until it was told, with which it is a reader no longer. */
  dropped: Schema.Int
}) {
  override get message() {
    return `${this.reader} is too slow for a live feed: ${this.capacity} ticks waited, and ${this.dropped} after them were dropped`
  }
}

/**
 * What reading with a policy can fail with.
 *
 * @since 0.1.0
 */
export type Failure<P extends Policy> = P extends "suspend" ? Overrun : never

/**
 * What became of the ticks meant for a reader: `offered` = `delivered` + `dropped` + `waiting`.
 *
 * @since 0.1.0
 */
export const Stats = Schema.Struct({
  name: Schema.String,
  policy: Policy,
  offered: Schema.Int,
  delivered: Schema.Int,
  dropped: Schema.Int,
  waiting: Schema.Int,
  /** Whether it was too slow for a live feed; nothing counts any more once it was told. */
  overrun: Schema.Boolean
})

/**
 * @since 0.1.0
 */
export type Stats = typeof Stats.Type

type Batch = Array.NonEmptyReadonlyArray<Tick>

/**
 * @since 0.1.0
 */
export interface Options {
  readonly name: string
  readonly policy: Policy
  /** The most ticks that may wait. The last batch is kept whole, however long. */
  readonly capacity: number
  /** Which ticks are meant for the reader; all, if undefined. */
  readonly accepts: ((tick: Tick) => boolean) | undefined
  /**
   * The book as it is now, if it is true. A reader who comes late, or of whom an update was dropped,
   * is given it in place of the next update.
   */
  readonly book: (venue: string, symbol: string) => BookSnapshot | undefined
}

/**
 * @since 0.1.0
 */
export interface Subscriber {
  /** Takes a batch, or tells that it has to wait for room. */
  readonly offer: (batch: Batch) => "taken" | "full"
  /** Waits until there is room. */
  readonly room: Effect.Effect<void>
  /**
   * Drops a batch for which there is no room, and all that come after it. What waits is still given,
   * and then `Overrun`.
   */
  readonly overrun: (batch: Batch) => void
  /** No more will come. */
  readonly end: () => void
  /** Waits for the next batch. */
  readonly take: Effect.Effect<Batch, Cause.Done | Overrun>
  readonly stats: () => Stats
}

/**
 * @since 0.1.0
 */
export const make = ({ accepts, book, capacity, name, policy }: Options): Subscriber => {
  const books = WholeBooks.make(book)
  let batches: globalThis.Array<Batch> = []
  let waiting = 0
  let offered = 0
  let delivered = 0
  let dropped = 0
  let ended = false
  let overrun = false
  let wakeReader: (() => void) | undefined
  const writers = new Set<() => void>()

  const hasRoom = () => ended || overrun || waiting < capacity

  const wakeWriters = () => {
    if (writers.size === 0 || !hasRoom()) return
    const woken = globalThis.Array.from(writers)
    // First, for whoever finds no room after all waits again.
    writers.clear()
    for (const wake of woken) wake()
  }

  const drop = (ticks: number) => {
    dropped += ticks
    waiting -= ticks
  }

  const dropOldest = () => {
    let old = 0
    for (let left = waiting; left > capacity && old < batches.length - 1; old++) {
      left -= batches[old]?.length ?? 0
    }
    const gone = batches.splice(0, old).flat()
    drop(gone.length)
    if (!books.tear(gone)) return
    // What followed on the books that were torn means nothing without them.
    batches = batches.flatMap((batch) => {
      const rest = books.sift(batch)
      drop(batch.length - rest.length)
      return Array.isReadonlyArrayNonEmpty(rest) ? [rest] : []
    })
  }

  const conflate = () => {
    const all = batches.flat()
    const latest = new Map<string, Tick>()
    for (const tick of all) {
      // An update alone says nothing of the book.
      if (tick._tag !== "BookDelta") latest.set(keyOf(tick), tick)
    }
    const isLatest = (tick: Tick) => latest.get(keyOf(tick)) === tick
    const [kept, old] = Array.partition(all, (tick) =>
      isLatest(tick) ? Result.succeed(tick) : Result.fail(tick)
    )
    drop(old.length)
    books.tear(old)
    batches = Array.isReadonlyArrayNonEmpty(kept) ? [kept] : []
  }

  const self: Subscriber = {
    offer: (batch) => {
      if (ended) return "taken"
      const chosen = accepts === undefined ? batch : batch.filter(accepts)
      if (chosen.length === 0) return "taken"
      if (overrun) {
        offered += chosen.length
        dropped += chosen.length
        return "taken"
      }
      if (policy === "suspend" && !hasRoom()) return "full"
      const whole = books.mend(chosen)
      // A book given anew stands for the updates it replaces.
      const replaced = Math.max(0, chosen.length - whole.length)
      offered += whole.length + replaced
      dropped += replaced
      if (!Array.isReadonlyArrayNonEmpty(whole)) return "taken"
      batches.push(whole)
      waiting += whole.length
      if (waiting > capacity) {
        if (policy === "drop-oldest") dropOldest()
        else if (policy === "conflate") conflate()
      }
      wakeReader?.()
      return "taken"
    },
    room: Effect.callback<void>((resume) => {
      if (hasRoom()) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      writers.add(wake)
      return Effect.sync(() => void writers.delete(wake))
    }),
    overrun: (batch) => {
      overrun = true
      self.offer(batch)
      wakeWriters()
    },
    end: () => {
      ended = true
      wakeReader?.()
      wakeWriters()
    },
    take: Effect.callback<Batch, Cause.Done | Overrun>((resume) => {
      const next = () => {
        wakeReader = undefined
        const batch = batches.shift()
        if (batch === undefined && overrun) {
          // Whoever is told how much is missing is no reader any more, and misses nothing more.
          ended = true
          return resume(Effect.fail(new Overrun({ reader: name, capacity, dropped })))
        }
        if (batch === undefined) return resume(Cause.done())
        waiting -= batch.length
        delivered += batch.length
        wakeWriters()
        return resume(Effect.succeed(batch))
      }
      if (batches.length > 0 || ended || overrun) return next()
      wakeReader = next
      return Effect.sync(() => {
        wakeReader = undefined
      })
    }),
    stats: () => ({ name, policy, offered, delivered, dropped, waiting, overrun })
  }
  return self
}

/** Of the ticks with the same key, the latest stands for all. */
const keyOf = (tick: Tick) => `${tick._tag} ${tick.venue} ${tick.symbol} ${variantOf(tick)}`

const variantOf = (tick: Tick): string => {
  switch (tick._tag) {
    case "Trade":
      return tick.firstId === undefined ? "" : "aggregated"
    case "Bar":
      return tick.interval
    case "Gap":
      return `${tick.channel} ${tick.variant}`
    default:
      return ""
  }
}
