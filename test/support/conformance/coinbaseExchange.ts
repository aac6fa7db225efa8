/** What was recorded of Coinbase Exchange. */
import { venue } from "@tapewire/venues/CoinbaseExchange"
import { captured } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

const capture = captured(
  "2021-04-17",
  ["2021-04-17_COINBASE.0", "2021-04-17_COINBASE.ws.28.0.prefix"].map(
    (file) => `coinbase/exchange/${file}`
  ),
  { venue: venue.id, call: () => ({ call: "instruments", subject: "" }) }
)

const field = (text: string, name: string): string =>
  new RegExp(`"${name}":"?([^",}]*)`).exec(text)?.[1] ?? "-"

const fields = (text: string, names: string): ReadonlyArray<string> =>
  names.split(" ").map((name) => field(text, name))

/** The platform reads milliseconds; the other digits are added. */
const micros = (frame: string): string => {
  const [, millis = "", others = ""] = /^(.{23})(\d{3})Z$/.exec(field(frame, "time")) ?? []
  return `${Date.parse(`${millis}Z`)}${others}`
}

/** The changes of one side of a book, in their order. */
const changes = (frame: string, side: string): string =>
  Array.from(frame.matchAll(new RegExp(`\\["${side}",("[^"]*","[^"]*")\\]`, "g")), ([, level]) =>
    Said.levels(level ?? "")
  ).join(" ")

const whole = (frame: string, name: string): string =>
  Said.levels(new RegExp(`"${name}":\\[(.*?)\\](?:,"|\\})`).exec(frame)?.[1] ?? "")

const said = (frame: string): ReadonlyArray<string> => {
  const native = field(frame, "product_id")
  switch (field(frame, "type")) {
    case "match":
    case "last_match": {
      const [id, price, size] = fields(frame, "trade_id price size")
      const taker = frame.includes(`"side":"sell"`) ? "buy" : "sell"
      return [Said.line("Trade", native, micros(frame), id, price, size, taker)]
    }
    case "ticker": {
      const [last, open, high, low] = fields(frame, "price open_24h high_24h low_24h")
      const [bid, ask, volume] = fields(frame, "best_bid best_ask volume_24h")
      const best = [bid, undefined, ask, undefined]
      const at = micros(frame)
      const day = [last, open, high, low, volume, undefined, undefined]
      return [
        Said.line("Quote", native, at, undefined, ...best),
        Said.line("Ticker", native, at, ...day, ...best, undefined)
      ]
    }
    case "snapshot": {
      const sides = ["|", whole(frame, "bids"), "|", whole(frame, "asks")]
      return [Said.line("BookSnapshot", native, undefined, undefined, ...sides)]
    }
    case "l2update": {
      const sides = ["|", changes(frame, "buy"), "|", changes(frame, "sell")]
      return [Said.line("BookDelta", native, micros(frame), undefined, undefined, ...sides)]
    }
    default:
      return []
  }
}

export const coinbaseExchange: Conformance = {
  venue,
  recordings: [capture],
  instruments: (wires) => listed(venue, wires),
  said
}
