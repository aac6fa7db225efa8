/**
 * Statistical series of FRED, the database of the Federal Reserve Bank of St. Louis.
 *
 * @see https://fred.stlouisfed.org/docs/api/fred/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Feed, Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as PollFeed from "tapewire/PollFeed"
import * as Recording from "tapewire/Recording"
import type { Observation } from "tapewire/Tick"
import * as Venue from "tapewire/Venue"

const { Array, String, Struct } = Schema

const series = (id: string, units: string): Instrument => ({
  venue: "fred",
  symbol: id,
  native: id,
  kind: "series",
  base: id,
  quote: units,
  status: "trading"
})

/** What moves markets, and in what units. Base years change with revisions. */
const drivers = [
  series("FEDFUNDS", "Percent"),
  series("DGS2", "Percent"),
  series("DGS10", "Percent"),
  series("T10Y2Y", "Percent"),
  series("T10Y3M", "Percent"),
  series("T10YIE", "Percent"),
  series("CPIAUCSL", "Index 1982-84=100"),
  series("PCEPILFE", "Index 2017=100"),
  series("UNRATE", "Percent"),
  series("PAYEMS", "Thousands of persons"),
  series("ICSA", "Number"),
  series("GDP", "Billions of dollars"),
  series("INDPRO", "Index 2017=100"),
  series("M2SL", "Billions of dollars"),
  series("VIXCLS", "Index"),
  series("DCOILWTICO", "Dollars per barrel"),
  series("BAMLH0A0HYM2", "Percent"),
  series("DTWEXBGS", "Index Jan 2006=100")
]

const day = 86_400_000_000

/** The day of a time in microseconds. */
const dayOf = (time: number): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(time / 1000))

const Day = String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/))

const Observations = Struct({
  realtime_start: Day,
  observations: Array(Struct({ realtime_start: Day, date: Day, value: String }))
})

/** Earlier publications first, and of one publication earlier days. */
const order = (one: Observation, other: Observation): number => {
  if (one.vintage !== other.vintage) return one.vintage < other.vintage ? -1 : 1
  return one.date < other.date ? -1 : 1
}

const published = Venue.body(
  Venue.kind(Observations, ({ observations, realtime_start: first }, reader) =>
    observations
      .flatMap(({ date, realtime_start: vintage, value }): ReadonlyArray<Observation> => {
        // What was known before the stretch that was asked for is told as of its first day.
        if (vintage === first) return []
        return [
          {
            _tag: "Observation",
            venue: reader.venue,
            symbol: "",
            at: undefined,
            received: reader.received,
            date,
            value: value === "." ? undefined : reader.decimal(value),
            vintage
          }
        ]
      })
      .toSorted(order)
  )
)

/**
 * Statistical series of FRED, the database of the Federal Reserve Bank of St. Louis.
 *
 * @since 0.1.0
 */
export const venue = {
  ...PollFeed.unconnected,
  id: "fred",
  name: "FRED",
  needsCredentials: true,
  credentials: { kind: "key" },
  authorize: ({ key }) => ({ query: { api_key: Redacted.value(key) } }),
  endpoints: { websocket: "", rest: "https://api.stlouisfed.org" },
  channels: { series: [undefined] },
  limits: {
    messages: { count: 1, per: "1 second" },
    connections: { count: 1, per: "1 second" },
    // 120 a minute; who asks for more than two in a second is cut off.
    requests: { count: 1, per: "550 millis" },
    batch: 1,
    streams: 1000
  },
  instruments: drivers,
  // There are some 800,000 more.
  unlisted: (symbol) => series(symbol, ""),
  // Days are those of St. Louis, and what is published on one may come in parts.
  poll: { every: "10 minutes", since: "730 days", overlap: "7 days" },
  calls: {
    poll: {
      path: (native, from) => {
        const query = [
          `series_id=${encodeURIComponent(native)}`,
          "file_type=json",
          `realtime_start=${dayOf(from)}`,
          "realtime_end=9999-12-31",
          // Revisions of what is older are left out: without this, all there is comes each time.
          `observation_start=${dayOf(from - 730 * day)}`
        ]
        return `/fred/series/observations?${query.join("&")}`
      },
      weight: 1,
      decode: (body, reader, native) => {
        const symbol = reader.symbol(native) ?? native
        return Result.map(published(body, reader), (all) =>
          all.map((one): Observation => ({ ...one, symbol }))
        )
      }
    }
  }
} satisfies Venue.Venue

/**
 * Eighteen series that move markets: rates, prices, work, output, money, oil, credit, the dollar.
 *
 * @since 0.1.0
 */
export const indicators: ReadonlyArray<Topic<typeof venue>> = drivers.map(
  ({ symbol }) => `series:${symbol}` as const
)

/**
 * Observations of FRED.
 *
 * @since 0.1.0
 */
export class Fred extends Context.Service<Fred, Feed>()("@tapewire/venues/Fred") {
  /**
   * As they are published: `Fred.layer(["series:CPIAUCSL"])`, `Fred.layer(indicators)`.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    topics: ReadonlyArray<Topic<typeof venue>>,
    options?: PollFeed.Options
  ) => Layer.effect(this, PollFeed.make(venue, topics, options))

  /**
   * From a tape: `Fred.layerRecorded("fred.tape")`.
   *
   * @since 0.1.0
   */
  static readonly layerRecorded = (tape: string, options?: Recording.Options) =>
    Layer.effect(this, Recording.make(venue, tape, options))
}
