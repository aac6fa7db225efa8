/**
 * Which recorded ticks still mean something after a part of the tape was lost. A part that is lost
 * says nothing of what was in it: any book may have changed there, and any trade have been made.
 */
import type { Gap, Tick, Trade } from "../Tick.ts"
import type { Venue } from "../Venue.ts"

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

export const make = (venues: ReadonlyArray<Venue>): Survivors => {
  const contiguous = new Set(
    venues.flatMap(({ id, trades }) => (trades === "contiguous" ? [id] : []))
  )
  const known = new Map<string, Map<string, Known>>()
  let losses = 0

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
      state[kind] = { id, losses }
      return undefined
    }
    const from = last.id + 1
    const isFirst = last.losses < losses
    last.id = id
    last.losses = losses
    return isFirst && id > from ? gap(trade, "trades", from, id - 1) : undefined
  }

  return {
    lose: () => {
      losses++
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
            if (!state.told) out.push(gap(tick, "book"))
            state.told = true
            continue
          }
        }
        out.push(tick)
      }
      return out
    }
  }
}

const gap = (
  { received, symbol, venue }: Tick,
  channel: Gap["channel"],
  from?: number,
  to?: number
): Gap => ({
  _tag: "Gap",
  venue,
  symbol,
  received,
  channel,
  from,
  to,
  cause: "sequence",
  filled: false
})
