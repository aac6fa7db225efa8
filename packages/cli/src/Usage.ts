/**
 * What is wrong with how a command was called, all of it at once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The command was called, or the program configured, in a way that cannot work.
 *
 * @since 0.1.0
 */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  /** Each in a line. */
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.problems.join("\n")
  }
}

/**
 * A value that was given, or what is wrong with it.
 *
 * @since 0.1.0
 */
export type Given<A> = Result.Result<A, ReadonlyArray<string>>

/**
 * @since 0.1.0
 */
export const wrong = (...problems: ReadonlyArray<string>): Given<never> => Result.fail(problems)

/**
 * All of the values, or everything that is wrong with any of them.
 *
 * @since 0.1.0
 */
export const all = <R extends Record<string, Given<unknown>>>(
  given: R
): Effect.Effect<{ readonly [K in keyof R]: Result.Result.Success<R[K]> }, UsageError> =>
  Effect.suspend(() => {
    const problems: Array<string> = []
    const values: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(given)) {
      if (Result.isFailure(value)) problems.push(...value.failure)
      else values[name] = value.success
    }
    return problems.length > 0
      ? Effect.fail(new UsageError({ problems }))
      : // Every name has its own value by now.
        Effect.succeed(values as { readonly [K in keyof R]: Result.Result.Success<R[K]> })
  })

/**
 * A whole number in a range.
 *
 * @since 0.1.0
 */
export const whole = (name: string, text: string, least: number, most: number): Given<number> => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most
    ? Result.succeed(value)
    : wrong(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

const units: { readonly [unit: string]: number } = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 }

/**
 * A stretch of time such as `30s`, in milliseconds.
 *
 * @since 0.1.0
 */
export const millis = (name: string, text: string): Given<number> => {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text) ?? []
  const value = Number(digits) * (units[unit ?? ""] ?? Number.NaN)
  return value > 0
    ? Result.succeed(value)
    : wrong(`${name} must be a time such as 30s, 10m or 24h, not ${JSON.stringify(text)}`)
}

/**
 * How fast to play: `realtime`, `max`, or a multiple of the speed of the recording.
 *
 * @since 0.1.0
 */
export const speed = (text: string): Given<number> => {
  if (text === "realtime") return Result.succeed(1)
  if (text === "max") return Result.succeed(Number.POSITIVE_INFINITY)
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  return value > 0
    ? Result.succeed(value)
    : wrong(`--speed must be realtime, max or a number such as 10, not ${JSON.stringify(text)}`)
}
