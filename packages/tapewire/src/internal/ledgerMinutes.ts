/** What can be said of every minute of a line. */
import type { Entry, Minutes } from "../GapReport.ts"
import { type Line, minute, minuteOf } from "./ledgerLine.ts"

type Judged = Omit<Minutes, "since" | "until">

const complete: Judged = { verdict: "complete" }
const incomplete: Judged = { verdict: "incomplete" }
const unproven = (reason: Minutes["reason"]): Judged => ({ verdict: "unproven", reason })

const start = unproven("start")
const open = unproven("open")
const replaced = unproven("replaced")
const unnumbered = unproven("unnumbered")

/** The minutes of a line that are still known, `keep` of them at most; equal ones in a row are one. */
export const judge = (line: Line, keep: number): Array<Minutes> => {
  const last = minuteOf(line.until)
  const first = minuteOf(line.since)
  const from = Math.max(first, line.floor, last - keep + 1)
  if (!(from <= last)) return []
  const minutes = Array.from({ length: last - from + 1 }, () =>
    line.numbered ? complete : unnumbered
  )
  const say = (judged: Judged, first: number, last: number) =>
    minutes.fill(judged, Math.max(0, first - from), Math.max(0, last - from + 1))
  if (line.numbered) {
    say(open, last, last)
    if (first === from) say(start, first, first)
  }
  for (const one of line.anew) say(replaced, one.from, one.to)
  for (const hole of line.holes) {
    say(incomplete, minuteOf(hole.since), minuteOf(hole.until ?? line.until))
  }
  for (const [at, filled] of line.fills) {
    const judged = minutes[at - from]
    if (judged === undefined) continue
    const verdict = judged === complete ? "filled" : judged.verdict
    minutes[at - from] = { ...judged, verdict, filled }
  }
  return merge(minutes, from)
}

const merge = (minutes: ReadonlyArray<Judged>, from: number): Array<Minutes> => {
  const runs: Array<Minutes> = []
  for (let index = 0, end = 0; index < minutes.length; index = end) {
    const judged = minutes[index] ?? complete
    end = index + 1
    while (end < minutes.length && isSame(judged, minutes[end])) end++
    runs.push({ since: (from + index) * minute, until: (from + end) * minute, ...judged })
  }
  return runs
}

const isSame = (one: Judged, other: Judged | undefined): boolean =>
  one.verdict === other?.verdict && one.reason === other.reason && one.filled === other.filled

/** What a line says of itself as a whole, from its first tick to its last. */
export const verdictOf = (line: Line): Entry["verdict"] => {
  if (line.holes.length + line.forgotten > 0) return "incomplete"
  if (!line.numbered || line.wasAnew || line.ticks === 0) return "unproven"
  return line.filled > 0 ? "filled" : "complete"
}
