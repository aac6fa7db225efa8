/**
 * Which recorded ticks still mean something after a part of the tape was lost. A part that is lost
 * says nothing of what was in it: any book may have changed there, and any trade have been made.
 */
import { type BookDelta, type Gap, type Tick, timeOf, type Trade } from "../Tick.ts"
import * as Venue from "../Venue.ts"

export interface Survivors {
  /** A part of the tape is lost here. */
  readonly lose: () => void
  /**
   * The ticks, with gaps for what is known to be missing, and without the updates of books that
   * were not given anew since something was lost.
   */
  readonly sift: (ticks: ReadonlyArray<Tick>) => ReadonlyArray<Tick>
}

/** The last trade that was given, and how much had been lost by then. */
interface Last {
  id: number
  at: number
  losses: number
}

interface Known {
  /** How much had been lost when the book was last given. */
  losses: number
  /** Whether it was told that the book is not known. */
  told: boolean
  single: Last | undefined
  aggregated: Last | undefined
}

export const make = (venues: ReadonlyArray<Venue.Venue>): Survivors => {
  const contiguous = new Set(Venue.contiguous(venues))
  const known = new Map<string, Map<string, Known>>()
  let losses = 0
  /** When the last tick before the latest loss was read, and the last of all. */
  let lostAt: number | undefined
  let readAt: number | undefined

  const of = ({ symbol, venue }: Tick): Known => {
    let symbols = known.get(venue)
    if (symbols === undefined) known.set(venue, (symbols = new Map()))
    let found = symbols.get(symbol)
    if (found === undefined) {
      found = { losses: 0, told: false, single: undefined, aggregated: undefined }
      symbols.set(symbol, found)
    }
    return found
  }

  /** Notes a trade, and tells which are missing between it and the last one before a loss. */
  const missing = (trade: Trade): Gap | undefined => {
    const { firstId, id } = trade
    if (typeof id !== "number" || !contiguous.has(trade.venue)) return undefined
    const kind = firstId === undefined ? "single" : "aggregated"
    const state = of(trade)
    const last = state[kind]
    if (last === undefined) {
      state[kind] = { id, at: timeOf(trade), losses }
      return undefined
    }
    const { at: since, id: before } = last
    const isFirst = last.losses < losses
    last.id = id
    last.at = timeOf(trade)
    last.losses = losses
    if (!isFirst || id <= before + 1) return undefined
    const { received, symbol, venue } = trade
    return {
      _tag: "Gap",
      venue,
      symbol,
      received,
      channel: "trades",
      ...(kind === "aggregated" && { variant: kind }),
      from: before + 1,
      to: id - 1,
      since,
      until: timeOf(trade),
      cause: "sequence"
    }
  }

  return {
    lose: () => {
      losses++
      lostAt = readAt
    },
    sift: (ticks) => {
      const out: Array<Tick> = []
      for (const tick of ticks) {
        if (tick._tag === "Trade") {
          const found = missing(tick)
          if (found !== undefined) out.push(found)
        } else if (tick._tag === "BookSnapshot") {
          const state = of(tick)
          state.losses = losses
          state.told = false
        } else if (tick._tag === "BookDelta" && losses > 0) {
          const state = of(tick)
          if (state.losses < losses) {
            if (!state.told) out.push(bookGap(tick, lostAt))
            state.told = true
            continue
          }
        }
        out.push(tick)
      }
      readAt = ticks.at(-1)?.received ?? readAt
      return out
    }
  }
}

const bookGap = (delta: BookDelta, since: number | undefined): Gap => {
  const { received, symbol, venue } = delta
  const until = timeOf(delta)
  return {
    _tag: "Gap",
    venue,
    symbol,
    received,
    channel: "book",
    since,
    until,
    cause: "sequence"
  }
}
