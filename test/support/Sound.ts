/** What everything that is made of a foreign text must be. */
import * as Schema from "effect/Schema"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { Tick } from "tapewire/Tick"

SchemaJITCompiler.enable(Tick.ast)
const isTick = Schema.is(Tick)

/** What is wrong with a value: a number that is none, or an object that is not plain. */
const problemOf = (value: unknown, path: string): string | undefined => {
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : `${path} is ${value}`
  }
  if (typeof value !== "object" || value === null) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    return `${path} has a prototype of its own`
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === "__proto__") return `${path} has a key ${key}`
    const problem = problemOf(member, `${path}.${key}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What is wrong with something that was made of a text, if anything. */
export const problem = (value: unknown): string | undefined => {
  const plain = problemOf(value, "the result")
  if (plain !== undefined) return plain
  for (const one of Array.isArray(value) ? value : [value]) {
    const isOne = typeof one === "object" && one !== null && "received" in one
    if (isOne && !isTick(one)) return `not a tick: ${JSON.stringify(one).slice(0, 300)}`
  }
  return undefined
}
