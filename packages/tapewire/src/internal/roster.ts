/** What one connection was asked for, and what became of it. Changed in place. */
import type { Subscription } from "../Subscription.ts"
import type { Message, Venue } from "../Venue.ts"

type Acknowledged = Extract<Message, { readonly _tag: "Acknowledged" }>
type Refused = Extract<Message, { readonly _tag: "Refused" }>

/** The venue's side of what is asked. */
type Speaks = Pick<Venue, "group" | "limits" | "subscribe" | "unsubscribe">

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
  venue: Speaks,
  topics: ReadonlyMap<string, Subscription>
): Array<string> => {
  for (const [topic, subscription] of topics) roster.wanted.set(topic, subscription)
  return grouped(venue, Array.from(topics.keys())).map((batch) =>
    request(roster, venue.subscribe, batch)
  )
}

/** Topics in as few frames as the venue allows. */
const grouped = (
  { group, limits }: Speaks,
  topics: ReadonlyArray<string>
): Array<ReadonlyArray<string>> =>
  group === undefined
    ? batches(topics, limits.batch)
    : Array.from(Map.groupBy(topics, group).values()).flatMap((some) => batches(some, limits.batch))

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
  venue: Speaks,
  topics: ReadonlyArray<string>
): Array<string> => {
  for (const topic of topics) {
    roster.wanted.delete(topic)
    roster.taken.delete(topic)
  }
  return grouped(venue, topics).map((batch) => venue.unsubscribe(batch, id(roster)))
}

/** Frames that end a topic and ask for it anew. */
export const renew = (roster: Roster, venue: Speaks, topic: string): Array<string> => {
  const subscription = roster.wanted.get(topic)
  if (subscription === undefined) return []
  return [...drop(roster, venue, [topic]), ...ask(roster, venue, new Map([[topic, subscription]]))]
}

/** Notes that some topics were answered for, and forgets requests of which nothing is left. */
const settle = (roster: Roster, topics: ReadonlySet<string>): void => {
  for (const [number, asked] of roster.asked) {
    const left = asked.filter((topic) => !topics.has(topic))
    if (left.length === 0) roster.asked.delete(number)
    else if (left.length < asked.length) roster.asked.set(number, left)
  }
}

/** The subscriptions that the venue took with an answer that names a request, or topics. */
export const acknowledged = (
  roster: Roster,
  { id, topics: named }: Pick<Acknowledged, "id" | "topics">
): Array<Subscription> => {
  const topics = named ?? (id === undefined ? undefined : roster.asked.get(id)) ?? []
  settle(roster, new Set(topics))
  return topics.flatMap((topic) => {
    const subscription = roster.wanted.get(topic)
    if (subscription === undefined || roster.taken.has(topic)) return []
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
  { id: number, topic }: Pick<Refused, "id" | "topic">
): { readonly frames: Array<string>; readonly subscription?: Subscription | undefined } => {
  if (topic !== undefined) {
    const subscription = roster.wanted.get(topic)
    settle(roster, new Set([topic]))
    roster.wanted.delete(topic)
    return { frames: [], subscription }
  }
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
