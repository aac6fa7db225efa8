/**
 * Decides which of two feeds is given, and joins them where one takes over from the other.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Window from "./internal/feedsWindow.ts"
import * as WholeBooks from "./internal/wholeBooks.ts"
import { type BookSnapshot, type Gap, type Tick, timeOf, type Trade } from "./Tick.ts"

/**
 * @since 0.1.0
 */
export type Path = "primary" | "fallback"

/**
 * Why another feed is given: the one before was silent for too long or failed, or the primary has
 * been healthy for long enough.
 *
 * @since 0.1.0
 */
export type SwitchReason = "silent" | "failed" | "recovered"

/**
 * What a step leads to.
 *
 * @since 0.1.0
 */
export interface Outcome {
  readonly ticks: ReadonlyArray<Tick>
  readonly switched: { readonly to: Path; readonly reason: SwitchReason } | undefined
}

/**
 * @since 0.1.0
 */
export interface Options {
  /** How long a feed may give no tick, in microseconds. */
  readonly unhealthyAfter: number
  /** How long the primary gives ticks before it takes over again, in microseconds. */
  readonly healthyFor: number
  /** How many trades are remembered of each symbol, and kept of the feed that is not given. */
  readonly window: number
  /** The book of a symbol as a feed shows it, after the batch in hand. */
  readonly book: (path: Path, symbol: string) => BookSnapshot | undefined
}

interface Series {
  readonly window: Window.Window<Window.Noted>
  /** The highest id given. */
  last: number
  /** When the trade of that id happened, or the one given last where ids are texts. */
  lastAt: number
  /** How many ids in a row were each one more than the last. */
  inRow: number
  /** Whether a feed began to be given and no trade yet shows what is missing before it. */
  isSeam: boolean
}

/**
 * What is known of two feeds. It is changed in place.
 *
 * @since 0.1.0
 */
export interface Failover {
  readonly options: Options
  active: Path
  /** When a feed last gave a tick, or was last made to wait; `undefined` while it is down. */
  readonly heardAt: Record<Path, number | undefined>
  /** Since when the primary gives ticks without falling silent. */
  healthySince: number | undefined
  readonly series: Map<string, Series>
  /** The latest trades of the feed that is not given, and where it says that some are missing. */
  spare: Array<Trade | Gap>
  books: WholeBooks.WholeBooks
}

const nothing: Outcome = { ticks: [], switched: undefined }

/** So many ids in a row show that a venue's ids are contiguous. */
const evidence = 3

/**
 * Begins with the primary, which has until `unhealthyAfter` to give its first tick.
 *
 * @since 0.1.0
 */
export const make = (options: Options, at: number): Failover => ({
  options,
  active: "primary",
  heardAt: { primary: at, fallback: undefined },
  healthySince: undefined,
  series: new Map(),
  spare: [],
  books: booksOf(options, "primary")
})

/**
 * Whether a feed has given a tick lately.
 *
 * @since 0.1.0
 */
export const isHealthy = ({ heardAt, options }: Failover, path: Path, at: number): boolean => {
  const last = heardAt[path]
  return last !== undefined && at - last < options.unhealthyAfter
}

/**
 * Takes a batch of one of the feeds.
 *
 * @since 0.1.0
 */
export const step = (
  self: Failover,
  path: Path,
  ticks: NonEmptyReadonlyArray<Tick>,
  at: number
): Outcome => {
  // A feed that only tells what is missing is not healthy.
  if (ticks.some(({ _tag }) => _tag !== "Gap")) {
    if (path === "primary" && !isHealthy(self, path, at)) self.healthySince = undefined
    if (path === "primary") self.healthySince ??= at
    self.heardAt[path] = at
  }
  if (path === self.active) return { ticks: give(self, ticks), switched: undefined }
  const reason = isHealthy(self, path, at) ? reasonFor(self, path, at) : undefined
  if (reason === undefined) {
    keep(self, ticks)
    return nothing
  }
  const missed = takeOver(self, path)
  return { ticks: [...missed, ...give(self, ticks)], switched: { to: path, reason } }
}

/**
 * Takes note that a feed failed.
 *
 * @since 0.1.0
 */
export const down = (self: Failover, path: Path, at: number): Outcome => {
  stop(self, path)
  return due(self, at)
}

/**
 * Takes note that a feed is not run any more.
 *
 * @since 0.1.0
 */
export const stop = (self: Failover, path: Path): void => {
  self.heardAt[path] = undefined
  if (path === "primary") self.healthySince = undefined
  // What comes when it is run again does not follow on.
  if (path === self.active) tear(self)
  else self.spare = []
}

/**
 * Looks whether the feed that is given has fallen silent and the other has not.
 *
 * @since 0.1.0
 */
export const due = (self: Failover, at: number): Outcome => {
  const path = self.active === "primary" ? "fallback" : "primary"
  if (!isHealthy(self, path, at)) return nothing
  const reason = reasonFor(self, path, at)
  if (reason === undefined) return nothing
  return { ticks: takeOver(self, path), switched: { to: path, reason } }
}

/** Why a healthy feed is to be given instead of the other, if it is. */
const reasonFor = (self: Failover, path: Path, at: number): SwitchReason | undefined => {
  const { active, healthySince, heardAt, options } = self
  if (!isHealthy(self, active, at)) return heardAt[active] === undefined ? "failed" : "silent"
  const isBack = healthySince !== undefined && at - healthySince >= options.healthyFor
  return path === "primary" && isBack ? "recovered" : undefined
}

/** Gives a feed from now on, beginning with what it gave that the other did not. */
const takeOver = (self: Failover, path: Path): ReadonlyArray<Tick> => {
  self.active = path
  self.books = booksOf(self.options, path)
  tear(self)
  const { spare } = self
  self.spare = []
  const out: Array<Tick> = []
  for (const tick of spare) {
    if (tick._tag === "Gap") tear(self, [keyOf(tick)])
    // Of a series that was never given nothing was missed.
    else if (self.series.has(keyOf(tick))) admit(self, tick, out)
  }
  return out
}

const keep = (self: Failover, ticks: ReadonlyArray<Tick>): void => {
  const { options, spare } = self
  for (const tick of ticks) {
    if (tick._tag === "Trade" || (tick._tag === "Gap" && tick.channel === "trades")) {
      spare.push(tick)
    }
  }
  if (spare.length > 2 * options.window) self.spare = spare.slice(-options.window)
}

const give = (self: Failover, ticks: ReadonlyArray<Tick>): ReadonlyArray<Tick> => {
  const out: Array<Tick> = []
  for (const tick of ticks) {
    if (tick._tag === "Trade") admit(self, tick, out)
    else out.push(tick)
  }
  return self.books.mend(out)
}

/** Adds a trade that was not given before, after what is missing before it. */
const admit = (self: Failover, trade: Trade, out: Array<Tick>): void => {
  const { at, id } = trade
  const key = keyOf(trade)
  let series = self.series.get(key)
  if (series === undefined) {
    series = { window: Window.make(), last: Number.NaN, lastAt: 0, inRow: 0, isSeam: false }
    self.series.set(key, series)
  }
  const noted = { rank: typeof id === "number" ? id : at }
  if (series.window.entries.has(id)) {
    // The feeds overlap, so nothing is missing between them; numbers show it by themselves.
    if (typeof id === "string") series.isSeam = false
    return
  }
  if (series.isSeam && Window.isBeyond(series.window, noted)) return
  const isNext = typeof id === "number" && id === series.last + 1
  const isLate = typeof id === "number" && id <= series.last
  if (series.isSeam && !isLate) {
    series.isSeam = false
    if (!isNext) out.push(gap(trade, series))
  }
  Window.note(series.window, id, noted, self.options.window)
  if (typeof id === "number" && !isLate) {
    series.inRow = isNext ? series.inRow + 1 : 0
    series.last = id
  }
  if (!isLate) series.lastAt = timeOf(trade)
  out.push(trade)
}

/** What may be missing before the first trade of a feed that took over. */
const gap = (trade: Trade, { inRow, last, lastAt }: Series): Gap => {
  const { firstId, id, received, symbol, venue } = trade
  const base = {
    _tag: "Gap",
    venue,
    symbol,
    received,
    channel: "trades",
    ...(firstId !== undefined && ({ variant: "aggregated" } as const)),
    since: lastAt,
    until: timeOf(trade)
  } as const
  return typeof id === "number" && inRow >= evidence
    ? { ...base, from: last + 1, to: id - 1, cause: "sequence" }
    : { ...base, cause: "disconnect" }
}

/** Looks at the next trade of each series whether it follows on. */
const tear = ({ series }: Failover, keys: Iterable<string> = series.keys()): void => {
  for (const key of keys) {
    const found = series.get(key)
    if (found !== undefined) found.isSeam = true
  }
}

const keyOf = (tick: Trade | Gap): string => {
  const isSingle = tick._tag === "Trade" ? tick.firstId === undefined : tick.variant === undefined
  return `${tick.venue} ${tick.symbol}${isSingle ? "" : " aggregated"}`
}

const booksOf = ({ book }: Options, path: Path): WholeBooks.WholeBooks =>
  WholeBooks.make((_, symbol) => book(path, symbol))
