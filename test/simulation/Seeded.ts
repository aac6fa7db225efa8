/** Chance that repeats: what is drawn follows from the seed alone. */
import type * as Random from "effect/Random"

export interface Seeded {
  /** For the engine, which waits random parts of its waits. */
  readonly service: (typeof Random.Random)["Service"]
  /** At least `low`, less than `high`. */
  readonly between: (low: number, high: number) => number
  /** A whole number, both ends included. */
  readonly whole: (low: number, high: number) => number
  readonly chance: (part: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  /** How long until the next of what happens this far apart on average. */
  readonly until: (mean: number) => number
}

export const make = (seed: number): Seeded => {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + next() * (high - low)
  const whole = (low: number, high: number) => Math.floor(between(low, high + 1))
  return {
    service: {
      nextDoubleUnsafe: next,
      nextIntUnsafe: () => whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    },
    between,
    whole,
    chance: (part) => next() < part,
    pick: (items) => {
      const item = items[whole(0, items.length - 1)]
      if (item === undefined) throw new Error("nothing to pick from")
      return item
    },
    until: (mean) => -mean * Math.log(1 - next())
  }
}
