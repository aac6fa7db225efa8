/**
 * Recorded traffic as text, read into what passed between us and a venue.
 *
 * Pure; `recordings.ts` knows the files. The formats F1 to F4 are described beside the recordings.
 */
import * as Schema from "effect/Schema"
import type { Answered, Wire } from "tapewire/Wire"

/** A file's name, as an error shows it, and what it contains. */
export interface Text {
  readonly name: string
  readonly text: string
}

/** How to read a text capture (F1) of one venue. */
export interface Capture {
  readonly venue: string
  /** Which call a URL was; `undefined` makes its answer a malformed line. */
  readonly call: (url: string) => Pick<Answered, "call" | "subject"> | undefined
}

/** How to read a collector's file (F3), which tells neither where it connected nor what it asked. */
export interface Collector {
  readonly venue: string
  readonly socketUrl: string
  readonly snapshotUrl: (native: string) => string
}

const malformed = (name: string, index: number, why: string): Error =>
  new Error(`${name}:${index + 1}: ${why}`)

/**
 * Unix seconds, such as `1618677371.3386219`, in whole microseconds. What is below a microsecond is
 * cut off.
 */
const microsOfSeconds = (seconds: string): number => {
  const [whole = "", fraction = ""] = seconds.split(".")
  return Number(whole + fraction.slice(0, 6).padEnd(6, "0"))
}

const byTime = (wires: ReadonlyArray<Wire>): ReadonlyArray<Wire> =>
  wires.toSorted((left, right) => left.at - right.at)

const captureFrame = /^(\d{10}(?:\.\d+)?): /
const captureEvent = /^([a-z]+:\/\/\S+) (<->|<-|->) (\d{10}(?:\.\d+)?)(?:: (.*))?$/

/**
 * What the files of one capture (F1) tell, in the order of time; at one time, in the order of the
 * files and their lines. Connections are numbered over all files; a frame belongs to the one opened
 * last in its file.
 */
export const ofCapture = (
  files: ReadonlyArray<Text>,
  { call, venue }: Capture
): ReadonlyArray<Wire> => {
  const wires: Array<Wire> = []
  let connections = 0
  for (const { name, text } of files) {
    let connection: number | undefined
    for (const [index, line] of text.split("\n").entries()) {
      if (line === "" || line.startsWith("configuration: ")) continue
      const frame = captureFrame.exec(line)
      const event = frame === null ? captureEvent.exec(line) : null
      const [, url = "", arrow, seconds = "", body = ""] = event ?? []
      const at = microsOfSeconds(frame?.[1] ?? seconds)
      if (arrow === "<->") {
        connection = ++connections
        wires.push({ _tag: "Opened", venue, connection, at, url })
      } else if (arrow === "->") {
        const known = call(url)
        if (known === undefined)
          throw malformed(name, index, `the answer to an unknown call: ${url}`)
        wires.push({ _tag: "Answered", venue, at, ...known, url, status: 200, body })
      } else if (frame === null && arrow === undefined) {
        throw malformed(name, index, `not a line of a capture: ${line.slice(0, 60)}`)
      } else if (connection === undefined) {
        throw malformed(name, index, "a frame before any connection")
      } else if (frame === null) {
        wires.push({ _tag: "Sent", venue, connection, at, data: body })
      } else {
        wires.push({ _tag: "Received", venue, connection, at, data: line.slice(frame[0].length) })
      }
    }
  }
  return byTime(wires)
}

// Nanoseconds or, in 2023, microseconds: 16 digits are microseconds in both.
const collectorLine = /^(\d{16})(?:\d{3})? (\{.*\})$/
const collectorName = /^(.+)_\d{8}\./

/**
 * What a collector's file (F3) tells, in the order of time. It opens with its first line; the
 * symbol of its depth snapshot is the one in its name.
 */
export const ofCollector = (
  { name, text }: Text,
  { snapshotUrl, socketUrl, venue }: Collector
): ReadonlyArray<Wire> => {
  const native = collectorName.exec(name)?.[1]?.toUpperCase()
  if (native === undefined) throw new Error(`${name}: not a collector's name`)
  const wires: Array<Wire> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue
    const [, time, data] = collectorLine.exec(line) ?? []
    if (time === undefined || data === undefined) {
      throw malformed(name, index, `not a line of a collector: ${line.slice(0, 60)}`)
    }
    const at = Number(time)
    if (wires.length === 0) wires.push({ _tag: "Opened", venue, connection: 1, at, url: socketUrl })
    wires.push(
      data.startsWith(`{"lastUpdateId":`)
        ? {
            _tag: "Answered",
            venue,
            at,
            call: "snapshot",
            subject: native,
            url: snapshotUrl(native),
            status: 200,
            body: data
          }
        : { _tag: "Received", venue, connection: 1, at, data }
    )
  }
  return byTime(wires)
}

const optionalText = Schema.optional(Schema.String)

const decodeLine = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      t: Schema.String,
      conn: optionalText,
      url: optionalText,
      addr: optionalText,
      data: optionalText
    })
  )
)

/**
 * What a log (F2) tells, in the order of time. Its lines name their connections, which are numbered
 * as they open.
 */
export const ofLog = ({ name, text }: Text, { call, venue }: Capture): ReadonlyArray<Wire> => {
  const wires: Array<Wire> = []
  const connections = new Map<string, number>()
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue
    const { addr = "", conn = "", data = "", t, url = "" } = decodeLine(line)
    // As text, for a number would lose what is below a microsecond, and more.
    const at = microsOfSeconds(/"ts":(\d+(?:\.\d+)?)/.exec(line)?.[1] ?? "")
    if (t === "connect") {
      const connection = connections.size + 1
      connections.set(conn, connection)
      wires.push({ _tag: "Opened", venue, connection, at, url: addr })
      continue
    }
    if (t === "http") {
      const known = call(url)
      if (known === undefined) throw malformed(name, index, `the answer to an unknown call: ${url}`)
      wires.push({ _tag: "Answered", venue, at, ...known, url, status: 200, body: data })
      continue
    }
    if (t !== "send" && t !== "recv") continue
    const connection = connections.get(conn)
    if (connection === undefined) throw malformed(name, index, "a frame before any connection")
    wires.push({ _tag: t === "send" ? "Sent" : "Received", venue, connection, at, data })
  }
  return byTime(wires)
}

const newline = 10

/**
 * What a file of frames with their lengths (F4) tells. It opens with its first frame, at the time
 * in its first line; that of the others is told by how much later they came.
 */
export const ofPacked = (
  { bytes, name }: { readonly name: string; readonly bytes: Uint8Array },
  { socketUrl, venue }: Pick<Collector, "socketUrl" | "venue">
): ReadonlyArray<Wire> => {
  const text = Buffer.from(bytes)
  const [kind, , , start] = text.toString("utf8", 0, text.indexOf(newline)).split(" ")
  if (kind !== "CBCAP1" || start === undefined) throw malformed(name, 0, "not a file of frames")
  const wires: Array<Wire> = []
  let first: bigint | undefined
  let from = text.indexOf(newline) + 1
  while (from < text.length) {
    const end = text.indexOf(newline, from)
    const [nanos, length] = text.toString("utf8", from, end).split(" ")
    if (end < 0 || nanos === undefined || length === undefined) {
      throw malformed(name, wires.length, "not the length of a frame")
    }
    first ??= BigInt(nanos)
    const at = Number((BigInt(start) + BigInt(nanos) - first) / 1000n)
    if (wires.length === 0) wires.push({ _tag: "Opened", venue, connection: 1, at, url: socketUrl })
    const data = text.toString("utf8", end + 1, end + 1 + Number(length))
    wires.push({ _tag: "Received", venue, connection: 1, at, data })
    from = end + 2 + Number(length)
  }
  return wires
}
