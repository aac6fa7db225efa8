/**
 * Ticks on standard output.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Tick } from "tapewire/Tick"
import { stdout } from "node:process"

/**
 * Standard output takes no more. Where nobody reads it any more, as after `| head -1`, that is how
 * the reader says that it has enough.
 *
 * @since 0.1.0
 */
export class OutputError extends Schema.TaggedError<OutputError>()("OutputError", {
  isClosed: Schema.Boolean,
  detail: Schema.String
}) {
  override get message() {
    return `cannot write to standard output: ${this.detail}`
  }
}

const failed = (error: Error) => {
  const code = Predicate.hasProperty(error, "code") ? error.code : undefined
  const isClosed = code === "EPIPE" || code === "ERR_STREAM_DESTROYED"
  return new OutputError({ isClosed, detail: error.message })
}

/** Returns once the text has been taken. */
const write = (text: string): Effect.Effect<void, OutputError> =>
  Effect.callback((resume) => {
    stdout.write(text, (error) =>
      resume(Predicate.isNullish(error) ? Effect.void : Effect.fail(failed(error)))
    )
  })

/**
 * Prints ticks as lines of JSON, a batch at a time, and no faster than they are read. Ends early,
 * and well, where nobody reads them any more.
 *
 * @since 0.1.0
 */
export const print = <E>(ticks: Stream.Stream<Tick, E>): Effect.Effect<void, E | OutputError> =>
  printing(Stream.runForEachArray(ticks, (batch) => write(lines(batch))))

const printing = <E>(work: Effect.Effect<void, E | OutputError>) =>
  Effect.suspend(() => {
    // The failure is told to the writer; without a listener it would end the process as well.
    stdout.on("error", ignore)
    return work
  }).pipe(
    Effect.catchIf(
      (error) => error instanceof OutputError && error.isClosed,
      () => Effect.void
    )
  )

/**
 * Prints lines. Ends well where nobody reads them any more.
 *
 * @since 0.1.0
 */
export const printLines = (lines: ReadonlyArray<string>): Effect.Effect<void, OutputError> =>
  printing(write(lines.map((line) => `${line}\n`).join("")))

const ignore = () => {}

const lines = (batch: Arr.NonEmptyReadonlyArray<Tick>): string => {
  let text = ""
  for (const tick of batch) text += `${JSON.stringify(tick)}\n`
  return text
}
