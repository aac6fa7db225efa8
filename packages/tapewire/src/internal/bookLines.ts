/** The books of a conversation: true, or withheld until a snapshot makes them so again. */
import * as Book from "../Book.ts"
import type * as BookState from "../BookState.ts"
import type { Outcome } from "../Session.ts"
import { type BookDelta, type BookSnapshot, type Tick, timeOf } from "../Tick.ts"
import * as Carriers from "./bookCarriers.ts"
import * as Strikes from "./bookStrikes.ts"
import type { Instrument } from "../Instrument.ts"
import type { Venue } from "../Venue.ts"
import type { Gaps } from "./gaps.ts"

/** What a venue says of its books. */
type Speaks = Pick<Venue, "bookDepth" | "books" | "checksum" | "id">

/**
 * How many updates a book must follow before it is taken to stay true; at ten a second they take ten
 * seconds. One that contradicts itself sooner is asked for ever later, like one that is not had.
 */
const lasting = 100

interface Line {
  readonly native: string
  readonly book: Book.Book
  readonly carriers: Carriers.Carriers
  readonly strikes: Strikes.Strikes
  /** Since when the book is not true, and why; only of a book that is not. */
  since: number
  cause: BookState.Cause
  fetching: boolean
  /** How often a snapshot was asked for since the book last stayed true. */
  attempt: number
  /** How many updates followed the last snapshot. */
  followed: number
}

export interface BookLines {
  /** Takes what came on a connection, which carries the book from then on. */
  readonly take: (tick: BookSnapshot | BookDelta, connection: number, out: Outcome) => void
  /** Takes the answer to a question for a snapshot; `undefined` where it was none. */
  readonly answered: (symbol: string, snapshot: BookSnapshot | undefined, out: Outcome) => void
  readonly open: (connection: number, at: number, out: Outcome) => void
  /** The books that no other connection carries miss updates from here on. */
  readonly close: (connection: number, at: number, out: Outcome) => void
  /** Takes what the book must add up to after the last update of it. */
  readonly verify: (symbol: string, value: number, at: number, out: Outcome) => void
  /** Nobody asks for the book any more. */
  readonly forget: (symbol: string) => void
  readonly book: (symbol: string) => BookState.BookState | undefined
}

export const make = (
  { bookDepth, books = "http", checksum, id: venue }: Speaks,
  instruments: ReadonlyMap<string, Instrument>,
  gaps: Gaps
): BookLines => {
  const lines = new Map<string, Line>()
  const opened = new Set<number>()

  const lineOf = ({ received, symbol }: BookSnapshot | BookDelta): Line => {
    const known = lines.get(symbol)
    if (known !== undefined) return known
    const line: Line = {
      native: instruments.get(symbol)?.native ?? symbol,
      book: Book.make(bookDepth),
      carriers: Carriers.make(),
      strikes: Strikes.make(),
      since: received,
      cause: "start",
      fetching: false,
      attempt: 0,
      followed: 0
    }
    lines.set(symbol, line)
    return line
  }

  const fetch = (line: Line, symbol: string, out: Outcome): void => {
    if (line.fetching) return
    line.fetching = true
    const attempt = line.attempt++
    if (books === "stream") out.commands.push({ _tag: "Renew", symbol, attempt })
    else
      out.commands.push({
        _tag: "Fetch",
        call: "snapshot",
        subject: line.native,
        from: 0,
        to: 0,
        attempt
      })
  }

  const step = (line: Line, tick: BookSnapshot | BookDelta, out: Outcome): void => {
    const { received, symbol } = tick
    const { synced, update } = line.book
    const before = out.ticks.length
    if (tick._tag === "BookSnapshot") Carriers.arrange(line.carriers, line.book, tick)
    const need = Book.step(line.book, tick, out.ticks)
    if (tick._tag === "BookSnapshot") line.followed = 0
    line.followed += out.ticks.length - before
    if (line.followed > lasting) line.attempt = 0
    if (need === undefined) {
      if (tick._tag === "BookSnapshot") {
        line.strikes.old = 0
        // Where each update is the whole book, one that was true stays so.
        if (!synced) out.events.push({ _tag: "Synced", venue, at: received, symbol })
      }
      return
    }
    line.followed = 0
    const { cause } = need
    // A book that was not true had been lost, and told of, before.
    const wasTrue = synced || out.ticks.length > before
    if (wasTrue) line.since = received
    if (cause !== "start") line.cause = cause
    if (wasTrue && cause !== "start" && cause !== "old" && cause !== "overflow") {
      const { from, to } = need
      const since = timeIn(out.ticks.length > before ? out.ticks.at(-1) : update)
      const until = timeIn(line.book.held[0])
      gaps.tell({ symbol, received, channel: "book", from, to, since, until, cause }, out)
    }
    if (Strikes.note(line.strikes, cause, received)) return leave(line, tick, out)
    if (cause !== "start" && cause !== "old") {
      out.events.push({ _tag: "Resyncing", venue, at: received, symbol, cause })
    }
    fetch(line, symbol, out)
  }

  /** Leaves a book alone that turned out wrong too often. */
  const leave = (
    line: Line,
    { received, symbol }: Pick<Tick, "received" | "symbol">,
    out: Outcome
  ): void => {
    const { cause, strikes } = line
    Strikes.leave(strikes, received)
    Book.reset(line.book)
    Carriers.drop(line.carriers)
    line.since = received
    line.attempt = 0
    const { until } = strikes
    out.events.push({ _tag: "Quarantined", venue, at: received, symbol, cause, until })
  }

  /** Takes the updates that waited for others and need not wait any longer. */
  const catchUp = (line: Line, out: Outcome): void => {
    let update = Carriers.next(line.carriers, line.book)
    while (update !== undefined) {
      step(line, update, out)
      update = Carriers.next(line.carriers, line.book)
    }
  }

  const lose = (symbol: string, line: Line, at: number, out: Outcome): void => {
    if (line.book.synced) {
      const since = timeIn(line.book.update)
      gaps.tell({ symbol, received: at, channel: "book", since, cause: "disconnect" }, out)
      line.since = at
      line.cause = "disconnect"
    }
    Book.reset(line.book)
    line.attempt = 0
    line.followed = 0
    line.strikes.old = 0
  }

  return {
    take: (tick, connection, out) => {
      const line = lineOf(tick)
      const { book, carriers, strikes } = line
      if (tick._tag === "BookSnapshot") line.fetching = false
      if (strikes.until !== 0 && Strikes.isLeft(strikes, tick.received)) return
      if (Carriers.isOnly(carriers, connection)) return step(line, tick, out)
      if (Carriers.admit(carriers, book, tick, connection)) step(line, tick, out)
      if (carriers.waiting.length > 0) catchUp(line, out)
    },
    answered: (symbol, snapshot, out) => {
      const line = lines.get(symbol)
      if (line === undefined) return
      line.fetching = false
      const { book, carriers, strikes } = line
      // Nothing would follow on it, everything does already, or it was asked for before that.
      if (carriers.connections.length === 0 || book.synced || strikes.until !== 0) return
      if (snapshot === undefined) return fetch(line, symbol, out)
      step(line, snapshot, out)
      if (carriers.waiting.length > 0) catchUp(line, out)
    },
    open: (connection, at, out) => {
      if (opened.has(connection)) {
        // A conversation that was begun again, of which nobody told that it had ended.
        for (const [symbol, line] of lines) {
          Carriers.clear(line.carriers)
          lose(symbol, line, at, out)
        }
        opened.clear()
      }
      opened.add(connection)
    },
    close: (connection, at, out) => {
      for (const [symbol, line] of lines) {
        if (!Carriers.leave(line.carriers, connection)) lose(symbol, line, at, out)
        else if (line.carriers.waiting.length > 0) catchUp(line, out)
      }
    },
    verify: (symbol, value, at, out) => {
      const line = lines.get(symbol)
      const instrument = instruments.get(symbol)
      if (line === undefined || instrument === undefined || checksum === undefined) return
      const { book, strikes } = line
      if (!book.synced) return
      const sum = checksum(book.ladder, instrument)
      if (sum === undefined || sum === value) return
      // What came with it is as wrong as the book, if it is not out of hand already.
      const last = out.ticks.at(-1)
      const since = timeIn(book.update)
      if (last !== undefined && last === book.update) out.ticks.pop()
      Book.reset(book)
      line.followed = 0
      line.since = at
      line.cause = "checksum"
      const where = { symbol, received: at } as const
      gaps.tell({ ...where, channel: "book", since, cause: "checksum" }, out)
      if (Strikes.note(strikes, "checksum", at)) return leave(line, where, out)
      out.events.push({ _tag: "Resyncing", venue, at, symbol, cause: "checksum" })
      fetch(line, symbol, out)
    },
    forget: (symbol) => void lines.delete(symbol),
    book: (symbol) => {
      const line = lines.get(symbol)
      return line === undefined ? undefined : stateOf(line)
    }
  }
}

const stateOf = ({ book, cause, since, strikes }: Line): BookState.BookState => {
  const whole = Book.snapshot(book)
  if (whole !== undefined) return { _tag: "Synced", book: whole }
  const { until } = strikes
  return until === 0
    ? { _tag: "Resyncing", since, cause }
    : { _tag: "Degraded", since, cause, until }
}

const timeIn = (tick: Tick | undefined): number | undefined =>
  tick === undefined ? undefined : timeOf(tick)
