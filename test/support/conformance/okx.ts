/** What was recorded of OKX in 2021 and 2022. */
import * as Okx from "@tapewire/venues/Okx"
import type { Instrument } from "tapewire/Instrument"
import type { Wire } from "tapewire/Wire"
import { captured, type Recording } from "../recordings.ts"
import type { Conformance } from "./Conformance.ts"
import * as Said from "./Said.ts"

const { venue } = Okx

/** Then `trades` told of every match, as `trades-all` does now. */
const renamed = (wire: Wire): Wire =>
  wire._tag === "Received"
    ? {
        ...wire,
        data: String(wire.data).replace(`{"channel":"trades",`, `{"channel":"trades-all",`)
      }
    : wire

const recording = (name: string, file: string): Recording => {
  const { read } = captured(name, [`okx/${file}`], { venue: venue.id, call: () => undefined })
  return { name, read: () => read().map(renamed) }
}

const recordings = [
  recording("2021-07-22 1", "capture-2021/2021-07-22_OKEX.ws.1.0"),
  recording("2021-07-22 2", "capture-2021/2021-07-22_OKEX.ws.2.0"),
  recording("2021-07-22 3", "capture-2021/2021-07-22_OKEX.ws.3.0"),
  recording("2022-05-13", "capture/2022-05-13_OKX.ws.1.0")
]

const nativeOf = (frame: string): string => /"instId":"([^"]+)"/.exec(frame)?.[1] ?? ""

const kindOf = (native: string): Instrument["kind"] | undefined => {
  if (/^\w+-\w+$/.test(native)) return "spot"
  if (native.endsWith("-SWAP")) return "perpetual"
  return /-\d{6}$/.test(native) ? "future" : undefined
}

/** All but options. Without the size of a contract, sizes are as the wire has them. */
const instruments = (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
  const natives = wires.map((wire) => (wire._tag === "Received" ? nativeOf(String(wire.data)) : ""))
  return Array.from(new Set(natives)).flatMap((native) => {
    const kind = kindOf(native)
    const symbol = native.replace(/-SWAP$/, "-PERP")
    const [base = "", quote = ""] = native.split("-")
    return kind === undefined
      ? []
      : [{ venue: venue.id, symbol, native, kind, base, quote, status: "unknown" as const }]
  })
}

const field = (text: string, name: string): string | undefined =>
  new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1]

const fields = (text: string, names: string): ReadonlyArray<string | undefined> =>
  names.split(" ").map((name) => field(text, name))

/** Price and size of each level, without the kinds and numbers of its orders. */
const levelsOf = (frame: string, name: string): string => {
  const [, list = ""] = new RegExp(`"${name}":\\[(.*?)\\],"[a-z]`).exec(frame) ?? []
  return Said.levels(list.replaceAll(/,"\d+","\d+"\]/g, "]"))
}

/** The last digits of volumes are more than a number keeps. */
const rounded = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Said.text(Number(text))

const said = (frame: string): ReadonlyArray<string> => {
  const native = nativeOf(frame)
  const kind = kindOf(native)
  if (kind === undefined || frame.includes(`"event":`)) return []
  const at = `${field(frame, "ts")}000`
  switch (field(frame, "channel")) {
    case "trades-all":
      return [Said.line("Trade", native, at, ...fields(frame, "tradeId px sz side"))]
    case "tickers": {
      const prices = fields(frame, "last open24h high24h low24h")
      const volumes = fields(frame, kind === "spot" ? "vol24h volCcy24h" : "volCcy24h -")
      const best = fields(frame, "bidPx bidSz askPx askSz")
      const none = undefined
      const values = [...prices, ...volumes.map(rounded), none, ...best, none]
      return [Said.line("Ticker", native, at, ...values)]
    }
    default: {
      const isWhole = field(frame, "action") === "snapshot"
      const sides = ["|", levelsOf(frame, "bids"), "|", levelsOf(frame, "asks")]
      // Updates had no numbers yet.
      return isWhole
        ? [Said.line("BookSnapshot", native, at, "-", ...sides)]
        : [Said.line("BookDelta", native, at, "-", "-", ...sides)]
    }
  }
}

const option = "an option"

export const okx: Conformance = {
  venue,
  recordings,
  instruments,
  said,
  unrecognized: { "BTC-USD-210924-66000-C": option, "BTC-USD-210924-42000-P": option },
  calculated: "volumes of 24 hours that have more digits than a number are rounded"
}
