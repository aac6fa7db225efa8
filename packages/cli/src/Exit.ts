/**
 * What is said when a command fails, and the code the process ends with: 1 where the work failed, 2
 * where it was called or configured in a way that cannot work.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type { CliError } from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { FeedError } from "tapewire/FeedError"
import type { Overrun } from "tapewire/Subscriber"
import type { TapeError } from "tapewire/TapeError"
import type { OutputError } from "./Output.ts"
import type { ServiceError } from "./Service.ts"
import type { UsageError } from "./Usage.ts"

/**
 * Something was left out of the result and has been said already.
 *
 * @since 0.1.0
 */
export class Incomplete {
  readonly _tag = "Incomplete"
}

/**
 * Every way in which a command can fail.
 *
 * @since 0.1.0
 */
export type CommandError =
  | CliError
  | FeedError
  | Incomplete
  | OutputError
  | ServiceError
  | Overrun
  | TapeError
  | UsageError

/** Says in a line what is the matter. */
const say = (problem: string): Effect.Effect<void> =>
  Console.error(`tapewire: ${problem.replaceAll(/\s*\n\s*/g, " ")}`)

const codeOf = (error: CommandError): number => {
  switch (error._tag) {
    case "FeedError":
      return error.isUsage ? 2 : 1
    case "Incomplete":
    case "OutputError":
    case "ServiceError":
    case "Overrun":
    case "TapeError":
      return 1
    default:
      return 2
  }
}

const problemsOf = (error: CommandError): ReadonlyArray<string> => {
  switch (error._tag) {
    case "Incomplete":
    // The presenter has shown them.
    case "ShowHelp":
      return []
    case "UsageError":
      return error.problems
    default:
      return [error.message]
  }
}

/**
 * Runs a command, says what went wrong, and gives the code to end with.
 *
 * @since 0.1.0
 */
export const report = <R>(command: Effect.Effect<void, CommandError, R>) =>
  command.pipe(
    Effect.as(0),
    Effect.catch((error) =>
      Effect.as(Effect.forEach(problemsOf(error), say, { discard: true }), codeOf(error))
    ),
    // A defect is a mistake in the program, and its trace is for whoever mends it.
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.succeed(1) : Effect.as(Effect.logFatal(cause), 1)
    )
  )

const formatter = CliOutput.defaultFormatter()

/** A mistake on the command line, with what may have been meant in the same line. */
const describe = ({ message }: CliError): string => {
  const [problem = "", meant] = message.split(/\s*Did you mean this\?\s*/)
  return meant === undefined
    ? problem
    : `${problem}; did you mean ${meant.split(/\s+/).join(" or ")}?`
}

/**
 * Shows help that was asked for on standard output; what is wrong with a command line in a line each
 * on standard error.
 *
 * @since 0.1.0
 */
export const layerPresenter = CliOutput.layerPresenter({
  present: (event) => {
    switch (event._tag) {
      case "Help": {
        const help = formatter.formatHelpDoc(event.helpDoc)
        return event.reason === "Requested" ? Console.log(help) : Console.error(help)
      }
      case "Version":
        return Console.log(formatter.formatVersion(event.name, event.version))
      case "InvalidInvocation":
        return Effect.forEach(
          event.errors,
          (error) => say(`${describe(error)} (see ${event.commandPath.join(" ")} --help)`),
          { discard: true }
        )
    }
  }
})
