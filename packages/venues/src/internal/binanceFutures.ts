/** What Binance's markets of futures send besides. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Venue from "tapewire/Venue"
import { kind, micros, present, sizeAt } from "./binanceTicks.ts"

const { Int, String, Struct, optional } = Schema

export const markPriceUpdate = kind(
  Struct({
    E: Int,
    s: String,
    p: String,
    i: optional(String),
    r: optional(String),
    T: optional(Int)
  }),
  ({ E, T = 0, i, p, r }, reader, { symbol }) => {
    const base = { venue: reader.venue, symbol, at: micros(E, reader), received: reader.received }
    const mark: Venue.Message = {
      _tag: "MarkPrice",
      ...base,
      price: reader.decimal(p),
      index: i === undefined ? undefined : present(reader.decimal(i))
    }
    // Contracts that expire are not funded, and say so with a time of zero or an empty rate.
    return T === 0 || r === undefined || r === ""
      ? [mark]
      : [mark, { _tag: "Funding", ...base, rate: reader.decimal(r), nextAt: micros(T, reader) }]
  }
)

const Order = Struct({
  s: String,
  S: Schema.Literals(["BUY", "SELL"]),
  ap: String,
  z: String,
  T: Int
})

const liquidation = kind(Order, ({ S, T, ap, z }, reader, instrument) => {
  const price = reader.decimal(ap)
  const size = sizeAt(price, z, instrument, reader)
  const side = S === "BUY" ? "buy" : "sell"
  const { received, venue } = reader
  const at = micros(T, reader)
  // Of an order that filled nothing there is nothing to tell.
  return size === 0
    ? []
    : [{ _tag: "Liquidation", venue, symbol: instrument.symbol, at, received, price, size, side }]
})

const Forced = Venue.kind(Struct({ o: Schema.Unknown }), ({ o }) => o)

export const forceOrder: Venue.Kind<ReadonlyArray<Venue.Message>> = (json, reader) =>
  Result.flatMap(Forced(json, reader), (order) => liquidation(order, reader))
