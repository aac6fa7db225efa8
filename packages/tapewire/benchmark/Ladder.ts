/**
 * A ladder against the obvious ways to keep a sorted book, each with 1,000 levels a side, fed the
 * same random updates near the best price, in any order and as exchanges sort them. Prints nanoseconds a level and the ratio to a `Map`
 * without any order, which cannot tell the best price.
 */
import * as Ladder from "tapewire/Ladder"
import type { Level } from "tapewire/Tick"

const isShort = process.argv.includes("--short")
const updates = isShort ? 20_000 : 200_000

/** The same numbers in every run. */
const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

const next = random(7)
const bids = Array.from({ length: 1000 }, (_, index): Level => [100_000 - index, 1])
/** Mostly next to the best price, as on exchanges; every second removes a level. */
const changes = Array.from({ length: updates }, (_, index): Level => [
  100_000 - Math.floor(1000 * next() ** 2),
  index % 2
])

/** The same, sorted from the best price on within each event of 36 levels, as exchanges send them. */
const sorted = Array.from({ length: Math.floor(updates / 36) }, (_, event) =>
  changes.slice(event * 36, event * 36 + 36).toSorted(([a], [b]) => b - a)
).flat()

const splice = () => {
  const prices: Array<number> = []
  const sizes: Array<number> = []
  return ([price, size]: Level) => {
    let low = 0
    let high = prices.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((prices[middle] ?? 0) < price) low = middle + 1
      else high = middle
    }
    const found = prices[low] === price
    if (size === 0 && found) {
      prices.splice(low, 1)
      sizes.splice(low, 1)
    } else if (size !== 0 && found) {
      sizes[low] = size
    } else if (size !== 0) {
      prices.splice(low, 0, price)
      sizes.splice(low, 0, size)
    }
  }
}

const ladder = () => {
  const self = Ladder.make()
  return (level: Level) => Ladder.apply(self, { bids: [level], asks: [] })
}

const unordered = () => {
  const levels = new Map<number, number>()
  return ([price, size]: Level) => {
    if (size === 0) levels.delete(price)
    else levels.set(price, size)
  }
}

const measure = (make: () => (level: Level) => void, changes: ReadonlyArray<Level>): number => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < (isShort ? 3 : 9); round++) {
    const apply = make()
    for (const level of bids) apply(level)
    const started = performance.now()
    for (const level of changes) apply(level)
    best = Math.min(best, performance.now() - started)
  }
  return (best / changes.length) * 1e6
}

for (const [order, given] of Object.entries({ random: changes, sorted })) {
  const floor = measure(unordered, given)
  for (const [name, make] of Object.entries({ unordered, ladder, splice })) {
    const cost = measure(make, given)
    console.log(
      order,
      name.padEnd(10),
      `${cost.toFixed(0)} ns`.padStart(8),
      (cost / floor).toFixed(2)
    )
  }
}
