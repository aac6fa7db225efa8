/**
 * What was recorded of Alpaca by HTTP, as its streams send it: they wrap the same objects in a list
 * and give each its type and symbol. No frames of the streams themselves were recorded.
 */
import * as Alpaca from "@tapewire/venues/Alpaca"
import * as AlpacaCrypto from "@tapewire/venues/AlpacaCrypto"
import * as AlpacaSip from "@tapewire/venues/AlpacaSip"
import * as AlpacaTest from "@tapewire/venues/AlpacaTest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Instrument } from "tapewire/Instrument"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { folder, type Recording } from "../recordings.ts"
import type { Conformance } from "./Conformance.ts"
import * as Said from "./Said.ts"

/** The objects that begin with a time, as their text is. */
const objects = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/\{"t":"[^}]*\}/g), ([object]) => object)

const second = (object: string): number =>
  Date.parse(`${/"t":"([^."Z]+)/.exec(object)?.[1]}Z`) / 1000

/** Frames of up to five objects, read a second after the last of them. */
const framed = (
  venue: Venue,
  type: string,
  native: string,
  found: ReadonlyArray<string>
): ReadonlyArray<Wire> => {
  const wires: Array<Wire> = []
  for (let from = 0; from < found.length; from += 5) {
    const some = found.slice(from, from + 5)
    const named = some.map((object) => `{"T":"${type}","S":"${native}",${object.slice(1)}`)
    wires.push({
      _tag: "Received",
      venue: venue.id,
      connection: 1,
      at: (Math.max(...some.map(second)) + 1) * 1e6,
      data: `[${named.join(",")}]`
    })
  }
  return wires
}

const root = join(folder, "alpaca")

/** The text of the recorded answers whose name begins so, oldest first. */
const answers = (beginning: string): string =>
  (existsSync(root) ? readdirSync(join(root, "rest")) : [])
    .filter((name) => name.startsWith(beginning))
    .map((name) => readFileSync(join(root, "rest", name), "utf8"))
    .toSorted()
    .join("\n")

/** The bodies that others took from the wire, in which this is listed for a symbol. */
const taken = (list: string, native: string): string => {
  const text = readFileSync(join(root, "messages/rest_bodies.extracted.jsonl"), "utf8")
  const [, found = ""] =
    new RegExp(`"${list}":\\{"${native}":\\[(.*?\\})\\]`).exec(text.replaceAll(`\\"`, `"`)) ?? []
  return found
}

const recording = (
  venue: Venue,
  type: string,
  native: string,
  read: () => ReadonlyArray<string>
): Recording => ({
  name: `${type} of ${native}`,
  read: () => framed(venue, type, native, read())
})

const instruments =
  (venue: Venue, kind: Instrument["kind"]) =>
  (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
    const names = wires.map((wire) =>
      wire._tag === "Received" ? /"S":"([^"]+)"/.exec(String(wire.data))?.[1] : undefined
    )
    return Array.from(new Set(names)).flatMap((native) => {
      if (native === undefined) return []
      const [base = "", quote = "USD"] = native.split("/")
      const symbol = `${base}-${quote}`
      return [{ venue: venue.id, symbol, native, kind, base, quote, status: "unknown" as const }]
    })
  }

const field = (text: string, name: string): string | undefined =>
  new RegExp(`"${name}":"?([^",}]+)`).exec(text)?.[1]

/** Microseconds of a time as text, digit for digit. */
const micros = (time = ""): string => {
  const [whole = "", fraction = ""] = time.replace("Z", "").split(".")
  return `${Date.parse(`${whole}Z`) / 1000}${fraction.padEnd(6, "0").slice(0, 6)}`
}

/** Of a quote, price and size, where anybody is there. */
const best = (text: string, side: "a" | "b"): ReadonlyArray<string | undefined> =>
  field(text, `${side}p`) === "0"
    ? [undefined, undefined]
    : [field(text, `${side}p`), field(text, `${side}s`)]

const sides: Readonly<Record<string, string>> = { B: "buy", S: "sell" }

const saidOf = (text: string): string => {
  const native = field(text, "S") ?? ""
  const at = micros(field(text, "t"))
  switch (field(text, "T")) {
    case "t": {
      const id = `${field(text, "x") ?? ""}${field(text, "i")}`
      const side = sides[field(text, "tks") ?? ""]
      return Said.line("Trade", native, at, id, field(text, "p"), field(text, "s"), side)
    }
    case "q":
      return Said.line("Quote", native, at, undefined, ...best(text, "b"), ...best(text, "a"))
    default: {
      const prices = ["o", "h", "l", "c", "v"].map((name) => field(text, name))
      const end = `${Number(at.slice(0, -6)) + 60}000000`
      const none = [undefined, undefined]
      const values = [...prices, ...none, field(text, "n"), "true"]
      return Said.line("Bar", native, undefined, "1m", at, end, ...values)
    }
  }
}

const said = (frame: string): ReadonlyArray<string> =>
  Array.from(frame.matchAll(/\{"T":"[^}]*\}/g), ([object]) => saidOf(object))

const minutes = () => objects(answers("v2_stocks_BYND_bars_"))
const spot = () => objects(answers("v2_stocks_SPOT_trades_start"))

const conformance = (
  venue: Venue,
  kind: Instrument["kind"],
  recordings: ReadonlyArray<Recording>
): Conformance => ({ venue, recordings, instruments: instruments(venue, kind), said })

/** Trades and quotes of IEX, which is `V`, and bars. */
export const alpaca: Conformance = conformance(Alpaca.venue, "equity", [
  recording(Alpaca.venue, "t", "SPOT", () => spot().filter((text) => text.includes(`"x":"V"`))),
  recording(Alpaca.venue, "q", "SPOT", () => objects(answers("v2_stocks_SPOT_quotes_latest__"))),
  recording(Alpaca.venue, "b", "BYND", minutes)
])

export const alpacaSip: Conformance = conformance(AlpacaSip.venue, "equity", [
  recording(AlpacaSip.venue, "t", "SPOT", spot),
  recording(AlpacaSip.venue, "q", "IBM", () => objects(taken("quotes", "IBM"))),
  recording(AlpacaSip.venue, "b", "BYND", minutes)
])

/** The same where the time stands elsewhere in an object, and the newest may be first. */
const timed = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/\{([^}]*)\}/g), ([, fields = ""]) => {
    const all = fields.split(",")
    const time = all.filter((one) => one.startsWith(`"t":`))
    return `{${[...time, ...all.filter((one) => !time.includes(one))].join(",")}}`
  }).toSorted((one, other) => Number(micros(field(one, "t"))) - Number(micros(field(other, "t"))))

export const alpacaCrypto: Conformance = conformance(AlpacaCrypto.venue, "spot", [
  recording(AlpacaCrypto.venue, "t", "BTC/USD", () => timed(taken("trades", "BTC/USD"))),
  recording(AlpacaCrypto.venue, "q", "ETH/USD", () => timed(taken("quotes", "ETH/USD"))),
  recording(AlpacaCrypto.venue, "b", "BCH/USD", () => timed(taken("bars", "BCH/USD")))
])

/** What https://docs.alpaca.markets/docs/streaming-market-data shows of the stream of 2024-07-24. */
const shown = [
  `{"T":"q","S":"FAKEPACA","bx":"O","bp":133.85,"bs":4,"ax":"R","ap":135.77,"as":5,"c":["R"],"z":"A","t":"2024-07-24T07:56:53.639713735Z"}`,
  `{"T":"q","S":"FAKEPACA","bx":"O","bp":133.85,"bs":4,"ax":"R","ap":135.77,"as":5,"c":["R"],"z":"A","t":"2024-07-24T07:56:58.641207127Z"}`,
  `{"T":"b","S":"FAKEPACA","o":132.65,"h":136,"l":132.12,"c":134.65,"v":205,"t":"2024-07-24T07:56:00Z","n":16,"vw":133.7}`
]

export const alpacaTest: Conformance = conformance(AlpacaTest.venue, "equity", [
  {
    name: "2024-07-24",
    read: () =>
      shown.map((one) => ({
        _tag: "Received",
        venue: AlpacaTest.venue.id,
        connection: 1,
        at: (second(one.slice(one.lastIndexOf(`"t":`))) + 1) * 1e6,
        data: `[${one}]`
      }))
  }
])
