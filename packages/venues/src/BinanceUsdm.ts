/**
 * Binance USD-M futures: perpetuals and dated contracts over the base asset, paid in dollars of
 * some kind. Their data comes on two routes, of which each carries only its own.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
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
 * Binance USD-M futures.
 *
 * @since 0.1.0
 */
export const venue = {
  ...contracts,
  id: "binance-usdm",
  name: "Binance USD-M futures",
  endpoints: {
    websocket: "wss://fstream.binance.com",
    rest: "https://fapi.binance.com"
  },
  // On the wrong route a stream is acknowledged and stays silent.
  path: ({ channel }) =>
    channel === "quotes" || channel === "book" ? "/public/stream" : "/market/stream",
  channels,
  calls: calls("/fapi/v1")
} satisfies Venue.Venue

/**
 * Ticks of Binance USD-M futures.
 *
 * @since 0.1.0
 */
export class BinanceUsdm extends Context.Service<BinanceUsdm, Feed>()(
  "@tapewire/venues/BinanceUsdm"
) {
  /**
   * From the exchange, as it happens: `BinanceUsdm.layer(["trades:BTC-USDT-PERP"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BinanceUsdm.layerRecorded("binance-usdm.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
