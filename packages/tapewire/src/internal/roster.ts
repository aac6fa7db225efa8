/** What one connection was asked for, and what became of it. Changed in place. */
import type { Subscription } from "../Subscription.ts"
import type { Message, Venue } from "../Venue.ts"

type Acknowledged = Extract<Message, { readonly _tag: "Acknowledged" }>
type Refused = Extract<Message, { readonly _tag: "Refused" }>

/** The venue's side of what is asked. */
type Speaks = Pick<Venue, "group" | "limits" | "subscribe" | "unsubscribe">

/** A subscription, and the venue's name for what carries it. */
export interface Carried {
  readonly subscription: Subscription
  readonly topic: string
}

export interface Roster {
  /** What is wanted, by the venue's name for what carries it. */
  readonly wanted: Map<string, ReadonlyArray<Subscription>>
  /** Requests without an answer yet. */
  readonly asked: Map<number, ReadonlyArray<string>>
  /** What the venue took. */
  readonly taken: Set<string>
  /** The venue's short names of topics. */
  readonly names: Map<string, number | string>
  nextId: number
}

export const make = (): Roster => ({
  wanted: new Map(),
  asked: new Map(),
  taken: new Set(),
  names: new Map(),
  nextId: 1
})

/** An id for a request. */
export const id = (roster: Roster): number => roster.nextId++

/** Frames that ask for the topics of some subscriptions, save those that are wanted already. */
export const ask = (roster: Roster, venue: Speaks, some: ReadonlyArray<Carried>): Array<string> => {
  const { wanted } = roster
  const topics = new Set<string>()
  for (const { subscription, topic } of some) {
    const others = wanted.get(topic)
    if (others === undefined) topics.add(topic)
    wanted.set(topic, [...(others ?? []), subscription])
  }
  return askAnew(roster, venue, Array.from(topics))
}

const askAnew = (roster: Roster, venue: Speaks, topics: ReadonlyArray<string>): Array<string> =>
  grouped(venue, topics).map((batch) => request(roster, venue.subscribe, batch))

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

/** Frames that end the topics of some subscriptions, save those that carry others. */
export const drop = (
  roster: Roster,
  venue: Speaks,
  some: ReadonlyArray<Carried>
): Array<string> => {
  const topics: Array<string> = []
  for (const { subscription, topic } of some) {
    const left = roster.wanted.get(topic)?.filter((one) => one !== subscription)
    if (left === undefined) continue
    if (left.length > 0) roster.wanted.set(topic, left)
    else {
      roster.wanted.delete(topic)
      topics.push(topic)
    }
  }
  return end(roster, venue, topics)
}

const end = (roster: Roster, venue: Speaks, topics: ReadonlyArray<string>): Array<string> => {
  for (const topic of topics) roster.taken.delete(topic)
  return grouped(venue, topics).flatMap(
    (batch) => venue.unsubscribe(batch, id(roster), roster.names) ?? []
  )
}

/** Frames that end a topic and ask for it anew. */
export const renew = (roster: Roster, venue: Speaks, topic: string): Array<string> =>
  roster.wanted.has(topic)
    ? [...end(roster, venue, [topic]), ...askAnew(roster, venue, [topic])]
    : []

/** Notes that some topics were answered for, and forgets requests of which nothing is left. */
const settle = (roster: Roster, topics: ReadonlySet<string>): void => {
  for (const [number, asked] of roster.asked) {
    const left = asked.filter((topic) => !topics.has(topic))
    if (left.length === 0) roster.asked.delete(number)
    else if (left.length < asked.length) roster.asked.set(number, left)
  }
}

/** The topics of a request that an answer to it does not name, where it names any. */
export const leftOut = (
  { asked, wanted }: Roster,
  { id, topics }: Pick<Acknowledged, "id" | "topics">
): ReadonlyArray<string> => {
  if (id === undefined || topics === undefined) return []
  return (asked.get(id) ?? []).filter((topic) => wanted.has(topic) && !topics.includes(topic))
}

/** The subscriptions that the venue took with an answer that names a request, or topics. */
export const acknowledged = (
  roster: Roster,
  { id, topics: named }: Pick<Acknowledged, "id" | "topics">
): Array<Subscription> => {
  const topics = named ?? (id === undefined ? undefined : roster.asked.get(id)) ?? []
  settle(roster, new Set(topics))
  return topics.flatMap((topic) => {
    const subscriptions = roster.wanted.get(topic)
    if (subscriptions === undefined || roster.taken.has(topic)) return []
    roster.taken.add(topic)
    return subscriptions
  })
}

/**
 * What follows from a refusal: the halves of the request, asked for apart until it is known which
 * topic is not to be had, or the subscriptions that it carries.
 */
export const refused = (
  roster: Roster,
  venue: Speaks,
  { id: number, symbol, topic: named }: Pick<Refused, "id" | "symbol" | "topic">
): { readonly frames: Array<string>; readonly subscriptions: ReadonlyArray<Subscription> } => {
  const topic = named ?? (symbol === undefined ? undefined : topicOf(roster, symbol, number))
  if (topic !== undefined) {
    const subscriptions = roster.wanted.get(topic) ?? []
    settle(roster, new Set([topic]))
    roster.wanted.delete(topic)
    return { frames: [], subscriptions }
  }
  // Without a number, the oldest request is meant.
  const [oldest] = roster.asked.keys()
  const meant = number ?? oldest
  const topics = (meant === undefined ? undefined : roster.asked.get(meant)) ?? []
  if (meant !== undefined) roster.asked.delete(meant)
  const wanted = topics.filter((topic) => roster.wanted.has(topic))
  const [first, ...others] = wanted
  if (first === undefined) return { frames: [], subscriptions: [] }
  if (others.length === 0) {
    const subscriptions = roster.wanted.get(first) ?? []
    roster.wanted.delete(first)
    return { frames: [], subscriptions }
  }
  return {
    subscriptions: [],
    frames: batches(wanted, Math.ceil(wanted.length / 2)).map((half) =>
      request(roster, venue.subscribe, half)
    )
  }
}

/** The topic of a request that carries a symbol. */
const topicOf = (
  { asked, wanted }: Roster,
  symbol: string,
  number: number | undefined
): string | undefined =>
  (number === undefined ? undefined : asked.get(number))?.find((topic) =>
    wanted.get(topic)?.some((one) => one.symbol === symbol)
  )

/** Frames that ask anew for what the venue took and no longer lists. */
export const listed = (
  roster: Roster,
  venue: Speaks,
  topics: ReadonlyArray<string>
): Array<string> => {
  const present = new Set(topics)
  const missing = Array.from(roster.taken).filter(
    (topic) => !present.has(topic) && roster.wanted.has(topic)
  )
  for (const topic of missing) roster.taken.delete(topic)
  return askAnew(roster, venue, missing)
}
