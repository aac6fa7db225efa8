/**
 * Binance COIN-M futures: perpetuals and dated contracts over an amount of dollars, paid in the base
 * asset. What they count in contracts is told in the base asset, at the price it stands at.
 *
 * @see https://developers.binance.com/docs/derivatives/coin-margined-futures/websocket-market-streams
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Feed, Topic } from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Recording from "tapewire/Recording"
import type * as Venue from "tapewire/Venue"
import { calls, channels, contracts } from "./internal/binanceContracts.ts"

/**
 * Binance COIN-M futures.
 *
 * @since 0.1.0
 */
export const venue = {
  ...contracts,
  id: "binance-coinm",
  name: "Binance COIN-M futures",
  endpoints: {
    websocket: "wss://dstream.binance.com",
    rest: "https://dapi.binance.com"
  },
  path: "/stream",
  channels,
  calls: calls("/dapi/v1")
} satisfies Venue.Venue

/**
 * Ticks of Binance COIN-M futures.
 *
 * @since 0.1.0
 */
export class BinanceCoinm extends Context.Service<BinanceCoinm, Feed>()(
  "@tapewire/venues/BinanceCoinm"
) {
  /**
   * From the exchange, as it happens: `BinanceCoinm.layer(["trades:BTC-USD-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BinanceCoinm.layerRecorded("binance-coinm.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
