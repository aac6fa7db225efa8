/**
 * Feeds and readers as metrics, for every exporter of Effect's metric registry.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Feed from "tapewire/Feed"
import type { Stats } from "tapewire/Subscriber"
import * as Tape from "tapewire/Tape"

/** What there is, and what each means. */
const families = {
  tapewire_ticks_total: ["counter", "Ticks given by a feed"],
  tapewire_feed_state: ["gauge", "1 for the state a feed is in, 0 for the others"],
  tapewire_last_tick_age_seconds: ["gauge", "Time since the last tick of a feed was read"],
  tapewire_lag_seconds: ["gauge", "How long after the venue's own time the last tick was read"],
  tapewire_connection_losses_total: ["counter", "Connections lost"],
  tapewire_breaker_open: ["gauge", "1 while a venue is left alone after too many failures"],
  tapewire_gaps_total: ["counter", "Holes in trade ids or book updates"],
  tapewire_inbox_waiting: ["gauge", "Frames that wait to be decoded"],
  tapewire_inbox_pauses_total: [
    "counter",
    "Times a venue was made to wait because frames came faster than they were decoded"
  ],
  tapewire_undecodable_total: ["counter", "Frames that did not match the venue's protocol"],
  tapewire_duplicates_total: ["counter", "Trades that came a second time and were dropped"],
  tapewire_reader_offered_total: ["counter", "Ticks meant for a reader"],
  tapewire_reader_delivered_total: ["counter", "Ticks a reader has taken"],
  tapewire_reader_dropped_total: ["counter", "Ticks given up because a reader fell behind"],
  tapewire_reader_waiting: ["gauge", "Ticks that wait for a reader"],
  tapewire_reader_overrun: [
    "gauge",
    "1 once a reader that must not miss anything was too slow for a live feed"
  ]
} as const

/**
 * A value of one metric, told apart by its labels.
 *
 * @since 0.1.0
 */
export interface Sample {
  readonly name: keyof typeof families
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * What feeds and readers amount to at a time, in milliseconds since the Unix epoch. What is not
 * known has no sample.
 *
 * @since 0.1.0
 */
export const samples = (
  feeds: ReadonlyArray<Tape.FeedStatus>,
  readers: ReadonlyArray<Stats>,
  now: number
): ReadonlyArray<Sample> => [
  ...feeds.flatMap((feed) => ofFeed(feed, now)),
  ...readers.flatMap(ofReader)
]

const ofFeed = (feed: Tape.FeedStatus, now: number): ReadonlyArray<Sample> => {
  const { breaker, counts, inbox, lagMs, lastTickAt, losses, provenance, state, ticks, venue } =
    feed
  const labels = { venue, provenance }
  const out: Array<Sample> = [
    { name: "tapewire_ticks_total", labels, value: ticks },
    { name: "tapewire_connection_losses_total", labels, value: losses },
    { name: "tapewire_gaps_total", labels, value: counts?.gaps ?? 0 },
    { name: "tapewire_undecodable_total", labels, value: counts?.undecodable ?? 0 },
    { name: "tapewire_duplicates_total", labels, value: counts?.duplicates ?? 0 }
  ]
  for (const possible of Feed.State.literals) {
    const value = possible === state ? 1 : 0
    out.push({ name: "tapewire_feed_state", labels: { ...labels, state: possible }, value })
  }
  if (lastTickAt !== undefined) {
    const value = (now - lastTickAt / 1000) / 1000
    out.push({ name: "tapewire_last_tick_age_seconds", labels, value })
  }
  if (breaker !== undefined) {
    const value = breaker === "open" ? 1 : 0
    out.push({ name: "tapewire_breaker_open", labels, value })
  }
  if (inbox !== undefined) {
    const { pauses, waiting } = inbox
    out.push({ name: "tapewire_inbox_waiting", labels, value: waiting })
    out.push({ name: "tapewire_inbox_pauses_total", labels, value: pauses })
  }
  if (lagMs !== undefined) {
    out.push({ name: "tapewire_lag_seconds", labels, value: lagMs / 1000 })
  }
  return out
}

const ofReader = (stats: Stats): ReadonlyArray<Sample> => {
  const { delivered, dropped, name: reader, offered, overrun, policy, waiting } = stats
  const labels = { reader, policy }
  return [
    { name: "tapewire_reader_offered_total", labels, value: offered },
    { name: "tapewire_reader_delivered_total", labels, value: delivered },
    { name: "tapewire_reader_dropped_total", labels, value: dropped },
    { name: "tapewire_reader_waiting", labels, value: waiting },
    { name: "tapewire_reader_overrun", labels, value: overrun ? 1 : 0 }
  ]
}

/**
 * The metrics of a tape.
 *
 * @since 0.1.0
 */
export class Metrics extends Context.Service<
  Metrics,
  {
    /** Brings all values up to now, which otherwise happens every second. */
    readonly refresh: Effect.Effect<void>
  }
>()("@tapewire/server/Metrics") {}

/**
 * Registers the metrics of the tape for as long as the layer is in use.
 *
 * Exporters read values in passing and cannot wait for them, so these are read from the tape every
 * second.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<Metrics, never, Tape.Tape> = Layer.effect(
  Metrics,
  Effect.gen(function* () {
    const tape = yield* Tape.Tape
    const context = yield* Effect.context<never>()
    let registered = new Map<string, Metric.Registration>()

    // Anew each time, so that another program on the same registry that ends takes nothing along.
    const refresh = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const current = samples(yield* tape.status, yield* tape.readers, now)
      const next = new Map(current.map((sample) => [key(sample), register(sample, context)]))
      for (const [name, { remove }] of registered) {
        if (!next.has(name)) remove()
      }
      registered = next
    })

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const { remove } of registered.values()) remove()
      })
    )
    yield* refresh
    yield* Effect.forkScoped(Effect.schedule(refresh, Schedule.spaced("1 second")))
    return { refresh }
  })
)

const key = ({ labels, name }: Sample): string => `${name} ${JSON.stringify(labels)}`

const register = (
  { labels: attributes, name, value }: Sample,
  context: Context.Context<never>
): Metric.Registration => {
  const [type, description] = families[name]
  const ignore = { update: () => undefined, modify: () => undefined }
  if (type === "counter") {
    const counter = Metric.counter(name, { description, attributes, incremental: true })
    const state = { count: value, incremental: true }
    return Metric.registerUnsafe(counter, context, { get: () => state, ...ignore })
  }
  const gauge = Metric.gauge(name, { description, attributes })
  return Metric.registerUnsafe(gauge, context, { get: () => ({ value }), ...ignore })
}
