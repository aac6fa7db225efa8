/**
 * US stocks by Alpaca, as far as they are traded on IEX, which every account may have.
 *
 * @see https://docs.alpaca.markets/docs/real-time-stock-pricing-data
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Feed, Topic } from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Recording from "tapewire/Recording"
import type { Venue } from "tapewire/Venue"
import { calls, stocks } from "./internal/alpacaStocks.ts"

/**
 * US stocks by Alpaca, as far as they are traded on IEX, which every account may have.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "alpaca",
  name: "Alpaca: US stocks on IEX",
  ...stocks("iex", ["bars", "updatedBars"]),
  calls: calls("iex")
} satisfies Venue

/**
 * Ticks of stocks on IEX.
 *
 * @since 0.1.0
 */
export class Alpaca extends Context.Service<Alpaca, Feed>()("@tapewire/venues/Alpaca") {
  /**
   * From the venue, as it happens: `Alpaca.layer(["trades:AAPL-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `Alpaca.layerRecorded("alpaca.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
