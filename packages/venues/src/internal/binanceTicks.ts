/** The trades, quotes and books that Binance's markets send. */
import * as Schema from "effect/Schema"
import type { Known, Reader } from "tapewire/Reader"
import type { Level, Trade } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Boolean, Int, String, Struct, optional } = Schema

/** Times are in microseconds where that was asked for and the server knows how, else in milliseconds. */
export const micros = (time: number, reader: Reader): number =>
  reader.micros(time > 1e14 ? time : time * 1000)

/** Zero says that there is none: no order with a price, no rule with a step. */
export const present = (value: number): number | undefined => (value === 0 ? undefined : value)

/** A size at a price in the base asset, for which inverse contracts must be converted. */
export const sizeAt = (
  price: number,
  text: string,
  { contractSize }: Known,
  reader: Reader
): number => {
  const size = reader.decimal(text)
  return contractSize === undefined || size === 0
    ? size
    : reader.finite((size * contractSize) / price)
}

export const Levels = Schema.Array(Schema.Tuple([String, String]))

export const levels = (
  wire: typeof Levels.Type,
  instrument: Known,
  reader: Reader
): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (const level of wire) {
    const price = reader.decimal(level[0])
    out.push([price, sizeAt(price, level[1], instrument, reader)])
  }
  return out
}

/** A kind of frame that is about one symbol. */
export const kind = <A extends { readonly s: string }>(
  schema: Schema.Codec<A>,
  interpret: (frame: A, reader: Reader, instrument: Known) => ReadonlyArray<Venue.Message>
) =>
  Venue.kind(schema, (frame, reader): ReadonlyArray<Venue.Message> => {
    const instrument = reader.instrument(frame.s)
    return instrument === undefined
      ? [{ _tag: "Unrecognized", kind: frame.s }]
      : interpret(frame, reader, instrument)
  })

export const Single = Struct({
  id: Int,
  price: String,
  qty: String,
  time: Int,
  isBuyerMaker: Boolean
})

export const single = (wire: typeof Single.Type, reader: Reader, instrument: Known): Trade => {
  const price = reader.decimal(wire.price)
  return {
    _tag: "Trade",
    venue: reader.venue,
    symbol: instrument.symbol,
    at: micros(wire.time, reader),
    received: reader.received,
    id: wire.id,
    price,
    size: sizeAt(price, wire.qty, instrument, reader),
    // The buyer was the maker, so the taker sold.
    side: wire.isBuyerMaker ? "sell" : "buy"
  }
}

const match = { p: String, q: String, T: Int, m: Boolean }

export const Aggregated = Struct({ ...match, a: Int, f: Int, l: Int })

export const aggregated = (
  { T, a, f, l, m, p, q }: typeof Aggregated.Type,
  reader: Reader,
  instrument: Known
): Trade => {
  const price = reader.decimal(p)
  return {
    _tag: "Trade",
    venue: reader.venue,
    symbol: instrument.symbol,
    at: micros(T, reader),
    received: reader.received,
    id: a,
    price,
    size: sizeAt(price, q, instrument, reader),
    side: m ? "sell" : "buy",
    firstId: f,
    lastId: l
  }
}

export const trade = kind(
  Struct({ ...match, s: String, t: Int }),
  ({ T, m, p, q, t }, reader, instrument) => [
    single({ id: t, price: p, qty: q, time: T, isBuyerMaker: m }, reader, instrument)
  ]
)

export const aggTrade = kind(
  Struct({ ...Aggregated.fields, s: String }),
  (frame, reader, instrument) => [aggregated(frame, reader, instrument)]
)

/** The best price of a side, and its size. */
export const best = (price: string, size: string, instrument: Known, reader: Reader) => {
  const value = present(reader.decimal(price))
  return value === undefined
    ? ([undefined, undefined] as const)
    : ([value, present(sizeAt(value, size, instrument, reader))] as const)
}

export const bookTicker = kind(
  // Futures say when.
  Struct({ s: String, u: Int, b: String, B: String, a: String, A: String, T: optional(Int) }),
  ({ A, B, T, a, b, u }, reader, instrument) => {
    const [bid, bidSize] = best(b, B, instrument, reader)
    const [ask, askSize] = best(a, A, instrument, reader)
    return [
      {
        _tag: "Quote",
        venue: reader.venue,
        symbol: instrument.symbol,
        at: T === undefined ? undefined : micros(T, reader),
        received: reader.received,
        bid,
        bidSize,
        ask,
        askSize,
        sequence: u
      }
    ]
  }
)

export const depthUpdate = kind(
  // Futures say when it happened, besides when they tell it, and which update it follows.
  Struct({
    E: Int,
    T: optional(Int),
    s: String,
    b: Levels,
    a: Levels,
    U: Int,
    u: Int,
    pu: optional(Int)
  }),
  ({ E, T, U, a, b, pu, u }, reader, instrument) => [
    {
      _tag: "BookDelta",
      venue: reader.venue,
      symbol: instrument.symbol,
      at: micros(T ?? E, reader),
      received: reader.received,
      firstSequence: pu === undefined ? U : pu + 1,
      sequence: u,
      bids: levels(b, instrument, reader),
      asks: levels(a, instrument, reader)
    }
  ]
)
