/** What one connection was asked for, and what became of it. Changed in place. */
import type { Subscription } from "../Subscription.ts"
import type { Venue } from "../Venue.ts"

/** The venue's side of what is asked. */
type Speaks = Pick<Venue, "limits" | "subscribe" | "unsubscribe">

export interface Roster {
  /** What is wanted, by the venue's name for it. */
  readonly wanted: Map<string, Subscription>
  /** Requests without an answer yet. */
  readonly asked: Map<number, ReadonlyArray<string>>
  /** What the venue took. */
  readonly taken: Set<string>
  nextId: number
}

export const make = (): Roster => ({
  wanted: new Map(),
  asked: new Map(),
  taken: new Set(),
  nextId: 1
})

/** An id for a request. */
export const id = (roster: Roster): number => roster.nextId++

/** Frames that ask for topics. */
export const ask = (
  roster: Roster,
  { limits, subscribe }: Speaks,
  topics: ReadonlyMap<string, Subscription>
): Array<string> => {
  for (const [topic, subscription] of topics) roster.wanted.set(topic, subscription)
  return batches(Array.from(topics.keys()), limits.batch).map((batch) =>
    request(roster, subscribe, batch)
  )
}

const request = (
  roster: Roster,
  subscribe: Venue["subscribe"],
  topics: ReadonlyArray<string>
): string => {
  const number = id(roster)
  roster.asked.set(number, topics)
  return subscribe(topics, number)
}

const batches = (topics: ReadonlyArray<string>, size: number): Array<ReadonlyArray<string>> => {
  const all: Array<ReadonlyArray<string>> = []
  for (let from = 0; from < topics.length; from += size) all.push(topics.slice(from, from + size))
  return all
}

/** Frames that end topics. */
export const drop = (
  roster: Roster,
  { limits, unsubscribe }: Speaks,
  topics: ReadonlyArray<string>
): Array<string> => {
  for (const topic of topics) {
    roster.wanted.delete(topic)
    roster.taken.delete(topic)
  }
  return batches(topics, limits.batch).map((batch) => unsubscribe(batch, id(roster)))
}

/** Frames that end a topic and ask for it anew. */
export const renew = (roster: Roster, venue: Speaks, topic: string): Array<string> => {
  const subscription = roster.wanted.get(topic)
  if (subscription === undefined) return []
  return [...drop(roster, venue, [topic]), ...ask(roster, venue, new Map([[topic, subscription]]))]
}

/** The subscriptions that the venue took with an answer. */
export const acknowledged = (roster: Roster, number: number): Array<Subscription> => {
  const topics = roster.asked.get(number) ?? []
  roster.asked.delete(number)
  return topics.flatMap((topic) => {
    const subscription = roster.wanted.get(topic)
    if (subscription === undefined) return []
    roster.taken.add(topic)
    return [subscription]
  })
}

/**
 * What follows from a refusal: the halves of the request, asked for apart until it is known which
 * subscription is not to be had, or that subscription.
 */
export const refused = (
  roster: Roster,
  venue: Speaks,
  number: number | undefined
): { readonly frames: Array<string>; readonly subscription?: Subscription | undefined } => {
  // Without a number, the oldest request is meant.
  const [oldest] = roster.asked.keys()
  const meant = number ?? oldest
  const topics = (meant === undefined ? undefined : roster.asked.get(meant)) ?? []
  if (meant !== undefined) roster.asked.delete(meant)
  const wanted = topics.filter((topic) => roster.wanted.has(topic))
  const [first, ...others] = wanted
  if (first === undefined) return { frames: [] }
  if (others.length === 0) {
    const subscription = roster.wanted.get(first)
    roster.wanted.delete(first)
    return { frames: [], subscription }
  }
  return {
    frames: batches(wanted, Math.ceil(wanted.length / 2)).map((half) =>
      request(roster, venue.subscribe, half)
    )
  }
}

/** Frames that ask anew for what the venue took and no longer lists. */
export const listed = (
  roster: Roster,
  venue: Speaks,
  topics: ReadonlyArray<string>
): Array<string> => {
  const present = new Set(topics)
  const missing = new Map<string, Subscription>()
  for (const topic of roster.taken) {
    const subscription = roster.wanted.get(topic)
    if (!present.has(topic) && subscription !== undefined) missing.set(topic, subscription)
  }
  for (const topic of missing.keys()) roster.taken.delete(topic)
  return ask(roster, venue, missing)
}
