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
import type { Mutable } from "effect/Types"
import type { BookState } from "./BookState.ts"
import type { FeedEvent } from "./FeedEvent.ts"
import type { Instrument } from "./Instrument.ts"
import * as BookLines from "./internal/bookLines.ts"
import * as Distrust from "./internal/distrust.ts"
import * as Gaps from "./internal/gaps.ts"
import * as Pulses from "./internal/pulses.ts"
import * as TradeLines from "./internal/tradeLines.ts"
import * as Vintages from "./internal/vintages.ts"
import * as Reader from "./Reader.ts"
import type { Subscription } from "./Subscription.ts"
import type { Tick } from "./Tick.ts"
import type { Call, Decoded, Message, Venue } from "./Venue.ts"
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
      readonly call: "aggregatedTrades" | "snapshot" | "trades"
      /** The native symbol. */
      readonly subject: string
      /** The first and the last id that are wanted, of trades. */
      readonly from: number
      readonly to: number
      /** How often it was asked in vain, or for a book that did not stay true. */
      readonly attempt: number
    }
  /** Ask for a book anew, which begins with the whole of it. */
  | { readonly _tag: "Renew"; readonly symbol: string; readonly attempt: number }
  /** Take note of what the venue says of the connection itself. */
  | { readonly _tag: "Note"; readonly connection: number; readonly notice: Notice }
  /** End the connection: too much of what comes on it means nothing, or the venue will not have it. */
  | {
      readonly _tag: "Cut"
      readonly connection: number
      /** As if it had been closed with this code. */
      readonly code: number
      readonly detail: string
    }

/**
 * What a venue says of a connection: about requests to subscribe, or that it will end it.
 *
 * @since 0.1.0
 */
export type Notice = Extract<
  Message,
  { readonly _tag: "Acknowledged" | "Leaving" | "Listed" | "LoggedIn" | "Named" | "Refused" }
>

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
  readonly frames: number
  readonly ticks: number
  /** Ticks that came a second time and were dropped. */
  readonly duplicates: number
  /** Holes in trade ids or book updates. */
  readonly gaps: number
  /** Frames that did not match the venue's schema and were dropped. */
  readonly undecodable: number
  /** Messages of a kind this version does not know, or for a symbol nobody asked for. */
  readonly unrecognized: number
  /** Values with more digits than a float64 holds. */
  readonly inexact: number
}

/**
 * @since 0.1.0
 */
export interface Session {
  readonly step: (events: ReadonlyArray<Wire>) => Outcome
  readonly counts: Counts
  /** What is known of the book of a symbol; `undefined` where nothing of it came. */
  readonly book: (symbol: string) => BookState | undefined
  /** Makes more instruments known. */
  readonly add: (instruments: ReadonlyArray<Instrument>) => void
  /** Forgets what was subscribed to, as nothing more will come of it. */
  readonly forget: (subscription: Subscription) => Outcome
  /** Takes what a subscription asks for, and of what was not asked for so nothing any longer. */
  readonly recall: (subscription: Subscription) => void
  /**
   * How many ticks of a subscription have come, whether or not they were passed on, and the newest
   * connection one came on.
   */
  readonly heard: (subscription: Subscription) => {
    readonly count: number
    readonly connection: number
  }
  /** Gives up what is still missing, as nothing more will come. */
  readonly end: () => Outcome
}

/**
 * Starts a conversation about some instruments, over any number of connections.
 *
 * @since 0.1.0
 */
export const make = (venue: Venue, instruments: ReadonlyArray<Instrument>): Session => {
  const reader = Reader.make(venue.id, instruments)
  const known = new Map(instruments.map((instrument) => [instrument.symbol, instrument]))
  /** The short names that the venue uses on each connection. */
  const names = new Map<number, Map<number | string, string>>()
  /** The number of the last frame of each connection, where the venue numbers them. */
  const numbers = new Map<number, number>()
  const counts: Mutable<Counts> = {
    frames: 0,
    ticks: 0,
    duplicates: 0,
    gaps: 0,
    undecodable: 0,
    unrecognized: 0,
    inexact: 0
  }
  const gaps = Gaps.make(venue.id, counts)
  const books = BookLines.make(venue, known, gaps)
  const trades = TradeLines.make(venue, known, gaps)
  const pulses = Pulses.make()
  const distrust = Distrust.make()
  const vintages = Vintages.make()

  const interpret = (message: Message, connection: number, out: Outcome): void => {
    switch (message._tag) {
      case "Trade":
        if (pulses.note(message, connection) === "unwanted") return
        if (trades.take(message, out) === "duplicate") counts.duplicates++
        return
      case "BookSnapshot":
      case "BookDelta":
        if (pulses.note(message, connection) === "unwanted") return
        return books.take(message, connection, out)
      case "Reply":
        out.commands.push({ _tag: "Send", connection, frame: message.frame })
        return
      case "Acknowledged":
      case "Leaving":
      case "Listed":
      case "LoggedIn":
      case "Refused":
        out.commands.push({ _tag: "Note", connection, notice: message })
        return
      case "Named": {
        const named = names.get(connection) ?? new Map<number | string, string>()
        names.set(connection, named.set(message.name, message.topic))
        out.commands.push({ _tag: "Note", connection, notice: message })
        return
      }
      case "Numbered": {
        const before = numbers.get(connection) ?? message.number - 1
        numbers.set(connection, message.number)
        if (message.number === before + 1) return
        const detail = `frame ${message.number} came after ${before}`
        out.commands.push({ _tag: "Cut", connection, code: 1007, detail })
        return
      }
      case "Ended": {
        const { code, detail } = message
        out.commands.push({ _tag: "Cut", connection, code, detail })
        return
      }
      case "Checksum":
        return books.verify(message.symbol, message.value, reader.received, out)
      case "Unrecognized":
        counts.unrecognized++
        return
      case "Observation":
        if (pulses.note(message, connection) && vintages.note(message)) out.ticks.push(message)
        else counts.duplicates++
        return
      default: {
        const fate = pulses.note(message, connection)
        if (fate === "fresh") out.ticks.push(message)
        else if (fate === "repeated") counts.duplicates++
      }
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
    reader.topics = names.get(connection) ?? unnamed
    const decoded = venue.decode(data, reader)
    const inexact = reader.takeInexact()
    if (!succeeded(decoded, out)) {
      if (distrust.note(connection, at)) {
        const detail = "too many frames without a meaning"
        out.commands.push({ _tag: "Cut", connection, code: 1007, detail })
      }
      return
    }
    counts.inexact += inexact
    for (const message of decoded.success) {
      // Before it is interpreted: an update may have to wait for its snapshot.
      interpret(inexact === 0 ? message : flagged(message), connection, out)
    }
  }

  /** What an answer means; `undefined` where it is none. */
  const read = <A extends object>(
    { decode }: Call<A>,
    { at, body, status, subject }: Answered,
    out: Outcome
  ): A | undefined => {
    reader.received = at
    if (status !== 200) return undefined
    const decoded = decode(body, reader, subject)
    const inexact = reader.takeInexact()
    if (!succeeded(decoded, out)) return undefined
    counts.inexact += inexact
    return inexact === 0 ? decoded.success : inexactly(decoded.success)
  }

  const answer = (answered: Answered, out: Outcome): void => {
    const { at, call } = answered
    const symbol = reader.symbol(answered.subject)
    if (symbol === undefined) return
    if (call === "snapshot") {
      if (venue.calls.snapshot === undefined) return
      books.answered(symbol, read(venue.calls.snapshot, answered, out), out)
    } else if (call === "poll") {
      if (venue.calls.poll === undefined) return
      for (const tick of read(venue.calls.poll, answered, out) ?? []) interpret(tick, 0, out)
    } else if (call === "trades" || call === "aggregatedTrades") {
      const asked = venue.calls[call]
      if (asked === undefined) return
      const past = isAnswered(answered) ? read(asked, answered, out) : "unanswered"
      trades.answered(call, symbol, past, at, out)
    }
  }

  let lastAt: number | undefined
  const take = (event: Wire, out: Outcome): void => {
    const { at } = event
    const passed = at - (lastAt ?? at)
    lastAt = at
    if (passed < 0 || passed > quiet) trades.jump(passed)
    // What is answered is no longer waited for.
    if (event._tag !== "Answered") trades.pass(at, out)
    switch (event._tag) {
      case "Received":
        return receive(event, out)
      case "Answered":
        return answer(event, out)
      case "Opened":
        return books.open(event.connection, event.at, out)
      case "Closed":
        distrust.forget(event.connection)
        names.delete(event.connection)
        numbers.delete(event.connection)
        return books.close(event.connection, event.at, out)
      case "Sent":
        return
    }
  }

  const outcome = (follow: (out: Outcome) => void): Outcome => {
    const out: Outcome = { ticks: [], commands: [], events: [] }
    follow(out)
    counts.ticks += out.ticks.length
    return out
  }

  return {
    counts,
    book: books.book,
    heard: pulses.heard,
    recall: pulses.open,
    add: (more) => {
      reader.add(more)
      for (const instrument of more) known.set(instrument.symbol, instrument)
    },
    forget: (subscription) =>
      outcome((out) => {
        const { channel, symbol, variant } = subscription
        const at = reader.received
        pulses.close(subscription)
        if (channel === "book") books.forget(symbol)
        if (channel !== "trades") return
        trades.forget(variant === "aggregated" ? "aggregatedTrades" : "trades", symbol, at, out)
      }),
    end: () => outcome((out) => trades.end(reader.received, out)),
    step: (events) =>
      outcome((out) => {
        for (const event of events) take(event, out)
      })
  }
}

/** Whether the venue said something to what was asked: it was there, and we had not asked too much. */
const isAnswered = ({ status }: Answered): boolean =>
  status !== 0 && status !== 418 && status !== 429 && status < 500

/** A venue on which nothing happened for longer, in microseconds, is none: our clock was set. */
const quiet = 35_000_000

const unnamed: Reader.Reader["topics"] = new Map()

/** What an answer means in which a value had to be rounded: a tick or a list of them. */
const inexactly = <A extends object>(meaning: A): A =>
  Array.isArray(meaning)
    ? // A list of what is of one type stays one.
      (meaning.map((one: object) => ({ ...one, inexact: true })) as A & Array<object>)
    : { ...meaning, inexact: true }

/** What came of a text in which a value had to be rounded. */
const flagged = (message: Message): Message =>
  "received" in message ? { ...message, inexact: true } : message
