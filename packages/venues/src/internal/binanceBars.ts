/** The bars and the figures of 24 hours that Binance's markets send. */
import * as Schema from "effect/Schema"
import type { Known, Reader } from "tapewire/Reader"
import type { Ticker } from "tapewire/Tick"
import { best, kind, micros } from "./binanceTicks.ts"

const { Boolean, Int, String, Struct } = Schema

const volumes = { v: String, q: String }

/** The volume in the base asset and that in the quote asset; inverse contracts are counted. */
const volumesOf = (
  { q, v }: { readonly q: string; readonly v: string },
  { contractSize }: Known,
  { decimal, finite }: Reader
) =>
  contractSize === undefined
    ? { volume: decimal(v), quoteVolume: decimal(q) }
    : { volume: decimal(q), quoteVolume: finite(decimal(v) * contractSize) }

const prices = { o: String, h: String, l: String, c: String }

export const kline = kind(
  Struct({
    E: Int,
    s: String,
    k: Struct({
      ...prices,
      ...volumes,
      n: Int,
      t: Int,
      T: Int,
      i: String,
      x: Boolean,
      V: String,
      Q: String
    })
  }),
  ({ E, k }, reader, instrument) => [
    {
      _tag: "Bar",
      venue: reader.venue,
      symbol: instrument.symbol,
      at: micros(E, reader),
      received: reader.received,
      interval: k.i,
      openAt: micros(k.t, reader),
      // Binance names the last instant of the interval.
      closeAt: micros(k.T + 1, reader),
      open: reader.decimal(k.o),
      high: reader.decimal(k.h),
      low: reader.decimal(k.l),
      close: reader.decimal(k.c),
      ...volumesOf(k, instrument, reader),
      takerBuyVolume: volumesOf({ v: k.V, q: k.Q }, instrument, reader).volume,
      trades: k.n,
      closed: k.x
    }
  ]
)

const Figures = Struct({ ...prices, ...volumes, n: Int, E: Int, s: String, w: String })

const figures = (frame: typeof Figures.Type, reader: Reader, instrument: Known): Ticker => ({
  _tag: "Ticker",
  venue: reader.venue,
  symbol: instrument.symbol,
  at: micros(frame.E, reader),
  received: reader.received,
  last: reader.decimal(frame.c),
  open: reader.decimal(frame.o),
  high: reader.decimal(frame.h),
  low: reader.decimal(frame.l),
  ...volumesOf(frame, instrument, reader),
  vwap: reader.decimal(frame.w),
  trades: frame.n
})

export const ticker = kind(
  Struct({ ...Figures.fields, b: String, B: String, a: String, A: String }),
  (frame, reader, instrument) => {
    const [bid, bidSize] = best(frame.b, frame.B, instrument, reader)
    const [ask, askSize] = best(frame.a, frame.A, instrument, reader)
    return [{ ...figures(frame, reader, instrument), bid, bidSize, ask, askSize }]
  }
)

/** Futures tell no best prices with their figures. */
export const futuresTicker = kind(Figures, (frame, reader, instrument) => [
  figures(frame, reader, instrument)
])
