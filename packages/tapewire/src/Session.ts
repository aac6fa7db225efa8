/**
 * One conversation with a venue, as a state machine.
 *
 * What happened goes in, as `Wire` events in the order they happened; ticks, things to do and
 * things to know come out. Nothing here waits, sends or reads a clock, so a recording replayed
 * through a session gives what it gave live.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Book from "./Book.ts"
import type { FeedEvent } from "./FeedEvent.ts"
import type { Instrument } from "./Instrument.ts"
import * as Reader from "./Reader.ts"
import type { Subscription } from "./Subscription.ts"
import type { BookDelta, BookSnapshot, Gap, Tick, Trade } from "./Tick.ts"
import * as Trades from "./Trades.ts"
import type { Decoded, Message, Venue } from "./Venue.ts"
import type { Answered, Received, Wire } from "./Wire.ts"

/**
 * Something the holder of a conversation is asked to do.
 *
 * @since 0.1.0
 */
export type Command =
  /** Send a frame on the connection. */
  | { readonly _tag: "Send"; readonly connection: number; readonly frame: string }
  /** Ask the venue by HTTP, and hand in the answer. */
  | {
      readonly _tag: "Fetch"
      readonly call: "snapshot"
      readonly subject: string
      /** How often it was asked in vain, or for a book that did not stay true. */
      readonly attempt: number
    }
  /** End the connection; the venue will not serve it. */
  | { readonly _tag: "GiveUp"; readonly connection: number; readonly detail: string }

/**
 * What follows from some events.
 *
 * @since 0.1.0
 */
export interface Outcome {
  readonly ticks: Array<Tick>
  readonly commands: Array<Command>
  readonly events: Array<FeedEvent>
}

/**
 * The outcome when nothing follows.
 *
 * @since 0.1.0
 */
export const nothing: {
  readonly [K in keyof Outcome]: ReadonlyArray<Outcome[K][number]>
} = { ticks: [], commands: [], events: [] }

/**
 * How much happened so far.
 *
 * @since 0.1.0
 */
export interface Counts {
  frames: number
  ticks: number
  /** Trades that came a second time and were dropped. */
  duplicates: number
  /** Holes in trade ids or book updates. */
  gaps: number
  /** Frames that did not match the venue's schema and were dropped. */
  undecodable: number
  /** Messages of a kind this version does not know, or for a symbol nobody asked for. */
  unrecognized: number
  /** Values with more digits than a float64 holds. */
  inexact: number
}

/**
 * @since 0.1.0
 */
export interface Session {
  readonly step: (events: ReadonlyArray<Wire>) => Outcome
  readonly counts: Readonly<Counts>
  /** The book of a symbol as it is now; `undefined` unless every update of it was followed. */
  readonly book: (symbol: string) => BookSnapshot | undefined
}

interface BookState {
  readonly native: string
  readonly book: Book.Book
  fetching: boolean
  /** How often it was asked for since it was last true for a while. */
  attempt: number
  /** How many updates were passed on since the last snapshot, which counts as one. */
  followed: number
}

/**
 * How many updates a book must follow before it is taken to stay true; at ten a second they take ten
 * seconds. One that contradicts itself sooner is asked for ever later, like one that is not had.
 */
const lasting = 100

/**
 * Starts a conversation about some subscriptions. Every subscription's instrument must be among the
 * instruments.
 *
 * @since 0.1.0
 */
export const make = (
  venue: Venue,
  subscriptions: ReadonlyArray<Subscription>,
  instruments: ReadonlyArray<Instrument>
): Session => {
  const reader = Reader.make(venue.id, instruments)
  const natives = new Map(instruments.map(({ native, symbol }) => [symbol, native]))
  const books = new Map<string, BookState>()
  const trades = Trades.make()
  let lost = false
  const counts: Counts = {
    frames: 0,
    ticks: 0,
    duplicates: 0,
    gaps: 0,
    undecodable: 0,
    unrecognized: 0,
    inexact: 0
  }

  const bookOf = (symbol: string): BookState => {
    const known = books.get(symbol)
    if (known !== undefined) return known
    const state: BookState = {
      native: natives.get(symbol) ?? symbol,
      book: Book.make(),
      fetching: false,
      attempt: 0,
      followed: 0
    }
    books.set(symbol, state)
    return state
  }

  const fetch = (state: BookState, out: Outcome): void => {
    if (state.fetching) return
    state.fetching = true
    const { native } = state
    const attempt = state.attempt++
    out.commands.push({ _tag: "Fetch", call: "snapshot", subject: native, attempt })
  }

  const gap = (
    { received, symbol }: Pick<Tick, "received" | "symbol">,
    channel: Gap["channel"],
    { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
    cause: Gap["cause"],
    out: Outcome
  ): void => {
    counts.gaps++
    out.ticks.push({
      _tag: "Gap",
      venue: venue.id,
      symbol,
      received,
      channel,
      from,
      to,
      cause,
      filled: false
    })
  }

  const update = (tick: BookSnapshot | BookDelta, out: Outcome): void => {
    const state = bookOf(tick.symbol)
    const { received, symbol } = tick
    const { synced } = state.book
    const before = out.ticks.length
    const need = Book.step(state.book, tick, out.ticks as Array<BookSnapshot | BookDelta>) // only adds
    if (tick._tag === "BookSnapshot") state.followed = 0
    state.followed += out.ticks.length - before
    if (state.followed > lasting) state.attempt = 0
    if (need === undefined) {
      if (tick._tag === "BookSnapshot") {
        out.events.push({ _tag: "Synced", venue: venue.id, at: received, symbol })
      }
      return
    }
    state.followed = 0
    const { cause } = need
    if (cause !== "start" && cause !== "old") {
      out.events.push({ _tag: "Resyncing", venue: venue.id, at: received, symbol, cause })
      // A book that was not true had been lost, and told of, before.
      const wasTrue = synced || out.ticks.length > before
      if (wasTrue && cause !== "overflow") gap(tick, "book", need, cause, out)
    }
    fetch(state, out)
  }

  const trade = (tick: Trade, out: Outcome): void => {
    if (venue.trades === "opaque" || typeof tick.id !== "number") {
      out.ticks.push(tick)
      return
    }
    const missing = Trades.step(trades, tick.symbol, tick.firstId !== undefined, tick.id)
    if (missing === "duplicate") {
      counts.duplicates++
      return
    }
    if (missing !== undefined) {
      const { received, symbol } = tick
      gap(tick, "trades", missing, "sequence", out)
      out.events.push({ _tag: "GapFound", venue: venue.id, at: received, symbol, ...missing })
    }
    out.ticks.push(tick)
  }

  const interpret = (message: Message, connection: number, out: Outcome): void => {
    switch (message._tag) {
      case "Trade":
        return trade(message, out)
      case "BookSnapshot":
      case "BookDelta":
        return update(message, out)
      case "Acknowledged":
        out.events.push({ _tag: "Subscribed", venue: venue.id, at: reader.received })
        return
      case "Reply":
        out.commands.push({ _tag: "Send", connection, frame: message.frame })
        return
      case "Refused": {
        const { detail } = message
        out.events.push({ _tag: "Refused", venue: venue.id, at: reader.received, detail })
        out.commands.push({ _tag: "GiveUp", connection, detail })
        return
      }
      case "Leaving":
        out.events.push({ _tag: "Leaving", venue: venue.id, at: reader.received })
        return
      case "Unrecognized":
        counts.unrecognized++
        return
      default:
        out.ticks.push(message)
    }
  }

  const succeeded = <A>(decoded: Decoded<A>, out: Outcome): decoded is Result.Success<A, never> => {
    if (Result.isSuccess(decoded)) return true
    counts.undecodable++
    const { detail, sample } = decoded.failure
    out.events.push({ _tag: "Undecodable", venue: venue.id, at: reader.received, detail, sample })
    return false
  }

  const receive = ({ at, connection, data }: Received, out: Outcome): void => {
    counts.frames++
    reader.received = at
    const decoded = venue.decode(data, reader)
    const inexact = reader.takeInexact()
    if (!succeeded(decoded, out)) return
    counts.inexact += inexact
    for (const message of decoded.success) {
      // Before it is interpreted: an update may have to wait for its snapshot.
      interpret(inexact === 0 ? message : flagged(message), connection, out)
    }
  }

  const answer = ({ at, body, call, status, subject }: Answered, out: Outcome): void => {
    if (call !== "snapshot") return
    const symbol = reader.symbol(subject)
    if (symbol === undefined) return
    const state = bookOf(symbol)
    reader.received = at
    state.fetching = false
    // Nothing would follow on it.
    if (lost) return
    if (status === 200) {
      const decoded = venue.calls.snapshot.decode(body, reader, subject)
      const inexact = reader.takeInexact()
      if (succeeded(decoded, out)) {
        counts.inexact += inexact
        return update(inexact === 0 ? decoded.success : { ...decoded.success, inexact: true }, out)
      }
    }
    fetch(state, out)
  }

  /** Updates of books are missed from here on. */
  const close = (at: number, out: Outcome): void => {
    for (const [symbol, state] of books) {
      const { synced } = state.book
      if (synced) gap({ received: at, symbol }, "book", {}, "disconnect", out)
      Book.reset(state.book)
      state.attempt = 0
      state.followed = 0
    }
  }

  const open = (connection: number, at: number, out: Outcome): void => {
    close(at, out)
    const topics = subscriptions.map((subscription) =>
      venue.topic(subscription, natives.get(subscription.symbol) ?? subscription.symbol)
    )
    for (let from = 0, id = 1; from < topics.length; from += venue.limits.batch, id++) {
      const frame = venue.subscribe(topics.slice(from, from + venue.limits.batch), id)
      out.commands.push({ _tag: "Send", connection, frame })
    }
  }

  return {
    counts,
    book: (symbol) => {
      const state = books.get(symbol)
      return state === undefined ? undefined : Book.snapshot(state.book)
    },
    step: (events) => {
      const out: Outcome = { ticks: [], commands: [], events: [] }
      for (const event of events) {
        switch (event._tag) {
          case "Received":
            receive(event, out)
            break
          case "Answered":
            answer(event, out)
            break
          case "Opened":
            lost = false
            open(event.connection, event.at, out)
            break
          case "Closed":
            lost = true
            close(event.at, out)
            break
          case "Sent":
            break
        }
      }
      counts.ticks += out.ticks.length
      return out
    }
  }
}

/** What came of a text in which a value had to be rounded. */
const flagged = (message: Message): Message =>
  "received" in message ? { ...message, inexact: true } : message
