/**
 * The price levels of a book, sorted, with the best of each side at hand.
 *
 * A ladder is changed in place: nearly all updates fall next to the best price, where moving a few
 * numbers in a flat array costs a tenth of rebuilding anything (`benchmark/Ladder.ts`).
 *
 * @since 0.1.0
 */
import type { Level } from "./Tick.ts"

interface Side {
  /** 1 for bids, -1 for asks: `sign * price` rises towards the best price. */
  readonly sign: 1 | -1
  /** `sign * price` and size of one level after the other, rising; the best level is the last. */
  levels: Float64Array
  /** Two for each level. */
  length: number
}

/**
 * @since 0.1.0
 */
export interface Ladder {
  readonly bids: Side
  readonly asks: Side
}

const side = (sign: 1 | -1): Side => ({ sign, levels: new Float64Array(128), length: 0 })

/**
 * A ladder without levels.
 *
 * @since 0.1.0
 */
export const make = (): Ladder => ({ bids: side(1), asks: side(-1) })

/** Where a key is, or where it belongs. */
const find = ({ length, levels }: Side, key: number): number => {
  let low = 0
  let high = length >>> 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((levels[2 * middle] as number) < key) low = middle + 1 // 2 * middle < length
    else high = middle
  }
  return 2 * low
}

const set = (self: Side, price: number, size: number): void => {
  const key = self.sign * price
  const index = find(self, key)
  const found = index < self.length && self.levels[index] === key
  if (size === 0) {
    if (!found) return
    self.levels.copyWithin(index, index + 2, self.length)
    self.length -= 2
    return
  }
  if (!found) {
    if (self.length === self.levels.length) grow(self)
    self.levels.copyWithin(index + 2, index, self.length)
    self.levels[index] = key
    self.length += 2
  }
  self.levels[index + 1] = size
}

const grow = (self: Side): void => {
  const levels = new Float64Array(self.levels.length * 2)
  levels.set(self.levels)
  self.levels = levels
}

/**
 * Sets absolute sizes; a size of zero removes the level.
 *
 * @since 0.1.0
 */
export const apply = (
  self: Ladder,
  update: { readonly bids: ReadonlyArray<Level>; readonly asks: ReadonlyArray<Level> }
): void => {
  for (const level of update.bids) set(self.bids, level[0], level[1])
  for (const level of update.asks) set(self.asks, level[0], level[1])
}

/**
 * Removes all levels.
 *
 * @since 0.1.0
 */
export const clear = (self: Ladder): void => {
  self.bids.length = 0
  self.asks.length = 0
}

const at = (self: Side, fromBest: number): Level | undefined => {
  const index = self.length - 2 * (fromBest + 1)
  const key = self.levels[index]
  const size = self.levels[index + 1]
  return index < 0 || key === undefined || size === undefined ? undefined : [self.sign * key, size]
}

/**
 * @since 0.1.0
 */
export const bestBid = (self: Ladder): Level | undefined => at(self.bids, 0)

/**
 * @since 0.1.0
 */
export const bestAsk = (self: Ladder): Level | undefined => at(self.asks, 0)

/**
 * Whether somebody bids at least what somebody asks, which a venue that matches orders never shows.
 *
 * @since 0.1.0
 */
export const isCrossed = ({ asks, bids }: Ladder): boolean =>
  bids.length > 0 &&
  asks.length > 0 &&
  (bids.levels[bids.length - 2] as number) >= -(asks.levels[asks.length - 2] as number) // lengths > 0

/**
 * The best levels of each side, best first.
 *
 * @since 0.1.0
 */
export const top = (
  self: Ladder,
  depth: number
): { readonly bids: Array<Level>; readonly asks: Array<Level> } => ({
  bids: levels(self.bids, depth),
  asks: levels(self.asks, depth)
})

const levels = (self: Side, depth: number): Array<Level> => {
  const out: Array<Level> = []
  for (let index = 0; index < depth; index++) {
    const level = at(self, index)
    if (level === undefined) break
    out.push(level)
  }
  return out
}
