/** Tells, in the stream, what is missing from it. */
import type { Outcome } from "../Session.ts"
import type { Gap } from "../Tick.ts"

export interface Gaps {
  readonly tell: (
    where: Pick<Gap, "received" | "symbol">,
    channel: Gap["channel"],
    range: { readonly from?: number | undefined; readonly to?: number | undefined },
    cause: Gap["cause"],
    out: Outcome
  ) => void
}

export const make = (venue: string, counts: { gaps: number }): Gaps => ({
  tell: ({ received, symbol }, channel, { from, to }, cause, out) => {
    counts.gaps++
    out.ticks.push({
      _tag: "Gap",
      venue,
      symbol,
      received,
      channel,
      from,
      to,
      cause,
      filled: false
    })
  }
})
