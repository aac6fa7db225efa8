/**
 * What one channel of one instrument gave, and what it did not: a fold over its ticks.
 *
 * Nothing is kept of a minute in which nothing was amiss. Where numbers follow one another without
 * a hole, everything between two ticks was given; so only holes, and what was asked for afterwards,
 * are remembered, and minutes are judged when somebody asks.
 */
import type { Channel } from "../Subscription.ts"
import { type BookDelta, type BookSnapshot, type Gap, timeOf, type Trade } from "../Tick.ts"

export const minute = 60_000_000

export const minuteOf = (time: number): number => Math.floor(time / minute)

export interface Hole {
  from: number | undefined
  to: number | undefined
  since: number
  /** `undefined` while it lasts. */
  until: number | undefined
  cause: Gap["cause"]
}

/** A stretch of minutes, both ends included. */
interface Stretch {
  readonly from: number
  to: number
}

export interface Line {
  readonly venue: string
  readonly symbol: string
  readonly channel: Channel
  readonly variant: string | undefined
  /** Whether a number that is passed over is a tick that is missing. */
  numbered: boolean
  ticks: number
  filled: number
  /** Numbers that are missing, since the beginning. */
  missing: number
  /** The first and the last number accounted for; `NaN` before there is one. */
  first: number
  last: number
  /** When the tick of the last number happened. */
  lastAt: number
  /** When the first tick happened, and the latest of all. */
  since: number
  until: number
  /** In the order of their numbers. */
  holes: Array<Hole>
  /** The hole of a book that is not yet given anew. */
  open: Hole | undefined
  /** How many holes are no longer kept. */
  forgotten: number
  /** How many ticks of a minute were asked for afterwards. */
  readonly fills: Map<number, number>
  /** Minutes in which a book was given anew though none was told to be missing. */
  readonly anew: Array<Stretch>
  /** Whether there ever were such minutes. */
  wasAnew: boolean
  /** The first minute of which all is still known. */
  floor: number
  /** Of a gap without numbers: why, and after which number. */
  lost: { readonly cause: Gap["cause"]; readonly after: number } | undefined
}

/** The most holes kept of one line: three a minute for a day and more. */
const maxHoles = 5000

type Of = Pick<Line, "channel" | "numbered" | "symbol" | "variant" | "venue">

export const make = ({ channel, numbered, symbol, variant, venue }: Of): Line => ({
  venue,
  symbol,
  channel,
  variant,
  numbered,
  ticks: 0,
  filled: 0,
  missing: 0,
  first: Number.NaN,
  last: Number.NaN,
  lastAt: Number.NaN,
  since: Number.NaN,
  until: Number.NEGATIVE_INFINITY,
  holes: [],
  open: undefined,
  forgotten: 0,
  fills: new Map(),
  anew: [],
  wasAnew: false,
  floor: Number.NEGATIVE_INFINITY,
  lost: undefined
})

/** Takes a tick that no number proves anything about. */
export const see = (line: Line, time: number): void => {
  line.ticks++
  reach(line, time)
}

const reach = (line: Line, time: number): void => {
  if (line.ticks === 1) line.since = time
  if (time > line.until) line.until = time
}

export const trade = (line: Line, tick: Trade, keep: number): void => {
  const { id } = tick
  const time = timeOf(tick)
  if (!line.numbered || typeof id !== "number") {
    line.numbered = false
    see(line, time)
  } else if (id === line.last + 1) {
    line.ticks++
    line.last = id
    line.lastAt = time
    if (time > line.until) line.until = time
  } else if (!follow(line, id, time, keep)) return
  if (tick.origin !== undefined) fill(line, time, keep)
}

/** Takes a number that is not the next, and tells whether it is new. */
const follow = (line: Line, id: number, time: number, keep: number): boolean => {
  if (id <= line.last) {
    if (!mend(line, id)) return false
    see(line, time)
    return true
  }
  see(line, time)
  if (Number.isNaN(line.last)) line.first = id
  else if (id > line.last + 1) {
    const cause = line.lost?.after === line.last ? line.lost.cause : "sequence"
    miss(line, hole({ from: line.last + 1, to: id - 1 }, line.lastAt, time, cause), keep)
  }
  line.lost = undefined
  line.last = id
  line.lastAt = time
  return true
}

/** Numbers that are missing between two ticks, which need not have happened in their order. */
const hole = (
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  before: number,
  after: number,
  cause: Gap["cause"]
): Hole => ({ from, to, since: Math.min(before, after), until: Math.max(before, after), cause })

/** Takes a late number out of the hole it was missing from, if it was. */
const mend = (line: Line, id: number): boolean => {
  const index = line.holes.findLastIndex(({ from }) => from !== undefined && from <= id)
  const found = line.holes[index]
  const { from, to } = found ?? {}
  if (found === undefined || from === undefined || to === undefined || to < id) return false
  line.missing--
  const left: Array<Hole> = []
  if (from < id) left.push({ ...found, to: id - 1 })
  if (id < to) left.push({ ...found, from: id + 1 })
  line.holes.splice(index, 1, ...left)
  return true
}

const fill = (line: Line, time: number, keep: number): void => {
  line.filled++
  const { fills } = line
  const at = minuteOf(time)
  fills.set(at, (fills.get(at) ?? 0) + 1)
  if (fills.size <= keep) return
  for (const one of fills.keys()) if (one <= minuteOf(line.until) - keep) fills.delete(one)
}

/** Notes a hole beyond the others, and forgets those that are too old or too many. */
const miss = (line: Line, found: Hole, keep: number): void => {
  const { holes } = line
  holes.push(found)
  line.missing += count(found)
  const oldest = minuteOf(line.until) - keep
  while (holes[0] !== undefined && minuteOf(holes[0].until ?? line.until) <= oldest) drop(line)
  if (holes.length > maxHoles) drop(line)
}

const drop = (line: Line): void => {
  const oldest = line.holes.shift()
  if (oldest === undefined) return
  line.forgotten++
  line.floor = Math.max(line.floor, minuteOf(oldest.until ?? line.until) + 1)
}

const count = ({ from, to }: Hole): number =>
  from === undefined || to === undefined ? 0 : to - from + 1

export const gap = (line: Line, tick: Gap, keep: number): void => {
  if (line.channel === "book") bookGap(line, tick, keep)
  else tradeGap(line, tick, keep)
}

const tradeGap = (line: Line, tick: Gap, keep: number): void => {
  const { cause, from, received, since, to, until = received } = tick
  // Before the first tick there is nothing to be missing from.
  if (line.ticks === 0) return
  if (!line.numbered) miss(line, hole(tick, since ?? line.until, until, cause), keep)
  else if (from === undefined || to === undefined) {
    // The next trade shows whether anything is missing, and what.
    line.lost = { cause, after: line.last }
  } else if (to > line.last) {
    miss(line, hole({ from: line.last + 1, to }, line.lastAt, until, cause), keep)
    line.last = to
  } else {
    for (const one of line.holes) {
      if (one.from !== undefined && one.from >= from && (one.to ?? to) <= to) one.cause = cause
    }
  }
}

const bookGap = (line: Line, tick: Gap, keep: number): void => {
  if (line.ticks === 0 || line.open !== undefined) return
  const from = tick.from ?? (line.numbered ? line.last + 1 : undefined)
  line.open = { from, to: undefined, since: line.lastAt, until: undefined, cause: tick.cause }
  miss(line, line.open, keep)
}

export const snapshot = (line: Line, tick: BookSnapshot, keep: number): void => {
  const { received, sequence } = tick
  if (line.open !== undefined) close(line, line.open, tick)
  else if (sequence !== undefined && sequence > line.last) replace(line, received, keep)
  see(line, received)
  line.lastAt = received
  if (sequence === undefined) line.numbered = false
  else {
    if (Number.isNaN(line.first)) line.first = sequence
    line.last = sequence
  }
}

/** Ends the hole of a book with the snapshot that gives it anew. */
const close = (line: Line, open: Hole, { received, sequence }: BookSnapshot): void => {
  line.open = undefined
  open.until = received
  if (open.from === undefined || sequence === undefined) return
  if (sequence >= open.from) {
    open.to = sequence
    line.missing += count(open)
  } else if (open.cause === "disconnect") {
    // The book did not change while nobody looked.
    line.holes = line.holes.filter((one) => one !== open)
  } else open.from = undefined
}

/** Notes that nothing proves what a book went through before it was given anew. */
const replace = (line: Line, time: number, keep: number): void => {
  const { anew } = line
  line.wasAnew = true
  const from = minuteOf(line.lastAt)
  const to = minuteOf(time)
  const last = anew.at(-1)
  if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to)
  else anew.push({ from, to })
  while ((anew[0]?.to ?? to) <= minuteOf(line.until) - keep) anew.shift()
}

export const delta = (line: Line, tick: BookDelta, keep: number): void => {
  const { firstSequence, received, sequence } = tick
  line.ticks++
  if (line.ticks === 1) line.since = received
  if (received > line.until) line.until = received
  if (firstSequence === undefined || sequence === undefined) line.numbered = false
  else {
    if (Number.isNaN(line.last)) line.first = firstSequence
    else if (firstSequence > line.last + 1 && line.open === undefined) {
      const missing = { from: line.last + 1, to: firstSequence - 1 }
      miss(line, hole(missing, line.lastAt, received, "sequence"), keep)
    }
    // What follows may have a lower number, where the venue's numbers begin anew.
    if (firstSequence === line.last + 1 || !(sequence <= line.last)) line.last = sequence
  }
  line.lastAt = received
}
