/**
 * `tapewire exchange`
 *
 * @since 0.1.0
 */
import type { ExchangeError } from "@tapewire/exchange/ExchangeError"
import * as Faults from "@tapewire/exchange/Faults"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Run from "../Run.ts"
import * as Usage from "../Usage.ts"

/** A seed, or the name of a file. */
const readFaults = (given: Option.Option<string>) =>
  Option.match(given, {
    onNone: () => Effect.succeed([]),
    onSome: (text) =>
      /^\d{1,15}$/.test(text) ? Effect.succeed({ seed: Number(text) }) : Faults.fromFile(text)
  })

const hint = ({ reason }: ExchangeError) =>
  reason._tag === "CannotListen" && reason.code === "EADDRINUSE"
    ? "; choose another with --port"
    : ""

/** What the caller can put right is wrong usage; what cannot be read of a tape is not. */
const usage = (error: ExchangeError) =>
  new Usage.UsageError({ problems: [`${error.message}${hint(error)}`] })

/**
 * @since 0.1.0
 */
export const exchange = Command.make(
  "exchange",
  {
    tape: Argument.String("tape").pipe(Argument.withDescription("The wire-level tape to play")),
    port: Flag.String("port").pipe(
      Flag.withMetavar("<port>"),
      Flag.withDescription("Where to listen on 127.0.0.1, 9555 by default; 0 takes a free port"),
      Flag.withDefault("9555")
    ),
    faults: Flag.String("faults").pipe(
      Flag.withMetavar("<seed|file>"),
      Flag.withDescription("What goes wrong: drawn from a number, or listed in a JSON file"),
      Flag.optional
    ),
    speed: Flag.String("speed").pipe(
      Flag.withMetavar("<realtime|max|N>"),
      Flag.withDescription("How fast to play the tape; as recorded by default"),
      Flag.withDefault("realtime")
    ),
    symbols: Flag.String("symbols").pipe(
      Flag.withMetavar("<N>"),
      Flag.withDescription("Play the recording under so many stand-in names: X01USDT, X02USDT, …"),
      Flag.optional
    )
  },
  Effect.fnUntraced(
    function* (given) {
      const { port, speed, symbols } = yield* Usage.all({
        port: Usage.whole("--port", given.port, 0, 65_535),
        speed: Usage.speed(given.speed),
        symbols: Option.match(given.symbols, {
          onNone: () => Result.succeed(undefined),
          onSome: (text) => Usage.whole("--symbols", text, 1, 1000)
        })
      })
      const faults = yield* readFaults(given.faults)
      const opened = yield* LocalExchange.make(given.tape, { port, speed, symbols, faults })
      const settings = Object.entries(opened.settings).map(([name, value]) => `${name}=${value}`)
      yield* Effect.logInfo(
        `Listening on 127.0.0.1:${opened.port} as ${opened.venue} · ${opened.provenance}`
      )
      yield* Effect.logInfo(`To connect: ${settings.join(" ")}`)
      for (const fault of opened.faults) yield* Effect.logInfo(`to come: ${JSON.stringify(fault)}`)
      // What has passed can still be asked for after the end.
      yield* Run.untilStopped(Effect.never)
      yield* Effect.logInfo("Stopping")
    },
    Effect.catchTag("ExchangeError", (error) => Effect.fail(usage(error))),
    Effect.scoped
  )
).pipe(
  Command.withDescription("Play a tape as the exchange it was recorded from, with faults"),
  Command.withExamples([
    {
      command: "tapewire exchange btc.tape",
      description: "As recorded, on 127.0.0.1:9555"
    },
    {
      command: "tapewire exchange btc.tape --faults 7 --symbols 50",
      description: "Under fifty names, with faults drawn from the seed 7"
    }
  ])
)
