/** What was recorded of Binance's markets. */
import * as BinanceSpot from "@tapewire/venues/BinanceSpot"
import * as BinanceUs from "@tapewire/venues/BinanceUs"
import type { Instrument } from "tapewire/Instrument"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { subjectOf } from "../Conversation.ts"
import { binanceCapture, binanceSpot, captured } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

/** The value of a field of the innermost object that has one. */
const field = (text: string, name: string): string =>
  new RegExp(`"${name}":"?([^",}\\]]*)`).exec(text)?.[1] ?? "-"

const fields = (text: string, names: string): ReadonlyArray<string> =>
  names.split(" ").map((name) => field(text, name))

const millis = (text: string, name: string): string => `${field(text, name)}000`

const takerSide = (frame: string): string => (field(frame, "m") === "true" ? "sell" : "buy")

const levelsOf = (frame: string, name: string): string =>
  Said.levels(new RegExp(`"${name}":\\[(.*?)\\](?:,"|\\})`).exec(frame)?.[1] ?? "")

const kline = (frame: string): string => {
  const k = frame.slice(frame.indexOf(`"k":`))
  const closeAt = `${Number(field(k, "T")) + 1}000`
  const values = [field(k, "i"), millis(k, "t"), closeAt, ...fields(k, "o h l c v q V n x")]
  return Said.line("Bar", field(frame, "s"), millis(frame, "E"), ...values)
}

/** What a frame of the spot markets says. */
const said = (frame: string): ReadonlyArray<string> => {
  const native = field(frame, "s")
  switch (field(frame, "e")) {
    case "trade": {
      const [id, price, size] = fields(frame, "t p q")
      return [Said.line("Trade", native, millis(frame, "T"), id, price, size, takerSide(frame))]
    }
    case "aggTrade": {
      const [id, price, size, ...range] = fields(frame, "a p q f l")
      const values = [id, price, size, takerSide(frame), ...range]
      return [Said.line("Trade", native, millis(frame, "T"), ...values)]
    }
    case "kline":
      return [kline(frame)]
    case "depthUpdate": {
      const [bids, asks] = [levelsOf(frame, "b"), levelsOf(frame, "a")]
      const values = [...fields(frame, "U u"), "|", bids, "|", asks]
      return [Said.line("BookDelta", native, millis(frame, "E"), ...values)]
    }
    case "-":
      return [Said.line("Quote", native, undefined, ...fields(frame, "u b B a A"))]
    default:
      return []
  }
}

export const binance: Conformance = {
  venue: BinanceSpot.venue,
  recordings: binanceSpot,
  instruments: (wires) => subjectOf(wires).instruments,
  said
}

/** The instruments of the streams whose frames occur, as the list that was recorded has them. */
const listedOf =
  (venue: Venue) =>
  (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
    const natives = new Set(
      wires.flatMap((wire) => (wire._tag === "Received" ? [field(String(wire.data), "s")] : []))
    )
    return listed(venue, wires).filter(({ native }) => natives.has(native))
  }

const us = (name: string, ...files: ReadonlyArray<string>) =>
  captured(
    name,
    files.map((file) => `binance-us/capture/${name}_BINANCE_US.${file}`),
    binanceCapture(BinanceUs.venue.id)
  )

export const binanceUs: Conformance = {
  venue: BinanceUs.venue,
  recordings: [
    us("2021-04-17", "0", "http.2.0", "ws.3.0"),
    us("2021-10-11", "0", "http.0.0", "ws.1.0")
  ],
  instruments: listedOf(BinanceUs.venue),
  said
}
