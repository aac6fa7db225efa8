// Gives every decoder of every venue, and all that reads tapes and the texts of people, so many
// damaged inputs, and ends with 1 where one throws, takes longer than 50 ms, is passed on wrongly,
// reaches what all objects inherit, or leaves something behind in memory.
//
// `pnpm fuzz --inputs 100000 --seed 1` is what it does by itself, `--short` one look at each. The
// same seed gives the same inputs.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import * as Venues from "@tapewire/venues/Venues"
import { Console, Data, Effect, FileSystem, Stdio, Stream } from "effect"
import * as TapeFile from "tapewire/TapeFile"
import * as BinanceFrames from "./support/BinanceFrames.ts"
import * as Frames from "./support/Frames.ts"
import * as Fuzz from "./support/Fuzz.ts"
import { conversation } from "./support/SessionTarget.ts"
import { decoders, tapes, texts } from "./support/targets.ts"

class Violated extends Data.TaggedError("Violated")<{ readonly count: number }> {}

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

const option = (args: ReadonlyArray<string>, name: string, otherwise: number): number => {
  const at = args.indexOf(name)
  return at === -1 ? otherwise : Number(args[at + 1])
}

const bundled = Effect.scoped(
  Effect.gen(function* () {
    const { blocks } = yield* TapeFile.open(path)
    const all = yield* Stream.runCollect(blocks)
    return all.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
  })
)

/** A small tape of both kinds of blocks. */
const small = Effect.fnUntraced(function* (ticks: Parameters<typeof BinanceFrames.of>[0]) {
  const fs = yield* FileSystem.FileSystem
  const file = `${yield* fs.makeTempDirectoryScoped()}/small.tape`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const tape = yield* TapeFile.create(file, {
        version: 1,
        provenance: { source: "the bundled tape", writtenBy: "fuzz" },
        feeds: []
      })
      for (let from = 0; from < 60; from += 20) {
        yield* tape.ticks(ticks.slice(from, from + 20))
        yield* tape.flush
      }
      yield* tape.end
    })
  )
  return yield* fs.readFile(file)
}, Effect.scoped)

const row = (cells: ReadonlyArray<string>): string =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(26) : cell.padStart(14))).join("")

const main = Effect.gen(function* () {
  const args = yield* (yield* Stdio.Stdio).args
  const inputs = option(args, "--inputs", args.includes("--short") ? 500 : 100_000)
  const seed = option(args, "--seed", 1)
  const terms = { inputs, seed, longest: 50 }
  const ticks = yield* bundled
  const written = BinanceFrames.of(ticks)
  const targets: Array<Fuzz.Target> = []
  for (const venue of Venues.all) {
    const { answers, frames } = Frames.recorded(venue.id)
    const own = venue.id === "binance" ? written : { answers: [], frames: [] }
    const all = { answers: [...answers, ...own.answers], frames: [...frames, ...own.frames] }
    if (all.frames.length === 0) yield* Console.log(`No frames of ${venue.id} were recorded here.`)
    targets.push(...decoders(venue, all), ...conversation(venue, all))
  }
  targets.push(...tapes("binance", written, ticks.slice(0, 2000), yield* small(ticks)), ...texts)

  yield* Console.log(row(["", "inputs", "taken", "slowest ms", "heap B/input", "seconds"]))
  let count = 0
  for (const target of targets) {
    const start = performance.now()
    const { name, slope, slowest, taken, violations } = yield* Fuzz.run(target, terms)
    const seconds = (performance.now() - start) / 1000
    const figures = [inputs, taken, slowest.toFixed(1), slope.toFixed(1), seconds.toFixed(1)]
    yield* Console.log(row([name, ...figures.map(String)]))
    for (const { index, shown, what } of violations) {
      yield* Console.log(`  ${name}, input ${index} of --seed ${seed}, ${what}: ${shown}`)
    }
    count += violations.length
  }
  if (count > 0) return yield* new Violated({ count })
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
