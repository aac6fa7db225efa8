/** What is true of the recorded symbol, by plain code that shares nothing with a feed. */
import * as Market from "@tapewire/exchange/Market"
import type { Script } from "@tapewire/exchange/Script"

export interface Truth {
  readonly trades: ReadonlyMap<number, Market.Trade>
  /** The last id before another, for recordings can have holes. */
  readonly after: (id: number) => number | undefined
  /** The books after some updates. */
  readonly books: (sequences: Iterable<number>) => ReadonlyMap<number, Market.Book>
}

/** Of a script of one recorded symbol. */
export const make = ({ desk, frames, snapshots }: Script): Truth => {
  const facts = frames.flatMap(({ text }) => desk.fact(text) ?? [])
  const trades = new Map<number, Market.Trade>()
  const updates = facts.filter((fact) => fact._tag === "Updated")
  for (const fact of facts) {
    if (fact._tag === "Traded" && fact.call === "trades") trades.set(fact.trade.id, fact.trade)
  }
  const ids = [...trades.keys()]
  const following = new Map(ids.map((id, index) => [id, ids[index + 1]]))
  return {
    trades,
    after: (id) => following.get(id),
    books: (sequences) => {
      const market = Market.make([...snapshots.values()].flat())
      const found = new Map<number, Market.Book>()
      let passed = 0
      for (const sequence of [...new Set(sequences)].toSorted((one, other) => one - other)) {
        while ((updates[passed]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) {
          const update = updates[passed++]
          if (update !== undefined) market.pass(update)
        }
        const book = market.book()
        if (book !== undefined) found.set(sequence, book)
      }
      return found
    }
  }
}

/** Prices and sizes, best first, as numbers or as the venue writes them. */
export type Side = ReadonlyArray<readonly [price: number | string, size: number | string]>

/** Whether two sides are equal, level by level. */
export const isSameSide = (one: Side, other: Side): boolean =>
  one.length === other.length &&
  one.every(
    ([price, size], index) =>
      Number(price) === Number(other[index]?.[0]) && Number(size) === Number(other[index]?.[1])
  )
