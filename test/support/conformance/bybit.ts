/** What was recorded of Bybit in 2025 and 2026. */
import * as BybitLinear from "@tapewire/venues/BybitLinear"
import * as Bybit from "@tapewire/venues/Bybit"
import type { Instrument } from "tapewire/Instrument"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { captured, logged, parsedMessages, type Recording } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

const quotes = captured("2025-06-13", ["bybit/capture-2025/2025-08-16_BYBIT.ws.1.0"], {
  venue: BybitLinear.venue.id,
  call: () => undefined
})

const log = logged("2026-08-09", "bybit/capture-2026/2026-08-09_BYBIT.jsonl.prefix.gz", {
  venue: BybitLinear.venue.id,
  call: (url) => ({ call: "instruments", subject: /category=(\w+)/.exec(url)?.[1] ?? "" })
})

/** The log, less the answer about the spot market, with which it has only names in common. */
const all: Recording = {
  name: log.name,
  read: () => log.read().filter((wire) => wire._tag !== "Answered" || wire.subject === "linear")
}

/** Single messages of spot that others took from the wire, those of today's protocol. */
const messages: Recording = {
  name: "2023-04-05",
  read: () => {
    const [venue, connection, at] = [Bybit.venue.id, 1, 1_680_696_000_000_000]
    const texts = parsedMessages("bybit-spot").filter((text) =>
      /"(?:publicTrade|orderbook)\./.test(text)
    )
    return [
      { _tag: "Opened", venue, connection, at, url: "wss://stream.bybit.com/v5/public/spot" },
      ...texts.map((data): Wire => ({ _tag: "Received", venue, connection, at, data }))
    ]
  }
}

const topicOf = (frame: string): string => /"topic":"([^"]+)"/.exec(frame)?.[1] ?? ""

const nativeOf = (frame: string): string => topicOf(frame).replace(/^.*\./, "")

/** Where no list was recorded, names are told by the coin that prices are in. */
const guessed = (venue: Venue, wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
  const natives = wires.flatMap((wire) =>
    wire._tag === "Received" ? [nativeOf(String(wire.data))].filter((native) => native !== "") : []
  )
  const isSpot = venue === Bybit.venue
  return Array.from(new Set(natives), (native) => {
    const [, base = "", quote = ""] = /^(\w+?)(USDT|USDC|PERP)$/.exec(native) ?? []
    const symbol = `${base}-${quote.replace("PERP", "USDC")}${isSpot ? "" : "-PERP"}`
    const kind = isSpot ? "spot" : "perpetual"
    return { venue: venue.id, symbol, native, kind, base, quote, status: "unknown" }
  })
}

const instruments =
  (venue: Venue) =>
  (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
    const known = listed(venue, wires)
    return known.length === 0 ? guessed(venue, wires) : known
  }

const field = (text: string, name: string): string | undefined =>
  new RegExp(`"${name}":"?([^",}\\]]+)`).exec(text)?.[1]

const fields = (text: string, names: string): ReadonlyArray<string | undefined> =>
  names.split(" ").map((name) => field(text, name))

const millis = (text: string, ...names: ReadonlyArray<string>): string =>
  `${names.map((name) => field(text, name)).find((time) => time !== undefined)}000`

const levelsOf = (frame: string, name: string): string =>
  Said.levels(new RegExp(`"${name}":\\[(.*?)\\](?:,"|\\})`).exec(frame)?.[1] ?? "")

const none = undefined

const figures = (frame: string): ReadonlyArray<string> => {
  const native = nativeOf(frame)
  const at = millis(frame, "ts")
  const has = (name: string) => field(frame, name) !== undefined
  const next = field(frame, "nextFundingTime")
  const lines: Array<string> = []
  if (has("lastPrice")) {
    const prices = fields(frame, "lastPrice prevPrice24h highPrice24h lowPrice24h")
    const volumes = fields(frame, "volume24h turnover24h")
    const best = fields(frame, "bid1Price bid1Size ask1Price ask1Size")
    lines.push(Said.line("Ticker", native, at, ...prices, ...volumes, none, ...best, none))
  }
  if (has("fundingRate")) {
    const rate = field(frame, "fundingRate")
    lines.push(Said.line("Funding", native, at, rate, next === undefined ? none : `${next}000`))
  }
  if (has("markPrice")) {
    lines.push(Said.line("MarkPrice", native, at, ...fields(frame, "markPrice indexPrice")))
  }
  if (has("openInterest")) {
    lines.push(Said.line("OpenInterest", native, at, field(frame, "openInterest")))
  }
  return lines
}

const intervals: Readonly<Record<string, string>> = { 1: "1m" }

const said = (frame: string): ReadonlyArray<string> => {
  const native = nativeOf(frame)
  const [channel = "", depth] = topicOf(frame).split(".")
  const items = (/"data":\[(.*)\]/.exec(frame)?.[1] ?? "").split("},{")
  switch (channel) {
    case "publicTrade":
      return items.map((item) => {
        const side = field(item, "S") === "Buy" ? "buy" : "sell"
        return Said.line("Trade", native, millis(item, "T"), ...fields(item, "i p v"), side)
      })
    case "orderbook": {
      const at = millis(frame, "cts", "ts")
      const u = field(frame, "u")
      const [bids, asks] = [levelsOf(frame, "b"), levelsOf(frame, "a")]
      const sides = ["|", bids, "|", asks]
      if (depth === "1") {
        const best = `${bids || "- -"} ${asks || "- -"}`
        return [Said.line("Quote", native, at, u, best)]
      }
      return field(frame, "type") === "snapshot"
        ? [Said.line("BookSnapshot", native, at, u, ...sides)]
        : [Said.line("BookDelta", native, at, u, u, ...sides)]
    }
    case "kline":
      return items.map((item) => {
        const closeAt = `${Number(field(item, "end")) + 1}000`
        const prices = fields(item, "open high low close volume turnover")
        const interval = intervals[field(item, "interval") ?? ""]
        const values = [interval, millis(item, "start"), closeAt, ...prices, none, none]
        const at = `${/"ts":(\d+)/.exec(frame)?.[1]}000`
        return Said.line("Bar", native, at, ...values, field(item, "confirm"))
      })
    case "tickers":
      return figures(frame)
    default:
      return []
  }
}

export const bybit: Conformance = {
  venue: Bybit.venue,
  recordings: [messages],
  instruments: instruments(Bybit.venue),
  said
}

export const bybitLinear: Conformance = {
  venue: BybitLinear.venue,
  recordings: [quotes, all],
  instruments: instruments(BybitLinear.venue),
  said
}
