/** Remembers the last ids of trades that say nothing of their order. */
import type { TradeId } from "../Tick.ts"

/** How many ids of one instrument are remembered. */
const most = 1000

export interface Recent {
  /** Remembers an id, and tells whether it was there before. */
  readonly has: (symbol: string, id: TradeId) => boolean
}

export const make = (): Recent => {
  const lines = new Map<
    string,
    { readonly ids: Set<TradeId>; readonly ring: Array<TradeId>; next: number }
  >()
  return {
    has: (symbol, id) => {
      let line = lines.get(symbol)
      if (line === undefined) {
        line = { ids: new Set(), ring: [], next: 0 }
        lines.set(symbol, line)
      }
      const { ids, next, ring } = line
      if (ids.has(id)) return true
      const oldest = ring[next]
      if (oldest !== undefined) ids.delete(oldest)
      ids.add(id)
      ring[next] = id
      line.next = (next + 1) % most
      return false
    }
  }
}
