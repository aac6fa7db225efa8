/**
 * Compares what two sources say: what both gave, what only one did, and what they gave differently.
 *
 * Ticks are matched by kind, symbol and what the venue tells them apart by: the id of a trade, the
 * sequence of a quote or a book, the interval and opening of a final bar, else the venue's time.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as Sample from "./internal/feedsSample.ts"
import { Micros, Tick } from "./Tick.ts"

/**
 * @since 0.1.0
 */
export type Source = "a" | "b"

/**
 * How far two sources agree about one kind of tick.
 *
 * @since 0.1.0
 */
export const Kind = Schema.Struct({
  /** Given by both, and the same but for the time of receipt. */
  matched: Schema.Int,
  /** Given by both, and not the same. */
  differing: Schema.Int,
  /** Given by `a`, and not by `b` within the window. */
  onlyA: Schema.Int,
  onlyB: Schema.Int,
  /** Given again by a source that had given it within the window. */
  repeatedA: Schema.Int,
  repeatedB: Schema.Int,
  /** Cannot be told apart, and was not compared. */
  uncomparedA: Schema.Int,
  uncomparedB: Schema.Int,
  /** How often each field differed. */
  fields: Schema.Record(Schema.String, Schema.Int)
})

/**
 * @since 0.1.0
 */
export type Kind = typeof Kind.Type

/**
 * How far two sources agree, from the beginning to a moment.
 *
 * @since 0.1.0
 */
export const Report = Schema.Struct({
  at: Micros,
  /** Whether both sources have ended and nothing waits. */
  isFinal: Schema.Boolean,
  /** By kind of tick, such as `Trade`. */
  kinds: Schema.Record(Schema.String, Kind),
  /** Ticks of one source that wait for the other. */
  waiting: Schema.Int,
  /** How often one was given up before its time, for too many were remembered. */
  cutShort: Schema.Int,
  /**
   * By how many microseconds `a` was before `b`, and negative where it was behind, of the latest
   * 1,024 that came from both.
   */
  leadMicros: Schema.optional(Sample.Quantiles),
  /** The latest ten pairs that differ. */
  examples: Schema.Array(Schema.Struct({ a: Tick, b: Tick }))
})

/**
 * @since 0.1.0
 */
export type Report = typeof Report.Type

/**
 * @since 0.1.0
 */
export interface Options {
  /** How long a tick of one source waits for that of the other, in microseconds. */
  readonly window: number
  /** The most ticks that are remembered. */
  readonly limit: number
}

type Counts = { -readonly [K in Exclude<keyof Kind, "fields">]: number } & {
  readonly fields: Record<string, number>
}

interface Entry {
  readonly tick: Tick
  readonly source: Source
  /** When it came, by the clock of whoever compares. */
  readonly at: number
  isMatched: boolean
}

/**
 * What is known of two sources. It is changed in place.
 *
 * @since 0.1.0
 */
export interface Agreement {
  readonly options: Options
  /** What came within the window, oldest first. */
  readonly entries: Map<string, Entry>
  readonly kinds: Map<string, Counts>
  waiting: number
  cutShort: number
  readonly leads: Sample.Sample
  readonly examples: Array<{ readonly a: Tick; readonly b: Tick }>
}

const maxExamples = 10

/**
 * @since 0.1.0
 */
export const make = (options: Options): Agreement => ({
  options,
  entries: new Map(),
  kinds: new Map(),
  waiting: 0,
  cutShort: 0,
  leads: Sample.make(),
  examples: []
})

/**
 * Takes a batch of one source that came at a time, in microseconds.
 *
 * @since 0.1.0
 */
export const step = (
  self: Agreement,
  source: Source,
  ticks: ReadonlyArray<Tick>,
  at: number
): void => {
  const { entries, options } = self
  expire(self, at)
  for (const tick of ticks) {
    const counts = countsOf(self, tick)
    const key = keyOf(tick)
    if (key === undefined) {
      counts[source === "a" ? "uncomparedA" : "uncomparedB"]++
      continue
    }
    const entry = entries.get(key)
    if (entry === undefined) {
      entries.set(key, { tick, source, at, isMatched: false })
      self.waiting++
      if (entries.size > options.limit) cut(self)
    } else if (entry.isMatched || entry.source === source) {
      counts[source === "a" ? "repeatedA" : "repeatedB"]++
    } else {
      entry.isMatched = true
      self.waiting--
      if (source === "b") match(self, counts, entry.tick, tick)
      else match(self, counts, tick, entry.tick)
    }
  }
}

/**
 * Gives up, at a time in microseconds, what has waited for longer than the window.
 *
 * @since 0.1.0
 */
export const expire = (self: Agreement, at: number): void => {
  for (const [key, entry] of self.entries) {
    if (at - entry.at < self.options.window) return
    forget(self, key, entry)
  }
}

/**
 * Counts what waits as given by one source alone: both have ended.
 *
 * @since 0.1.0
 */
export const end = (self: Agreement): void => expire(self, Number.POSITIVE_INFINITY)

/**
 * @since 0.1.0
 */
export const report = (self: Agreement, at: number, isFinal: boolean): Report => {
  const kinds: Record<string, Kind> = {}
  for (const [kind, counts] of self.kinds) kinds[kind] = { ...counts, fields: { ...counts.fields } }
  const { cutShort, examples, leads, waiting } = self
  const leadMicros = Sample.quantiles(leads)
  return { at, isFinal, kinds, waiting, cutShort, leadMicros, examples: [...examples] }
}

const cut = (self: Agreement): void => {
  for (const [key, entry] of self.entries) {
    if (!entry.isMatched) self.cutShort++
    forget(self, key, entry)
    return
  }
}

const forget = (self: Agreement, key: string, { isMatched, source, tick }: Entry): void => {
  self.entries.delete(key)
  if (isMatched) return
  self.waiting--
  countsOf(self, tick)[source === "a" ? "onlyA" : "onlyB"]++
}

const match = (self: Agreement, counts: Counts, a: Tick, b: Tick): void => {
  Sample.add(self.leads, b.received - a.received)
  const fields = differing(a, b)
  if (fields.length === 0) {
    counts.matched++
    return
  }
  counts.differing++
  for (const field of fields) counts.fields[field] = (counts.fields[field] ?? 0) + 1
  if (self.examples.push({ a, b }) > maxExamples) self.examples.shift()
}

/** The fields in which two ticks differ. Who gave them and when they came is not what they say. */
const differing = (a: Tick, b: Tick): Array<string> => {
  const right = new Map<string, unknown>(Object.entries(b))
  const fields: Array<string> = []
  for (const [field, value] of Object.entries(a)) {
    const other = right.get(field)
    right.delete(field)
    if (isSaid(field) && !isSame(value, other)) fields.push(field)
  }
  for (const [field, value] of right) if (isSaid(field) && value !== undefined) fields.push(field)
  return fields
}

const isSaid = (field: string): boolean => field !== "received" && field !== "venue"

/** Nearly all values are numbers and texts, for which identity is quickest. */
const isSame = (a: unknown, b: unknown): boolean => a === b || Equal.equals(a, b)

const countsOf = ({ kinds }: Agreement, { _tag }: Tick): Counts => {
  let counts = kinds.get(_tag)
  if (counts === undefined) {
    counts = {
      matched: 0,
      differing: 0,
      onlyA: 0,
      onlyB: 0,
      repeatedA: 0,
      repeatedB: 0,
      uncomparedA: 0,
      uncomparedB: 0,
      fields: {}
    }
    kinds.set(_tag, counts)
  }
  return counts
}

/** What a tick is told apart by, if anything. */
const keyOf = (tick: Tick): string | undefined => {
  const mark = markOf(tick)
  return mark === undefined ? undefined : `${tick._tag} ${tick.symbol} ${mark}`
}

const markOf = (tick: Tick): string | number | undefined => {
  switch (tick._tag) {
    case "Trade":
      return `${tick.firstId === undefined ? "" : "aggregated "}${typeof tick.id} ${tick.id}`
    case "Quote":
    case "BookSnapshot":
    case "BookDelta":
      return tick.sequence
    // Which of the states of an unfinished bar a source shows is chance.
    case "Bar":
      return tick.closed ? `${tick.interval} ${tick.openAt}` : undefined
    case "Observation":
      return `${tick.date} ${tick.vintage}`
    case "Ticker":
    case "Funding":
    case "MarkPrice":
    case "OpenInterest":
      return tick.at
    case "Liquidation":
    case "Gap":
      return undefined
  }
}
