/** Recorded ticks of Binance written as Binance would send them, for where no frames are at hand. */
import * as Decimal from "tapewire/Decimal"
import type { Level, Tick } from "tapewire/Tick"
import type { Frames } from "./Frames.ts"

const millis = (at: number | undefined): number => Math.floor((at ?? 0) / 1000)
const native = (symbol: string): string => symbol.replace("-", "")
/** One side of a book as Binance writes it. */
export const levels = (side: ReadonlyArray<Level>) =>
  side.map(([price, size]) => [Decimal.text(price), Decimal.text(size)])
const text = (value: number | undefined): string => Decimal.text(value ?? 0)

const frameOf = (tick: Tick): object | undefined => {
  const s = native(tick.symbol)
  const T = millis(tick.at)
  switch (tick._tag) {
    case "Trade": {
      const match = { p: text(tick.price), q: text(tick.size), T, m: tick.side === "sell", M: true }
      return tick.firstId === undefined
        ? { e: "trade", E: T, s, t: tick.id, ...match }
        : { e: "aggTrade", E: T, s, a: tick.id, f: tick.firstId, l: tick.lastId, ...match }
    }
    case "Quote": {
      const { ask, askSize, bid, bidSize, sequence } = tick
      return { u: sequence, s, b: text(bid), B: text(bidSize), a: text(ask), A: text(askSize) }
    }
    case "BookDelta": {
      const { firstSequence, sequence } = tick
      const sides = { b: levels(tick.bids), a: levels(tick.asks) }
      return { e: "depthUpdate", E: T, s, U: firstSequence, u: sequence, ...sides }
    }
    case "Bar": {
      const prices = {
        o: text(tick.open),
        c: text(tick.close),
        h: text(tick.high),
        l: text(tick.low)
      }
      const volumes = {
        v: text(tick.volume),
        q: text(tick.quoteVolume),
        V: text(tick.takerBuyVolume),
        // Not kept on tapes, and of spot not read.
        Q: "0"
      }
      const times = { t: millis(tick.openAt), T: millis(tick.closeAt) - 1 }
      const k = {
        ...times,
        s,
        i: tick.interval,
        ...prices,
        ...volumes,
        n: tick.trades,
        x: tick.closed
      }
      return { e: "kline", E: T, s, k }
    }
    default:
      return undefined
  }
}

/** What `GET /trades` and `GET /aggTrades` answer, shortly. */
const listed = (tick: Tick): object | undefined => {
  if (tick._tag !== "Trade") return undefined
  const { firstId, id, lastId, price, side, size } = tick
  const time = millis(tick.at)
  const isBuyerMaker = side === "sell"
  return firstId === undefined
    ? { id, price: text(price), qty: text(size), time, isBuyerMaker }
    : { a: id, p: text(price), q: text(size), f: firstId, l: lastId, T: time, m: isBuyerMaker }
}

const snapshotOf = (tick: Tick): object | undefined =>
  tick._tag === "BookSnapshot"
    ? {
        lastUpdateId: tick.sequence,
        bids: levels(tick.bids.slice(0, 100)),
        asks: levels(tick.asks.slice(0, 100))
      }
    : undefined

const instruments = (symbols: ReadonlyArray<string>): object => ({
  symbols: symbols.map((symbol) => {
    const [baseAsset, quoteAsset] = symbol.split("-")
    const filters = [{ filterType: "PRICE_FILTER", tickSize: "0.01000000" }]
    return { symbol: native(symbol), status: "TRADING", baseAsset, quoteAsset, filters }
  })
})

const written = (
  ticks: ReadonlyArray<Tick>,
  write: (tick: Tick) => object | undefined
): ReadonlyArray<object> =>
  ticks.flatMap((tick) => {
    const made = write(tick)
    return made === undefined ? [] : [made]
  })

/** Ticks as frames of streams that are not combined. */
export const frames = (ticks: ReadonlyArray<Tick>): ReadonlyArray<string> =>
  written(ticks, frameOf).map((frame) => JSON.stringify(frame))

/** Ticks as frames, alone and combined, and as answers. */
export const of = (ticks: ReadonlyArray<Tick>): Frames => {
  const groups = Array.from(
    Map.groupBy(ticks, (tick) => [tick._tag, tick.symbol, "firstId" in tick].join()).values(),
    (group) => group.slice(0, 40)
  )
  const frames = groups.flatMap((group) => written(group, frameOf))
  const trades = groups.map((group) => written(group.slice(0, 20), listed))
  const symbols = Array.from(new Set(ticks.map(({ symbol }) => symbol)))
  const answers = [
    ...trades.filter((list) => list.length > 0),
    ...groups.flatMap((group) => written(group, snapshotOf)),
    instruments(symbols),
    { serverTime: 1_723_161_600_000 },
    {}
  ]
  return {
    frames: [
      ...frames,
      ...frames.map((data) => ({ stream: "recorded", data })),
      { result: null, id: 1 },
      { code: 2, msg: "Invalid request", id: 1 },
      { e: "serverShutdown", E: 1_723_161_600_000 }
    ].map((frame) => JSON.stringify(frame)),
    answers: answers.map((answer) => JSON.stringify(answer))
  }
}
