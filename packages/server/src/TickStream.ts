/**
 * Ticks as server-sent events.
 *
 * Every tick is one event without a name, whose data is the line of JSON that the command line
 * prints. A batch of them is one chunk: a plain loop makes its text, for an operator on each tick
 * would cost more than the tick.
 *
 * @since 0.1.0
 */
import type * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Feed from "tapewire/Feed"
import * as Subscription from "tapewire/Subscription"
import type { Reader } from "tapewire/Tape"
import type { Tick } from "tapewire/Tick"

/**
 * What happens when a client falls behind; see `tapewire/Subscriber`. To let one client hold back
 * the feeds is not offered.
 *
 * @since 0.1.0
 */
export const Policy = Schema.Literals(["drop-oldest", "conflate"])

/**
 * @since 0.1.0
 */
export type Policy = typeof Policy.Type

/**
 * How many ticks may wait for a client.
 *
 * @since 0.1.0
 */
export const capacity: { readonly [K in Policy]: number } = {
  "drop-oldest": 10_000,
  conflate: 1000
}

/**
 * @since 0.1.0
 */
export interface Options {
  readonly reader: Reader
  readonly policy: Policy
  readonly provenance: Feed.Provenance
  readonly subscriptions: ReadonlyArray<Subscription.Subscription>
  /** Whether the feeds are at their end, once no more ticks come. */
  readonly ended: Effect.Effect<boolean>
  /** When it is done, the stream ends. */
  readonly closing: Effect.Effect<void>
}

/**
 * Begins with the event `hello`, which tells where the ticks come from, and ends with the event
 * `end` where the feeds are at theirs. A comment every 15 seconds keeps the connection open.
 *
 * With the policy `conflate`, what came in a tenth of a second is sent together.
 *
 * @since 0.1.0
 */
export const make = (options: Options): Stream.Stream<Uint8Array> => {
  const { closing, ended, policy, provenance, reader, subscriptions } = options
  const hello = { provenance, policy, subscriptions: subscriptions.map(Subscription.format) }
  const ticks = policy === "conflate" ? paced(reader) : reader.ticks
  const heartbeat = Stream.tick("15 seconds").pipe(
    Stream.drop(1),
    Stream.map(() => ": heartbeat\n\n"),
    Stream.interruptWhen(closing)
  )
  return Stream.succeed(`retry: 1000\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`).pipe(
    Stream.concat(Stream.mapArray(ticks, encode)),
    Stream.concat(Stream.unwrap(Effect.map(ended, (is) => (is ? end : Stream.empty)))),
    Stream.merge(heartbeat, { haltStrategy: "either" }),
    Stream.encodeText
  )
}

/** Only of feeds that are at their end: a client of a service that is stopped should come back. */
const end = Stream.succeed("event: end\ndata: {}\n\n")

type Batch = Array.NonEmptyReadonlyArray<Tick>

const encode = (ticks: Batch): Array.NonEmptyReadonlyArray<string> => {
  let text = ""
  for (const tick of ticks) text += `data: ${JSON.stringify(tick)}\n\n`
  return [text]
}

/** Ten times a second all that waits, so that what a screen cannot show is conflated. */
const paced = ({ stats, ticks }: Reader): Stream.Stream<Tick> =>
  Stream.toPull(ticks).pipe(
    Effect.map((pull) =>
      Effect.gen(function* () {
        yield* Effect.sleep("100 millis")
        const first = yield* pull
        if ((yield* stats).waiting === 0) return first
        const more: globalThis.Array<Tick> = []
        while ((yield* stats).waiting > 0) {
          for (const tick of yield* pull) more.push(tick)
        }
        return [first[0], ...first.slice(1), ...more] satisfies Batch
      })
    ),
    Stream.fromPull,
    Stream.scoped
  )
