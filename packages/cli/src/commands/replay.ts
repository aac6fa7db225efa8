/**
 * `tapewire replay`
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Venues from "@tapewire/venues/Venues"
import * as Recording from "tapewire/Recording"
import * as TapeFile from "tapewire/TapeFile"
import { Incomplete } from "../Exit.ts"
import * as NewTape from "../NewTape.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import { Stop } from "../Signals.ts"
import * as Usage from "../Usage.ts"
import { version } from "../Version.ts"

/**
 * @since 0.1.0
 */
export const replay = Command.make(
  "replay",
  {
    tape: Argument.String("tape").pipe(Argument.withDescription("The tape to read")),
    speed: Flag.String("speed").pipe(
      Flag.withMetavar("<realtime|max|N>"),
      Flag.withDescription("How fast: as recorded, as fast as possible (the default), or N times"),
      Flag.withDefault("max")
    ),
    loop: Flag.Boolean("loop").pipe(
      Flag.withDescription("Begin again at the end, until Ctrl-C"),
      Flag.withDefault(false)
    ),
    out: NewTape.out.pipe(
      Flag.withDescription("Write the ticks to a new tape instead of printing them"),
      Flag.optional
    ),
    ifExists: NewTape.ifExists
  },
  Effect.fnUntraced(function* ({ ifExists, loop, out: target, ...given }) {
    const { out, speed } = yield* Usage.all({
      speed: Usage.speed(given.speed),
      out: yield* Option.match(target, {
        onNone: () => Effect.succeed(Result.succeed(undefined)),
        onSome: (path) => NewTape.check(path, ifExists)
      }),
      loop:
        loop && Option.isSome(target)
          ? Usage.wrong("--loop never ends, and a tape must; leave out --loop or --out")
          : Result.succeed(loop)
    })
    const tape = yield* TapeFile.open(given.tape)
    let isWhole = true
    let passed = 0
    const ticks = Recording.ticks(tape, Venues.all, {
      speed,
      loop,
      onDamage: (detail) => {
        isWhole = false
        return Effect.logWarning(`${given.tape}: ${detail}`)
      }
    }).pipe(
      Stream.interruptWhen(yield* Stop),
      Stream.mapArray((batch) => {
        passed += batch.length
        return batch
      })
    )
    for (const { venue } of tape.header.feeds) {
      if (Venues.byId(venue) !== undefined) continue
      yield* Effect.logWarning(
        `${given.tape}: ${venue} is unknown to this version; its frames mean nothing here`
      )
    }
    const source = `${given.tape} RECORDED`
    const sample = Effect.sync(() => ({ source, ticks: passed }))
    if (out === undefined) {
      const { stdoutIsTerminal } = yield* Stdio.Stdio
      if (!(yield* stdoutIsTerminal)) yield* Progress.show(sample)
      yield* Output.print(ticks)
    } else {
      yield* Progress.show(sample)
      const { feeds, provenance } = tape.header
      const writtenBy = `tapewire ${yield* version}`
      const writer = yield* NewTape.create(
        out,
        { version: 1, provenance: { ...provenance, writtenBy }, feeds },
        ifExists
      )
      yield* Stream.runForEachArray(ticks, writer.ticks)
      yield* writer.end
    }
    if (!isWhole) return yield* Effect.fail(new Incomplete())
  }, Effect.scoped)
).pipe(
  Command.withDescription("Print the ticks of a tape as `stream` prints live ones"),
  Command.withExamples([
    { command: "tapewire replay btc.tape", description: "Everything on it, at once" },
    { command: "tapewire replay btc.tape --speed realtime", description: "As it happened" },
    {
      command: "tapewire replay btc.tape --out btc-ticks.tape",
      description: "Make a tape of ticks, which is smaller and faster to read"
    }
  ])
)
