/** What the parts of a live feed share. */
import type * as Cause from "effect/Cause"
import type * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import type { Lost, Reason } from "../FeedError.ts"
import type { FeedEvent } from "../FeedEvent.ts"
import type { Host } from "../Host.ts"
import type { Inbox } from "../Inbox.ts"
import type { Instrument } from "../Instrument.ts"
import type { Limiter } from "../Limiter.ts"
import type { Options } from "../LiveFeed.ts"
import type { Rest } from "../Rest.ts"
import type * as Session from "../Session.ts"
import type { Subscription } from "../Subscription.ts"
import type { Tick } from "../Tick.ts"
import type { Credentials, Pool, Venue } from "../Venue.ts"
import type { Wire } from "../Wire.ts"
import type { Audit } from "./audit.ts"
import type { Breaker, Failure } from "./breaker.ts"
import type { Liveness } from "./liveness.ts"
import type { Monitor } from "./monitor.ts"
import type { Roster } from "./roster.ts"

/** What a feed is made with. */
export interface Setup {
  readonly venue: Venue
  /** What is subscribed to, as it is written: `binance:trades:BTC-USDT`. */
  readonly wanted: Map<string, Subscription>
  readonly rest: Rest
  readonly host: Host
  readonly connects: Limiter
  readonly breaker: Breaker
  readonly monitor: Monitor
  readonly credentials: Credentials | undefined
  /** The address that paths are added to. */
  readonly base: string
  readonly pool: Pool
  /** In milliseconds. */
  readonly firstData: number
  readonly lifetime: Duration.Duration
  readonly options: Options | undefined
}

/** Why a connection is to be replaced. */
export type Due = Extract<FeedEvent, { readonly _tag: "Rotated" }>["cause"]

/** One connection. */
export interface Line {
  readonly number: number
  readonly roster: Roster
  /** Whether it may subscribe: not before it has logged in, where the venue wants that. */
  isReady: boolean
  readonly outgoing: Queue.Queue<string>
  /** Done when it is to be replaced. */
  readonly due: Deferred.Deferred<Due>
  /** Ends it. */
  readonly cut: Deferred.Deferred<never, Lost>
  /** Fails when it ends. */
  readonly ended: Effect.Effect<never, Failure>
  readonly pause: () => void
  readonly resume: () => void
}

/** A subscription on a connection. */
export interface Entry {
  readonly subscription: Subscription
  /** The venue's name for what carries it, and maybe others. */
  readonly topic: string
  readonly native: string
  readonly liveness: Liveness
}

/** Some of the subscriptions, on one connection after the other. */
export interface Shard {
  /** As subscriptions are written. */
  readonly entries: Map<string, Entry>
  /** Path and query of its connections. */
  readonly path: string
  state: "connecting" | "reconnecting" | "running"
  /** The newest connection. */
  line: Line | undefined
  fiber: Fiber.Fiber<void> | undefined
}

/** A feed that is run. */
export interface Talk extends Setup {
  readonly scope: Scope.Scope
  readonly construct: Socket.WebSocketConstructor["Service"]
  /** What happens, in order. Nothing happens before there is a session. */
  readonly inbox: Inbox<Wire, Cause.Cause<Reason>>
  readonly shards: Array<Shard>
  /** The open connections, by number. */
  readonly lines: Map<number, Line>
  /** Ticks that came of what was forgotten, to be given with the next ones. */
  readonly leftovers: Array<Tick>
  /** The connections there were. */
  numbers: number
  /** The last turn in which something was read, and when that was. */
  readonly turn: { number: number; at: number }
  /** What the venue lists. */
  listed: ReadonlyArray<Instrument>
  /** Watch over the ticks, one for each connection that is being replaced. */
  readonly audits: Set<Audit>
  /** The last that the tap was told. */
  telling: Fiber.Fiber<void>
  session: Session.Session | undefined
}

export type Fetch = Extract<Session.Command, { readonly _tag: "Fetch" }>
