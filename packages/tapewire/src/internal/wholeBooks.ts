/**
 * Which books a reader has whole. An update means nothing to a reader who has not had the book
 * from its snapshot on, so such updates are replaced by the book as it is.
 */
import type { BookSnapshot, Tick } from "../Tick.ts"

/** The book as it is now, if it is true. */
export type Current = (venue: string, symbol: string) => BookSnapshot | undefined

export interface WholeBooks {
  /** Forgets the books of ticks that were dropped, and tells whether there were any. */
  readonly tear: (dropped: ReadonlyArray<Tick>) => boolean
  /** What still means something of a batch that was mended before a book was torn. */
  readonly sift: (batch: ReadonlyArray<Tick>) => ReadonlyArray<Tick>
  /** The batch, with every update that means nothing to the reader left out and its book added. */
  readonly mend: (batch: ReadonlyArray<Tick>) => ReadonlyArray<Tick>
}

export const make = (current: Current): WholeBooks => {
  const venues = new Map<string, Set<string>>()

  const isWhole = (tick: Tick) => venues.get(tick.venue)?.has(tick.symbol) ?? false

  const set = (tick: Tick) => {
    const symbols = venues.get(tick.venue)
    if (symbols === undefined) venues.set(tick.venue, new Set([tick.symbol]))
    else symbols.add(tick.symbol)
  }

  /** Leaves out all that a batch says of the torn books, and adds the books as they are after it. */
  const replace = (batch: ReadonlyArray<Tick>, torn: ReadonlyArray<Tick>): ReadonlyArray<Tick> => {
    const isTorn = (tick: Tick) =>
      isBook(tick) &&
      torn.some(({ symbol, venue }) => symbol === tick.symbol && venue === tick.venue)
    const out = batch.filter((tick) => !isTorn(tick))
    for (const { symbol, venue } of torn) {
      const book = current(venue, symbol)
      if (book === undefined) continue
      set(book)
      out.push(book)
    }
    return out
  }

  return {
    tear: (dropped) => {
      let torn = false
      for (const tick of dropped) {
        if (!isBook(tick)) continue
        torn = true
        venues.get(tick.venue)?.delete(tick.symbol)
      }
      return torn
    },
    sift: (batch) =>
      batch.filter((tick) => {
        if (tick._tag === "BookSnapshot") set(tick)
        return tick._tag !== "BookDelta" || isWhole(tick)
      }),
    mend: (batch) => {
      let torn: Array<Tick> | undefined
      for (const tick of batch) {
        if (tick._tag === "BookSnapshot") set(tick)
        else if (tick._tag === "BookDelta" && !isWhole(tick)) {
          torn ??= []
          if (!torn.some(({ symbol, venue }) => symbol === tick.symbol && venue === tick.venue)) {
            torn.push(tick)
          }
        }
      }
      return torn === undefined ? batch : replace(batch, torn)
    }
  }
}

const isBook = (tick: Tick) => tick._tag === "BookSnapshot" || tick._tag === "BookDelta"
