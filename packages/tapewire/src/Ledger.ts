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
import * as Schema from "effect/Schema"
import * as Line from "./internal/ledgerLine.ts"
import * as LedgerMinutes from "./internal/ledgerMinutes.ts"
import { Channel, channelOf } from "./Subscription.ts"
import { Gap, Micros, type Tick } from "./Tick.ts"

/**
 * Everything was given live (`complete`) or after it had been asked for (`filled`), some is missing
 * (`incomplete`), or nothing proves that all was given (`unproven`).
 *
 * @since 0.1.0
 */
export const Verdict = Schema.Literals(["complete", "filled", "unproven", "incomplete"])

/**
 * @since 0.1.0
 */
export type Verdict = typeof Verdict.Type

/**
 * Minutes in a row of which the same can be said.
 *
 * @since 0.1.0
 */
export const Minutes = Schema.Struct({
  /** The first microsecond of the first. */
  since: Micros,
  /** The first microsecond after the last. */
  until: Micros,
  verdict: Verdict,
  /** How many ticks of each of them were asked for afterwards; absent where none was. */
  filled: Schema.optional(Schema.Int),
  /**
   * Why nothing is proven: the first tick came within the minute (`start`), none has come after it
   * yet (`open`), the venue numbers nothing that could be followed (`unnumbered`), or a book was
   * given anew though nothing was said to be missing (`replaced`).
   */
  reason: Schema.optional(Schema.Literals(["start", "open", "unnumbered", "replaced"]))
})

/**
 * @since 0.1.0
 */
export type Minutes = typeof Minutes.Type

/**
 * Ticks that are missing.
 *
 * @since 0.1.0
 */
export const Hole = Schema.Struct({
  /** The first missing trade id or book update, where they are numbered. */
  from: Schema.optional(Schema.Int),
  /** The last of them; `undefined` while it is not known. */
  to: Schema.optional(Schema.Int),
  /** When the last tick before it happened. */
  since: Micros,
  /** When the first tick after it happened; `undefined` while none has come. */
  until: Schema.optional(Micros),
  cause: Gap.fields.cause
})

/**
 * @since 0.1.0
 */
export type Hole = typeof Hole.Type

/**
 * The account of one channel of one instrument. Trades happened when the venue says, and all else
 * when it was read.
 *
 * @since 0.1.0
 */
export const Entry = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  channel: Channel,
  variant: Schema.optional(Schema.String),
  /** Of all that is shown. */
  verdict: Verdict,
  /** When the first tick happened, and the latest; `undefined` where there was none. */
  since: Schema.optional(Micros),
  until: Schema.optional(Micros),
  /** The first trade id or book update, and the last, where they are numbered. */
  first: Schema.optional(Schema.Int),
  last: Schema.optional(Schema.Int),
  /** How many ticks were given, each trade counted once. */
  ticks: Schema.Int,
  /** How many of them were asked for after they had been missed. */
  filled: Schema.Int,
  /** How many numbered ticks are missing. */
  missing: Schema.Int,
  /** What is missing, oldest first. */
  gaps: Schema.Array(Hole),
  /** How many gaps are too long ago to be shown. */
  forgotten: Schema.Int,
  minutes: Schema.Array(Minutes)
})

/**
 * @since 0.1.0
 */
export type Entry = typeof Entry.Type

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
      gaps: holes.map(({ cause, from, since, to, until }) => ({ from, to, since, until, cause })),
      forgotten,
      minutes: LedgerMinutes.judge(line, keep)
    }
  })
