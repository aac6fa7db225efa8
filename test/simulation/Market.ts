/**
 * The truth of one symbol: every trade there was, and the book after every update.
 *
 * It is kept in plain maps and lists, on purpose without a line of the code it judges. Prices and
 * sizes are those of recorded trades, one after the other and from the beginning again; ids and
 * times are the world's own.
 */
import type { Trade } from "tapewire/Tick"
import type { Seeded } from "./Seeded.ts"

export interface Deal {
  readonly id: number
  /** Microseconds since the epoch. */
  readonly at: number
  readonly price: number
  readonly size: number
  readonly side: "buy" | "sell"
}

type Side = "asks" | "bids"

/** What one numbered update sets; a size of zero removes a level. */
export interface Change {
  readonly bids: Map<number, number>
  readonly asks: Map<number, number>
}

/** What happened at one time. */
export interface Event {
  readonly deals: ReadonlyArray<Deal>
  /** Its updates, both ends included. */
  readonly first: number
  readonly last: number
}

export interface Market {
  readonly native: string
  readonly symbol: string
  readonly firstDeal: number
  readonly lastDeal: () => number
  readonly deal: (id: number) => Deal | undefined
  readonly firstUpdate: number
  readonly lastUpdate: () => number
  /** The book after an update. */
  readonly bookAt: (update: number) => Change
  /** What several updates, both ends included, come to. */
  readonly net: (first: number, last: number) => Change
  readonly happen: (at: number) => Event
}

/** The most levels of a side. */
const depth = 25

/** Whole books are remembered after every so many updates. */
const stride = 128

const copy = ({ asks, bids }: Change): Change => ({ asks: new Map(asks), bids: new Map(bids) })

export const empty = (): Change => ({ bids: new Map(), asks: new Map() })

/** Sets what a change sets. */
export const apply = (book: Change, change: Change): void => {
  for (const side of ["bids", "asks"] as const) {
    for (const [price, size] of change[side]) {
      if (size === 0) book[side].delete(price)
      else book[side].set(price, size)
    }
  }
}

export const bestBid = (book: Change) => Math.max(...book.bids.keys())
export const bestAsk = (book: Change) => Math.min(...book.asks.keys())

export const make = (
  name: { readonly native: string; readonly symbol: string },
  recorded: ReadonlyArray<Trade>,
  random: Seeded
): Market => {
  const firstDeal = random.whole(1, 1_000_000_000)
  const firstUpdate = random.whole(1, 1_000_000_000)
  const deals: Array<Deal> = []
  const changes: Array<Change> = []
  const remembered: Array<Change> = []
  const book = empty()
  let turn = random.whole(0, recorded.length - 1)

  const draw = () => {
    turn = (turn + 1) % recorded.length
    const trade = recorded[turn]
    if (trade === undefined) throw new Error(`no trades of ${name.symbol} were recorded`)
    return trade
  }

  const commit = (change: Change) => {
    apply(book, change)
    // Deep books cost time and show nothing that shallow ones do not.
    trim(change, "bids", (a, b) => a - b)
    trim(change, "asks", (a, b) => b - a)
    changes.push(change)
    if (changes.length % stride === 0) remembered.push(copy(book))
  }
  const trim = (change: Change, side: Side, worstFirst: (a: number, b: number) => number) => {
    if (book[side].size <= depth) return
    const [worst] = [...book[side].keys()].toSorted(worstFirst)
    if (worst === undefined) return
    book[side].delete(worst)
    change[side].set(worst, 0)
  }

  /** Removes what a price that was paid or offered leaves no room for. */
  const clear = (change: Change, side: Side, isGone: (price: number) => boolean) => {
    for (const price of book[side].keys()) if (isGone(price)) change[side].set(price, 0)
  }

  const trade = (at: number): Deal => {
    const { price, side = "sell", size } = draw()
    const change = empty()
    if (side === "buy") {
      clear(change, "asks", (ask) => ask < price)
      clear(change, "bids", (bid) => bid >= price)
      change.asks.set(price, size)
    } else {
      clear(change, "bids", (bid) => bid > price)
      clear(change, "asks", (ask) => ask <= price)
      change.bids.set(price, size)
    }
    commit(change)
    const deal = { id: firstDeal + deals.length, at, price, size, side }
    deals.push(deal)
    return deal
  }

  /** An order that waits. */
  const order = () => {
    const { price, size } = draw()
    const change = empty()
    if (price < bestAsk(book)) change.bids.set(price, size)
    else change.asks.set(price, size)
    commit(change)
  }

  const lastUpdate = () => firstUpdate + changes.length - 1

  const market: Market = {
    ...name,
    firstDeal,
    lastDeal: () => firstDeal + deals.length - 1,
    deal: (id) => deals[id - firstDeal],
    firstUpdate,
    lastUpdate,
    bookAt: (update) => {
      const count = update - firstUpdate + 1
      if (count < 0 || count > changes.length) throw new Error(`there is no update ${update}`)
      const from = Math.floor(count / stride)
      const start = remembered[from - 1]
      const found = start === undefined ? empty() : copy(start)
      for (let index = from * stride; index < count; index++) {
        apply(found, changes[index] ?? empty())
      }
      return found
    },
    net: (first, last) => {
      const net = empty()
      for (let update = first; update <= last; update++) {
        const change = changes[update - firstUpdate] ?? empty()
        for (const [price, size] of change.bids) net.bids.set(price, size)
        for (const [price, size] of change.asks) net.asks.set(price, size)
      }
      return net
    },
    happen: (at) => {
      const first = lastUpdate() + 1
      const made: Array<Deal> = []
      for (let count = random.whole(1, 4); count > 0; count--) {
        if (random.chance(0.7)) made.push(trade(at))
        else order()
      }
      return { deals: made, first, last: lastUpdate() }
    }
  }
  return market
}
