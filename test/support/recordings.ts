/**
 * Recordings of real traffic, which are not part of the repository.
 *
 * They are looked for in `shared/recordings` beside it, or where `TAPEWIRE_RECORDINGS` says. Tests
 * that need them are skipped where they are missing: `describe.skipIf(!hasRecordings)`.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
// Vitest collects tests synchronously, so whether to skip them must be known synchronously.
import { existsSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { Wire } from "tapewire/Wire"
import {
  type Capture,
  type Collector,
  ofCapture,
  ofCollector,
  ofLog,
  ofPacked
} from "./Recording.ts"

/** Where the recordings are, if there are any. */
export const folder = Effect.runSync(
  Config.String("TAPEWIRE_RECORDINGS").pipe(
    Config.withDefault(join(import.meta.dirname, "../../../shared/recordings"))
  )
)

/** Whether there are any recordings on this machine. */
export const hasRecordings = existsSync(folder)

/** One continuous recording of one venue. `read` reads it anew, and throws where it is malformed. */
export interface Recording {
  readonly name: string
  readonly read: () => ReadonlyArray<Wire>
}

/**
 * Reads the files of one text capture (F1), named from the folder of the recordings, into one
 * sequence in the order of time. Answers that came before the connection come before its `Opened`.
 */
const readF1 = (files: ReadonlyArray<string>, capture: Capture): ReadonlyArray<Wire> =>
  ofCapture(
    files.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") })),
    capture
  )

/** Reads a collector's file (F3), named from the folder of the recordings, in the order of time. */
const readF3 = (file: string, collector: Collector): ReadonlyArray<Wire> =>
  ofCollector(
    { name: basename(file), text: gunzipSync(readFileSync(join(folder, file))).toString("utf8") },
    collector
  )

/** A text capture (F1) as a recording; its files are named from the folder of the recordings. */
export const captured = (
  name: string,
  files: ReadonlyArray<string>,
  capture: Capture
): Recording => ({ name, read: () => readF1(files, capture) })

/** A collector's file (F3) as a recording, named from the folder of the recordings. */
export const collected = (name: string, file: string, collector: Collector): Recording => ({
  name,
  read: () => readF3(file, collector)
})

/** A log (F2) as a recording, named from the folder of the recordings. */
export const logged = (name: string, file: string, capture: Capture): Recording => ({
  name,
  read: () => {
    const text = gunzipSync(readFileSync(join(folder, file))).toString("utf8")
    return ofLog({ name: basename(file), text }, capture)
  }
})

/** A file of frames with their lengths (F4) as a recording, named from the folder of the recordings. */
export const packed = (
  name: string,
  file: string,
  socket: Pick<Collector, "socketUrl" | "venue">
): Recording => ({
  name,
  read: () => ofPacked({ name: basename(file), bytes: readFileSync(join(folder, file)) }, socket)
})

/** How Binance's captures are read, whichever of its markets they are of. */
export const binanceCapture = (venue: string): Capture => ({
  venue,
  call: (url) => {
    const { pathname, searchParams } = new URL(url)
    if (pathname.endsWith("/exchangeInfo")) return { call: "instruments", subject: "" }
    const symbol = searchParams.get("symbol")
    if (pathname.endsWith("/depth") && symbol !== null) return { call: "snapshot", subject: symbol }
    return undefined
  }
})

const spotCapture = binanceCapture("binance")

const spotCollector: Collector = {
  venue: "binance",
  socketUrl: "wss://stream.binance.com:9443/stream",
  snapshotUrl: (native) => `https://api.binance.com/api/v3/depth?symbol=${native}&limit=1000`
}

const spotCaptured = (name: string, files: ReadonlyArray<string>): Recording =>
  captured(
    name,
    files.map((file) => `binance-spot/capture/${file}`),
    spotCapture
  )

const spotCollected = (name: string, file: string): Recording =>
  collected(name, `binance-spot/collector/${file}`, spotCollector)

/** What there is of Binance's spot market. */
export const binanceSpot: ReadonlyArray<Recording> = [
  spotCaptured("2021-04-04", ["2021-04-04_BINANCE-ee25be.0"]),
  spotCaptured("2021-04-17", [
    "2021-04-17_BINANCE.0",
    "2021-04-17_BINANCE.http.0.0",
    "2021-04-17_BINANCE.ws.1.0"
  ]),
  // The snapshots are of the same minute, whatever the date in their name.
  spotCaptured("2021-10-11", ["2022-01-04_BINANCE.http.0.0", "2021-10-11_BINANCE.ws.1.0"]),
  spotCollected("btcusdt_20230405", "btcusdt_20230405.dat.gz"),
  spotCollected("btcusdt_20240808", "btcusdt_20240808.gz"),
  spotCollected("btcusdt_20240809", "btcusdt_20240809.gz")
]

/** A single message that others took from the wire, and where it stands. */
export interface Message {
  readonly name: string
  readonly text: string
}

const linesOf = (file: string): ReadonlyArray<string> =>
  readFileSync(join(folder, "messages", file), "utf8")
    .trimEnd()
    .split("\n")

const decodeRaw = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({ market: Schema.String, line: Schema.Int, raw: Schema.String })
  )
)

const decodeParsed = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ i: Schema.Int, message: Schema.Json }))
)

/** Reads the single messages (F7) of a venue that were parsed before they were written down. */
export const parsedMessages = (venue: string): ReadonlyArray<string> =>
  linesOf(`by-channel/${venue}.extracted.jsonl`).map((line) =>
    JSON.stringify(decodeParsed(line).message)
  )

/** Reads the single messages (F7) that others say are of Binance's spot market. */
export const readBinanceSpotMessages = (): ReadonlyArray<Message> => [
  ...linesOf("raw/binance.extracted.jsonl")
    .map((line) => decodeRaw(line))
    .filter(({ market }) => market === "Spot")
    .map(({ line, raw }) => ({ name: `raw ${line}`, text: raw })),
  ...linesOf("by-channel/binance.extracted.jsonl")
    .map((line) => decodeParsed(line))
    .map(({ i, message }) => ({ name: `by-channel ${i}`, text: JSON.stringify(message) }))
]
