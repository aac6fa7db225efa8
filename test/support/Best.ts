/** The best bid and ask of a book, rebuilt from its updates. */
import * as Ladder from "tapewire/Ladder"
import type { BookDelta, BookSnapshot, Level, Tick } from "tapewire/Tick"

export type Update = BookSnapshot | BookDelta

/** How a book stood after an update. */
export interface Best {
  readonly sequence: number
  readonly bid: Level | undefined
  readonly ask: Level | undefined
}

export const isUpdate = (tick: Tick): tick is Update =>
  tick._tag === "BookSnapshot" || tick._tag === "BookDelta"

/** The updates of each book, by symbol. */
export const updatesOf = (ticks: ReadonlyArray<Tick>): ReadonlyMap<string, ReadonlyArray<Update>> =>
  Map.groupBy(ticks.filter(isUpdate), ({ symbol }) => symbol)

const best = (
  side: ReadonlyMap<number, number>,
  better: (one: number, other: number) => number
): Level | undefined => {
  let found: number | undefined
  for (const price of side.keys()) found = found === undefined ? price : better(found, price)
  return found === undefined ? undefined : [found, side.get(found) ?? 0]
}

/** How a book stood after each of its updates, found the plainest way there is. */
export const plainly = (updates: ReadonlyArray<Update>): ReadonlyArray<Best> => {
  const bids = new Map<number, number>()
  const asks = new Map<number, number>()
  const set = (side: Map<number, number>, [price, size]: Level) =>
    size === 0 ? side.delete(price) : side.set(price, size)
  return updates.map((update) => {
    if (update._tag === "BookSnapshot") for (const side of [bids, asks]) side.clear()
    for (const level of update.bids) set(bids, level)
    for (const level of update.asks) set(asks, level)
    return { sequence: update.sequence ?? 0, bid: best(bids, Math.max), ask: best(asks, Math.min) }
  })
}

/** The same by the ladder that books are kept with. */
export const byLadder = (updates: ReadonlyArray<Update>): ReadonlyArray<Best> => {
  const ladder = Ladder.make()
  return updates.map((update) => {
    if (update._tag === "BookSnapshot") Ladder.clear(ladder)
    Ladder.apply(ladder, update)
    return {
      sequence: update.sequence ?? 0,
      bid: Ladder.bestBid(ladder),
      ask: Ladder.bestAsk(ladder)
    }
  })
}
