/**
 * What goes wrong on a local exchange, and when: written down, or drawn from a seed.
 *
 * Times are seconds of the recording since its first frame, so that the same faults meet the same
 * frames at any speed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { BadFaults, ExchangeError } from "./ExchangeError.ts"

const { Finite, Int, Literal, Literals, Struct } = Schema

const Seconds = Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Int.check(Schema.isGreaterThanOrEqualTo(1))

/** All connections there are, or one by its number, counted from 1. */
const connection = Schema.optional(Count)

const at = { at: Seconds }

/** How many frames, one by default. */
const count = { count: Schema.optional(Count) }

/** A topic in the venue's words, such as `btcusdt@trade`. */
const topic = { topic: Schema.NonEmptyString }

/** A symbol in the venue's words, such as `BTCUSDT`. */
const symbol = { symbol: Schema.NonEmptyString }

const forSeconds = { for: Finite.check(Schema.isGreaterThan(0)) }

/** A code that a close frame may carry. */
const Code = Int.check(
  Schema.makeFilter(
    (code) =>
      (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
      (code >= 3000 && code <= 4999),
    { expected: "a code that a close frame may carry" }
  )
)

/**
 * Something that goes wrong.
 *
 * - `kill`: the TCP connection is reset.
 * - `end`: it is ended without a close frame.
 * - `leave`: the exchange says that it will end the connection, and does when the time is over.
 * - `stall`: the connection stays open, and nothing comes over it any more.
 * - `close`: the connection is closed with a code.
 * - `limit`: handshakes and HTTP requests are answered 429 or 418 with `Retry-After`.
 * - `rest-error`: HTTP requests are answered with a status.
 * - `mute`: the subscription stands, and nothing comes of it before it is made again.
 * - `drop`, `duplicate`, `corrupt`: what happens to the next frames of a topic, one by default.
 * - `reorder`: the next two frames of a topic change places.
 * - `delay`: frames of a topic are held back, and come at once when the time is over.
 * - `delist`: the symbol is listed no more and nothing comes of it.
 * - `stale-snapshot`: the next snapshot of the symbol is the oldest recorded one.
 *
 * @since 0.1.0
 */
export const Fault = Schema.Union([
  Struct({ kind: Literal("kill"), ...at, connection }),
  Struct({ kind: Literal("end"), ...at, connection }),
  Struct({ kind: Literal("leave"), ...at, ...forSeconds, connection }),
  Struct({ kind: Literal("stall"), ...at, connection }),
  Struct({ kind: Literal("close"), ...at, code: Code, connection }),
  Struct({ kind: Literal("limit"), ...at, status: Literals([429, 418]), ...forSeconds }),
  Struct({
    kind: Literal("rest-error"),
    ...at,
    status: Int.check(Schema.isBetween({ minimum: 400, maximum: 599 })),
    ...forSeconds
  }),
  Struct({ kind: Literal("mute"), ...at, ...topic }),
  Struct({ kind: Literal("drop"), ...at, ...topic, ...count }),
  Struct({ kind: Literal("duplicate"), ...at, ...topic, ...count }),
  Struct({ kind: Literal("corrupt"), ...at, ...topic, ...count }),
  Struct({ kind: Literal("reorder"), ...at, ...topic }),
  Struct({ kind: Literal("delay"), ...at, ...topic, ...forSeconds }),
  Struct({ kind: Literal("delist"), ...at, ...symbol }),
  Struct({ kind: Literal("stale-snapshot"), ...at, ...symbol })
]).annotate({
  expected:
    "kind to be kill, end, leave, stall, close, limit, rest-error, mute, drop, duplicate, corrupt, reorder, delay, delist or stale-snapshot"
})

/**
 * @since 0.1.0
 */
export type Fault = typeof Fault.Type

const File = Schema.fromJsonString(Struct({ faults: Schema.Array(Fault) }))

const readFile = Schema.decodeUnknownResult(File, {
  errors: "all",
  onExcessProperty: "error"
})

/**
 * Reads `{ "faults": [ … ] }`, or says what is wrong with it.
 *
 * @since 0.1.0
 */
export const fromJson = (text: string): Result.Result<ReadonlyArray<Fault>, string> =>
  Result.match(readFile(text), {
    onFailure: ({ message }) =>
      Result.fail(
        message.replaceAll(/\s*\n\s*(at )?/g, (_, place) => (place === undefined ? "; " : " at "))
      ),
    onSuccess: ({ faults }) => Result.succeed(faults)
  })

/**
 * Reads a file of faults.
 *
 * @since 0.1.0
 */
export const fromFile = Effect.fnUntraced(function* (path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const failed = (detail: string) => new ExchangeError({ path, reason: new BadFaults({ detail }) })
  const text = yield* Effect.mapError(fileSystem.readFileString(path), ({ message }) =>
    failed(message)
  )
  const faults = fromJson(text)
  return Result.isFailure(faults) ? yield* failed(faults.failure) : faults.success
})

/**
 * What faults can be drawn for.
 *
 * @since 0.1.0
 */
export interface Setting {
  readonly topics: ReadonlyArray<string>
  readonly symbols: ReadonlyArray<string>
  /** How long the recording is, in seconds. */
  readonly seconds: number
}

/**
 * What is wrong with faults that can meet nothing of the recording.
 *
 * @since 0.1.0
 */
export const missed = (
  faults: ReadonlyArray<Fault>,
  { symbols, topics }: Setting
): ReadonlyArray<string> => {
  const unknown = (what: string, name: string, known: ReadonlyArray<string>) =>
    known.includes(name)
      ? []
      : [`no ${what} ${JSON.stringify(name)}, but ${known.slice(0, 8).join(" ")}`]
  return faults.flatMap((fault) => {
    if ("topic" in fault) return unknown("topic", fault.topic, topics)
    return "symbol" in fault ? unknown("symbol", fault.symbol, symbols) : []
  })
}

/**
 * One fault of every kind, in an order and at times drawn from a seed: the same seed and setting give
 * the same faults. A symbol is delisted only where another remains.
 *
 * @since 0.1.0
 */
export const fromSeed = (
  seed: number,
  { seconds, symbols, topics }: Setting
): Effect.Effect<ReadonlyArray<Fault>> =>
  Effect.gen(function* () {
    const any = (of: ReadonlyArray<string>) =>
      Effect.map(
        Random.nextIntBetween(0, of.length, { halfOpen: true }),
        (index) => of[index] ?? ""
      )
    const topic = any(topics)
    const symbol = any(symbols)
    const kinds: ReadonlyArray<(at: number) => Effect.Effect<Fault>> = [
      (at) => Effect.succeed({ kind: "kill", at }),
      (at) => Effect.succeed({ kind: "end", at }),
      (at) => Effect.succeed({ kind: "leave", at, for: 2 }),
      (at) => Effect.succeed({ kind: "stall", at }),
      (at) => Effect.succeed({ kind: "close", at, code: 1001 }),
      (at) => Effect.succeed({ kind: "limit", at, status: 429, for: 5 }),
      (at) => Effect.succeed({ kind: "limit", at, status: 418, for: 5 }),
      (at) => Effect.succeed({ kind: "rest-error", at, status: 503, for: 5 }),
      (at) => Effect.map(topic, (topic) => ({ kind: "mute", at, topic })),
      (at) => Effect.map(topic, (topic) => ({ kind: "drop", at, topic })),
      (at) => Effect.map(topic, (topic) => ({ kind: "duplicate", at, topic })),
      (at) => Effect.map(topic, (topic) => ({ kind: "corrupt", at, topic })),
      (at) => Effect.map(topic, (topic) => ({ kind: "reorder", at, topic })),
      (at) => Effect.map(topic, (topic) => ({ kind: "delay", at, topic, for: 2 })),
      (at) => Effect.map(symbol, (symbol) => ({ kind: "stale-snapshot", at, symbol })),
      ...(symbols.length < 2
        ? []
        : [
            (at: number) =>
              Effect.map(symbol, (symbol) => ({ kind: "delist" as const, at, symbol }))
          ])
    ]
    const order = yield* Random.shuffle(kinds)
    // Each has its own part of the recording, so that one is over before the next.
    const part = seconds / order.length
    return yield* Effect.forEach(order, (draw, index) =>
      Effect.flatMap(Random.next, (share) => draw(millis((index + share) * part)))
    )
  }).pipe(Random.withSeed(seed))

const millis = (seconds: number) => Math.floor(seconds * 1000) / 1000
