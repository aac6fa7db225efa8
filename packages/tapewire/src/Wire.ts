/**
 * What passed between us and a venue: the input of a `Session` and the content of a wire-level tape.
 *
 * @since 0.1.0
 */

/**
 * A connection was established.
 *
 * @since 0.1.0
 */
export interface Opened {
  readonly _tag: "Opened"
  readonly venue: string
  /** Numbers the connections of one feed, from 1. */
  readonly connection: number
  readonly at: number
  readonly url: string
}

/**
 * A frame came from the venue.
 *
 * @since 0.1.0
 */
export interface Received {
  readonly _tag: "Received"
  readonly venue: string
  readonly connection: number
  readonly at: number
  readonly data: string | Uint8Array
}

/**
 * A frame went to the venue.
 *
 * @since 0.1.0
 */
export interface Sent {
  readonly _tag: "Sent"
  readonly venue: string
  readonly connection: number
  readonly at: number
  readonly data: string
}

/**
 * The venue answered an HTTP request.
 *
 * @since 0.1.0
 */
export interface Answered {
  readonly _tag: "Answered"
  readonly venue: string
  readonly at: number
  /** Which of the venue's calls it answers, such as `snapshot`. */
  readonly call: string
  /** What the call was about, such as the symbol; empty where it is about the whole venue. */
  readonly subject: string
  readonly url: string
  /** The HTTP status; 0 where no answer came, and the body says why. */
  readonly status: number
  readonly body: string
}

/**
 * A connection ended.
 *
 * @since 0.1.0
 */
export interface Closed {
  readonly _tag: "Closed"
  readonly venue: string
  readonly connection: number
  readonly at: number
  readonly reason: string
}

/**
 * Everything that can pass. Times (`at`) are ours, in microseconds since the Unix epoch.
 *
 * @since 0.1.0
 */
export type Wire = Opened | Received | Sent | Answered | Closed
