/** What was recorded of Kraken's second protocol. */
import { venue } from "@tapewire/venues/Kraken"
import type { Instrument } from "tapewire/Instrument"
import { captured, packed } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

const recording = (name: string) =>
  packed(name, `kraken/v2/${name}.cbcap`, {
    venue: venue.id,
    socketUrl: "wss://ws.kraken.com/v2"
  })

/** The list of pairs. */
export const list = captured("pairs", ["kraken/v1/2021-04-17_KRAKEN.0"], {
  venue: venue.id,
  call: () => ({ call: "instruments", subject: "" })
})

let pairs: ReadonlyArray<Instrument> | undefined

/** All pairs, as the venue listed them on 2021-04-17. */
const instruments = () => (pairs ??= listed(venue, list.read()))

/** The platform reads milliseconds; the other digits are added. */
const micros = (timestamp: string): string => {
  const [, millis = "", others = ""] = /^(.{23})(\d{3})Z$/.exec(timestamp) ?? []
  return `${Date.parse(`${millis}Z`)}${others}`
}

const side = (text: string, name: string): string =>
  Said.levels(new RegExp(`"${name}":\\[(.*?)\\]`).exec(text)?.[1] ?? "")

/** What a frame says: nothing but books were recorded. */
const said = (frame: string): ReadonlyArray<string> => {
  if (!frame.startsWith(`{"channel":"book"`)) return []
  const isWhole = frame.includes(`"type":"snapshot"`)
  return frame
    .split(`{"symbol":"`)
    .slice(1)
    .map((text) => {
      const [native = ""] = text.split(`"`)
      const at = micros(/"timestamp":"(.*?)"/.exec(text)?.[1] ?? "")
      const numbers = isWhole ? [undefined] : [undefined, undefined]
      const sides = ["|", side(text, "bids"), "|", side(text, "asks")]
      return Said.line(isWhole ? "BookSnapshot" : "BookDelta", native, at, ...numbers, ...sides)
    })
}

/** Followed with 25 levels of each side. */
export const kraken: Conformance = {
  venue: { ...venue, bookDepth: 25 },
  recordings: [recording("kraken_btcusd_sample"), recording("kraken_ethusd_sample")],
  instruments,
  said
}

/** Followed with ten, and asked for anew four times. */
export const krakenOfTen: Conformance = {
  ...kraken,
  venue: { ...venue, name: "Kraken, of ten levels", bookDepth: 10 },
  recordings: [recording("kraken_btcusd_l2")]
}
