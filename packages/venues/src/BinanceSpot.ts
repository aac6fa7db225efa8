/**
 * Binance spot. Its test network speaks the same; see `docs/command-line.md` for how an address is
 * replaced.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
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

const intervals = "1s 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" ")

/**
 * Binance spot.
 *
 * @since 0.1.0
 */
export const venue = {
  ...Frames.speech,
  id: "binance",
  name: "Binance",
  endpoints: {
    websocket: "wss://stream.binance.com:9443",
    rest: "https://api.binance.com"
  },
  headers: { "X-MBX-TIME-UNIT": "MICROSECOND" },
  path: "/stream?timeUnit=MICROSECOND",
  channels: {
    trades: [undefined, "aggregated"],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", ...intervals],
    ticker: [undefined]
  },
  limits: {
    // Five a second, pongs among them, and who sends one more is cut off. Evenly spaced, four and a
    // pong stay within that also where the network holds some back.
    messages: { count: 1, per: "300 millis" },
    connections: { count: 300, per: "5 minutes" },
    // 6000, less what others behind the same address and a minute that is not ours may take.
    requests: { count: 5400, per: "1 minute" },
    batch: 200,
    streams: 1024
  },
  silence: "30 seconds",
  decode: Frames.decodeSpot,
  depths: [
    { levels: 5000, weight: 250 },
    { levels: 1000, weight: 50 },
    { levels: 500, weight: 25 },
    { levels: 100, weight: 5 }
  ],
  calls: {
    ...Calls.calls({
      under: "/api/v3",
      instruments: Calls.spotInstruments,
      levels: [5000, 1],
      weights: { instruments: 20, snapshot: 250, aggregatedTrades: 4, lastUpdate: 5 }
    }),
    trades: Calls.historicalTrades("/api/v3", 25)
  }
} satisfies Venue.Venue

/**
 * Ticks of Binance spot.
 *
 * @since 0.1.0
 */
export class BinanceSpot extends Context.Service<BinanceSpot, Feed>()(
  "@tapewire/venues/BinanceSpot"
) {
  /**
   * From the exchange, as it happens: `BinanceSpot.layer(["trades:BTC-USDT"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `BinanceSpot.layerRecorded("binance.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
