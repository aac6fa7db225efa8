/**
 * What was missed, as text for people and for programs.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { Entry, Hole, Minutes } from "tapewire/GapReport"
import * as Subscription from "tapewire/Subscription"

const minute = 60_000_000

const count = (value: number) => value.toLocaleString("en-US")

/** To the millisecond: `2024-08-08 23:54:15.342`. */
const moment = (micros: number | undefined): string =>
  micros === undefined
    ? "-"
    : DateTime.formatIso(DateTime.makeUnsafe(Math.floor(micros / 1000)))
        .slice(0, 23)
        .replace("T", " ")

/** To the minute. */
const clock = (micros: number): string => moment(micros).slice(0, 16)

const head = ["WHAT", "FROM (UTC)", "TO (UTC)", "TICKS", "FILLED", "MISSING", "GAPS", "VERDICT"]

/** The columns that hold numbers. */
const isNumber = (column: number) => column >= 3 && column <= 6

const row = (entry: Entry): ReadonlyArray<string> => [
  Subscription.format(entry),
  moment(entry.since),
  moment(entry.until),
  count(entry.ticks),
  count(entry.filled),
  count(entry.missing),
  count(entry.gaps.length + entry.forgotten),
  entry.verdict
]

/**
 * A line for every channel of every instrument, and below what is missing of which.
 *
 * @since 0.1.0
 */
export const table = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const rows = [head, ...entries.map(row)]
  const widths = head.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0))
  )
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return isNumber(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join("  ")
      .trimEnd()
  )
  const missing = entries.flatMap((entry) => [
    ...(entry.forgotten === 0
      ? []
      : [
          `${Subscription.format(entry)}  ${count(entry.forgotten)} gaps are too long ago to be shown`
        ]),
    ...entry.gaps.map((hole) => `${Subscription.format(entry)}  ${describe(hole)}`)
  ])
  return missing.length === 0 ? lines : [...lines, "", "MISSING", ...missing]
}

/** `5 to 9 (5), between 2024-08-08 23:54:15.342 and 2024-08-08 23:54:16.001: sequence` */
const describe = ({ cause, from, since, to, until }: Hole): string => {
  const what =
    from === undefined
      ? "without numbers"
      : to === undefined
        ? `${from} and what follows`
        : `${from} to ${to} (${count(to - from + 1)})`
  const when =
    until === undefined ? `since ${moment(since)}` : `between ${moment(since)} and ${moment(until)}`
  return `${what}, ${when}: ${cause}`
}

/**
 * A line for every minute.
 *
 * @since 0.1.0
 */
export const minutes = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const width = Math.max(0, ...entries.map((entry) => Subscription.format(entry).length))
  return entries.flatMap((entry) =>
    single(entry).map(
      (one) => `${Subscription.format(entry).padEnd(width)}  ${clock(one.since)}  ${verdict(one)}`
    )
  )
}

const verdict = ({ filled, reason, verdict }: Minutes): string => {
  const amount = filled === undefined ? undefined : `${count(filled)} asked for`
  return [verdict, reason, amount].filter((part) => part !== undefined).join(", ")
}

/** Every minute by itself. */
const single = (entry: Entry): ReadonlyArray<Minutes> =>
  entry.minutes.flatMap((run) =>
    Array.from({ length: (run.until - run.since) / minute }, (_, index) => {
      const since = run.since + index * minute
      return Object.assign({}, run, { since, until: since + minute })
    })
  )

/**
 * The same for programs: an object for every entry, in a line.
 *
 * @since 0.1.0
 */
export const json = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  entries.map((entry) => JSON.stringify(entry))

/**
 * An object for every minute, in a line.
 *
 * @since 0.1.0
 */
export const minutesJson = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  entries.flatMap((entry) => {
    const { channel, symbol, variant, venue } = entry
    return single(entry).map((one) => JSON.stringify({ venue, symbol, channel, variant, ...one }))
  })
