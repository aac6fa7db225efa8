/** What was recorded of Bitfinex: eight pairs, and one book with its checksum. */
import * as Bitfinex from "@tapewire/venues/Bitfinex"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Instrument } from "tapewire/Instrument"
import type { Wire } from "tapewire/Wire"
import { captured, folder, type Recording } from "../recordings.ts"
import type { Conformance } from "./Conformance.ts"
import * as Said from "./Said.ts"

/** The pairs that were subscribed to; their list was not recorded on that day. */
const pairs: Readonly<Record<string, string>> = {
  "tETH2X:ETH": "ETH2X-ETH",
  tREQUSD: "REQ-USD",
  tGTXUST: "GTX-USDT",
  tCHZUST: "CHZ-USDT",
  tKNCBTC: "KNC-BTC",
  tETHJPY: "ETH-JPY",
  tZRXETH: "ZRX-ETH",
  tLRCBTC: "LRC-BTC",
  tXRPBTC: "XRP-BTC"
}

const instruments = Object.entries(pairs).map(([native, symbol]): Instrument => {
  const [base = "", quote = ""] = symbol.split("-")
  return { venue: "bitfinex", symbol, native, kind: "spot", base, quote, status: "trading" }
})

/** What every channel is about, as its confirmation said. */
const channels = new Map<string, readonly [channel: string, native: string]>()

const tuples = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from(text.matchAll(/\[([^[\]]+)\]/g), ([, values = ""]) => values.split(","))

const unsigned = (text: string): string => text.replace(/^-/, "")

const trade = (native: string, [id, at, amount = "", price]: ReadonlyArray<string>): string => {
  const side = amount.startsWith("-") ? "sell" : "buy"
  return Said.line("Trade", native, `${at}000`, id, price, unsigned(amount), side)
}

const side = (levels: ReadonlyArray<ReadonlyArray<string>>, isAsk: boolean): string =>
  levels
    .filter(([, , amount = ""]) => amount.startsWith("-") === isAsk)
    .map(([price, count, amount = ""]) =>
      Said.levels(`${price} ${count === "0" ? "0" : unsigned(amount)}`)
    )
    .join(" ")

const said = (frame: string): ReadonlyArray<string> => {
  const [, channel = "", id = ""] =
    /"event":"subscribed","channel":"([^"]*)","chanId":(\d+)/.exec(frame) ?? []
  if (id !== "") {
    channels.set(id, [channel, /"symbol":"([^"]*)"/.exec(frame)?.[1] ?? ""])
    return []
  }
  const [kind, native] = channels.get(/^\[(\d+),/.exec(frame)?.[1] ?? "") ?? []
  const [first = []] = tuples(frame)
  if (native === undefined || first.length === 0 || /"(tu|hb|cs)"/.test(frame)) return []
  const isWhole = frame.includes(",[[")
  if (kind === "trades") {
    return (isWhole ? tuples(frame).toReversed() : [first]).map((one) => trade(native, one))
  }
  if (kind === "book") {
    const levels = isWhole ? tuples(frame) : [first]
    const sides = ["|", side(levels, false), "|", side(levels, true)]
    return isWhole
      ? [Said.line("BookSnapshot", native, undefined, undefined, ...sides)]
      : [Said.line("BookDelta", native, undefined, undefined, undefined, ...sides)]
  }
  const [bid, , ask, , , , last, volume, high, low] = first
  const values = [last, undefined, high, low, volume, undefined, undefined, bid, undefined, ask]
  return [Said.line("Ticker", native, undefined, ...values, undefined, undefined)]
}

const { checksum: _, ...unchecked } = Bitfinex.venue

/** In 2021, without checksums, which were not asked for. */
export const bitfinex: Conformance = {
  venue: unchecked,
  recordings: [
    captured("2021-04-05", ["bitfinex/capture/2021-04-05_BITFINEX-58bafb.0.prefix"], {
      venue: "bitfinex",
      call: () => undefined
    })
  ],
  instruments: () => instruments,
  calculated: "the sign of an amount is told as a side",
  said
}

const vector: Recording = {
  name: "a checksum",
  read: () => {
    const venue = "bitfinex"
    const at = 1_617_643_606_000_000
    const url = "wss://api-pub.bitfinex.com/ws/2"
    return [
      { _tag: "Opened", venue, connection: 1, at, url },
      ...readFileSync(join(folder, "bitfinex/checksum-vector/frames.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((data): Wire => ({ _tag: "Received", venue, connection: 1, at, data }))
    ]
  }
}

export const bitfinexChecked: Conformance = {
  venue: Bitfinex.venue,
  recordings: [vector],
  instruments: () => instruments,
  calculated: "the sign of an amount is told as a side",
  said
}
