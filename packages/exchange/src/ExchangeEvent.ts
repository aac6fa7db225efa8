/**
 * What happens on a local exchange, as data.
 *
 * @since 0.1.0
 */
import type { Fault } from "./Faults.ts"

/**
 * With the time it happened (`at`, in microseconds since the Unix epoch) and the place on the tape
 * (`seconds` of the recording since its first frame).
 *
 * @since 0.1.0
 */
export type ExchangeEvent = { readonly at: number; readonly seconds: number } & (
  | { readonly _tag: "Connected"; readonly connection: number }
  | {
      readonly _tag: "Left"
      readonly connection: number
      /** Of the close frame; 1006 where there was none. */
      readonly code: number
    }
  | {
      readonly _tag: "Subscribed" | "Unsubscribed"
      readonly connection: number
      readonly topics: ReadonlyArray<string>
    }
  /** A request over HTTP was answered. */
  | { readonly _tag: "Asked"; readonly path: string; readonly status: number }
  /** A client went beyond a limit of the venue, and was cut. */
  | { readonly _tag: "Limited"; readonly limit: "messages" | "connections" | "requests" | "pace" }
  | { readonly _tag: "Injected"; readonly fault: Fault }
  /** A fault that lasts is over. */
  | { readonly _tag: "Lifted"; readonly fault: Fault }
  /** The recording begins to play, or has come to its end. */
  | { readonly _tag: "Started" | "Ended" }
)

const list = (topics: ReadonlyArray<string>) =>
  topics.length > 4
    ? `${topics.slice(0, 3).join(" ")} and ${topics.length - 3} more`
    : topics.join(" ")

/**
 * An event in a line.
 *
 * @since 0.1.0
 */
export const describe = (event: ExchangeEvent): string => {
  switch (event._tag) {
    case "Connected":
      return `connection ${event.connection} opened`
    case "Left":
      return `connection ${event.connection} ended with ${event.code}`
    case "Subscribed":
    case "Unsubscribed":
      return `connection ${event.connection} ${event._tag.toLowerCase()} ${list(event.topics)}`
    case "Asked":
      return `${event.status} ${event.path}`
    case "Limited":
      return `limit of ${event.limit} exceeded`
    case "Injected":
      return `fault ${JSON.stringify(event.fault)}`
    case "Lifted":
      return `over: fault ${JSON.stringify(event.fault)}`
    case "Started":
      return "the recording plays"
    case "Ended":
      return "the recording has come to its end"
  }
}
