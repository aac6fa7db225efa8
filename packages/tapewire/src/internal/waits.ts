/** How long a venue is left alone after what it said or did, in milliseconds. */
import * as Duration from "effect/Duration"
import type { Reason } from "../FeedError.ts"
import type { Venue } from "../Venue.ts"

/** After a close for a breach of policy: something is wrong with what we ask or who we are. */
const breach = 30_000

/** After a close for trouble on their side, or with a code of the venue's own. */
const trouble = 5000

export const least = (reason: Reason, venue: Pick<Venue, "closeWaits">): number => {
  if (reason._tag === "BreakerOpen") return reason.waitMs ?? 0
  if (reason._tag !== "Lost") return 0
  const { code } = reason
  const own = venue.closeWaits?.[code]
  if (own !== undefined) return Duration.toMillis(own)
  if (code === 1008) return breach
  return code === 1011 || code === 1013 || code >= 4000 ? trouble : 0
}
