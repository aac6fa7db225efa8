/**
 * Crypto by Alpaca, on its own US exchange.
 *
 * @see https://docs.alpaca.markets/docs/real-time-crypto-pricing-data
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Reader } from "tapewire/Reader"
import * as Recording from "tapewire/Recording"
import type { Level, Side } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"
import * as Alpaca from "./internal/alpaca.ts"

const { Boolean, Finite, String, Struct } = Schema

const sides = new Map<string | undefined, Side>([
  ["B", "buy"],
  ["S", "sell"]
])

const trade = Alpaca.about(
  Struct({
    S: String,
    t: String,
    i: Alpaca.Id,
    p: Finite,
    s: Finite,
    tks: Schema.optional(String)
  }),
  ({ i, p, s, t, tks }, reader, symbol) => ({
    _tag: "Trade",
    venue: reader.venue,
    symbol,
    at: reader.instant(t),
    received: reader.received,
    id: Alpaca.idOf(i),
    price: reader.number(p),
    size: reader.number(s),
    side: sides.get(tks)
  })
)

const Levels = Schema.Array(Struct({ p: Finite, s: Finite }))

const levels = (wire: typeof Levels.Type, reader: Reader): ReadonlyArray<Level> =>
  wire.map(({ p, s }): Level => [reader.number(p), reader.number(s)])

/** The whole book where it says that it replaces what was before, else new sizes. */
const book = Alpaca.about(
  Struct({ S: String, t: String, b: Levels, a: Levels, r: Schema.optional(Boolean) }),
  ({ a, b, r, t }, reader, symbol) => ({
    _tag: r === true ? "BookSnapshot" : "BookDelta",
    venue: reader.venue,
    symbol,
    at: reader.instant(t),
    received: reader.received,
    bids: levels(b, reader),
    asks: levels(a, reader)
  })
)

const Trades = Struct({ trades: Schema.Record(String, Struct({ i: Alpaca.Id })) })
const Books = Struct({ orderbooks: Schema.Record(String, Struct({ t: String })) })

const lastTrades = Alpaca.body(Venue.kind(Trades, ({ trades }) => trades))
const lastBooks = Alpaca.body(Venue.kind(Books, ({ orderbooks }) => orderbooks))

const latest = (what: string) => (native: string) =>
  `/v1beta3/crypto/us/latest/${what}?symbols=${encodeURIComponent(native)}`

/**
 * Crypto by Alpaca, on its own US exchange.
 *
 * @since 0.1.0
 */
export const venue = {
  id: "alpaca-crypto",
  name: "Alpaca: crypto",
  ...Alpaca.stream(["bars", "updatedBars"]),
  credentials: { kind: "pair", of: "alpaca" },
  endpoints: {
    websocket: "wss://stream.data.alpaca.markets/v1beta3/crypto/us",
    rest: "https://data.alpaca.markets"
  },
  channels: {
    trades: [undefined],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m"]
  },
  books: "stream",
  decode: Alpaca.decode({ t: trade, o: book }),
  calls: {
    // A name in the list is base and quote with a slash between them.
    instruments: Alpaca.assets("crypto", (symbol) => {
      const [, base, quote] = /^([^/]+)\/([^/]+)$/.exec(symbol) ?? []
      return base === undefined || quote === undefined ? undefined : { kind: "spot", base, quote }
    }),
    lastTrade: {
      path: latest("trades"),
      weight: 1,
      decode: (text, reader, native) =>
        Result.map(lastTrades(text, reader), (all) => all[native] && Alpaca.idOf(all[native].i))
    },
    lastUpdate: {
      path: latest("orderbooks"),
      weight: 1,
      decode: (text, reader, native) => Result.map(lastBooks(text, reader), (all) => all[native]?.t)
    }
  }
} satisfies Venue.Venue

/**
 * Ticks of Alpaca's crypto exchange.
 *
 * @since 0.1.0
 */
export class AlpacaCrypto extends Context.Service<AlpacaCrypto, Feed>()(
  "@tapewire/venues/AlpacaCrypto"
) {
  /**
   * From the venue, as it happens: `AlpacaCrypto.layer(["book:BTC-USD"])`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: LiveFeed.Options
  ) => Layer.effect(this, LiveFeed.make(venue, topics, options))

  /**
   * From a tape: `AlpacaCrypto.layerRecorded("alpaca-crypto.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
