/** What the parts of a live feed share. */
import type * as Cause from "effect/Cause"
import type * as Fiber from "effect/Fiber"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Reason } from "../FeedError.ts"
import type { Inbox } from "../Inbox.ts"
import type { Limiter } from "../Limiter.ts"
import type { Options } from "../LiveFeed.ts"
import type { Rest } from "../Rest.ts"
import type * as Session from "../Session.ts"
import type { Subscription } from "../Subscription.ts"
import type { Venue } from "../Venue.ts"
import type { Wire } from "../Wire.ts"
import type { Breaker } from "./breaker.ts"
import type { Monitor } from "./monitor.ts"

export interface Setup {
  readonly venue: Venue
  readonly subscriptions: ReadonlyArray<Subscription>
  readonly rest: Rest
  readonly connects: Limiter
  readonly breaker: Breaker
  readonly monitor: Monitor
  readonly url: string
  readonly options: Options | undefined
}

export type Send = Extract<Session.Command, { readonly _tag: "Send" }>
export type Fetch = Extract<Session.Command, { readonly _tag: "Fetch" }>

export interface Talk extends Setup {
  readonly scope: Scope.Scope
  /** What happens, in order. Nothing happens before there is a session. */
  readonly inbox: Inbox<Wire, Cause.Cause<Reason>>
  readonly outgoing: Queue.Queue<Send>
  /** The last that the tap was told. */
  telling: Fiber.Fiber<void>
  session: Session.Session | undefined
}
