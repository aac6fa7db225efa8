/** Which connection carries which subscription. */
import type { Subscription } from "../Subscription.ts"

/** How many connections, and how many subscriptions on each. */
export interface Room {
  readonly max: number
  readonly min: number
  readonly streams: number
}

/** A connection, as far as it matters here: what it carries, by topic. */
export type Load = Pick<ReadonlyMap<string, Subscription>, "size" | "values">

/** How many connections a feed begins with. */
const initial = (symbols: number, subscriptions: number, { max, min, streams }: Room): number =>
  Math.min(max, Math.max(Math.ceil(subscriptions / streams), Math.min(min, symbols)))

/**
 * The connection for each of some more subscriptions, as an index; those that are not there yet are
 * to be made. `undefined` where there is no room. What is about one symbol stays together where it
 * fits, so that its trades and its book keep their order.
 */
export const place = (
  loads: ReadonlyArray<Load>,
  subscriptions: ReadonlyArray<Subscription>,
  room: Room
): ReadonlyArray<number> | undefined => {
  const sizes = loads.map(({ size }) => size)
  const homes = new Map<string, number>()
  loads.forEach((load, index) => {
    for (const { symbol } of load.values()) homes.set(symbol, index)
  })
  const total = sizes.reduce((sum, size) => sum + size, subscriptions.length)
  if (total > room.max * room.streams) return undefined
  const symbols = new Set([...homes.keys(), ...subscriptions.map(({ symbol }) => symbol)])
  while (sizes.length < initial(symbols.size, total, room)) sizes.push(0)

  return subscriptions.map(({ symbol }) => {
    const home = homes.get(symbol)
    if (home !== undefined && (sizes[home] ?? 0) < room.streams) {
      sizes[home] = (sizes[home] ?? 0) + 1
      return home
    }
    const index = sizes.indexOf(Math.min(...sizes))
    sizes[index] = (sizes[index] ?? 0) + 1
    homes.set(symbol, index)
    return index
  })
}
