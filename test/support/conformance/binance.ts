/** What was recorded of Binance's markets. */
import * as BinanceCoinm from "@tapewire/venues/BinanceCoinm"
import * as BinanceSpot from "@tapewire/venues/BinanceSpot"
import * as BinanceUs from "@tapewire/venues/BinanceUs"
import * as BinanceUsdm from "@tapewire/venues/BinanceUsdm"
import type { Instrument } from "tapewire/Instrument"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { subjectOf } from "../Conversation.ts"
import { binanceCapture, binanceSpot, captured, collected, type Recording } from "../recordings.ts"
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
      const sides = ["|", levelsOf(frame, "b"), "|", levelsOf(frame, "a")]
      return [Said.line("BookDelta", native, millis(frame, "E"), ...fields(frame, "U u"), ...sides)]
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

const nativesOf = (wires: ReadonlyArray<Wire>): ReadonlySet<string> =>
  new Set(wires.flatMap((wire) => (wire._tag === "Received" ? field(String(wire.data), "s") : [])))

/** The instruments of the streams whose frames occur, as the list that was recorded has them. */
const listedOf =
  (venue: Venue) =>
  (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> => {
    const natives = nativesOf(wires)
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

const futures = (
  { id: venue }: Venue,
  folder: string,
  host: string
): {
  readonly capture: (name: string, ...files: ReadonlyArray<string>) => Recording
  readonly collector: (file: string) => Recording
} => ({
  capture: (name, ...files) =>
    captured(
      name,
      files.map((file) => `${folder}/capture/${name}_${file}`),
      binanceCapture(venue)
    ),
  collector: (file) =>
    collected(file.replace(/\..*$/, ""), `${folder}/collector/${file}`, {
      venue,
      socketUrl: `wss://${host}/stream`,
      snapshotUrl: (native) => `https://${host}/depth?symbol=${native}`
    })
})

/** What futures say otherwise: when it happened, and which update another follows. */
const saidOfFutures = (frame: string): ReadonlyArray<string> => {
  const native = field(frame, "s")
  const at = millis(frame, "T")
  switch (field(frame, "e")) {
    case "trade":
      return []
    case "bookTicker":
      return [Said.line("Quote", native, at, ...fields(frame, "u b B a A"))]
    case "depthUpdate": {
      const follows = String(Number(field(frame, "pu")) + 1)
      const sides = ["|", levelsOf(frame, "b"), "|", levelsOf(frame, "a")]
      return [Said.line("BookDelta", native, at, follows, field(frame, "u"), ...sides)]
    }
    case "markPriceUpdate": {
      const told = millis(frame, "E")
      return [
        Said.line("MarkPrice", native, told, ...fields(frame, "p i")),
        Said.line("Funding", native, told, field(frame, "r"), at)
      ]
    }
    default:
      return said(frame)
  }
}

const single = { trade: "single trades are not documented, and not asked for" }

const usdm = futures(BinanceUsdm.venue, "binance-usdm", "fstream.binance.com")

/** The two that collectors followed, who recorded no list. */
const perpetual = (native: string): Instrument => ({
  venue: BinanceUsdm.venue.id,
  symbol: `${native.slice(0, 3)}-USDT-PERP`,
  native,
  kind: "perpetual",
  base: native.slice(0, 3),
  quote: "USDT",
  status: "unknown"
})

/**
 * The snapshot came a millisecond before the first update, which spans it. A feed asks for one when
 * there is an update, so here it comes right after.
 */
const answeredLater = ({ name, read }: Recording): Recording => ({
  name,
  read: () => {
    const wires = read()
    const isAnswer = ({ _tag }: Wire) => _tag === "Answered"
    const others = wires.filter((wire) => !isAnswer(wire))
    const first = others.findIndex(
      (wire) => wire._tag === "Received" && String(wire.data).includes("depthUpdate")
    )
    const answers = wires.filter(isAnswer)
    return [...others.slice(0, first + 1), ...answers, ...others.slice(first + 1)]
  }
})

export const binanceUsdm: Conformance = {
  venue: BinanceUsdm.venue,
  recordings: [
    usdm.capture(
      "2021-04-17",
      "BINANCE_FUTURES.0",
      "BINANCE_FUTURES.http.4.0",
      "BINANCE_FUTURES.ws.5.0"
    ),
    usdm.capture(
      "2021-07-22",
      "BINANCE_FUTURES.0",
      "BINANCE_FUTURES.http.0.0",
      "BINANCE_FUTURES.ws.1.0"
    ),
    answeredLater(usdm.collector("btcusdt_20230404.dat.gz")),
    usdm.collector("btcusdt_20240718.gz"),
    usdm.collector("btcusdt_20240719.gz"),
    usdm.collector("btcusdt_20240808.gz"),
    usdm.collector("ethusdt_20240808.gz")
  ],
  instruments: (wires) => {
    const known = listedOf(BinanceUsdm.venue)(wires)
    return known.length > 0 ? known : Array.from(nativesOf(wires), perpetual)
  },
  said: saidOfFutures,
  unrecognized: single
}

const coinm = futures(BinanceCoinm.venue, "binance-coinm", "dstream.binance.com")

/** A contract stands for 100 dollars of bitcoin, and for 10 of everything else. */
const inBase = (native: string, price: string, contracts: string): string =>
  Said.text((Number(contracts) * (native.startsWith("BTC") ? 100 : 10)) / Number(price))

const levelsInBase = (native: string, levels: string): string =>
  levels.replaceAll(
    /(\S+) (\S+)/g,
    (_, price: string, size: string) => `${price} ${inBase(native, price, size)}`
  )

/** The same line of what is counted in contracts, in the base asset. */
const converted = (line: string): string => {
  const [kind = "", native = "", at = "", ...values] = line.split(" ")
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = values
  switch (kind) {
    case "Trade": {
      const size = inBase(native, second, third)
      return [kind, native, at, first, second, size, ...values.slice(3)].join(" ")
    }
    case "Quote": {
      const [bid, ask] = [inBase(native, second, third), inBase(native, fourth, fifth)]
      return [kind, native, at, first, second, bid, fourth, ask].join(" ")
    }
    default: {
      const [head = "", bids = "", asks = ""] = line.split(" |")
      return [head, levelsInBase(native, bids), levelsInBase(native, asks)].join(" |")
    }
  }
}

/** Of bars the venue says the volume in the base asset too, where others have the quote asset. */
const saidOfCoinm = (frame: string): ReadonlyArray<string> => {
  if (field(frame, "e") !== "kline") return saidOfFutures(frame).map(converted)
  const native = field(frame, "s")
  const k = frame.slice(frame.indexOf(`"k":`))
  const value = native.startsWith("BTC") ? 100 : 10
  const volumes = [field(k, "q"), String(Number(field(k, "v")) * value), field(k, "Q")]
  const times = [field(k, "i"), millis(k, "t"), `${Number(field(k, "T")) + 1}000`]
  const values = [...times, ...fields(k, "o h l c"), ...volumes, ...fields(k, "n x")]
  return [Said.line("Bar", native, millis(frame, "E"), ...values)]
}

export const binanceCoinm: Conformance = {
  venue: BinanceCoinm.venue,
  recordings: [
    coinm.capture(
      "2021-07-21",
      "BINANCE_DELIVERY.0",
      "BINANCE_DELIVERY.http.0.0",
      "BINANCE_DELIVERY.ws.1.0"
    ),
    coinm.collector("btcusd_perp_20240808.gz"),
    coinm.collector("btcusd_perp_20240809.gz")
  ],
  instruments: (wires) => {
    const known = listedOf(BinanceCoinm.venue)(wires)
    return known.length > 0
      ? known
      : [
          {
            venue: BinanceCoinm.venue.id,
            symbol: "BTC-USD-PERP",
            native: "BTCUSD_PERP",
            kind: "perpetual",
            base: "BTC",
            quote: "USD",
            contractSize: 100,
            inverse: true,
            status: "unknown"
          }
        ]
  },
  said: saidOfCoinm,
  unrecognized: single,
  calculated: "contracts over dollars are told in the base asset"
}
