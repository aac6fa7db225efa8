// Runs seeds of the simulation, each a day in the life of a feed, and says what became of them:
// `pnpm simulate --seeds 20 --from 1 --hours 24`. With `--mutants` it is the simulation that is tested:
// bugs are planted in copies of the feed, and it must find each.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Data, Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Faults from "./Faults.ts"
import * as Mutants from "./Mutants.ts"
import * as Recorded from "./Recorded.ts"
import * as Report from "./Report.ts"
import * as Simulation from "./Simulation.ts"
import * as Trials from "./Trials.ts"

class Failed extends Data.TaggedError("Failed")<{ readonly seeds: ReadonlyArray<number> }> {}

const flags = {
  seeds: Flag.Int("seeds").pipe(Flag.withDescription("How many"), Flag.withDefault(20)),
  from: Flag.Int("from").pipe(Flag.withDescription("The first of them"), Flag.withDefault(1)),
  hours: Flag.Int("hours").pipe(
    Flag.withDescription("Of virtual time, for each"),
    Flag.withDefault(24)
  ),
  faults: Flag.Literals("faults", Faults.all).pipe(
    Flag.withDescription("Only this kind of fault; may be given more than once"),
    Flag.between(0, Number.POSITIVE_INFINITY)
  ),
  mutants: Flag.Boolean("mutants").pipe(
    Flag.withDescription("Plant bugs in copies of the feed instead, each of which must be found"),
    Flag.withDefault(false)
  ),
  only: Flag.String("only").pipe(
    Flag.withDescription("Of these bugs, those whose name contains this"),
    Flag.optional
  ),
  short: Flag.Boolean("short").pipe(
    Flag.withDescription("A few of these bugs"),
    Flag.withDefault(false)
  )
}

const simulate = Command.make(
  "simulate",
  flags,
  Effect.fnUntraced(function* ({ faults, from, hours, mutants, only, seeds, short }) {
    if (mutants) {
      const some = short ? Mutants.few : Mutants.all
      const text = Option.getOrElse(only, () => "")
      return yield* Trials.run(some.filter(({ name }) => name.includes(text)))
    }
    const recorded = yield* Recorded.load
    const kinds = faults.length === 0 ? Faults.all : faults
    const started = yield* Clock.currentTimeMillis
    const run = (seed: number) => Simulation.run(recorded, { seed, hours, kinds })
    const reports: Array<Simulation.Report> = []
    for (let seed = from; seed < from + seeds; seed++) {
      const report = yield* run(seed)
      reports.push(report)
      yield* Console.log(Report.line(report))
      if (report.failures.length > 0) yield* Console.error(Report.failure(report, hours))
    }
    const [first] = reports
    if (first !== undefined) {
      const again = yield* run(from)
      if (again.hash !== first.hash) {
        yield* Console.error(`Seed ${from} gave ${first.hash}, and ${again.hash} when run again.`)
        return yield* new Failed({ seeds: [from] })
      }
    }
    const seconds = ((yield* Clock.currentTimeMillis) - started) / 1000
    yield* Console.log(Report.total(reports, hours, seconds))
    const failed = reports.filter(({ failures }) => failures.length > 0)
    if (failed.length > 0) return yield* new Failed({ seeds: failed.map(({ seed }) => seed) })
  })
).pipe(Command.withDescription("Simulates days in the life of a live feed, with all their faults"))

Command.run(simulate, { version: "0" }).pipe(
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
