/**
 * How an exchange speaks, as data and pure functions.
 *
 * A venue performs no I/O, reads no clock and keeps no state. It says what to send and what a
 * received frame means; `Session` follows the conversation and `Feed` holds it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import type { Instrument } from "./Instrument.ts"
import type { Ladder } from "./Ladder.ts"
import type { Reader } from "./Reader.ts"
import type { Channel, Subscription } from "./Subscription.ts"
import type { BookSnapshot, Tick, Trade } from "./Tick.ts"

/**
 * What a received frame means: a tick, the answer to a request, something to reply, a notice, or
 * something the venue has added since this was written.
 *
 * @since 0.1.0
 */
export type Message =
  | Tick
  /**
   * The venue took the request of this id, or, where it names them, these topics. Where it says
   * both, what else the request asked for was turned down.
   */
  | {
      readonly _tag: "Acknowledged"
      readonly id?: number | undefined
      readonly topics?: ReadonlyArray<string> | undefined
    }
  /**
   * The venue turned a request down, or what one asks for of a symbol: `id`, `topic` or `symbol`
   * where it says which.
   */
  | {
      readonly _tag: "Refused"
      readonly id: number | undefined
      readonly topic?: string | undefined
      readonly symbol?: string | undefined
      readonly detail: string
    }
  /** On this connection the venue uses a short name for a topic from now on; see `Reader.topics`. */
  | { readonly _tag: "Named"; readonly name: number | string; readonly topic: string }
  /** The number of this frame on its connection: one more than that of the frame before. */
  | { readonly _tag: "Numbered"; readonly number: number }
  /** The venue took our credentials. */
  | { readonly _tag: "LoggedIn" }
  /** What a book must add up to after the last update of it; see `Venue.checksum`. */
  | { readonly _tag: "Checksum"; readonly symbol: string; readonly value: number }
  /** The topics the venue takes this connection to be subscribed to. */
  | { readonly _tag: "Listed"; readonly topics: ReadonlyArray<string> }
  /** A frame that the venue wants answered. */
  | { readonly _tag: "Reply"; readonly frame: string }
  /** The venue is about to end the connection. */
  | { readonly _tag: "Leaving" }
  /**
   * The venue serves this connection no longer, or not at all, which says nothing against another
   * one. It is ended, and `closeWaits` of the code heeded, as if the venue had closed it with that.
   */
  | { readonly _tag: "Ended"; readonly code: number; readonly detail: string }
  | { readonly _tag: "Unrecognized"; readonly kind: string }

/**
 * A text does not mean what the venue's protocol says it can mean.
 *
 * @since 0.1.0
 */
export class Undecodable extends Schema.TaggedError<Undecodable>()("Undecodable", {
  /** What is wrong, in a line. */
  detail: Schema.String,
  /** The beginning of the text. */
  sample: Schema.String
}) {
  override get message() {
    return `${this.detail} in ${this.sample}`
  }
}

/**
 * The ids of those venues whose trade ids follow one another without a hole.
 *
 * @since 0.1.0
 */
export const contiguous = (
  venues: ReadonlyArray<Pick<Venue, "id" | "trades">>
): ReadonlyArray<string> =>
  venues.flatMap(({ id, trades }) => (trades === "contiguous" ? [id] : []))

/**
 * What a text means, or why it means nothing.
 *
 * @since 0.1.0
 */
export type Decoded<A> = Result.Result<A, Undecodable>

/**
 * At most so many in any stretch of time of this length.
 *
 * @since 0.1.0
 */
export interface Rate {
  readonly count: number
  readonly per: Duration.Input
}

/**
 * A call of a venue's HTTP interface.
 *
 * @since 0.1.0
 */
export interface Call<A> {
  /**
   * Path and query for a native symbol, which is empty where the call is about the venue, and, of
   * past trades, for the first id and the last; of `poll`, for the stretch of time in microseconds.
   */
  readonly path: (native: string, from: number, to: number) => string
  /** What is sent, as JSON, where the venue wants to be told what it is asked for; see `path`. */
  readonly body?: (native: string, from: number, to: number) => string
  /** How much of the request limit it uses. */
  readonly weight: number
  /** The base URL of a call that is answered elsewhere than the others, while these are at their own. */
  readonly base?: (credentials: Credentials | undefined) => string
  readonly decode: (body: string, reader: Reader, native: string) => Decoded<A>
}

/**
 * What a channel offers: the variants of a subscription, the first of which is meant by none.
 * `undefined` as a variant is the plain channel.
 *
 * @since 0.1.0
 */
export type Variants = readonly [string | undefined, ...ReadonlyArray<string>]

/**
 * What proves to a venue who we are.
 *
 * @since 0.1.0
 */
export interface Credentials {
  readonly key: Redacted.Redacted
  readonly secret: Redacted.Redacted
}

/**
 * How a feed uses connections to a venue.
 *
 * @since 0.1.0
 */
export interface Pool {
  /** The most connections; 10 by default. */
  readonly max: number
  /**
   * Over how many connections symbols are spread at least, where there are as many, so that the
   * loss of one leaves the others; 2 by default.
   */
  readonly min: number
  /** The longest wait for a connection; 30 s by default, of which the handshake may take 5 s. */
  readonly connectTimeout: Duration.Input
  /** A connection without a subscription is closed after this long; 5 minutes by default. */
  readonly idleTimeout: Duration.Input
  /** How often the venue is asked what a connection is subscribed to; every 60 s by default. */
  readonly healthCheck: Duration.Input
}

/**
 * A venue's market-data protocol.
 *
 * @since 0.1.0
 */
export interface Venue {
  /** As on the command line: `binance`. */
  readonly id: string
  /** As people call it: `Binance`. */
  readonly name: string
  readonly channels: { readonly [K in Channel]?: Variants }
  readonly needsCredentials: boolean
  /**
   * What it wants to know of us, where it does: a key, or a key and a secret. `tryingAt` names hosts
   * or paths to try things on, where anything may stand for them, and `of` the venue whose settings
   * hold them, where that is another.
   */
  readonly credentials?: {
    readonly kind: "key" | "pair"
    readonly tryingAt?: ReadonlyArray<string>
    readonly of?: string
  }
  /** Headers or query parameters that credentials go into with HTTP requests; told nowhere. */
  readonly authorize?: (credentials: Credentials) => {
    readonly headers?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, string>>
  }
  /** Base URLs, without a slash at the end. */
  readonly endpoints: { readonly websocket: string; readonly rest: string }
  /** Sent with every HTTP request. */
  readonly headers?: { readonly [name: string]: string }
  /** Path and query of the WebSocket, or those for a subscription where they differ. */
  readonly path: string | ((subscription: Subscription) => string)
  /** Frames to begin a connection with, before anything is subscribed to. */
  readonly greeting?: ReadonlyArray<string>
  /** The frame that logs in, where the venue wants that before anything is subscribed to. */
  readonly login?: (credentials: Credentials) => string
  readonly limits: {
    /** Frames we may send on a connection. */
    readonly messages: Rate
    /** Attempts to connect, per host. */
    readonly connections: Rate
    /** Weight of HTTP requests, per host. */
    readonly requests: Rate
    /** Subscriptions in one frame. */
    readonly batch: number
    /** Subscriptions on one connection. */
    readonly streams: number
  }
  /** How connections are used, where not as by default. */
  readonly pool?: Partial<Pool>
  /** Said of a venue that takes one connection at a time: it is closed before another one is opened. */
  readonly single?: true
  /** A connection on which nothing came for this long is dead. */
  readonly silence: Duration.Input
  /** A subscription of which nothing came for this long is looked into; 20 s by default. */
  readonly firstData?: Duration.Input
  /** The age at which a connection is replaced, before the venue ends it; never by default. */
  readonly lifetime?: Duration.Input
  /** The least waits after closes with codes of the venue's own. */
  readonly closeWaits?: { readonly [code: number]: Duration.Input }
  /** Whether trade ids follow one another without a hole, so that a hole is a gap. */
  readonly trades: "contiguous" | "opaque"
  /**
   * Where the book to start from comes from: by HTTP (`calls.snapshot`, the default), or in the
   * stream, when a topic is subscribed to.
   */
  readonly books?: "http" | "stream"
  /** How many levels of each side a book keeps, where the venue tells nothing of those beyond. */
  readonly bookDepth?: number
  /**
   * What a book adds up to, where the venue sends that for comparison; `undefined` where the numbers
   * cannot tell, as when they have fewer digits than were sent.
   */
  readonly checksum?: (ladder: Ladder, instrument: Instrument) => number | undefined
  /** What topics that share a frame must have in common, where not all may share one. */
  readonly group?: (topic: string) => string
  /**
   * The venue's name for what carries a subscription. One topic may carry several, such as the mark
   * price and the funding rate; of what it carries, a feed gives what was subscribed to.
   */
  readonly topic: (subscription: Subscription, native: string) => string
  /** A frame that asks for topics. */
  readonly subscribe: (topics: ReadonlyArray<string>, id: number) => string
  /**
   * A frame that asks for them no longer, where they are told by the short names that the venue gave
   * them; `undefined` where it gave none yet.
   */
  readonly unsubscribe: (
    topics: ReadonlyArray<string>,
    id: number,
    names: ReadonlyMap<string, number | string>
  ) => string | undefined
  /** A frame that makes the venue answer, to tell a quiet connection from a dead one. */
  readonly probe: (id: number) => string
  readonly decode: (frame: string | Uint8Array, reader: Reader) => Decoded<ReadonlyArray<Message>>
  /**
   * How many levels of each side a snapshot can be had with, and at what weight, deepest first. A
   * feed takes the deepest with which all its books together use no more than half of what a host
   * allows; the first id of the call's path is then how many.
   */
  readonly depths?: ReadonlyArray<{ readonly levels: number; readonly weight: number }>
  /** What it lists, where that is known beforehand and nobody needs to be asked. */
  readonly instruments?: ReadonlyArray<Instrument>
  /** What a symbol that is not listed stands for, where not all are. */
  readonly unlisted?: (symbol: string) => Instrument | undefined
  /**
   * Of a venue without connections to listen on: how often `calls.poll` is asked, how far back the
   * first time, and how far back before the last time the others.
   */
  readonly poll?: {
    readonly every: Duration.Input
    readonly since: Duration.Input
    readonly overlap: Duration.Input
  }
  /** What `calls.instruments` is to be asked for, where one answer does not list everything. */
  readonly lists?: ReadonlyArray<string>
  readonly calls: {
    /** What it lists, where `instruments` does not say. */
    readonly instruments?: Call<ReadonlyArray<Instrument>>
    /** The book to start from, where it comes by HTTP. */
    readonly snapshot?: Call<BookSnapshot>
    /** Past trades in the order of their ids, to fill holes with, where ids are contiguous. */
    readonly trades?: Call<ReadonlyArray<Trade>>
    /** The same of aggregated trades. */
    readonly aggregatedTrades?: Call<ReadonlyArray<Trade>>
    /**
     * Something cheap that differs once there were more trades, such as the id of the last: it tells
     * a market where nothing happens from a subscription of which nothing comes.
     */
    readonly lastTrade?: Call<number | string | undefined>
    /** The same of the book. */
    readonly lastUpdate?: Call<number | string | undefined>
    /** What was published of a subscription in a stretch of time, of which some may be known. */
    readonly poll?: Call<ReadonlyArray<Tick>>
    /** The venue's clock, in microseconds since the Unix epoch. */
    readonly time?: Call<number>
    /** Answers if the venue is there. */
    readonly ping?: Call<void>
  }
}

/**
 * One kind of text: what it means, or what is wrong with it. `native` is what an answer is about,
 * which it may not say itself.
 *
 * @since 0.1.0
 */
export type Kind<A> = (json: unknown, reader: Reader, native?: string) => Result.Result<A, string>

/** A copy of the first 200 characters: a mere slice would keep all of a long text in memory. */
const beginningOf = (text: string) =>
  text.length > 200 ? `${Array.from(text.slice(0, 200)).join("")}…` : text

/**
 * A kind of text that must match a schema without transformations.
 *
 * The schema is compiled to a plain check, which costs a tenth of `JSON.parse`; transforming
 * inside the schema would cost as much again. What `Reader` finds to be no decimal or no time fails
 * the text too.
 *
 * @since 0.1.0
 */
export const kind = <A, B>(
  schema: Schema.Codec<A>,
  interpret: (json: A, reader: Reader, native: string) => B
): Kind<B> => {
  SchemaJITCompiler.enable(schema.ast)
  const is = Schema.is(schema)
  const decode = Schema.decodeUnknownResult(schema)
  return (json, reader, native = "") => {
    if (!is(json)) {
      const failure = decode(json)
      return Result.fail(
        Result.isFailure(failure) ? failure.failure.message : "does not match its schema"
      )
    }
    const value = interpret(json, reader, native)
    const bad = reader.takeInvalid()
    return bad === undefined ? Result.succeed(value) : Result.fail(bad)
  }
}

/**
 * A kind of frame that carries nothing of interest.
 *
 * @since 0.1.0
 */
export const ignored: Kind<ReadonlyArray<Message>> = () => Result.succeed([])

/**
 * Reads a JSON text that can only be of one kind, such as the body of an HTTP answer.
 *
 * @since 0.1.0
 */
export const body =
  <A>(kind: Kind<A>) =>
  (text: string, reader: Reader, native?: string): Decoded<A> =>
    decodeJson(text, (json) => kind(json, reader, native))

/** How a frame's kind is found and, where it is wrapped, its content. */
interface Route {
  readonly kind: (content: { readonly [key: string]: unknown }) => unknown
  readonly content: (json: { readonly [key: string]: unknown }) => unknown
}

type Kinds = { readonly [kind: string]: Kind<ReadonlyArray<Message>> }

/** Reads what is not in a list. */
const router = (route: Route, kinds: Kinds): Kind<ReadonlyArray<Message>> => {
  const known = new Map(Object.entries(kinds))
  return (json, reader) => {
    const content = Predicate.isObject(json) ? route.content(json) : undefined
    if (!Predicate.isObject(content)) return Result.fail("is not an object")
    const name = route.kind(content)
    const kind = typeof name === "string" ? known.get(name) : undefined
    return kind === undefined
      ? Result.succeed([{ _tag: "Unrecognized", kind: typeof name === "string" ? name : "none" }])
      : kind(content, reader)
  }
}

const ofText =
  (kind: Kind<ReadonlyArray<Message>>): Venue["decode"] =>
  (text, reader) =>
    typeof text === "string"
      ? decodeJson(text, (json) => kind(json, reader))
      : Result.fail(undecodable("is binary", ""))

/**
 * Builds `Venue.decode` from the kinds of frames a venue sends.
 *
 * `route` finds a frame's kind and, where it is wrapped, its content. A kind that is not listed is
 * `Unrecognized`, since venues add kinds without notice; a listed one that does not match its schema
 * is a failure.
 *
 * @since 0.1.0
 */
export const decoder = (route: Route, kinds: Kinds): Venue["decode"] => ofText(router(route, kinds))

/**
 * The same for a venue of which every frame is a list of such messages. One that does not match its
 * schema fails the frame.
 *
 * @since 0.1.0
 */
export const listDecoder = (route: Route, kinds: Kinds): Venue["decode"] => {
  const read = router(route, kinds)
  return ofText((json, reader) => {
    if (!Array.isArray(json)) return Result.fail("is not a list")
    const all: Array<Message> = []
    for (const one of json) {
      const messages = read(one, reader)
      if (Result.isFailure(messages)) return messages
      for (const message of messages.success) all.push(message)
    }
    return Result.succeed(all)
  })
}

const decodeJson = <A>(
  text: string,
  interpret: (json: unknown) => Result.Result<A, string>
): Decoded<A> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return Result.fail(undecodable("is not JSON", text))
  }
  return Result.mapError(interpret(json), (detail) => undecodable(detail, text))
}

/** Shows the text itself: written anew, a value can be nested too deep for the stack. */
const undecodable = (detail: string, text: string): Undecodable =>
  new Undecodable({
    detail: beginningOf(detail).replaceAll(/\s+/g, " "),
    sample: beginningOf(text)
  })
