/** The books of ticks that were checked before they were recorded. */
import * as Book from "../Book.ts"
import type { BookDelta, BookSnapshot, Tick } from "../Tick.ts"

export interface TickBooks {
  readonly apply: (tick: Tick) => void
  /** Nothing is known of any book. */
  readonly clear: () => void
  readonly book: (symbol: string) => BookSnapshot | undefined
}

export const make = (): TickBooks => {
  const books = new Map<string, Book.Book>()
  const passed: Array<BookSnapshot | BookDelta> = []
  return {
    apply: (tick) => {
      const known = books.get(tick.symbol)
      if (tick._tag === "Gap" && tick.channel === "book" && known !== undefined) Book.reset(known)
      if (tick._tag !== "BookSnapshot" && tick._tag !== "BookDelta") return
      const book = known ?? Book.make()
      if (known === undefined) books.set(tick.symbol, book)
      // A recorded update without its snapshot cannot be mended, so nothing is held for one.
      if (tick._tag === "BookSnapshot" || book.synced) Book.step(book, tick, passed)
      passed.length = 0
    },
    clear: () => books.clear(),
    book: (symbol) => {
      const book = books.get(symbol)
      return book === undefined ? undefined : Book.snapshot(book)
    }
  }
}
