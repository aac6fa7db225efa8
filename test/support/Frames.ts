/**
 * What a venue sent, as texts: a few of every shape, whatever form they were recorded in.
 *
 * The forms F1 to F4 are described beside the recordings. This reads only what was sent, not when
 * and on which connection, and so needs to know nothing of the venue.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { gunzipSync } from "node:zlib"
import { folder } from "./recordings.ts"

/** What came on connections, and as answers to HTTP requests. */
export interface Frames {
  readonly frames: ReadonlyArray<string | Uint8Array>
  readonly answers: ReadonlyArray<string>
}

/** The folders whose name is not the venue's id. */
const folders: Readonly<Record<string, string>> = {
  binance: "binance-spot",
  coinbase: "coinbase/exchange",
  "coinbase-advanced": "coinbase/advanced"
}

const perShape = 25
const largest = 64 * 1024

const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** The first elements of every list, so that the list of all instruments is as good as any. */
const shortened = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.slice(0, 20).map(shortened)
  if (!isRecord(json)) return json
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value], index) =>
      index < 200 ? [[key, shortened(value)]] : []
    )
  )
}

/** Frames with the same names in the same order have the same shape, whatever their numbers. */
const shapeOf = (frame: string | Uint8Array): string =>
  typeof frame === "string"
    ? frame
        .slice(0, 2000)
        .replaceAll(/[\d.,[\]"]+/g, "")
        .slice(0, 60)
    : ""

/** Collects a few of each shape. */
const collector = <A extends string | Uint8Array>() => {
  const shapes = new Map<string, number>()
  const found: Array<A> = []
  return {
    found,
    add: (one: A) => {
      const shape = shapeOf(one)
      const seen = shapes.get(shape) ?? 0
      if (seen >= perShape || found.length >= 3000) return
      shapes.set(shape, seen + 1)
      found.push(one)
    }
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Everything a venue is known to have sent; nothing where nothing was recorded. */
export const recorded = (venue: string): Frames => {
  const root = join(folder, folders[venue] ?? venue)
  const frames = collector<string | Uint8Array>()
  const answers = collector<string>()

  /** The whole text, or what is left of one that is too long to be damaged again and again. */
  const short = (text: string): string | undefined => {
    if (text.length <= largest) return text
    const json = parse(text)
    return json === undefined ? undefined : JSON.stringify(shortened(json))
  }
  const answer = (body: string) => {
    const text = short(body)
    if (text !== undefined) answers.add(text)
  }
  const say = (frame: string) => {
    const text = short(frame)
    if (text !== undefined) frames.add(text)
  }

  const line = (text: string): void => {
    const [, frame] = /^\d{10}(?:\.\d+)?: (.*)$/.exec(text) ?? /^\d{16,19} (.*)$/.exec(text) ?? []
    if (frame !== undefined) {
      // The depth snapshot in a collector's file.
      return frame.startsWith(`{"lastUpdateId":`) ? answer(frame) : say(frame)
    }
    const [, body] = /^https?:\/\/\S+ -> \d{10}(?:\.\d+)?: (.*)$/.exec(text) ?? []
    if (body !== undefined) return answer(body)
    if (!text.startsWith(`{"t":`)) return
    const json = parse(text)
    if (!isRecord(json)) return
    const { b64, data, t } = json
    if (t === "http" && typeof data === "string") answer(data)
    else if (t === "recv" && typeof data === "string") say(data)
    else if (t === "recv" && typeof b64 === "string") frames.add(Buffer.from(b64, "base64"))
  }

  const packed = (bytes: Uint8Array): void => {
    const text = Buffer.from(bytes)
    let at = text.indexOf(10) + 1
    while (at > 0 && at < text.length) {
      const end = text.indexOf(10, at)
      const [, length] = text.toString("latin1", at, end).split(" ")
      if (end < 0 || length === undefined) return
      frames.add(text.toString("utf8", end + 1, end + 1 + Number(length)))
      at = end + 2 + Number(length)
    }
  }

  for (const name of existsSync(root)
    ? readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted()
    : []) {
    const path = join(root, name)
    if (/(?:\.0|\.prefix|\.gz|\.jsonl)$/.test(name)) {
      const bytes = readFileSync(path)
      const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
      for (const one of text.split("\n")) line(one)
    } else if (name.endsWith(".cbcap")) packed(readFileSync(path))
    else if (name.endsWith(".json")) {
      const text = readFileSync(path, "utf8")
      answer(text)
      if (basename(name).startsWith("ws_")) frames.add(text)
    }
  }
  return { frames: frames.found, answers: answers.found }
}
