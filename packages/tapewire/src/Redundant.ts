/**
 * Makes one sequence of ticks of two that say the same: what comes first is handed on, once.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Chain from "./internal/feedsChain.ts"
import * as Missing from "./internal/feedsMissing.ts"
import * as Sample from "./internal/feedsSample.ts"
import * as Window from "./internal/feedsWindow.ts"
import type { Bar, BookDelta, BookSnapshot, Gap, Tick, TradeId } from "./Tick.ts"

/**
 * One of the two ways by which ticks come.
 *
 * @since 0.1.0
 */
export type Path = "a" | "b"

/**
 * How a path did against the other. Counted are ticks that can be told apart, books excepted.
 *
 * @since 0.1.0
 */
export const Wins = Schema.Struct({
  /** Ticks it gave first. */
  firsts: Schema.Int,
  /** Ticks that had come by the other path, or were older than what had. */
  seconds: Schema.Int,
  /** By how many microseconds it was first, of the latest 1,024 that came by both. */
  leadMicros: Schema.optional(Sample.Quantiles)
})

/**
 * @since 0.1.0
 */
export const Report = Schema.Struct({ a: Wins, b: Wins })

/**
 * @since 0.1.0
 */
export type Report = typeof Report.Type

interface First extends Window.Noted {
  readonly path: Path
  readonly received: number
  /** Where it stands among ticks of which only the newest counts. */
  readonly order: number | undefined
  /** Of a bar: whether it was final. */
  readonly closed: boolean
}

interface Series extends Missing.Missing {
  readonly window: Window.Window<First>
}

/**
 * What is known of two paths. It is changed in place.
 *
 * @since 0.1.0
 */
export interface Redundant {
  /** The path whose ticks are handed on where they cannot be told apart. */
  winner: Path
  readonly firsts: Record<Path, number>
  readonly seconds: Record<Path, number>
  readonly leads: Record<Path, Sample.Sample>
  readonly isDown: Record<Path, boolean>
  /** How many more of the latest ticks `a` was first with than `b`, within bounds. */
  margin: number
  /** When the other path first gave something after the winner's last tick. */
  aheadSince: number | undefined
  readonly window: number
  readonly series: Map<string, Series>
  /** By kind and symbol: how far what was handed on goes. */
  readonly latest: Map<string, First>
  readonly chains: Map<string, Chain.Chain>
}

/**
 * How far a path may fall silent before the other is followed, in microseconds.
 *
 * @since 0.1.0
 */
export const patience = 1_000_000

/** By how many ticks a path must be ahead to become the winner. */
const decisive = 32

/**
 * Knows nothing yet. At most `window` trades of each symbol are remembered.
 *
 * @since 0.1.0
 */
export const make = (window: number): Redundant => ({
  winner: "a",
  firsts: { a: 0, b: 0 },
  seconds: { a: 0, b: 0 },
  leads: { a: Sample.make(), b: Sample.make() },
  isDown: { a: false, b: false },
  margin: 0,
  aheadSince: undefined,
  window,
  series: new Map(),
  latest: new Map(),
  chains: new Map()
})

/**
 * Takes a batch of one path and adds to `out` what is to be handed on. `book` shows the path's book
 * of a symbol as it is after the batch.
 *
 * @since 0.1.0
 */
export const step = (
  self: Redundant,
  path: Path,
  ticks: ReadonlyArray<Tick>,
  book: (symbol: string) => BookSnapshot | undefined,
  out: Array<Tick>
): void => {
  self.isDown[path] = false
  /** The symbols whose book was given as it is after the batch. */
  let ahead: Set<string> | undefined
  for (const tick of ticks) {
    watch(self, path, tick.received)
    switch (tick._tag) {
      case "BookSnapshot":
      case "BookDelta": {
        if (ahead?.has(tick.symbol) === true) break
        const given = Chain.follow(chainOf(self, path, tick.symbol), path, tick, patience, book)
        if (given === undefined) break
        if (given !== tick) (ahead ??= new Set()).add(tick.symbol)
        out.push(given)
        break
      }
      case "Gap":
        miss(self, path, tick, out)
        break
      default:
        if (isFirst(self, path, tick, out)) out.push(tick)
    }
  }
}

/**
 * Notes that a path gives nothing more for now, and adds to `out` what is missing for good.
 *
 * @since 0.1.0
 */
export const down = (self: Redundant, path: Path, out: Array<Tick>): void => {
  self.isDown[path] = true
  self.winner = other(path)
  self.margin = 0
  for (const chain of self.chains.values()) if (chain.path === path) Chain.lose(chain)
  for (const series of self.series.values()) settle(self, series, out)
}

/**
 * The path whose book of a symbol is being handed on, if any is.
 *
 * @since 0.1.0
 */
export const bookPath = (self: Redundant, symbol: string): Path | undefined => {
  const chain = self.chains.get(symbol)
  return chain === undefined || chain.broken ? undefined : chain.path
}

/**
 * @since 0.1.0
 */
export const report = (self: Redundant): Report => ({ a: wins(self, "a"), b: wins(self, "b") })

const wins = ({ firsts, leads, seconds }: Redundant, path: Path): typeof Wins.Type => ({
  firsts: firsts[path],
  seconds: seconds[path],
  leadMicros: Sample.quantiles(leads[path])
})

const other = (path: Path): Path => (path === "a" ? "b" : "a")

/** Makes the other path the winner when the winner has been silent while the other was not. */
const watch = (self: Redundant, path: Path, received: number): void => {
  if (path !== self.winner) {
    self.aheadSince ??= received
    if (received - self.aheadSince < patience) return
    self.winner = path
    self.margin = 0
  }
  self.aheadSince = undefined
}

const won = (self: Redundant, path: Path): void => {
  self.firsts[path]++
  self.margin += path === "a" ? 1 : -1
  if (Math.abs(self.margin) < decisive) return
  self.margin = self.margin > 0 ? decisive : -decisive
  if (path === self.winner) return
  self.winner = path
  self.aheadSince = undefined
}

const lost = (self: Redundant, path: Path, first: First, received: number): void => {
  if (first.path === path) return
  self.seconds[path]++
  Sample.add(self.leads[first.path], received - first.received)
}

type Single = Exclude<Tick, Gap | BookSnapshot | BookDelta>

const isFirst = (self: Redundant, path: Path, tick: Single, out: Array<Tick>): boolean => {
  switch (tick._tag) {
    case "Trade": {
      const rank = typeof tick.id === "number" ? tick.id : tick.at
      const series = seriesOf(self, keyOf(tick.symbol, tick.firstId !== undefined))
      const passes = isNew(self, path, series, tick.id, tick, rank)
      if (typeof tick.id === "number") {
        Missing.reach(series, path, tick.id)
        settle(self, series, out)
      }
      return passes
    }
    case "Observation": {
      const series = seriesOf(self, `${tick._tag} ${tick.symbol}`)
      return isNew(self, path, series, `${tick.date} ${tick.vintage}`, tick, undefined)
    }
    case "Bar":
      return isBarNew(self, path, tick)
    case "Quote":
      return isNewer(self, path, tick, tick.sequence)
    case "Ticker":
    case "Funding":
    case "MarkPrice":
    case "OpenInterest":
      return isNewer(self, path, tick, tick.at)
    // Several may happen at one time and to one size.
    case "Liquidation":
      return path === self.winner
  }
}

const isNew = (
  self: Redundant,
  path: Path,
  { window }: Series,
  id: TradeId,
  { received }: Tick,
  rank: number | undefined
): boolean => {
  const first = window.entries.get(id)
  if (first !== undefined) {
    lost(self, path, first, received)
    return false
  }
  const noted = { path, received, rank, order: undefined, closed: false }
  if (Window.isBeyond(window, noted)) return path === self.winner
  Window.note(window, id, noted, self.window)
  won(self, path)
  return true
}

/** How many bars of an interval are remembered: the one being made, and some before it. */
const bars = 16

/** A bar comes again and again until its interval is over; a final one is final. */
const isBarNew = (self: Redundant, path: Path, tick: Bar): boolean => {
  const { at, closed, interval, openAt, received, symbol } = tick
  const { window } = seriesOf(self, `Bar ${interval} ${symbol}`)
  const first = window.entries.get(openAt)
  const noted = { path, received, rank: openAt, order: at, closed }
  if (first === undefined && Window.isBeyond(window, noted)) return path === self.winner
  if (first !== undefined) {
    if (first.closed || (!closed && isOld(at, first, path))) {
      lost(self, path, first, received)
      return false
    }
    if (!closed && at === undefined && path !== self.winner) return false
  }
  Window.note(window, openAt, noted, bars)
  won(self, path)
  return true
}

/** Whether what comes now is no newer; of several at one time those of the first path count. */
const isOld = (order: number | undefined, { order: before, path: by }: First, path: Path) =>
  order !== undefined &&
  before !== undefined &&
  (order < before || (order === before && by !== path))

/** Ticks of which only the newest counts. */
const isNewer = (self: Redundant, path: Path, tick: Tick, order: number | undefined): boolean => {
  if (order === undefined) return path === self.winner
  const { received } = tick
  const key = `${tick._tag} ${tick.symbol}`
  const first = self.latest.get(key)
  if (first !== undefined) {
    // A quote of one book update is one quote, by whichever path it comes.
    const isSame = order === first.order && tick._tag === "Quote"
    if (isSame || isOld(order, first, path)) {
      if (order === first.order) lost(self, path, first, received)
      else self.seconds[path]++
      return false
    }
  }
  self.latest.set(key, { path, received, rank: undefined, order, closed: false })
  won(self, path)
  return true
}

/** A gap of one path is none if the other path has what is missing. */
const miss = (self: Redundant, path: Path, gap: Gap, out: Array<Tick>): void => {
  const { channel, from, symbol, to, variant } = gap
  if (channel === "book") {
    const chain = self.chains.get(symbol)
    if (chain?.path !== path || chain.broken) return
    Chain.lose(chain)
    out.push(gap)
  } else if (from === undefined || to === undefined) {
    if (path === self.winner) out.push(gap)
  } else {
    const series = seriesOf(self, keyOf(symbol, variant === "aggregated"))
    series.pending.push(gap)
    settle(self, series, out)
  }
}

const settle = (self: Redundant, series: Series, out: Array<Tick>): void => {
  if (series.pending.length === 0) return
  const { a, b } = self.isDown
  const isHad = (id: number) => series.window.entries.has(id)
  Missing.settle(series, a || b, self.window, isHad, out)
}

const chainOf = ({ chains }: Redundant, path: Path, symbol: string): Chain.Chain => {
  let chain = chains.get(symbol)
  if (chain === undefined) {
    chain = Chain.make(path)
    chains.set(symbol, chain)
  }
  return chain
}

const keyOf = (symbol: string, aggregated: boolean): string =>
  aggregated ? `Trade aggregated ${symbol}` : `Trade ${symbol}`

const seriesOf = (self: Redundant, key: string): Series => {
  let series = self.series.get(key)
  if (series === undefined) {
    series = { ...Missing.make(), window: Window.make() }
    self.series.set(key, series)
  }
  return series
}
