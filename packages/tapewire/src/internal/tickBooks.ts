/** The books of ticks that were checked before they were recorded. */
import * as Book from "../Book.ts"
import type { BookState, Cause } from "../BookState.ts"
import type { BookDelta, BookSnapshot, Tick } from "../Tick.ts"

interface Line {
  readonly book: Book.Book
  /** Since when the book is not true, and why; only of a book that is not. */
  since: number
  cause: Cause
}

export interface TickBooks {
  readonly apply: (tick: Tick) => void
  /** Updates may be missing here. */
  readonly lose: () => void
  /** What is known of a book of which something came. */
  readonly book: (symbol: string) => BookState | undefined
}

export const make = (): TickBooks => {
  const lines = new Map<string, Line>()
  const passed: Array<BookSnapshot | BookDelta> = []

  const reset = (line: Line, since: number, cause: Cause) => {
    if (line.book.synced) {
      line.since = since
      line.cause = cause
    }
    Book.reset(line.book)
  }

  return {
    apply: (tick) => {
      const known = lines.get(tick.symbol)
      if (tick._tag === "Gap" && tick.channel === "book" && known !== undefined) {
        reset(known, tick.received, tick.cause)
      }
      if (tick._tag !== "BookSnapshot" && tick._tag !== "BookDelta") return
      const line = known ?? { book: Book.make(), since: tick.received, cause: "start" }
      if (known === undefined) lines.set(tick.symbol, line)
      // A recorded update without its snapshot cannot be mended, so nothing is held for one.
      if (tick._tag === "BookDelta" && !line.book.synced) return
      const need = Book.step(line.book, tick, passed)
      if (need !== undefined) {
        line.since = tick.received
        line.cause = need.cause
        Book.reset(line.book)
      }
      passed.length = 0
    },
    lose: () => {
      for (const line of lines.values()) {
        reset(line, line.book.update?.received ?? line.since, "sequence")
      }
    },
    book: (symbol) => {
      const line = lines.get(symbol)
      if (line === undefined) return undefined
      const book = Book.snapshot(line.book)
      const { cause, since } = line
      return book === undefined ? { _tag: "Resyncing", since, cause } : { _tag: "Synced", book }
    }
  }
}
