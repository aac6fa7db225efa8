/**
 * Tells a subscription that is mute from one whose market is quiet.
 *
 * How long is too long follows from how often it gave something. Then the venue is asked by HTTP
 * whether there is news; if there was twice, and still nothing comes, the subscription is mute.
 */

/** The state of one subscription. Times are in milliseconds. */
export interface Liveness {
  /** How many ticks had come when it was last looked at. */
  count: number
  /** For how long nothing came. */
  silent: number
  /** The usual time between ticks; `undefined` before the second. */
  gap: number | undefined
  /** The silence at which the venue is asked next. */
  askAt: number
  /** What the venue said when it was asked last. */
  evidence: string | undefined
  /** How often the venue said something new during the silence. */
  news: number
  /** Whether it said so often enough for the subscription to be mute, if nothing comes any more. */
  suspect: boolean
  /** How often it was found mute since it last gave something. */
  found: number
}

export const make = (limit: number): Liveness => ({
  count: 0,
  silent: 0,
  gap: undefined,
  askAt: limit / 4,
  evidence: undefined,
  news: 0,
  suspect: false,
  found: 0
})

/** The longest silence that is not looked into, once it is known how often ticks come. */
const longestLimit = 60_000

/** The longest time between two looks at a quiet market. */
const longestPause = 600_000

const limitOf = ({ gap }: Liveness, firstData: number): number =>
  gap === undefined ? firstData : Math.min(longestLimit, Math.max(firstData / 2, 20 * gap))

/** Begins to wait anew. */
const restart = (one: Liveness, firstData: number): void => {
  one.silent = 0
  one.askAt = limitOf(one, firstData) / 4
  one.evidence = undefined
  one.news = 0
  one.suspect = false
}

/**
 * Takes note of how many ticks have come after some more time, and tells what to do: nothing, ask
 * the venue, or take the subscription for mute, or for well after it was mute.
 */
export const look = (
  one: Liveness,
  count: number,
  elapsed: number,
  firstData: number
): "ask" | "mute" | "restored" | "well" => {
  if (count > one.count) {
    const came = count - one.count
    // How long the first was waited for says nothing of how often they come.
    const time = one.count > 0 ? one.silent + elapsed : elapsed
    if (one.count > 0 || came > 1) {
      const gap = time / came
      one.gap = one.gap === undefined ? gap : one.gap + (gap - one.gap) / 8
    }
    one.count = count
    const wasMute = one.found > 0
    one.found = 0
    restart(one, firstData)
    return wasMute ? "restored" : "well"
  }
  one.silent += elapsed
  if (one.suspect) {
    one.found++
    one.suspect = false
    one.news = 0
    // What was asked for anew is given its time, and more each time.
    one.askAt = one.silent + limitOf(one, firstData) * 2 ** (one.found - 1) - elapsed
    return "mute"
  }
  return one.silent >= one.askAt ? "ask" : "well"
}

/** Takes what the venue said when it was asked; `undefined` where it did not say. */
export const told = (one: Liveness, evidence: string | undefined): void => {
  if (evidence === undefined || one.evidence === undefined) {
    one.evidence = evidence
    return
  }
  if (evidence === one.evidence) {
    one.askAt = one.silent + Math.min(one.silent, longestPause)
    return
  }
  one.evidence = evidence
  // Once may be an answer that was late itself, from a server that lags behind the stream.
  one.suspect = ++one.news >= 2
}

/** Takes a long silence for news, where the venue cannot be asked. */
export const guess = (one: Liveness, firstData: number): void => {
  const limit = limitOf(one, firstData)
  one.suspect = one.gap !== undefined && one.silent >= 3 * limit
  one.askAt = one.silent + limit
}
