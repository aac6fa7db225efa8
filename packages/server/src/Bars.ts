/**
 * The bars seen on the tape, and those made of its trades where a venue's own are not subscribed.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Subscription } from "tapewire/Subscription"
import * as Tape from "tapewire/Tape"
import type { Bar, Tick, Trade } from "tapewire/Tick"
import * as BarSeries from "./BarSeries.ts"
import * as TradeBars from "./TradeBars.ts"

/**
 * How many bars are kept of one interval of one instrument: a day of minutes.
 *
 * @since 0.1.0
 */
export const keep = 1440

/**
 * Bars of one interval of one instrument.
 *
 * @since 0.1.0
 */
export interface Found {
  readonly series: BarSeries.BarSeries
  /** Whether they were made here of trades. */
  readonly derived: boolean
}

/**
 * @since 0.1.0
 */
export interface Interface {
  /** The intervals there are for an instrument; none where neither bars nor trades are subscribed. */
  readonly intervals: (venue: string, symbol: string) => ReadonlyArray<string>
  readonly find: (venue: string, symbol: string, interval: string) => Found | undefined
}

/**
 * The bars seen on the tape.
 *
 * @since 0.1.0
 */
export class Bars extends Context.Service<Bars, Interface>()("@tapewire/server/Bars") {}

/**
 * Reads the bars and trades of the tape for as long as the layer is in use.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<Bars, never, Tape.Tape> = Layer.effect(
  Bars,
  Effect.gen(function* () {
    const tape = yield* Tape.Tape
    const subscriptions = tape.feeds
      .flatMap((feed) => feed.subscriptions)
      .filter(({ channel }) => channel === "bars" || channel === "trades")
    const store = make(subscriptions)
    if (subscriptions.length > 0) {
      const reader = yield* tape.reader({ name: "bars", capacity: 100_000, subscriptions })
      yield* reader.ticks.pipe(
        Stream.runForEachArray((ticks) => Effect.sync(() => store.add(ticks))),
        Effect.forkScoped
      )
    }
    return store
  })
)

interface Instrument {
  /** As the venue sends them, by interval. */
  readonly native: Map<string, BarSeries.BarSeries>
  readonly derived: Array<TradeBars.TradeBars>
  /** Whether to count single trades or those a venue aggregates, never both. */
  readonly counts: "single" | "aggregated" | undefined
}

interface Store extends Interface {
  readonly add: (ticks: ReadonlyArray<Tick>) => void
}

/**
 * Bars of what some subscriptions give.
 *
 * @since 0.1.0
 */
export const make = (subscriptions: ReadonlyArray<Subscription>): Store => {
  const instruments = new Map(
    Array.from(
      Map.groupBy(subscriptions, ({ symbol, venue }) => `${venue} ${symbol}`),
      ([key, subscribed]) => [key, instrument(subscribed)]
    )
  )
  const of = (venue: string, symbol: string) => instruments.get(`${venue} ${symbol}`)
  return {
    add: (ticks) => {
      for (const tick of ticks) {
        if (tick._tag !== "Bar" && tick._tag !== "Trade") continue
        const found = of(tick.venue, tick.symbol)
        if (found === undefined) continue
        if (tick._tag === "Bar") addBar(found, tick)
        else addTrade(found, tick)
      }
    },
    intervals: (venue, symbol) => {
      const found = of(venue, symbol)
      if (found === undefined) return []
      const derived = found.derived.map(({ interval }) => interval)
      return Array.from(new Set([...found.native.keys(), ...derived]))
    },
    find: (venue, symbol, interval) => {
      const found = of(venue, symbol)
      const native = found?.native.get(interval)
      if (native !== undefined) return { series: native, derived: false }
      const derived = found?.derived.find((bars) => bars.interval === interval)
      return derived === undefined ? undefined : { series: derived.series, derived: true }
    }
  }
}

const instrument = (subscribed: ReadonlyArray<Subscription>): Instrument => {
  const native = new Map<string, BarSeries.BarSeries>()
  for (const { channel, variant } of subscribed) {
    if (channel === "bars" && variant !== undefined) native.set(variant, BarSeries.empty)
  }
  const trades = subscribed.filter(({ channel }) => channel === "trades")
  const single = trades.some(({ variant }) => variant !== "aggregated")
  return {
    native,
    derived:
      trades.length === 0
        ? []
        : TradeBars.Interval.literals
            .filter((interval) => !native.has(interval))
            .map((interval) => TradeBars.make(interval)),
    counts: trades.length === 0 ? undefined : single ? "single" : "aggregated"
  }
}

const addBar = ({ native }: Instrument, bar: Bar): void => {
  const series = native.get(bar.interval) ?? BarSeries.empty
  native.set(bar.interval, BarSeries.put(series, bar, keep))
}

const addTrade = ({ counts, derived }: Instrument, trade: Trade): void => {
  if ((trade.firstId === undefined ? "single" : "aggregated") !== counts) return
  for (const [index, bars] of derived.entries()) derived[index] = TradeBars.step(bars, trade, keep)
}
