/**
 * Binance.US, a spot market of its own that speaks as Binance did before 2025.
 *
 * @see https://docs.binance.us
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Feed, Topic } from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Recording from "tapewire/Recording"
import type * as Venue from "tapewire/Venue"
import * as Calls from "./internal/binanceCalls.ts"
import * as Frames from "./internal/binanceFrames.ts"

const intervals = "3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" ")

/**
 * Binance.US.
 *
 * @since 0.1.0
 */
export const venue = {
  ...Frames.speech,
  id: "binance-us",
  name: "Binance.US",
  endpoints: {
    websocket: "wss://stream.binance.us:9443",
    rest: "https://api.binance.us"
  },
  path: "/stream",
  channels: {
    trades: [undefined, "aggregated"],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", ...intervals],
    ticker: [undefined]
  },
  limits: {
    // Five a second, as Binance has it.
    messages: { count: 1, per: "300 millis" },
    connections: { count: 300, per: "5 minutes" },
    // 1200 until 2026-08-31 and 6000 since, with the weights of Binance: this keeps to both.
    requests: { count: 1000, per: "1 minute" },
    batch: 200,
    streams: 1024
  },
  // It pings every three minutes, so it is made to answer.
  silence: "45 seconds",
  pool: { healthCheck: "20 seconds" },
  decode: Frames.decodeSpot,
  depths: [
    { levels: 1000, weight: 50 },
    { levels: 500, weight: 25 },
    { levels: 100, weight: 5 }
  ],
  // Past single trades are only for who has a key.
  calls: Calls.calls({
    under: "/api/v3",
    instruments: Calls.spotInstruments,
    levels: [1000, 1],
    weights: { instruments: 20, snapshot: 50, aggregatedTrades: 4, lastUpdate: 5 }
  })
} satisfies Venue.Venue

/**
 * Ticks of Binance.US.
 *
 * @since 0.1.0
 */
export class BinanceUs extends Context.Service<BinanceUs, Feed>()("@tapewire/venues/BinanceUs") {
  /**
   * From the exchange, as it happens: `BinanceUs.layer(["trades:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BinanceUs.layerRecorded("binance-us.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
