/**
 * A made-up stock by Alpaca, which is traded day and night, to try things with.
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
import { stocks } from "./internal/alpacaStocks.ts"

/**
 * A made-up stock by Alpaca, which is traded day and night, to try things with.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "alpaca-test",
  name: "Alpaca: test stream",
  // It answers of no other list of bars.
  ...stocks("test", ["bars"]),
  instruments: [
    {
      venue: "alpaca-test",
      symbol: "FAKEPACA-USD",
      native: "FAKEPACA",
      kind: "equity",
      base: "FAKEPACA",
      quote: "USD",
      status: "trading"
    }
  ],
  calls: {}
} satisfies Venue

/**
 * Ticks of the test stream.
 *
 * @since 0.1.0
 */
export class AlpacaTest extends Context.Service<AlpacaTest, Feed>()("@tapewire/venues/AlpacaTest") {
  /**
   * From the venue, as it happens: `AlpacaTest.layer(["trades:FAKEPACA-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `AlpacaTest.layerRecorded("alpaca-test.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
