/** Watches over every subscription, and mends those of which nothing comes. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Connection from "../Connection.ts"
import type { FeedEvent } from "../FeedEvent.ts"
import * as Catalog from "../Catalog.ts"
import * as Rest from "../Rest.ts"
import * as Subscription from "../Subscription.ts"
import * as Liveness from "./liveness.ts"
import * as Roster from "./roster.ts"
import type { Entry, Line, Talk } from "./talk.ts"

/** How often a subscription is asked for anew before it is tried on another connection. */
const patience = 3

/** What the venue says when it is asked for news of a subscription. */
type Answer =
  | { readonly _tag: "Known"; readonly evidence: string }
  /** It no longer has the symbol. */
  | { readonly _tag: "Gone" }
  /** It did not say. */
  | { readonly _tag: "Unknown" }

const unknown: Answer = { _tag: "Unknown" }

const ask = Effect.fnUntraced(function* (talk: Talk, call: Calls, { native, subscription }: Entry) {
  const { rest, venue } = talk
  const asked = venue.calls[call]
  const answer = yield* Effect.option(rest.ask(call, native))
  if (answer._tag === "None" || asked === undefined) return unknown
  const { status } = answer.value
  if (status === 400 || status === 404) {
    const listed = yield* Effect.option(Catalog.load(venue, rest))
    const isGone =
      listed._tag === "Some" && !listed.value.some(({ symbol }) => symbol === subscription.symbol)
    return isGone ? ({ _tag: "Gone" } satisfies Answer) : unknown
  }
  const read = Rest.read<number | string | undefined>(asked, answer.value)
  return Result.isSuccess(read)
    ? ({ _tag: "Known", evidence: String(read.success) } satisfies Answer)
    : unknown
})

type Calls = "lastTrade" | "lastUpdate"

/**
 * A book has news with every update, and all else has some when there is a trade. That nobody is
 * liquidated for long is the rule, and nothing tells of it; nor is a rate that stays as it is told
 * again by every venue.
 */
const callOf = ({ channel }: Subscription.Subscription): Calls | undefined => {
  if (channel === "liquidations" || channel === "funding") return undefined
  return channel === "book" ? "lastUpdate" : "lastTrade"
}

/**
 * Looks at every subscription again and again, four times within the time in which the first tick
 * of one is to come.
 */
export const watch = Effect.fnUntraced(function* (
  talk: Talk,
  end: (symbol: string) => Effect.Effect<void>
) {
  const { firstData, inbox, monitor, shards, venue } = talk
  const clock = yield* Clock.Clock
  const monotonic = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const tell = (
    event:
      | Pick<Extract<FeedEvent, { readonly _tag: "Mute" }>, "_tag" | "seconds" | "topic">
      | Pick<Extract<FeedEvent, { readonly _tag: "Restored" }>, "_tag" | "topic">
  ) => monitor.tell({ ...event, venue: venue.id, at: Connection.micros(clock) })

  const mend = (line: Line, { liveness, topic }: Entry) => {
    if (liveness.found % patience === 0) Deferred.doneUnsafe(line.due, Effect.succeed("mute"))
    for (const frame of Roster.renew(line.roster, venue, topic)) {
      Queue.offerUnsafe(line.outgoing, frame)
    }
  }

  const look = Effect.fnUntraced(function* (line: Line, entry: Entry, elapsed: number) {
    const { liveness, subscription } = entry
    const count = talk.session?.heard(subscription).count ?? 0
    const verdict = Liveness.look(liveness, count, elapsed, firstData)
    const name = Subscription.format(subscription)
    if (verdict === "restored") {
      monitor.mute.delete(name)
      yield* tell({ _tag: "Restored", topic: name })
    } else if (verdict === "mute") {
      monitor.mute.add(name)
      yield* tell({ _tag: "Mute", topic: name, seconds: Math.round(liveness.silent / 1000) })
      mend(line, entry)
    } else if (verdict === "ask") {
      const call = callOf(subscription)
      if (call === undefined) return
      if (venue.calls[call] === undefined) {
        Liveness.guess(liveness, firstData)
        return
      }
      const answer: Answer = yield* ask(talk, call, entry)
      if (answer._tag === "Gone") yield* end(subscription.symbol)
      else Liveness.told(liveness, answer._tag === "Known" ? answer.evidence : undefined)
    }
  })

  let before = monotonic()
  while (true) {
    yield* Effect.sleep(Duration.millis(firstData / 4))
    const now = monotonic()
    const elapsed = now - before
    before = now
    // What waits for us says nothing of the venue.
    if (inbox.isPaused()) continue
    const due = shards.flatMap(({ entries, line }) =>
      line === undefined ? [] : Array.from(entries.values(), (entry) => [line, entry] as const)
    )
    yield* Effect.forEach(due, ([line, entry]) => look(line, entry, elapsed), {
      concurrency: 4,
      discard: true
    })
  }
})
