/** The market of the run: the bundled sitting of 2024-08-08, as much of it as is asked for. */
import * as Script from "@tapewire/exchange/Script"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BookDelta, BookSnapshot, Level, Tick, Trade } from "tapewire/Tick"
import * as Recorded from "../../packages/exchange/test/support/recorded.ts"

const micros = 1e6

type Ids = { readonly trades: number; readonly updates: number; readonly at: number }

const isTrade = (tick: Tick): tick is Trade & { readonly id: number } => tick._tag === "Trade"
const isUpdate = (tick: Tick): tick is BookDelta => tick._tag === "BookDelta"

/** The tick as it comes so much later. */
const moved = (tick: Tick, { at, trades, updates }: Ids): Tick => {
  const later = tick.at === undefined ? undefined : tick.at + at
  const times = { received: tick.received + at, at: later }
  if (isTrade(tick)) return { ...tick, ...times, id: tick.id + trades }
  if (!isUpdate(tick)) return tick
  const { firstSequence = 0, sequence = 0 } = tick
  const ids = { firstSequence: firstSequence + updates, sequence: sequence + updates }
  return { ...tick, ...times, ...ids }
}

/** What leads from one side of a book to another. */
const between = (one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>) => {
  const levels: Array<Level> = []
  for (const price of one.keys()) if (!other.has(price)) levels.push([price, 0])
  for (const [price, size] of other) if (one.get(price) !== size) levels.push([price, size])
  return levels
}

/** An update that leads back to the book at the beginning, so that the sitting can begin anew. */
const back = (start: BookSnapshot, updates: ReadonlyArray<BookDelta>): BookDelta | undefined => {
  const last = updates.at(-1)
  if (last?.sequence === undefined) return undefined
  const side = (of: "asks" | "bids") => {
    const then = new Map(start[of])
    const now = new Map(then)
    for (const update of updates) {
      for (const [price, size] of update[of]) {
        if (size === 0) now.delete(price)
        else now.set(price, size)
      }
    }
    return between(now, then)
  }
  const sequence = last.sequence + 1
  return { ...last, firstSequence: sequence, sequence, bids: side("bids"), asks: side("asks") }
}

/**
 * So many ticks that pass on the wire. More than were recorded are told in rounds: the ids and times
 * move on, and one update leads from each end to the beginning.
 */
const ticksOf = (sitting: ReadonlyArray<Tick>, count: number): ReadonlyArray<Tick> => {
  const [first] = sitting
  const start = sitting.find((tick) => tick._tag === "BookSnapshot")
  if (first === undefined || start?.sequence === undefined) return []
  const from = start.sequence
  const later = sitting.filter(isUpdate).filter(({ sequence = 0 }) => sequence > from)
  const bridge = back(start, later)
  const told = [...sitting, ...(bridge === undefined ? [] : [bridge])]
  const round = told.filter((tick) => tick !== start && !(isUpdate(tick) && !isLater(tick, from)))
  const trades = sitting.filter(isTrade)
  const by = {
    trades: (trades.at(-1)?.id ?? 0) + 1 - (trades[0]?.id ?? 0),
    updates: (bridge?.sequence ?? 0) + 1 - (later[0]?.firstSequence ?? 0),
    at: (told.at(-1)?.received ?? 0) - first.received + micros / 10
  }
  const found: Array<Tick> = []
  for (let index = 0; found.length <= count; index++) {
    const ids = { trades: index * by.trades, updates: index * by.updates, at: index * by.at }
    for (const tick of index === 0 ? told : round) found.push(moved(tick, ids))
  }
  // One of them is the snapshot.
  return found.slice(0, count + 1)
}

const isLater = ({ sequence = 0 }: BookDelta, than: number) => sequence > than

/** What the exchange plays under so many names, so that so many frames come in a second. */
export const script = (
  seconds: number,
  rate: number,
  symbols: number
): Effect.Effect<Script.Script> =>
  Effect.map(Recorded.sitting, (sitting) => {
    const ticks = ticksOf(sitting, Math.round((seconds * rate) / symbols))
    const script = Result.getOrThrow(
      Script.fromWires(Recorded.header, ticks.flatMap(Recorded.wire))
    )
    const scale = seconds / (script.frames.at(-1)?.seconds ?? seconds)
    const frames = script.frames.map((frame) => ({ ...frame, seconds: frame.seconds * scale }))
    return { ...script, frames }
  })

/**
 * How long the limit of requests is for, in milliseconds, and not a minute: the faults come a hundred
 * times as often as they do, and after each the books of a connection are had anew.
 */
export const requestWindow = 6000
