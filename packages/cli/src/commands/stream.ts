/**
 * `tapewire stream`
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { SaysFailure } from "../Log.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import * as Run from "../Run.ts"
import * as Subscriptions from "../Subscriptions.ts"
import * as Telemetry from "../Telemetry.ts"
import * as Usage from "../Usage.ts"

/** The most ticks that wait for a slow reader of standard output before the oldest are dropped. */
const capacity = 100_000

/**
 * @since 0.1.0
 */
export const stream = Command.make(
  "stream",
  {
    subscriptions: Subscriptions.some,
    limit: Flag.String("limit").pipe(
      Flag.withMetavar("<N>"),
      Flag.withDescription("Stop after so many ticks"),
      Flag.optional
    )
  },
  Effect.fnUntraced(
    function* (given) {
      const { chosen, limit } = yield* Usage.all({
        chosen: Subscriptions.parse(given.subscriptions),
        endpoints: yield* Subscriptions.endpoints(given.subscriptions),
        limit: Option.match(given.limit, {
          onNone: () => Result.succeed(Number.POSITIVE_INFINITY),
          onSome: (text) => Usage.whole("--limit", text, 1, 1e12)
        })
      })
      const feeds = yield* Subscriptions.live(chosen)
      const tape = yield* Telemetry.tape(feeds, { onFailure: "fail" })
      yield* Telemetry.measure(tape)
      const reader = yield* tape.reader({ name: "standard output", capacity })
      const { stdoutIsTerminal } = yield* Stdio.Stdio
      // On a terminal the ticks themselves show how it goes.
      if (!(yield* stdoutIsTerminal)) yield* Progress.show(Progress.ofTape(tape))
      yield* Run.feed(tape.run, Output.print(Stream.take(reader.ticks, limit)))
      const { dropped } = yield* reader.stats
      if (dropped > 0) yield* Effect.logWarning("standard output was too slow", { dropped })
    },
    Effect.provideService(SaysFailure, true),
    Effect.scoped
  )
).pipe(
  Command.withDescription("Print live ticks, one as JSON in a line"),
  Command.withExamples([
    {
      command: "tapewire stream binance:trades:BTC-USDT",
      description: "Every trade, until Ctrl-C"
    },
    {
      command: "tapewire stream binance:quotes:BTC-USDT binance:bars@1m:ETH-USDT --limit 10",
      description: "Ten ticks of two subscriptions"
    },
    {
      command: "tapewire stream binance:trades:BTC-USDT | jq -r '[.at, .price, .size] | @csv'",
      description: "As CSV"
    }
  ])
)
