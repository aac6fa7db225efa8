/** A book kept without cleverness: a map of each side, sorted when it is looked at. */
import type { BookDelta, BookSnapshot, Level } from "tapewire/Tick"

export interface PlainBook {
  readonly bids: ReadonlyMap<number, number>
  readonly asks: ReadonlyMap<number, number>
}

export const empty: PlainBook = { bids: new Map(), asks: new Map() }

type Levels = Pick<BookDelta, "asks" | "bids">

const put = (side: ReadonlyMap<number, number>, levels: ReadonlyArray<Level>) => {
  const next = new Map(side)
  for (const [price, size] of levels) {
    if (size === 0) next.delete(price)
    else next.set(price, size)
  }
  return next
}

export const apply = ({ asks, bids }: PlainBook, update: Levels): PlainBook => ({
  bids: put(bids, update.bids),
  asks: put(asks, update.asks)
})

/** A snapshot replaces, an update changes. */
export const follow = (book: PlainBook, update: BookSnapshot | BookDelta): PlainBook =>
  apply(update._tag === "BookSnapshot" ? empty : book, update)

/** Both sides, best first. */
export const levels = ({ asks, bids }: PlainBook) => ({
  bids: [...bids].toSorted(([a], [b]) => b - a),
  asks: [...asks].toSorted(([a], [b]) => a - b)
})
