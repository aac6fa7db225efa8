/**
 * What can be traded on a venue.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * One instrument of one venue.
 *
 * @since 0.1.0
 */
export const Instrument = Schema.Struct({
  venue: Schema.String,
  /** Canonical: `BTC-USDT`, with `-PERP` or an expiry for derivatives. */
  symbol: Schema.String,
  /** The venue's own name. */
  native: Schema.String,
  kind: Schema.Literals(["spot", "perpetual", "future", "option", "equity", "series"]),
  base: Schema.String,
  quote: Schema.String,
  /** The smallest step of a price. */
  tickSize: Schema.optional(Schema.Finite),
  /** The smallest step of a size. */
  lotSize: Schema.optional(Schema.Finite),
  /**
   * How much one contract stands for, where the venue counts in contracts: of the base asset, or,
   * where it is `inverse`, of the quote asset.
   */
  contractSize: Schema.optional(Schema.Finite),
  /** Said of contracts over an amount of the quote asset, which are paid in the base asset. */
  inverse: Schema.optional(Schema.Literal(true)),
  /** How many digits after the point the venue writes prices and sizes with, where that matters. */
  priceDigits: Schema.optional(Schema.Int),
  sizeDigits: Schema.optional(Schema.Int),
  /** `halted` may resume; `unknown` is a status this version does not know. */
  status: Schema.Literals(["trading", "halted", "ended", "unknown"])
})

/**
 * @since 0.1.0
 */
export type Instrument = typeof Instrument.Type
