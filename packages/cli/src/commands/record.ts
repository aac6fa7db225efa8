/**
 * `tapewire record`
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { SaysFailure } from "../Log.ts"
import * as NewTape from "../NewTape.ts"
import * as Progress from "../Progress.ts"
import * as Recorder from "../Recorder.ts"
import * as Run from "../Run.ts"
import * as Subscriptions from "../Subscriptions.ts"
import * as Telemetry from "../Telemetry.ts"
import * as Usage from "../Usage.ts"
import { version } from "../Version.ts"

type Level = "ticks" | "wire"

/** The most ticks that wait for a slow disk before the recording ends with an error. */
const capacity = 100_000

const readLevel = (text: string): Usage.Given<Level> =>
  text === "wire" || text === "ticks"
    ? Result.succeed(text)
    : Usage.wrong(`--level must be wire or ticks, not ${JSON.stringify(text)}`)

/**
 * @since 0.1.0
 */
export const record = Command.make(
  "record",
  {
    subscriptions: Subscriptions.some,
    out: NewTape.out.pipe(Flag.withDescription("The tape to write")),
    level: Flag.String("level").pipe(
      Flag.withMetavar("<wire|ticks>"),
      Flag.withDescription(
        "What to keep: all that passes between us and the venue (the default), or the ticks alone"
      ),
      Flag.withDefault("wire")
    ),
    duration: Flag.String("duration").pipe(
      Flag.withMetavar("<time>"),
      Flag.withDescription("Stop after a time such as 30s, 10m or 24h"),
      Flag.optional
    ),
    ifExists: NewTape.ifExists
  },
  Effect.fnUntraced(
    function* ({ ifExists, ...given }) {
      const { chosen, duration, level, out } = yield* Usage.all({
        chosen: Subscriptions.parse(given.subscriptions),
        out: yield* NewTape.check(given.out, ifExists),
        level: readLevel(given.level),
        duration: Option.match(given.duration, {
          onNone: () => Result.succeed(undefined),
          onSome: (text) => Usage.millis("--duration", text)
        })
      })
      const recorder = yield* Recorder.make(chosen, (feeds) =>
        Effect.gen(function* () {
          const capturedAt = DateTime.formatIso(yield* DateTime.now)
          const source = chosen.map(({ venue }) => venue.name).join(", ")
          const provenance = { source, capturedAt, writtenBy: `tapewire ${yield* version}` }
          return yield* NewTape.create(out, { version: 1, provenance, feeds }, ifExists)
        })
      )
      const feeds = yield* Subscriptions.live(chosen, (venue) => ({
        resolved: recorder.resolved(venue),
        tap: level === "wire" ? recorder.wire : undefined
      }))
      const tape = yield* Telemetry.tape(feeds, { onFailure: "fail" })
      yield* Telemetry.measure(tape)
      yield* Progress.show(Progress.ofTape(tape))
      const work = Effect.raceAllFirst([
        tape.run,
        recorder.broken,
        duration === undefined ? Effect.never : Effect.sleep(Duration.millis(duration))
      ])
      const keepTicks = Effect.gen(function* () {
        const { ticks } = yield* tape.reader({ name: out, policy: "suspend", capacity })
        yield* Run.feed(work, Stream.runForEachArray(ticks, recorder.ticks))
      })
      yield* (level === "wire" ? Run.untilStopped(work) : keepTicks).pipe(
        Effect.result,
        Effect.tap(recorder.end),
        Effect.flatMap(Effect.fromResult)
      )
    },
    Effect.provideService(SaysFailure, true),
    Effect.scoped
  )
).pipe(
  Command.withDescription("Keep live feeds on a tape, until Ctrl-C"),
  Command.withExamples([
    {
      command: "tapewire record binance:trades:BTC-USDT binance:book:BTC-USDT --out btc.tape",
      description: "Trades and the book"
    },
    {
      command: "tapewire record binance:quotes:ETH-USDT --duration 1h --out eth.tape",
      description: "For an hour"
    }
  ])
)
