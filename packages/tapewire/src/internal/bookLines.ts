/** The books of a conversation: true, or withheld until a snapshot makes them so again. */
import * as Book from "../Book.ts"
import type { Outcome } from "../Session.ts"
import { type BookDelta, type BookSnapshot, type Tick, timeOf } from "../Tick.ts"
import type { Gaps } from "./gaps.ts"

/**
 * How many updates a book must follow before it is taken to stay true; at ten a second they take ten
 * seconds. One that contradicts itself sooner is asked for ever later, like one that is not had.
 */
const lasting = 100

interface Line {
  readonly native: string
  readonly book: Book.Book
  fetching: boolean
  /** How often a snapshot was asked for since the book last stayed true. */
  attempt: number
  /** How many updates followed the last snapshot. */
  followed: number
}

export interface BookLines {
  readonly take: (tick: BookSnapshot | BookDelta, out: Outcome) => void
  /** Takes the answer to a question for a snapshot; `undefined` where it was none. */
  readonly answered: (symbol: string, snapshot: BookSnapshot | undefined, out: Outcome) => void
  /** Updates are missed from here on. */
  readonly close: (at: number, out: Outcome) => void
  readonly open: () => void
  readonly book: (symbol: string) => BookSnapshot | undefined
}

export const make = (
  venue: string,
  natives: ReadonlyMap<string, string>,
  gaps: Gaps
): BookLines => {
  const lines = new Map<string, Line>()
  let isOpen = true

  const lineOf = (symbol: string): Line => {
    const known = lines.get(symbol)
    if (known !== undefined) return known
    const native = natives.get(symbol) ?? symbol
    const line: Line = { native, book: Book.make(), fetching: false, attempt: 0, followed: 0 }
    lines.set(symbol, line)
    return line
  }

  const fetch = (line: Line, out: Outcome): void => {
    if (line.fetching) return
    line.fetching = true
    const attempt = line.attempt++
    out.commands.push({ _tag: "Fetch", call: "snapshot", subject: line.native, from: 0, attempt })
  }

  const take = (tick: BookSnapshot | BookDelta, out: Outcome): void => {
    const line = lineOf(tick.symbol)
    const { received, symbol } = tick
    const { synced, update } = line.book
    const before = out.ticks.length
    const need = Book.step(line.book, tick, out.ticks)
    if (tick._tag === "BookSnapshot") line.followed = 0
    line.followed += out.ticks.length - before
    if (line.followed > lasting) line.attempt = 0
    if (need === undefined) {
      if (tick._tag === "BookSnapshot") {
        out.events.push({ _tag: "Synced", venue, at: received, symbol })
      }
      return
    }
    line.followed = 0
    const { cause } = need
    if (cause !== "start" && cause !== "old") {
      out.events.push({ _tag: "Resyncing", venue, at: received, symbol, cause })
      // A book that was not true had been lost, and told of, before.
      const wasTrue = synced || out.ticks.length > before
      if (wasTrue && cause !== "overflow") {
        const { from, to } = need
        const since = timeIn(out.ticks.length > before ? out.ticks.at(-1) : update)
        const until = timeIn(line.book.held[0])
        gaps.tell({ symbol, received, channel: "book", from, to, since, until, cause }, out)
      }
    }
    fetch(line, out)
  }

  return {
    take,
    answered: (symbol, snapshot, out) => {
      const line = lineOf(symbol)
      line.fetching = false
      // Nothing would follow on it.
      if (!isOpen) return
      if (snapshot === undefined) fetch(line, out)
      else take(snapshot, out)
    },
    close: (at, out) => {
      isOpen = false
      for (const [symbol, line] of lines) {
        if (line.book.synced) {
          const since = timeIn(line.book.update)
          gaps.tell({ symbol, received: at, channel: "book", since, cause: "disconnect" }, out)
        }
        Book.reset(line.book)
        line.attempt = 0
        line.followed = 0
      }
    },
    open: () => {
      isOpen = true
    },
    book: (symbol) => {
      const line = lines.get(symbol)
      return line === undefined ? undefined : Book.snapshot(line.book)
    }
  }
}

const timeIn = (tick: Tick | undefined): number | undefined =>
  tick === undefined ? undefined : timeOf(tick)
