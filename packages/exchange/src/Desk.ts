/**
 * The other side of a venue's protocol, as data and pure functions: how the exchange itself takes
 * requests and answers them.
 *
 * Nothing here comes from the module that describes the venue to a client, so that each can be
 * tested against the other.
 *
 * @since 0.1.0
 */
import type { Instrument } from "tapewire/Instrument"
import type { Book, Trade, View } from "./Market.ts"

/**
 * A place where connections are opened.
 *
 * @since 0.1.0
 */
export interface Door {
  /** Asked for in the address already. */
  readonly topics: ReadonlyArray<string>
  /** How a recorded frame looks on such a connection. */
  readonly form: (frame: string) => string
}

/**
 * What a frame from a client changes, and what it is answered.
 *
 * @since 0.1.0
 */
export interface Heard {
  readonly subscribe: ReadonlyArray<string>
  readonly unsubscribe: ReadonlyArray<string>
  readonly replies: ReadonlyArray<string>
}

/**
 * What a recorded frame is about, both in the venue's words.
 *
 * @since 0.1.0
 */
export interface Subject {
  readonly topic: string
  readonly symbol: string
}

/**
 * What a recorded frame says of the market, as far as the exchange is ever asked for it again.
 *
 * @since 0.1.0
 */
export type Fact =
  | { readonly _tag: "Traded"; readonly call: "trades" | "aggregatedTrades"; readonly trade: Trade }
  | {
      readonly _tag: "Updated"
      readonly firstSequence: number
      readonly sequence: number
      readonly bids: Book["bids"]
      readonly asks: Book["asks"]
    }

/**
 * A request over HTTP, and how much of the client's limit it uses.
 *
 * @since 0.1.0
 */
export type Call = { readonly weight: number } & (
  | { readonly _tag: "instruments" | "time" | "ping" }
  | { readonly _tag: "snapshot"; readonly symbol: string; readonly limit: number }
  | {
      readonly _tag: "trades" | "aggregatedTrades"
      readonly symbol: string
      /** `undefined` for the latest. */
      readonly from: number | undefined
      readonly limit: number
    }
)

/**
 * @since 0.1.0
 */
export interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * What the exchange lists.
 *
 * @since 0.1.0
 */
export interface Listed {
  readonly instrument: Instrument
  /** The name it has on the tape, which is another where it goes by a stand-in. */
  readonly recordedAs: string
}

/**
 * A stretch of time in milliseconds, and how often something may happen in it.
 *
 * @since 0.1.0
 */
export interface Rate {
  readonly count: number
  readonly perMillis: number
}

/**
 * A venue's own side of its protocol.
 *
 * @since 0.1.0
 */
export interface Desk {
  /** The venue, as on the command line. */
  readonly venue: string
  readonly limits: {
    /** Frames of a client on one connection; beyond that it is closed. */
    readonly messages: Rate & { readonly code: number; readonly reason: string }
    /** Attempts to connect. */
    readonly connections: Rate
    /** Weight of HTTP requests: beyond it 429, and for who goes on all the same 418. */
    readonly requests: Rate & { readonly tolerated: number; readonly banMillis: number }
  }
  /** How often the exchange pings, and how long it waits for a pong. */
  readonly pings: { readonly everyMillis: number; readonly withinMillis: number }
  /** `undefined` where there is no door. */
  readonly door: (url: URL) => Door | undefined
  /** How it says, at a time in milliseconds, that it will end a connection. */
  readonly leaving: (at: number) => string
  readonly hear: (frame: string, topics: ReadonlySet<string>) => Heard
  /** `undefined` for a frame that answers a request. */
  readonly subject: (frame: string) => Subject | undefined
  readonly fact: (frame: string) => Fact | undefined
  /** The book in a recorded answer; `undefined` where it cannot be read. */
  readonly snapshot: (body: string) => Book | undefined
  /** The native name of a pair. */
  readonly native: (base: string, quote: string) => string
  /** A frame, or a topic, with another native symbol in place of its own. */
  readonly rename: (text: string, from: string, to: string) => string
  /** `undefined` where there is no such call. */
  readonly call: (url: URL) => Call | undefined
  readonly answer: (call: Call, view: View) => Answer
  /** What no call is answered. */
  readonly notFound: Answer
  /** What an error is answered that the exchange itself is to blame for. */
  readonly failure: (status: number) => Answer
}
