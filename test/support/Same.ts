/** Whether long lists of ticks are the same, whenever they were read. */
import { assert } from "@effect/vitest"
import type { Tick } from "tapewire/Tick"

/** Two lists are the same. Tells the first difference, where an assertion would print both. */
export const assertSame = <A>(actual: ReadonlyArray<A>, expected: ReadonlyArray<A>): void => {
  const wrong = expected.findIndex((item, index) => item !== actual[index])
  assert.strictEqual(actual[wrong], expected[wrong], `at ${wrong}`)
  assert.strictEqual(actual.length, expected.length)
}

/** Ticks as the command prints them. */
export const print = (ticks: ReadonlyArray<Tick>): ReadonlyArray<string> =>
  ticks.map((tick) => JSON.stringify(tick))

/** Printed ticks without the time at which they were read. */
export const timeless = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.map((line) => line.replace(/"received":\d+/, `"received":0`))

const topic = (line: string): string => {
  const [, tag = "", symbol = ""] =
    /"_tag":"(\w+?)(?:Snapshot|Delta)?".*"symbol":"([^"]+)"/.exec(line) ?? []
  return `${tag} ${symbol}`
}

/**
 * Printed ticks, those of each kind and symbol in their order. In which order a venue tells of
 * different ones, and when a snapshot comes, is nobody's promise.
 */
export const byTopic = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const topics = Map.groupBy(timeless(lines), topic)
  return Array.from(topics.keys())
    .toSorted()
    .flatMap((name) => topics.get(name) ?? [])
}
