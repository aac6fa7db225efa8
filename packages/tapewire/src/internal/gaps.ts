/** Tells, in the stream, what is missing from it. */
import type { Outcome } from "../Session.ts"
import type { Gap } from "../Tick.ts"

type Told = Omit<Gap, "_tag" | "venue" | "at" | "inexact">

export interface Gaps {
  readonly tell: (gap: Told, out: Outcome) => void
}

export const make = (venue: string, counts: { gaps: number }): Gaps => ({
  tell: (gap, out) => {
    counts.gaps++
    out.ticks.push({ _tag: "Gap", venue, ...gap })
  }
})
