/**
 * US stocks by Alpaca, of all exchanges (SIP), which a plan must include.
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
 * US stocks by Alpaca, of all exchanges (SIP), which a plan must include.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "alpaca-sip",
  name: "Alpaca: US stocks",
  ...stocks("sip", ["bars", "updatedBars"]),
  calls: calls("sip")
} satisfies Venue

/**
 * Ticks of stocks of all US exchanges.
 *
 * @since 0.1.0
 */
export class AlpacaSip extends Context.Service<AlpacaSip, Feed>()("@tapewire/venues/AlpacaSip") {
  /**
   * From the venue, as it happens: `AlpacaSip.layer(["trades:AAPL-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `AlpacaSip.layerRecorded("alpaca-sip.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
