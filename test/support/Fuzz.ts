/** Gives something many damaged inputs, and finds out whether it bears them. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { type Chance, chance } from "./Mutation.ts"

/** What is given inputs. */
export interface Target {
  readonly name: string
  /** The next input, by chance. */
  readonly next: (chance: Chance, index: number) => Input
}

export interface Input {
  /** Shown where it is not borne. */
  readonly shown: string | Uint8Array
  /** What is timed. */
  readonly run: () => unknown
  /** What is wrong with what came of it, if anything. */
  readonly judge: (result: unknown) => Verdict
}

export type Verdict = "taken" | "refused" | { readonly wrong: string }

interface Violation {
  readonly index: number
  readonly what: string
  readonly shown: string
}

interface Report {
  readonly name: string
  readonly inputs: number
  readonly taken: number
  readonly slowest: number
  /** Growth of the heap, in bytes for each input. */
  readonly slope: number
  readonly violations: ReadonlyArray<Violation>
}

/** What inputs there are, and how long each may take, in milliseconds. */
export interface Terms {
  readonly inputs: number
  readonly seed: number
  readonly longest: number
}

const mostGrowth = 4 * 1024 * 1024
const samples = 12
const mostViolations = 3

const abridged = (shown: string | Uint8Array): string => {
  const text = typeof shown === "string" ? shown : `bytes ${Buffer.from(shown).toString("hex")}`
  return text.length > 600 ? `${text.slice(0, 400)} … ${text.slice(-150)} (${text.length})` : text
}

const collect = (() => {
  setFlagsFromString("--expose-gc")
  // The flag gives a function to contexts that are made after it.
  const gc: unknown = runInNewContext("gc")
  return typeof gc === "function" ? () => void gc() : () => {}
})()

const used = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** The slope of the line nearest to all points. */
const slopeOf = (points: ReadonlyArray<readonly [x: number, y: number]>): number => {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const up = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  const across = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return across === 0 ? 0 : up / across
}

const shared: ReadonlyArray<object> = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype
]
const keysOf = () => shared.reduce((sum, one) => sum + Reflect.ownKeys(one).length, 0)

/** What became of one input. */
const attempt = Effect.fnUntraced(function* ({ judge, run }: Input, longest: number) {
  const start = performance.now()
  const busy = process.threadCpuUsage()
  const given = run()
  const result = given instanceof Promise ? yield* Effect.promise(() => given) : given
  const passed = performance.now() - start
  const { system, user } = process.threadCpuUsage(busy)
  // What others do on this machine is not the target's fault.
  const took = passed > longest ? Math.min(passed, (user + system) / 1000) : passed
  return { took, verdict: judge(result) }
})

/** Gives a target so many inputs, which are the same for the same seed. */
export const run = Effect.fnUntraced(function* (target: Target, terms: Terms) {
  const { inputs, longest, seed } = terms
  const keys = keysOf()
  const violations: Array<Violation> = []
  const heap: Array<readonly [number, number]> = []
  let taken = 0
  let slowest = 0
  const every = Math.max(1, Math.floor(inputs / samples))
  for (let index = 0; index < inputs && violations.length < mostViolations; index++) {
    const input = target.next(chance(Math.imul(seed, 0x9e3779b1) + index), index)
    const complain = (what: string) =>
      violations.push({ index, what, shown: abridged(input.shown) })
    const exit = yield* Effect.exit(attempt(input, longest))
    if (Exit.isFailure(exit)) complain(`threw ${Cause.squash(exit.cause)}`)
    else {
      const { took, verdict } = exit.value
      slowest = Math.max(slowest, took)
      if (typeof verdict === "object") complain(verdict.wrong)
      else if (verdict === "taken") taken++
      if (took > longest) complain(`took ${took.toFixed(1)} ms`)
    }
    if (keysOf() !== keys) complain("changed a prototype that all share")
    // The first samples are of what is compiled and cached once.
    if ((index + 1) % every === 0 && index + 1 > every * 3) heap.push([index, used()])
  }
  const slope = slopeOf(heap)
  const span = (heap.at(-1)?.[0] ?? 0) - (heap[0]?.[0] ?? 0)
  if (slope * span > mostGrowth) {
    const what = `kept ${Math.round(slope)} bytes of each input`
    violations.push({ index: inputs, what, shown: "" })
  }
  const report: Report = { name: target.name, inputs, taken, slowest, slope, violations }
  return report
})
