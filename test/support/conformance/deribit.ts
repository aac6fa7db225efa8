/** What was recorded of Deribit: books and tickers of options. */
import * as Deribit from "@tapewire/venues/Deribit"
import type { Instrument } from "tapewire/Instrument"
import { captured } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ")

/** An option by its native name, where no list was recorded: `BTC-25MAR22-400000-C`. */
const option = (native: string): Instrument => {
  const [, base = "", day = "", month = "", year = "", strike = "", type = ""] =
    /^([A-Z]+)-(\d+)([A-Z]{3})(\d\d)-(\d+)-([CP])$/.exec(native) ?? []
  const expiry = [year, String(months.indexOf(month) + 1).padStart(2, "0"), day.padStart(2, "0")]
  return {
    venue: "deribit",
    symbol: `${base}-USD-${expiry.join("")}-${strike}-${type}`,
    native,
    kind: "option",
    base,
    quote: base,
    status: "trading"
  }
}

/** The value of a field of that name; a null is none. */
const field = (text: string, name: string): string | undefined => {
  const [, value] = new RegExp(`"${name}":"?([^",}\\]]*)`).exec(text) ?? []
  return value === "null" ? undefined : value
}

const levels = (frame: string, side: string): string =>
  Said.levels(new RegExp(`"${side}":\\[(.*?)\\](?:,"|\\})`).exec(frame)?.[1] ?? "")

/** The best price of a side and its size, where there are any. */
const best = (frame: string, side: string): ReadonlyArray<string | undefined> => {
  const [price, size] = [field(frame, `best_${side}_price`), field(frame, `best_${side}_amount`)]
  return size === undefined || Number(size) === 0 ? [undefined, undefined] : [price, size]
}

const ticker = (frame: string, native: string, at: string): ReadonlyArray<string> => {
  const values = (names: string) => names.split(" ").map((name) => field(frame, name))
  const [last, mark, index, interest, funding] = values(
    "last_price mark_price index_price open_interest current_funding"
  )
  const [high, low, volume, quoteVolume] = values("high low volume volume_notional")
  const sides = [...best(frame, "bid"), ...best(frame, "ask")]
  const day = [undefined, high, low, volume, quoteVolume, undefined]
  return [
    ...(last === undefined
      ? []
      : [Said.line("Ticker", native, at, last, ...day, ...sides, undefined)]),
    ...(mark === undefined ? [] : [Said.line("MarkPrice", native, at, mark, index)]),
    ...(interest === undefined ? [] : [Said.line("OpenInterest", native, at, interest)]),
    ...(funding === undefined ? [] : [Said.line("Funding", native, at, funding, undefined)])
  ]
}

const said = (frame: string): ReadonlyArray<string> => {
  const native = field(frame, "instrument_name") ?? "-"
  const at = `${field(frame, "timestamp")}000`
  switch (field(frame, "channel")?.split(".")[0]) {
    case "ticker":
      return ticker(frame, native, at)
    case "book": {
      const id = field(frame, "change_id")
      const sides = ["|", levels(frame, "bids"), "|", levels(frame, "asks")]
      if (frame.includes(`"type":"snapshot"`)) {
        return [Said.line("BookSnapshot", native, at, id, ...sides)]
      }
      const first = `${Number(field(frame, "prev_change_id")) + 1}`
      return [Said.line("BookDelta", native, at, first, id, ...sides)]
    }
    default:
      return []
  }
}

const recorded = (name: string, ...files: ReadonlyArray<string>) =>
  captured(
    name,
    files.map((file) => `deribit/capture/${file}`),
    {
      venue: "deribit",
      call: (url) =>
        url.includes("/get_instruments?") ? { call: "instruments", subject: "" } : undefined
    }
  )

export const deribit: Conformance = {
  venue: Deribit.venue,
  recordings: [
    recorded("2021-04-05", "2021-04-05_DERIBIT-5dd9ce.0"),
    recorded("2021-07-22", "2021-07-22_DERIBIT.0", "2021-07-22_DERIBIT.ws.1.0")
  ],
  instruments: (wires) => {
    const all = listed(Deribit.venue, wires)
    if (all.length > 0) return all
    const names = wires.flatMap((wire) =>
      wire._tag === "Sent"
        ? Array.from(wire.data.matchAll(/"book\.([^.]+)\./g), ([, name]) => name ?? "")
        : []
    )
    return names.map(option)
  },
  said
}
