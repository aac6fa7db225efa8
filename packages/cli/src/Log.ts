/**
 * What the program says while it works: on standard error, for people on a terminal and as
 * `key=value` lines elsewhere. Standard output is for data.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { StatusLine } from "./StatusLine.ts"

/**
 * Whether the command itself says why a feed failed, so that the log need not.
 *
 * @since 0.1.0
 */
export const SaysFailure = Context.Reference<boolean>("@tapewire/cli/SaysFailure", {
  defaultValue: () => false
})

/** The event of a feed, as it is logged. */
const isFailure = (message: unknown) => Array.isArray(message) && message[0] === "Failed"

const logger = Effect.gen(function* () {
  const { erase, isVisible } = yield* StatusLine
  const noColor = yield* Effect.orDie(Config.option(Config.String("NO_COLOR")))
  const log = isVisible
    ? Logger.consolePretty({ colors: Option.isNone(noColor), mode: "tty" })
    : Logger.withConsoleError(Logger.formatLogFmt)
  return Logger.make<unknown, void>((options) => {
    if (isFailure(options.message) && options.fiber.getRef(SaysFailure)) return
    erase()
    log.log(options)
  })
})

/**
 * @since 0.1.0
 */
export const layer = Layer.merge(Logger.layer([logger]), Layer.succeed(Logger.LogToStderr, true))
