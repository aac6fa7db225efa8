/**
 * Bybit spot.
 *
 * @see https://bybit-exchange.github.io/docs/v5/ws/connect
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type * as Venue from "tapewire/Venue"
import * as Shared from "./internal/bybit.ts"

const { Int, String: Text, Struct } = Schema

const ticker = Shared.kind(
  Struct({
    topic: Text,
    ts: Int,
    data: Struct({
      lastPrice: Text,
      prevPrice24h: Text,
      highPrice24h: Text,
      lowPrice24h: Text,
      volume24h: Text,
      turnover24h: Text
    })
  }),
  ({ data, ts }, reader, symbol) => [
    {
      _tag: "Ticker",
      ...Shared.base(reader, symbol),
      at: Shared.micros(ts, reader),
      last: reader.decimal(data.lastPrice),
      open: reader.decimal(data.prevPrice24h),
      high: reader.decimal(data.highPrice24h),
      low: reader.decimal(data.lowPrice24h),
      volume: reader.decimal(data.volume24h),
      quoteVolume: reader.decimal(data.turnover24h)
    }
  ]
)

const Listed = Struct({
  symbol: Text,
  baseCoin: Text,
  quoteCoin: Text,
  status: Text,
  lotSizeFilter: Struct({ basePrecision: Text }),
  priceFilter: Struct({ tickSize: Text })
})

const instrument = (listed: typeof Listed.Type, { decimal, venue }: Reader): Instrument => ({
  venue,
  symbol: `${listed.baseCoin}-${listed.quoteCoin}`.toUpperCase(),
  native: listed.symbol,
  kind: "spot",
  base: listed.baseCoin,
  quote: listed.quoteCoin,
  tickSize: decimal(listed.priceFilter.tickSize),
  lotSize: decimal(listed.lotSizeFilter.basePrecision),
  status: Shared.statusOf(listed.status)
})

/**
 * Bybit spot.
 *
 * @since 0.1.0
 */
export const venue = {
  ...Shared.common,
  id: "bybit",
  name: "Bybit",
  path: "/v5/public/spot",
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: Shared.bars,
    ticker: [undefined]
  },
  decode: Shared.decoder({ tickers: ticker }),
  calls: {
    ...Shared.calls("spot"),
    instruments: {
      path: () => "/v5/market/instruments-info?category=spot",
      weight: 1,
      decode: Shared.answer(Struct({ list: Schema.Array(Listed) }), ({ list }, reader) =>
        list.map((listed) => instrument(listed, reader))
      )
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Bybit spot.
 *
 * @since 0.1.0
 */
export class Bybit extends Context.Service<Bybit, Feed>()("@tapewire/venues/Bybit") {
  /**
   * From the exchange, as it happens: `Bybit.layer(["trades:BTC-USDT"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Bybit.layerRecorded("bybit.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
