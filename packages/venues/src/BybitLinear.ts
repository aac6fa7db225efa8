/**
 * Bybit's linear perpetuals and futures, which are settled in USDT or USDC.
 *
 * @see https://bybit-exchange.github.io/docs/v5/ws/connect
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import * as Instant from "tapewire/Instant"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type * as Venue from "tapewire/Venue"
import * as Shared from "./internal/bybit.ts"

const { given, micros, optionalText } = Shared
const { Int, Literals, String: Text, Struct } = Schema

const Figures = Struct({
  lastPrice: optionalText,
  prevPrice24h: optionalText,
  highPrice24h: optionalText,
  lowPrice24h: optionalText,
  volume24h: optionalText,
  turnover24h: optionalText,
  bid1Price: optionalText,
  bid1Size: optionalText,
  ask1Price: optionalText,
  ask1Size: optionalText,
  markPrice: optionalText,
  indexPrice: optionalText,
  openInterest: optionalText,
  fundingRate: optionalText,
  nextFundingTime: optionalText
})

/**
 * After the first, a frame has only what changed. What it does not have is not filled in: each tick
 * tells what was sent, and there is none where the value it is about did not change.
 */
const figures = Shared.kind(
  Struct({ topic: Text, ts: Int, data: Figures }),
  ({ data, ts }, reader, symbol) => {
    const base = { ...Shared.base(reader, symbol), at: micros(ts, reader) }
    const last = given(data.lastPrice, reader)
    const rate = given(data.fundingRate, reader)
    const mark = given(data.markPrice, reader)
    const size = given(data.openInterest, reader)
    const messages: Array<Venue.Message> = []
    if (last !== undefined) {
      messages.push({
        _tag: "Ticker",
        ...base,
        last,
        open: given(data.prevPrice24h, reader),
        high: given(data.highPrice24h, reader),
        low: given(data.lowPrice24h, reader),
        volume: given(data.volume24h, reader),
        quoteVolume: given(data.turnover24h, reader),
        bid: given(data.bid1Price, reader),
        bidSize: given(data.bid1Size, reader),
        ask: given(data.ask1Price, reader),
        askSize: given(data.ask1Size, reader)
      })
    }
    if (rate !== undefined) {
      const next = given(data.nextFundingTime, reader)
      const nextAt = next === undefined ? undefined : micros(next, reader)
      messages.push({ _tag: "Funding", ...base, rate, nextAt })
    }
    if (mark !== undefined) {
      const index = given(data.indexPrice, reader)
      messages.push({ _tag: "MarkPrice", ...base, price: mark, index })
    }
    if (size !== undefined) messages.push({ _tag: "OpenInterest", ...base, size })
    return messages
  }
)

const liquidation = Shared.kind(
  Struct({
    topic: Text,
    data: Schema.Array(Struct({ T: Int, S: Literals(["Buy", "Sell"]), v: Text, p: Text }))
  }),
  ({ data }, reader, symbol) =>
    data.map(({ S, T, p, v }) => ({
      _tag: "Liquidation",
      ...Shared.base(reader, symbol),
      at: micros(T, reader),
      price: reader.decimal(p),
      size: reader.decimal(v),
      // Bybit's is the side of the position, which an order of the other side closes.
      side: S === "Buy" ? "sell" : "buy"
    }))
)

const Listed = Struct({
  symbol: Text,
  contractType: Text,
  baseCoin: Text,
  quoteCoin: Text,
  status: Text,
  deliveryTime: Text,
  lotSizeFilter: Struct({ qtyStep: Text }),
  priceFilter: Struct({ tickSize: Text })
})

const instrument = (listed: typeof Listed.Type, reader: Reader): Instrument => {
  const { decimal, venue } = reader
  const { baseCoin, contractType, deliveryTime, quoteCoin } = listed
  const isFuture = contractType === "LinearFutures"
  const last = isFuture ? Instant.day(micros(decimal(deliveryTime), reader)) : "PERP"
  return {
    venue,
    symbol: `${baseCoin}-${quoteCoin}-${last}`.toUpperCase(),
    native: listed.symbol,
    kind: isFuture ? "future" : "perpetual",
    base: baseCoin,
    quote: quoteCoin,
    tickSize: decimal(listed.priceFilter.tickSize),
    lotSize: decimal(listed.lotSizeFilter.qtyStep),
    status: Shared.statusOf(listed.status)
  }
}

/**
 * Bybit's linear perpetuals and futures.
 *
 * @since 0.1.0
 */
export const venue = {
  ...Shared.common,
  id: "bybit-linear",
  name: "Bybit linear",
  path: "/v5/public/linear",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: Shared.bars,
    ticker: [undefined],
    funding: [undefined],
    mark: [undefined],
    openinterest: [undefined],
    liquidations: [undefined]
  },
  decode: Shared.decoder({ tickers: figures, allLiquidation: liquidation }),
  calls: {
    ...Shared.calls("linear"),
    instruments: {
      path: () => "/v5/market/instruments-info?category=linear&limit=1000",
      weight: 1,
      decode: Shared.answer(Struct({ list: Schema.Array(Listed) }), ({ list }, reader) =>
        list.map((listed) => instrument(listed, reader))
      )
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Bybit's linear perpetuals and futures.
 *
 * @since 0.1.0
 */
export class BybitLinear extends Context.Service<BybitLinear, Feed>()(
  "@tapewire/venues/BybitLinear"
) {
  /**
   * From the exchange, as it happens: `BybitLinear.layer(["trades:BTC-USDT-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BybitLinear.layerRecorded("bybit.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
