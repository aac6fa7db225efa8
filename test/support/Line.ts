/**
 * What Binance says on the wire, and what a tick says, in one and the same line of text.
 *
 * The wire is read with regular expressions, so as to share nothing with what it is to judge: the
 * digits of a line are those of the frame, trailing zeros aside.
 */
import * as Decimal from "tapewire/Decimal"
import type { Level, Tick } from "tapewire/Tick"

const plain = (decimal: string): string =>
  decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal

/** All decimals of a text without their trailing zeros. */
export const digits = (text: string): string =>
  Array.from(text.matchAll(/[\d.]+/g), ([decimal]) => plain(decimal)).join(" ")

const side = (isBuyerMaker: string | undefined): string =>
  isBuyerMaker === "true" ? "sell" : "buy"

type Write = (fields: ReadonlyArray<string>) => string

const kinds: ReadonlyArray<readonly [RegExp, Write]> = [
  [
    /"e":"trade".*"s":"(\w+)","t":(\d+),"p":"([^"]+)","q":"([^"]+)".*"T":(\d+),"m":(\w+)/,
    ([, native, id, price, size, at, maker]) =>
      `Trade ${native} ${at}000 ${id} ${digits(`${price} ${size}`)} ${side(maker)}`
  ],
  [
    /"s":"(\w+)","a":(\d+),"p":"([^"]+)","q":"([^"]+)","f":(\d+),"l":(\d+),"T":(\d+),"m":(\w+)/,
    ([, native, id, price, size, first, last, at, maker]) =>
      `Trade ${native} ${at}000 ${id} ${digits(`${price} ${size}`)} ${side(maker)} ${first}-${last}`
  ],
  [
    /\{"u":(\d+),"s":"(\w+)","b":(.*),"B":(.*),"a":(.*),"A":(.*)\}\}$/,
    ([, id, native, ...best]) => `Quote ${native} ${id} ${digits(best.join(" "))}`
  ],
  [
    /"E":(\d+),"s":"(\w+)","U":(\d+),"u":(\d+),"b":\[(.*)\],"a":\[(.*)\]\}\}$/,
    ([, at, native, first, last, bids = "", asks = ""]) =>
      `Book ${native} ${at}000 ${first}-${last} | ${digits(bids)} | ${digits(asks)}`
  ],
  [
    /"E":(\d+),"s":"(\w+)","k":\{"t":(\d+),"T":(\d+),.*"i":"(\w+)",.*"o":(.*),"n":(\d+),"x":(\w+),"q":(.*),"V":(.*),"Q"/,
    ([, at, native, open, close, interval, ochlv = "", trades, closed, quote, taker]) =>
      [
        `Bar ${native} ${at}000 ${interval} ${open}000 ${Number(close) + 1}000`,
        `${digits(ochlv)} ${trades} ${closed} ${digits(`${quote} ${taker}`)}`
      ].join(" ")
  ],
  [
    /"e":"24hrTicker","E":(\d+),"s":"(\w+)",.*"w":(.*),"x".*"c":(.*),"Q".*"b":(.*),"o":(.*),"O".*"n":(\d+)/,
    ([, at, native, vwap, last, best, ohlvq, trades]) =>
      `Ticker ${native} ${at}000 ${digits([vwap, last, best, ohlvq].join(" "))} ${trades}`
  ]
]

/** What a frame says. Throws where it is of no kind that is subscribed to. */
export const ofFrame = (frame: string): string => {
  for (const [pattern, write] of kinds) {
    const fields = pattern.exec(frame)
    if (fields !== null) return write(fields)
  }
  throw new Error(`says nothing that is known: ${frame}`)
}

/** What the snapshot of a book says. */
export const ofSnapshot = (native: string, body: string): string => {
  const [, id, bids = "", asks = ""] =
    /"lastUpdateId":(\d+),"bids":\[(.*)\],"asks":\[(.*)\]/.exec(body) ?? []
  return `Book ${native} ${id} | ${digits(bids)} | ${digits(asks)}`
}

/** Numbers as decimals. */
export const texts = (...values: ReadonlyArray<number | undefined>): string =>
  values.map((value) => (value === undefined ? "none" : Decimal.text(value))).join(" ")

const levels = (side: ReadonlyArray<Level>): string =>
  side.map(([price, size]) => texts(price, size)).join(" ")

/** What a tick says. */
export const ofTick = (tick: Tick): string => {
  const { at, symbol } = tick
  const about = `${symbol.replace("-", "")}${at === undefined ? "" : ` ${at}`}`
  switch (tick._tag) {
    case "Trade": {
      const { firstId, id, lastId, price, side, size } = tick
      const range = firstId === undefined ? "" : ` ${firstId}-${lastId}`
      return `Trade ${about} ${id} ${texts(price, size)} ${side}${range}`
    }
    case "Quote":
      return `Quote ${about} ${tick.sequence} ${texts(tick.bid, tick.bidSize, tick.ask, tick.askSize)}`
    case "BookSnapshot":
      return `Book ${about} ${tick.sequence} | ${levels(tick.bids)} | ${levels(tick.asks)}`
    case "BookDelta": {
      const range = `${tick.firstSequence}-${tick.sequence}`
      return `Book ${about} ${range} | ${levels(tick.bids)} | ${levels(tick.asks)}`
    }
    case "Bar":
      return [
        `Bar ${about} ${tick.interval} ${tick.openAt} ${tick.closeAt}`,
        texts(tick.open, tick.close, tick.high, tick.low, tick.volume),
        `${tick.trades} ${tick.closed} ${texts(tick.quoteVolume, tick.takerBuyVolume)}`
      ].join(" ")
    case "Ticker":
      return [
        `Ticker ${about} ${texts(tick.vwap, tick.last)}`,
        texts(tick.bid, tick.bidSize, tick.ask, tick.askSize),
        texts(tick.open, tick.high, tick.low, tick.volume, tick.quoteVolume),
        tick.trades
      ].join(" ")
    default:
      return `${tick._tag} ${about}`
  }
}
