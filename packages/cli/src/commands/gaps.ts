/**
 * `tapewire gaps`
 *
 * @since 0.1.0
 */
import * as Venues from "@tapewire/venues/Venues"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as GapReport from "tapewire/GapReport"
import * as Ledger from "tapewire/Ledger"
import * as Recording from "tapewire/Recording"
import * as TapeFile from "tapewire/TapeFile"
import * as Venue from "tapewire/Venue"
import * as Account from "../Account.ts"
import { Incomplete } from "../Exit.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import * as Run from "../Run.ts"
import * as Service from "../Service.ts"
import * as Usage from "../Usage.ts"

const contiguous = new Set(Venue.contiguous(Venues.all))

/** The account of some tapes, one after another, and whether all of each could be read. */
const ofTapes = Effect.fnUntraced(function* (paths: ReadonlyArray<string>) {
  // Longer than for a service: a tape was made to be looked at afterwards.
  const ledger = Ledger.make({ contiguous: (venue) => contiguous.has(venue), keep: "31 days" })
  const tapes = yield* Effect.forEach(paths, (path) =>
    Effect.map(TapeFile.open(path), (tape) => ({ path, tape }))
  )
  let isWhole = true
  let ticks = 0
  yield* Progress.show(Effect.sync(() => ({ source: `${paths.join(" ")} RECORDED`, ticks })))
  for (const { path, tape } of tapes) {
    const onDamage = (detail: string) => {
      isWhole = false
      return Effect.logWarning(`${path}: ${detail}`)
    }
    yield* Stream.runForEachArray(Recording.ticks(tape, Venues.all, { onDamage }), (batch) =>
      Effect.sync(() => {
        ticks += batch.length
        Ledger.step(ledger, batch)
      })
    )
  }
  const subscriptions = tapes.flatMap(({ tape }) =>
    tape.header.feeds.flatMap((feed) => feed.subscriptions)
  )
  return { isWhole, entries: GapReport.withSilent(Ledger.report(ledger), subscriptions) }
})

const ofService = (url: string) =>
  Effect.map(Service.gaps(url), (entries) => ({ isWhole: true, entries }))

/** Either tapes or a service. */
const sourceOf = (
  tapes: ReadonlyArray<string>,
  url: Option.Option<string>
): Usage.Given<ReadonlyArray<string> | string> => {
  if (Option.isNone(url)) {
    return tapes.length > 0
      ? Result.succeed(tapes)
      : Usage.wrong("name a tape, or a running service with --url")
  }
  return tapes.length === 0
    ? Service.address(url.value)
    : Usage.wrong("name tapes or a service with --url, not both")
}

const tape = Argument.String("tape").pipe(
  Argument.withDescription("The tapes to read, in the order of time")
)

/**
 * @since 0.1.0
 */
export const gaps = Command.make(
  "gaps",
  {
    tapes: Argument.variadic(tape),
    url: Flag.String("url").pipe(
      Flag.withMetavar("<url>"),
      Flag.withDescription("Ask a running service instead, such as http://127.0.0.1:8787"),
      Flag.optional
    ),
    minutes: Flag.Boolean("minutes").pipe(
      Flag.withDescription("Print every minute"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print JSON, an object in a line"),
      Flag.withDefault(false)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("End with 1 where anything is missing"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ check, json, minutes, ...given }) {
    const source = yield* Effect.mapError(
      Effect.fromResult(sourceOf(given.tapes, given.url)),
      (problems) => new Usage.UsageError({ problems })
    )
    yield* Run.untilStopped(
      Effect.gen(function* () {
        const { entries, isWhole } = yield* typeof source === "string"
          ? ofService(source)
          : Effect.scoped(ofTapes(source))
        const people = minutes ? Account.minutes : Account.table
        const programs = minutes ? Account.minutesJson : Account.json
        yield* Output.printLines(json ? programs(entries) : people(entries))
        const isMissing = entries.some(({ verdict }) => verdict === "incomplete")
        if (!isWhole || (check && isMissing)) return yield* Effect.fail(new Incomplete())
      })
    )
  })
).pipe(
  Command.withDescription("Say what was missed, of a tape or by a running service"),
  Command.withExamples([
    { command: "tapewire gaps btc.tape", description: "What is on a tape and what is missing" },
    { command: "tapewire gaps btc.tape --minutes", description: "A line for every minute" },
    {
      command: "tapewire gaps --url http://127.0.0.1:8787 --check",
      description: "Ask a running service, and fail where it missed anything"
    }
  ])
)
