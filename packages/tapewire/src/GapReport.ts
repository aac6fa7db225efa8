/**
 * What was given and what is missing, channel by channel and minute by minute.
 *
 * `docs/gaps.md` says what each verdict means and what none can promise.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Channel, type Subscription } from "./Subscription.ts"
import { Gap, Micros } from "./Tick.ts"

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
 * Which part of a report is wanted. All that is given must hold.
 *
 * @since 0.1.0
 */
export interface Filter {
  readonly venue?: string | undefined
  readonly symbol?: string | undefined
  readonly channel?: Channel | undefined
  /** In the first minute that is asked about. */
  readonly from?: number | undefined
  /** The end of the last minute that is asked about, or in it. */
  readonly to?: number | undefined
  /** Only what was missed. */
  readonly only?: "incomplete" | undefined
}

/**
 * The part of a report that is wanted. Counts stay those of all that was given; the verdict, the gaps
 * and the minutes are of the minutes asked about, none of which is proven where it is not known.
 *
 * @since 0.1.0
 */
export const select = <E extends Entry>(
  entries: ReadonlyArray<E>,
  filter: Filter
): ReadonlyArray<E> => {
  const { channel, from, only, symbol, to, venue } = filter
  return entries.flatMap((entry): ReadonlyArray<E> => {
    if (venue !== undefined && venue !== entry.venue) return []
    if (symbol !== undefined && symbol !== entry.symbol) return []
    if (channel !== undefined && channel !== entry.channel) return []
    const asked = from === undefined && to === undefined ? entry : between(entry, from, to)
    if (only === undefined) return [asked]
    if (asked.verdict !== only) return []
    return [{ ...asked, minutes: asked.minutes.filter(({ verdict }) => verdict === only) }]
  })
}

const minute = 60_000_000

const between = <E extends Entry>(
  entry: E,
  from: number | undefined,
  to: number | undefined
): E => {
  const least = from === undefined ? Number.NEGATIVE_INFINITY : Math.floor(from / minute) * minute
  const most = to === undefined ? Number.POSITIVE_INFINITY : Math.ceil(to / minute) * minute
  const gaps = entry.gaps.filter(({ since, until = most }) => since < most && until >= least)
  const minutes = entry.minutes.flatMap((run): ReadonlyArray<Minutes> => {
    const since = Math.max(run.since, least)
    const until = Math.min(run.until, most)
    return since < until ? [{ ...run, since, until }] : []
  })
  const isCovered =
    (from === undefined ? entry.forgotten === 0 : minutes[0]?.since === least) &&
    (to === undefined || minutes.at(-1)?.until === most)
  /** Where no end was named, what was watched is asked about. */
  const isUnproven = ({ reason, verdict }: Minutes) =>
    verdict === "unproven" &&
    !(reason === "start" && from === undefined) &&
    !(reason === "open" && to === undefined)
  const judge = (): Verdict => {
    if (gaps.length > 0) return "incomplete"
    if (!isCovered || minutes.length === 0 || minutes.some(isUnproven)) return "unproven"
    return minutes.some(({ filled }) => filled !== undefined) ? "filled" : "complete"
  }
  return { ...entry, gaps, minutes, verdict: judge() }
}

/**
 * A report with an entry of nothing for every subscription that gave nothing.
 *
 * @since 0.1.0
 */
export const withSilent = (
  entries: ReadonlyArray<Entry>,
  subscriptions: ReadonlyArray<Subscription>
): ReadonlyArray<Entry> => [
  ...entries,
  ...subscriptions.flatMap(({ channel, symbol, variant, venue }): ReadonlyArray<Entry> => {
    const isOfIt = (entry: Entry) =>
      entry.symbol === symbol &&
      entry.venue === venue &&
      entry.channel === channel &&
      (variant === undefined || entry.variant === variant)
    if (entries.some(isOfIt)) return []
    const what = { venue, symbol, channel, ...(variant !== undefined && { variant }) }
    const counts = { ticks: 0, filled: 0, missing: 0, forgotten: 0 }
    return [{ ...what, verdict: "unproven", ...counts, gaps: [], minutes: [] }]
  })
]
