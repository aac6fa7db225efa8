/**
 * Keeps account of what a stream of ticks gave and of what is missing from it, so that for every
 * minute there is an answer to whether anything was missed.
 *
 * A minute is judged by the numbers a venue gives its trades and book updates: where they follow one
 * another, nothing is missing between them. `docs/gaps.md` says what each verdict means. A ledger is
 * changed in place, as it stands in the hot path.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Entry, Hole } from "./GapReport.ts"
import * as Line from "./internal/ledgerLine.ts"
import * as LedgerMinutes from "./internal/ledgerMinutes.ts"
import { type Channel, channelOf } from "./Subscription.ts"
import type { Gap, Tick } from "./Tick.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** Whether a venue's trade ids follow one another without a hole; none is taken to by default. */
  readonly contiguous?: ((venue: string) => boolean) | undefined
  /** How far back minutes are accounted for, from the latest tick; a day by default. */
  readonly keep?: Duration.Input | undefined
}

/** The lines of one symbol, the busiest by name. */
interface Shelf {
  readonly venue: string
  readonly symbol: string
  trades: Line.Line | undefined
  aggregated: Line.Line | undefined
  book: Line.Line | undefined
  readonly rest: Array<Line.Line>
}

/**
 * @since 0.1.0
 */
export interface Ledger {
  readonly contiguous: (venue: string) => boolean
  /** In minutes. */
  readonly keep: number
  readonly lines: Array<Line.Line>
  readonly venues: Map<string, Map<string, Shelf>>
  /** That of the last tick: most often the next one is of the same symbol. */
  shelf: Shelf
}

const shelf = (venue: string, symbol: string): Shelf => ({
  venue,
  symbol,
  trades: undefined,
  aggregated: undefined,
  book: undefined,
  rest: []
})

/**
 * An empty ledger.
 *
 * @since 0.1.0
 */
export const make = (options?: Options): Ledger => ({
  contiguous: options?.contiguous ?? (() => false),
  keep: Math.max(
    1,
    Math.ceil(Duration.toMinutes(Duration.fromInputUnsafe(options?.keep ?? "1 day")))
  ),
  lines: [],
  venues: new Map(),
  shelf: shelf("", "")
})

/**
 * Takes ticks in the order in which they are given.
 *
 * @since 0.1.0
 */
export const step = (self: Ledger, ticks: ReadonlyArray<Tick>): void => {
  const { keep } = self
  for (const tick of ticks) {
    const shelf =
      tick.symbol === self.shelf.symbol && tick.venue === self.shelf.venue
        ? self.shelf
        : shelfOf(self, tick)
    switch (tick._tag) {
      case "Trade":
        if (tick.firstId === undefined) {
          Line.trade((shelf.trades ??= open(self, shelf, "trades")), tick, keep)
        } else {
          Line.trade((shelf.aggregated ??= open(self, shelf, "trades", "aggregated")), tick, keep)
        }
        break
      case "BookDelta":
        Line.delta((shelf.book ??= open(self, shelf, "book")), tick, keep)
        break
      case "BookSnapshot":
        Line.snapshot((shelf.book ??= open(self, shelf, "book")), tick, keep)
        break
      case "Gap":
        Line.gap(missingFrom(self, shelf, tick), tick, keep)
        break
      default:
        Line.see(
          other(self, shelf, channelOf(tick), tick._tag === "Bar" ? tick.interval : undefined),
          tick.received
        )
    }
  }
}

const shelfOf = (self: Ledger, { symbol, venue }: Tick): Shelf => {
  let shelves = self.venues.get(venue)
  if (shelves === undefined) self.venues.set(venue, (shelves = new Map()))
  let found = shelves.get(symbol)
  if (found === undefined) shelves.set(symbol, (found = shelf(venue, symbol)))
  self.shelf = found
  return found
}

const open = (self: Ledger, { symbol, venue }: Shelf, channel: Channel, variant?: string) => {
  const numbered = channel === "book" || (channel === "trades" && self.contiguous(venue))
  const line = Line.make({ venue, symbol, channel, variant, numbered })
  self.lines.push(line)
  return line
}

const missingFrom = (self: Ledger, shelf: Shelf, { channel, variant }: Gap): Line.Line => {
  if (channel === "book") return (shelf.book ??= open(self, shelf, "book"))
  return variant === undefined
    ? (shelf.trades ??= open(self, shelf, "trades"))
    : (shelf.aggregated ??= open(self, shelf, "trades", variant))
}

const other = (self: Ledger, shelf: Shelf, channel: Channel, variant: string | undefined) => {
  for (const line of shelf.rest) {
    if (line.channel === channel && line.variant === variant) return line
  }
  const line = open(self, shelf, channel, variant)
  shelf.rest.push(line)
  return line
}

/**
 * The account so far, in the order in which instruments were first seen.
 *
 * @since 0.1.0
 */
export const report = ({ keep, lines }: Ledger): ReadonlyArray<Entry> =>
  lines.map((line) => {
    const { channel, filled, first, forgotten, holes, last, missing, ticks } = line
    const { numbered, symbol, variant, venue } = line
    return {
      venue,
      symbol,
      channel,
      ...(variant !== undefined && { variant }),
      verdict: LedgerMinutes.verdictOf(line),
      ...(ticks > 0 && { since: line.since, until: line.until }),
      ...(numbered && ticks > 0 && { first, last }),
      ticks,
      filled,
      missing,
      gaps: holes.map(shown),
      forgotten,
      minutes: LedgerMinutes.judge(line, keep)
    }
  })

/** What is not known is absent. */
const shown = ({ cause, from, since, to, until }: Line.Hole): Hole => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  since,
  ...(until !== undefined && { until }),
  cause
})
