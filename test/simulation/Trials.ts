/** Plants bugs in a copy of the feed, one after the other, and sees whether the simulation finds them. */
import { Clock, Console, Data, Effect, FileSystem, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { cp } from "node:fs/promises"
import type { Mutant } from "./Mutants.ts"

/** The text that a bug replaces is not there once: the list is older than the feed. */
class Outdated extends Data.TaggedError("Outdated")<{
  readonly mutant: string
  readonly file: string
  readonly times: number
}> {}

class Survived extends Data.TaggedError("Survived")<{
  readonly mutants: ReadonlyArray<string>
  /** How often something was found where there was nothing. */
  readonly alarms: number
}> {}

const root = `${import.meta.dirname}/../..`

/** What the simulation runs on; links among it lead to other parts of the copy. */
const parts = [
  ...["packages/tapewire", "packages/venues", "test"].flatMap((folder) => [
    `${folder}/package.json`,
    `${folder}/node_modules`
  ]),
  "packages/tapewire/src",
  "packages/venues/src",
  "test/simulation",
  "examples/tapes/binance.tape"
]

const copy = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tapewire-mutants-" })
  yield* fs.symlink(`${root}/node_modules`, `${folder}/node_modules`)
  for (const part of parts) {
    // Links as they are written: made absolute, they would lead back here.
    const options = { recursive: true, verbatimSymlinks: true }
    yield* Effect.promise(() => cp(`${root}/${part}`, `${folder}/${part}`, options))
  }
  return folder
})

/** The first thing that the oracle said; `undefined` where it said nothing. */
const findingOf = (told: string): string | undefined => {
  // The virtual time, and what was seen then.
  const [, finding] = /^ {2}(?:\d+(?:d|h|m|s|ms) ?)+: (.*)$/m.exec(told) ?? []
  // A feed that breaks is a bug too, but not one that it takes an oracle to find.
  return finding?.startsWith("the feed ") === true ? undefined : finding
}

interface Ran {
  readonly code: number
  readonly told: string
  /** What the oracle said first. */
  readonly finding: string | undefined
}

const endless: Ran = { code: -1, told: "did not end within two minutes", finding: undefined }

/** Virtual, of each run. */
const hours = 2

/** Runs one seed in a copy. */
const simulate = (folder: string, { faults }: Pick<Mutant, "faults">, seed: number) =>
  Effect.gen(function* () {
    const flags = ["--seeds", "1", "--from", `${seed}`, "--hours", `${hours}`]
    const kinds = faults.flatMap((kind) => ["--faults", kind])
    const child = yield* ChildProcess.make(
      process.execPath,
      ["test/simulation/main.ts", ...flags, ...kinds],
      { cwd: folder }
    )
    const told = yield* Stream.mkString(Stream.decodeText(child.all))
    const code = yield* child.exitCode
    return { code, told, finding: code === 1 ? findingOf(told) : undefined } satisfies Ran as Ran
  }).pipe(
    Effect.scoped,
    Effect.timeoutOrElse({ duration: "2 minutes", orElse: () => Effect.succeed(endless) })
  )

/** Puts a bug in the copy while something is done. */
const planted =
  (folder: string, { file, find, name, replace }: Mutant) =>
  <A, E, R>(use: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${folder}/packages/${file}`
      const sound = yield* fs.readFileString(path)
      const pieces = sound.split(find)
      const times = pieces.length - 1
      if (times !== 1) {
        yield* Console.error(`${name}: what it replaces is in ${file} ${times} times, not once`)
        return yield* new Outdated({ mutant: name, file, times })
      }
      return yield* Effect.acquireUseRelease(
        fs.writeFileString(path, pieces.join(replace)),
        () => use,
        () => Effect.orDie(fs.writeFileString(path, sound))
      )
    })

/** How many seeds are tried for one bug. */
const most = 4

/** Tries seeds until one finds the bug. */
const find = Effect.fnUntraced(function* (folder: string, mutant: Mutant) {
  const started = yield* Clock.currentTimeMillis
  for (let seed = 1; seed <= most; seed++) {
    const { code, finding, told } = yield* simulate(folder, mutant, seed)
    const seconds = ((yield* Clock.currentTimeMillis) - started) / 1000
    if (finding !== undefined) return { finding, seed, seconds }
    if (code !== 0) {
      yield* Console.error(`${mutant.name}: ended with ${code}\n${told}`)
      break
    }
  }
  return undefined
})

const kindsOf = ({ faults }: Mutant) => faults.map((kind) => `\`${kind}\``).join(" ")

const shortened = (finding: string) =>
  finding.length <= 110 ? finding : `${finding.slice(0, 110).trimEnd()}…`

/** Tries some bugs, and says what became of each. */
export const run = Effect.fnUntraced(function* (mutants: ReadonlyArray<Mutant>) {
  const started = yield* Clock.currentTimeMillis
  const folder = yield* copy
  const survivors: Array<string> = []
  /** What found something, to be run without a bug. */
  const controls = new Map<string, { readonly mutant: Mutant; readonly seed: number }>()
  yield* Console.log("| bug | what happens | seed | found by | after |\n| - | - | -: | - | -: |")
  for (const mutant of mutants) {
    const found = yield* find(folder, mutant).pipe(planted(folder, mutant))
    if (found === undefined) {
      survivors.push(mutant.name)
      yield* Console.error(`${mutant.name}: NOT FOUND`)
      continue
    }
    const { finding, seconds, seed } = found
    const kinds = kindsOf(mutant)
    const row = [mutant.name, kinds, seed, shortened(finding), `${seconds.toFixed(1)} s`]
    yield* Console.log(`| ${row.join(" | ")} |`)
    controls.set(`${kinds} ${seed}`, { mutant, seed })
  }
  let alarms = 0
  for (const [name, { mutant, seed }] of controls) {
    const { code, told } = yield* simulate(folder, mutant, seed)
    if (code === 0) continue
    alarms++
    yield* Console.error(`without a bug, ${name} ended with ${code}\n${told}`)
  }
  const seconds = ((yield* Clock.currentTimeMillis) - started) / 1000
  yield* Console.log(
    `\n${mutants.length - survivors.length} of ${mutants.length} bugs found in ` +
      `${seconds.toFixed(0)} s; of ${controls.size} runs without a bug ${alarms} found one`
  )
  if (survivors.length > 0 || alarms > 0 || mutants.length === 0) {
    return yield* new Survived({ mutants: survivors, alarms })
  }
}, Effect.scoped)
