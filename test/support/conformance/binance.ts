/** What was recorded of Binance's markets. */
import * as BinanceSpot from "@tapewire/venues/BinanceSpot"
import { binanceSpot } from "../recordings.ts"
import { subjectOf } from "../Conversation.ts"
import type { Conformance } from "./Conformance.ts"
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
