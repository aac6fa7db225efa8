/**
 * What an exchange plays: the frames of a wire-level tape, and the names they go by.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Instrument } from "tapewire/Instrument"
import * as TapeFile from "tapewire/TapeFile"
import type { Wire } from "tapewire/Wire"
import * as BinanceDesk from "./BinanceDesk.ts"
import * as BinanceUsdmDesk from "./BinanceUsdmDesk.ts"
import type { Desk, Listed } from "./Desk.ts"
import { ExchangeError, NotWire, UnknownVenue } from "./ExchangeError.ts"
import type { Book } from "./Market.ts"

/**
 * A recorded frame that clients may be sent.
 *
 * @since 0.1.0
 */
export interface Frame {
  /** Since the first frame, in seconds of the recording; cuts in it count for nothing. */
  readonly seconds: number
  /** When it was received, in microseconds since the Unix epoch. */
  readonly at: number
  readonly topic: string
  readonly symbol: string
  readonly text: string
}

/**
 * @since 0.1.0
 */
export interface Script {
  readonly desk: Desk
  /** In words: where the data comes from and when it was captured. */
  readonly provenance: string
  readonly frames: ReadonlyArray<Frame>
  readonly listed: ReadonlyArray<Listed>
  /** The recorded list of instruments, where there is one. */
  readonly instruments: string | undefined
  /** The recorded books of each symbol, by its recorded name. */
  readonly snapshots: ReadonlyMap<string, ReadonlyArray<Book>>
}

const desks: ReadonlyArray<Desk> = [BinanceDesk.desk, BinanceUsdmDesk.desk]

/** A longer stretch without a frame is a cut in the recording, in microseconds. */
const longestPause = 60e6

/**
 * Makes a script of what passed. Of several venues on a tape, the first that can be played is.
 *
 * @since 0.1.0
 */
export const fromWires = (
  header: TapeFile.Header,
  wires: Iterable<Wire>
): Result.Result<Script, NotWire | UnknownVenue> => {
  const venues = header.feeds.map(({ venue }) => venue)
  const desk = desks.find(({ venue }) => venues.includes(venue))
  if (desk === undefined) return Result.fail(new UnknownVenue({ venues }))
  const known = natives(header, desk)
  const frames: Array<Frame> = []
  const snapshots = new Map<string, Array<Book>>()
  let instruments: string | undefined
  let seconds = 0
  let last: number | undefined
  for (const wire of wires) {
    if (wire.venue !== desk.venue) continue
    if (wire._tag === "Answered" && wire.status === 200) {
      if (wire.call === "instruments") instruments = wire.body
      const book = wire.call === "snapshot" ? desk.snapshot(wire.body) : undefined
      if (book !== undefined) {
        snapshots.set(wire.subject, [...(snapshots.get(wire.subject) ?? []), book])
      }
    }
    if (wire._tag !== "Received" || typeof wire.data !== "string") continue
    const subject = desk.subject(wire.data)
    if (subject === undefined || !known.has(subject.symbol)) continue
    const pause = wire.at - (last ?? wire.at)
    if (pause > 0 && pause <= longestPause) seconds += pause / 1e6
    last = wire.at
    frames.push({ seconds, at: wire.at, ...subject, text: wire.data })
  }
  if (frames.length === 0) return Result.fail(new NotWire({ holds: "nothing" }))
  const { capturedAt = "a time unknown", source } = header.provenance
  const played = new Set(frames.map(({ symbol }) => symbol))
  return Result.succeed({
    desk,
    provenance: `RECORDED (${source}; captured ${capturedAt})`,
    frames,
    listed: Array.from(known.values())
      .filter(({ native }) => played.has(native))
      .map((instrument) => ({ instrument, recordedAs: instrument.native })),
    instruments,
    snapshots
  })
}

/** What the tape says its symbols meant, each once. */
const natives = ({ feeds }: TapeFile.Header, { venue }: Desk): ReadonlyMap<string, Instrument> =>
  new Map(
    feeds
      .filter((feed) => feed.venue === venue)
      .flatMap(({ instruments }) => instruments.map((one) => [one.native, one]))
  )

/**
 * Reads a tape. What is damaged or missing of it is left out and said in the log.
 *
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function* (path: string) {
  const tape = yield* TapeFile.open(path)
  const wires: Array<Wire> = []
  let hasTicks = false
  yield* Stream.runForEach(tape.blocks, (block) => {
    switch (block._tag) {
      case "Wire":
        for (const event of block.events) wires.push(event)
        return Effect.void
      case "Ticks":
        hasTicks = true
        return Effect.void
      case "Damaged":
        return Effect.logWarning(
          `${path}: ${block.length} bytes at offset ${block.offset} are damaged: ${block.detail}`
        )
      case "Cut":
        return Effect.logWarning(`${path}: the tape is cut off at offset ${block.offset}`)
      case "Ended":
        return Effect.void
    }
  })
  if (wires.length === 0) {
    const reason = new NotWire({ holds: hasTicks ? "ticks" : "nothing" })
    return yield* new ExchangeError({ path, reason })
  }
  const script = fromWires(tape.header, wires)
  return Result.isFailure(script)
    ? yield* new ExchangeError({ path, reason: script.failure })
    : script.success
}, Effect.scoped)

/**
 * The same recording under so many other names, `X01` and on, each standing in for one of its
 * symbols in turn. Prices and sizes stay what was recorded.
 *
 * @since 0.1.0
 */
export const standIns = (script: Script, count: number): Script => {
  const width = Math.max(2, String(count).length)
  return {
    ...script,
    provenance: `${script.provenance} under ${count} stand-in names`,
    listed: Array.from({ length: count }, (_, index) => {
      const base = `X${String(index + 1).padStart(width, "0")}`
      const { instrument, recordedAs } =
        script.listed[index % script.listed.length] ?? nothingListed()
      const native = script.desk.native(base, instrument.quote)
      const symbol = `${base}-${instrument.quote}`
      return { recordedAs, instrument: { ...instrument, base, native, symbol } }
    })
  }
}

/** A script has frames, each of a listed symbol. */
const nothingListed = (): never => {
  throw new Error("a script lists no symbol")
}
