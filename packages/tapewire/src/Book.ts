/**
 * Keeps one instrument's book true: which updates follow on, which are stale, when one is missing,
 * and whether the book contradicts itself.
 *
 * The rule is that of venues which number updates and serve the snapshot by HTTP: updates are held
 * until a snapshot comes, those it includes are dropped, and each must begin no later than one
 * after the last. A book is changed in place; see `tapewire/Ladder`.
 *
 * @since 0.1.0
 */
import * as Ladder from "./Ladder.ts"
import type { BookDelta, BookSnapshot } from "./Tick.ts"

/**
 * @since 0.1.0
 */
export interface Book {
  /** Whether every update up to `last` has been passed on, and none was missing. */
  synced: boolean
  /** The last update passed on. */
  last: number
  /** The update passed on last. */
  update: BookSnapshot | BookDelta | undefined
  /** Whether its snapshot, or an update since, had a value that was rounded. */
  inexact: boolean
  /** Updates that wait for a snapshot. */
  held: Array<BookDelta>
  readonly ladder: Ladder.Ladder
  /** How many levels of each side it keeps; all of them by default. */
  readonly depth: number | undefined
}

/**
 * A book of which nothing is known.
 *
 * @since 0.1.0
 */
export const make = (depth?: number): Book => ({
  synced: false,
  last: 0,
  update: undefined,
  inexact: false,
  held: [],
  ladder: Ladder.make(),
  depth
})

/**
 * Why a book cannot go on without a snapshot: it never had one (`start`), the snapshot is older
 * than the updates held (`old`), updates are missing (`sequence`), somebody bids what somebody asks
 * or a size is negative (`crossed`), it is not what the venue's checksum says (`checksum`), or too
 * many updates wait (`overflow`).
 *
 * @since 0.1.0
 */
export interface Need {
  readonly cause: "start" | "old" | "sequence" | "crossed" | "checksum" | "overflow"
  /** The first missing update. */
  readonly from?: number
  /** The last of them. */
  readonly to?: number
}

/**
 * The most updates held for one book; at ten a second they last for a minute and a half.
 *
 * @since 0.1.0
 */
export const maxHeld = 1000

/**
 * Forgets what was known, as when the connection ends.
 *
 * @since 0.1.0
 */
export const reset = (book: Book): void => {
  book.synced = false
  book.update = undefined
  book.inexact = false
  book.held = []
  Ladder.clear(book.ladder)
}

/**
 * Takes one update, adds to `out` those that may be passed on, and tells when a snapshot is needed.
 *
 * @since 0.1.0
 */
export const step = (
  book: Book,
  update: BookSnapshot | BookDelta,
  out: Pick<Array<BookSnapshot | BookDelta>, "push">
): Need | undefined => {
  if (update._tag === "BookSnapshot") return load(book, update, out)
  if (!book.synced) return hold(book, update)
  return follow(book, update, out)
}

const hold = (book: Book, delta: BookDelta): Need | undefined => {
  // Without numbers none is of use once there is a snapshot: the first stands for all.
  if (delta.sequence === undefined && book.held.length > 0) return undefined
  if (book.held.push(delta) === 1) return { cause: "start" }
  if (book.held.length <= maxHeld) return undefined
  book.held = [delta]
  return { cause: "overflow" }
}

const load = (
  book: Book,
  snapshot: BookSnapshot,
  out: Pick<Array<BookSnapshot | BookDelta>, "push">
): Need | undefined => {
  const { held } = book
  const first = held[0]?.firstSequence
  // Updates between the snapshot and the first one held would be missing.
  if (first !== undefined && snapshot.sequence !== undefined && first > snapshot.sequence + 1) {
    return { cause: "old" }
  }
  reset(book)
  if (!Ladder.apply(book.ladder, snapshot) || Ladder.isCrossed(book.ladder)) {
    book.held = held
    return { cause: "crossed" }
  }
  book.synced = true
  book.last = snapshot.sequence ?? 0
  book.update = snapshot
  book.inexact = snapshot.inexact === true
  out.push(snapshot)
  for (let index = 0; index < held.length; index++) {
    const delta = held[index] as BookDelta // index < length
    // Without numbers, what came before a snapshot is taken for included in it.
    if (delta.sequence === undefined) continue
    const need = follow(book, delta, out)
    if (need === undefined) continue
    // What is held beyond the trouble still follows on the next snapshot.
    book.held = held.slice(index)
    return need
  }
  return undefined
}

const follow = (
  book: Book,
  delta: BookDelta,
  out: Pick<Array<BookSnapshot | BookDelta>, "push">
): Need | undefined => {
  const { firstSequence, sequence } = delta
  if (firstSequence !== undefined && sequence !== undefined) {
    // One that ends before it begins, and follows, is where the venue's numbers begin anew.
    const begunAnew = sequence + 1 < firstSequence && firstSequence === book.last + 1
    if (sequence <= book.last && !begunAnew) return undefined
    if (firstSequence > book.last + 1) {
      const from = book.last + 1
      reset(book)
      book.held = [delta]
      return { cause: "sequence", from, to: firstSequence - 1 }
    }
    book.last = sequence
  }
  if (!Ladder.apply(book.ladder, delta) || Ladder.isCrossed(book.ladder)) {
    reset(book)
    book.held = [delta]
    return { cause: "crossed" }
  }
  const whole = book.depth === undefined ? delta : cutOff(book, book.depth, delta)
  book.update = whole
  if (delta.inexact === true) book.inexact = true
  out.push(whole)
  return undefined
}

/** The venue does not say what leaves the levels it shows; whoever follows the book is told. */
const cutOff = ({ ladder }: Book, depth: number, delta: BookDelta): BookDelta => {
  const { asks, bids } = Ladder.truncate(ladder, depth)
  if (asks.length === 0 && bids.length === 0) return delta
  return { ...delta, bids: [...delta.bids, ...bids], asks: [...delta.asks, ...asks] }
}

/**
 * The book as it is after the last update that was passed on; `undefined` while it is not synced.
 * It is inexact from the first update that was on, until the next snapshot.
 *
 * @since 0.1.0
 */
export const snapshot = ({ inexact, ladder, update }: Book): BookSnapshot | undefined => {
  if (update === undefined) return undefined
  const { at, received, sequence, symbol, venue } = update
  return {
    _tag: "BookSnapshot",
    venue,
    symbol,
    at,
    received,
    sequence,
    ...(inexact && { inexact }),
    ...Ladder.top(ladder, Number.POSITIVE_INFINITY)
  }
}
