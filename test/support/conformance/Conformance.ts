/**
 * What is known of a venue's recordings, so that `conformance.test.ts` can hold its decoder to them.
 *
 * A venue is added with one file here that exports a `Conformance`, and one line in
 * `conformance.test.ts`.
 */
import * as Result from "effect/Result"
import type { Instrument } from "tapewire/Instrument"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import type { Tick } from "tapewire/Tick"
import type { Message, Venue } from "tapewire/Venue"
import type { Received, Wire } from "tapewire/Wire"
import type { Recording } from "../recordings.ts"

export interface Conformance {
  readonly venue: Venue
  readonly recordings: ReadonlyArray<Recording>
  /** What a recording is about, as the venue's list, or a table where none was recorded, tells. */
  readonly instruments: (wires: ReadonlyArray<Wire>) => ReadonlyArray<Instrument>
  /**
   * What a frame says, as `Said.line` writes it: a line for each tick, in their order. It is found
   * in the text by regular expressions and the like, and shares nothing with the decoder.
   */
  readonly said: (frame: string) => ReadonlyArray<string>
  /** The kinds of frames that mean nothing to us, and why. */
  readonly unrecognized?: Readonly<Record<string, string>>
  /** Recordings in which something is missing, by name: how many gaps there are, and why. */
  readonly gaps?: Readonly<Record<string, readonly [count: number, why: string]>>
  /** Kinds of ticks whose time may go back, and why. */
  readonly unordered?: { readonly [K in Tick["_tag"]]?: string }
  /** Whether values are calculated from those on the wire, and so are not found there. */
  readonly calculated?: string
}

/** A recording and all that came of it. */
export interface Played {
  readonly wires: ReadonlyArray<Wire>
  readonly frames: ReadonlyArray<string>
  readonly instruments: ReadonlyArray<Instrument>
  /** What each frame means by itself, or what is wrong with it. */
  readonly meanings: ReadonlyArray<ReadonlyArray<Message> | string>
  readonly session: Session.Session
  /** What a conversation makes of all of it. */
  readonly ticks: ReadonlyArray<Tick>
}

const tags: ReadonlySet<string> = new Set<Tick["_tag"]>([
  "Trade",
  "Quote",
  "BookSnapshot",
  "BookDelta",
  "Bar",
  "Ticker",
  "Funding",
  "MarkPrice",
  "OpenInterest",
  "Liquidation",
  "Observation"
])

export const isTick = (message: Message): message is Tick => tags.has(message._tag)

/** The ticks of a recording's frames, before a session puts them right. */
export const ticksOf = ({ meanings }: Played): ReadonlyArray<Tick> =>
  meanings.flatMap((meaning) => (typeof meaning === "string" ? [] : meaning.filter(isTick)))

const received = (wires: ReadonlyArray<Wire>): ReadonlyArray<Received> =>
  wires.flatMap((wire) => (wire._tag === "Received" ? [wire] : []))

/** What each frame means by itself, with the short names that were given on its connection. */
const meaningsOf = (
  venue: Venue,
  wires: ReadonlyArray<Wire>,
  instruments: ReadonlyArray<Instrument>
): Played["meanings"] => {
  const reader = Reader.make(venue.id, instruments)
  const names = new Map<number, Map<number | string, string>>()
  return received(wires).map((wire) => {
    const topics = names.get(wire.connection) ?? new Map<number | string, string>()
    names.set(wire.connection, topics)
    reader.received = wire.at
    reader.topics = topics
    const decoded = venue.decode(wire.data, reader)
    if (Result.isFailure(decoded)) return decoded.failure.message
    for (const message of decoded.success) {
      if (message._tag === "Named") topics.set(message.name, message.topic)
    }
    return decoded.success
  })
}

const played = new Map<Recording, Played>()

/** Reads and plays a recording, once. */
export const play = ({ instruments: find, venue }: Conformance, recording: Recording): Played => {
  const known = played.get(recording)
  if (known !== undefined) return known
  const wires = recording.read()
  const instruments = find(wires)
  const session = Session.make(venue, instruments)
  const { ticks } = session.step(wires)
  const made: Played = {
    wires,
    frames: received(wires).map(({ data }) => String(data)),
    instruments,
    meanings: meaningsOf(venue, wires, instruments),
    session,
    ticks
  }
  played.set(recording, made)
  return made
}

/** Forgets what was played, which is much. */
export const forget = (): void => played.clear()

/** What a venue's recorded lists of instruments say; none where none was recorded. */
export const listed = (venue: Venue, wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> =>
  wires.flatMap((wire) =>
    wire._tag === "Answered" && wire.call === "instruments" && venue.calls.instruments !== undefined
      ? Result.getOrThrow(
          venue.calls.instruments.decode(wire.body, Reader.make(venue.id, []), wire.subject)
        )
      : []
  )
