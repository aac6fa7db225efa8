/** Counts, apart from what puts trades in order, those that were left out or given twice. */
import type { Tick } from "../Tick.ts"

export interface Audit {
  readonly last: Map<string, number>
  lost: number
  duplicated: number
}

export const make = (): Audit => ({ last: new Map(), lost: 0, duplicated: 0 })

export const take = (
  audit: Audit,
  ticks: ReadonlyArray<Tick>,
  ids: "contiguous" | "opaque"
): void => {
  for (const tick of ticks) {
    if (tick._tag !== "Trade" || typeof tick.id !== "number") continue
    const line = `${tick.firstId === undefined ? "" : "@"}${tick.symbol}`
    const last = audit.last.get(line)
    if (last !== undefined && ids === "contiguous") {
      if (tick.id <= last) audit.duplicated++
      else audit.lost += tick.id - last - 1
    }
    audit.last.set(line, Math.max(tick.id, last ?? tick.id))
  }
}
