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
  /**
   * `sign * price` and size of one level after the other, rising, with room in the middle: the
   * levels before `head` are at the beginning, the others at the end.
   */
  levels: Float64Array
  /** Where the room begins; two for each level before it. */
  head: number
  /** Where the room ends. */
  tail: number
}

/**
 * @since 0.1.0
 */
export interface Ladder {
  readonly bids: Side
  readonly asks: Side
}

const side = (sign: 1 | -1): Side => ({
  sign,
  levels: new Float64Array(128),
  head: 0,
  tail: 128
})

/**
 * A ladder without levels.
 *
 * @since 0.1.0
 */
export const make = (): Ladder => ({ bids: side(1), asks: side(-1) })

/**
 * Moves the room to where a key is or belongs: right before the first level whose key is not less.
 *
 * The updates of one event are sorted, and so each is found near the one before it.
 */
const seek = (self: Side, key: number): void => {
  const { levels } = self
  let { head, tail } = self
  if (head > 0 && (levels[head - 2] as number) >= key) {
    // Some levels before the room belong behind it: those from `from` on.
    let step = 2
    while (step < head && (levels[head - step] as number) >= key) step *= 2 // 0 < head - step
    let low = Math.max(0, head - step)
    let high = head - (step >>> 1)
    while (low < high) {
      const middle = ((low + high) >>> 2) << 1
      if ((levels[middle] as number) < key) low = middle + 2 // low <= middle < high <= head
      else high = middle
    }
    const count = head - low
    tail -= count
    if (count > 32) levels.copyWithin(tail, low, head)
    else
      for (let index = count - 1; index >= 0; index--)
        levels[tail + index] = levels[low + index] as number
    head = low
  } else if (tail < levels.length && (levels[tail] as number) < key) {
    let step = 2
    while (tail + step < levels.length && (levels[tail + step] as number) < key) step *= 2
    let low = tail + (step >>> 1)
    let high = Math.min(levels.length, tail + step)
    while (low < high) {
      const middle = ((low + high) >>> 2) << 1
      if ((levels[middle] as number) < key) low = middle + 2 // tail <= middle < high <= length
      else high = middle
    }
    const count = low - tail
    if (count > 32) levels.copyWithin(head, tail, low)
    else
      for (let index = 0; index < count; index++)
        levels[head + index] = levels[tail + index] as number
    head += count
    tail = low
  }
  self.head = head
  self.tail = tail
}

/** Tells whether the size was zero or more. */
const set = (self: Side, price: number, size: number): boolean => {
  const key = self.sign * price
  seek(self, key)
  const found = self.tail < self.levels.length && self.levels[self.tail] === key
  if (!(size > 0)) {
    if (found) self.tail += 2
    return size === 0
  }
  if (!found) {
    if (self.head === self.tail) grow(self)
    self.tail -= 2
    self.levels[self.tail] = key
  }
  self.levels[self.tail + 1] = size
  return true
}

const grow = (self: Side): void => {
  const { head, levels, tail } = self
  self.levels = new Float64Array(levels.length * 2)
  self.levels.set(levels.subarray(0, head))
  self.tail = tail + levels.length
  self.levels.set(levels.subarray(tail), self.tail)
}

/**
 * Sets absolute sizes; a size of zero removes the level. A negative one does too, and is told by
 * `false`, for no venue means one.
 *
 * @since 0.1.0
 */
export const apply = (
  self: Ladder,
  update: { readonly bids: ReadonlyArray<Level>; readonly asks: ReadonlyArray<Level> }
): boolean => {
  let isSound = true
  for (const level of update.bids) if (!set(self.bids, level[0], level[1])) isSound = false
  for (const level of update.asks) if (!set(self.asks, level[0], level[1])) isSound = false
  return isSound
}

/**
 * Removes what is beyond so many levels of each side, and gives the prices that were removed.
 *
 * @since 0.1.0
 */
export const truncate = (
  self: Ladder,
  depth: number
): { readonly bids: ReadonlyArray<Level>; readonly asks: ReadonlyArray<Level> } => ({
  bids: cut(self.bids, depth),
  asks: cut(self.asks, depth)
})

const cut = (self: Side, depth: number): ReadonlyArray<Level> => {
  const out: Array<Level> = []
  for (let worst = at(self, depth); worst !== undefined; worst = at(self, depth)) {
    set(self, worst[0], 0)
    out.push([worst[0], 0])
  }
  return out
}

/**
 * Removes all levels.
 *
 * @since 0.1.0
 */
export const clear = (self: Ladder): void => {
  empty(self.bids)
  empty(self.asks)
}

const empty = (self: Side): void => {
  self.head = 0
  self.tail = self.levels.length
}

const at = ({ head, levels, sign, tail }: Side, fromBest: number): Level | undefined => {
  const index = levels.length - 2 * (fromBest + 1)
  // What is not behind the room is before it.
  const place = index >= tail ? index : index - tail + head
  const key = levels[place]
  const size = levels[place + 1]
  return place < 0 || key === undefined || size === undefined ? undefined : [sign * key, size]
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
export const isCrossed = (self: Ladder): boolean => {
  const bid = bestKey(self.bids)
  const ask = bestKey(self.asks)
  return bid >= -ask
}

/** `sign * price` of the best level; `NaN` where there is none. */
const bestKey = ({ head, levels, tail }: Side): number =>
  (tail < levels.length ? levels[levels.length - 2] : levels[head - 2]) ?? Number.NaN

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
