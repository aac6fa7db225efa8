/** Holds every tick that is given against the truth. */
import type { BookDelta, BookSnapshot, Gap, Level, Tick, Trade } from "tapewire/Tick"
import { isSameSide, type Side, type Truth } from "./Truth.ts"

/** What was given of one symbol. */
interface Given {
  first: number | undefined
  last: number | undefined
  trades: number
  /** Of these, what was asked for afterwards. */
  filled: number
  /** The book by the ticks alone. */
  readonly bids: Map<number, number>
  readonly asks: Map<number, number>
  /** The update it shows; `undefined` while a gap stands. */
  sequence: number | undefined
  /** What it began with. */
  start: BookSnapshot | undefined
  snapshots: number
  gaps: { trades: number; book: number }
}

export interface Judge {
  readonly take: (tick: Tick) => void
  readonly given: ReadonlyMap<string, Given>
  /** What should not have been, in words. */
  readonly violations: ReadonlyArray<string>
  /** Compares books to the true ones; a book that is being mended is none. */
  readonly books: (of: (symbol: string) => BookSnapshot | undefined) => {
    readonly equal: number
    readonly mended: number
    readonly wrong: number
  }
  /** Says what is missing at the end, when the last trade has passed. */
  readonly end: (last: number, update: number) => void
  readonly lost: () => number
  readonly doubled: () => number
}

const put = (side: Map<number, number>, levels: ReadonlyArray<Level>) => {
  for (const [price, size] of levels) {
    if (size === 0) side.delete(price)
    else side.set(price, size)
  }
}

const sorted = (side: ReadonlyMap<number, number>, direction: 1 | -1) =>
  [...side].toSorted(([one], [other]) => direction * (one - other))

type Sides = Pick<BookSnapshot, "asks" | "bids">

/**
 * Whether a side is the true one, level by level. What was beyond a snapshot that was cut off is not
 * known, unless it changed since; then what is shown must be true.
 */
const isTrueSide = (
  shown: Side,
  known: Side | undefined,
  start: Side,
  begun: Side | undefined
): boolean => {
  if (known === undefined || begun === undefined) return false
  if (start.length === begun.length) return isSameSide(shown, known)
  const [best, worst] = [Number(start[0]?.[0]), Number(start.at(-1)?.[0])]
  const isBeyond = (price: number) => (best > worst ? price < worst : price > worst)
  const beyond = known.findIndex(([price]) => isBeyond(Number(price)))
  const depth = beyond < 0 ? known.length : beyond
  const sizes = new Map(known.map(([price, size]) => [Number(price), Number(size)]))
  return (
    isSameSide(shown.slice(0, depth), known.slice(0, depth)) &&
    shown.every(([price, size]) => sizes.get(Number(price)) === Number(size))
  )
}

export const make = (truth: Truth, symbols: ReadonlyArray<string>): Judge => {
  const violations: Array<string> = []
  const told = { lost: 0, doubled: 0 }
  const given = new Map(
    symbols.map((symbol): [string, Given] => [
      symbol,
      {
        first: undefined,
        last: undefined,
        trades: 0,
        filled: 0,
        bids: new Map(),
        asks: new Map(),
        sequence: undefined,
        start: undefined,
        snapshots: 0,
        gaps: { trades: 0, book: 0 }
      }
    ])
  )

  const trade = (one: Given, { at, id, origin, price, side, size, symbol }: Trade) => {
    const what = `${symbol} trade ${id}`
    const real = typeof id === "number" ? truth.trades.get(id) : undefined
    if (typeof id !== "number" || real === undefined) {
      violations.push(`${what} never was`)
      return
    }
    const isSame =
      Number(real.price) === price &&
      Number(real.size) === size &&
      real.side === side &&
      at === real.time * 1000
    if (!isSame) violations.push(`${what} is not what it was`)
    one.trades++
    if (origin === "backfill") one.filled++
    one.first ??= id
    if (one.last !== undefined && id <= one.last) {
      told.doubled++
      violations.push(`${what} came after ${one.last}`)
      return
    }
    let expected = one.last === undefined ? id : truth.after(one.last)
    while (expected !== undefined && expected < id) {
      told.lost++
      violations.push(`${symbol} trade ${expected} is missing`)
      expected = truth.after(expected)
    }
    one.last = id
  }

  const book = (one: Given, tick: BookSnapshot | BookDelta) => {
    if (tick._tag === "BookSnapshot") {
      one.bids.clear()
      one.asks.clear()
      one.snapshots++
      one.start = tick
    } else if (one.sequence === undefined) {
      violations.push(`${tick.symbol} update ${tick.sequence} stands on no book`)
    }
    put(one.bids, tick.bids)
    put(one.asks, tick.asks)
    one.sequence = tick.sequence
  }

  /** Every trade can be had here, so that none may be given up. */
  const gap = (one: Given, { channel, from = 0, symbol, to = from }: Gap) => {
    one.gaps[channel]++
    if (channel === "book") {
      one.sequence = undefined
      return
    }
    for (let id = from; id <= to; id++) {
      if (!truth.trades.has(id)) continue
      violations.push(`${symbol} trades ${from} to ${to} were given up`)
      return
    }
  }

  return {
    given,
    violations,
    lost: () => told.lost,
    doubled: () => told.doubled,
    take: (tick) => {
      const one = given.get(tick.symbol)
      if (one === undefined) {
        violations.push(`${tick.symbol} was not asked for`)
        return
      }
      switch (tick._tag) {
        case "Trade":
          return trade(one, tick)
        case "BookSnapshot":
        case "BookDelta":
          return book(one, tick)
        case "Gap":
          return gap(one, tick)
        default:
          violations.push(`${tick._tag} was not asked for`)
      }
    },
    books: (of) => {
      const counts = { equal: 0, mended: 0, wrong: 0 }
      const found = symbols.flatMap((symbol) => {
        const one = given.get(symbol)
        const shown = of(symbol)
        return one?.sequence === undefined || one.start === undefined || shown === undefined
          ? []
          : [{ symbol, one, shown, start: one.start, sequence: one.sequence }]
      })
      counts.mended = symbols.length - found.length
      const real = truth.books(
        found.flatMap(({ sequence, shown, start }) => [
          start.sequence ?? 0,
          sequence,
          shown.sequence ?? 0
        ])
      )
      for (const { one, sequence, shown, start, symbol } of found) {
        const begun = real.get(start.sequence ?? 0)
        const byTicks = { bids: sorted(one.bids, -1), asks: sorted(one.asks, 1) }
        const isTrue = (book: Sides, of: number) => {
          const known = real.get(of)
          return (["bids", "asks"] as const).every((side) =>
            isTrueSide(book[side], known?.[side], start[side], begun?.[side])
          )
        }
        const isEqual = isTrue(byTicks, sequence)
        if (isEqual && isTrue(shown, shown.sequence ?? 0)) counts.equal++
        else {
          counts.wrong++
          const which = isEqual ? "that is shown" : "by its ticks"
          violations.push(`${symbol} book ${which} at update ${sequence} is not the true one`)
        }
      }
      return counts
    },
    end: (last, update) => {
      for (const [symbol, one] of given) {
        if (one.last !== last) {
          let next = one.last === undefined ? undefined : truth.after(one.last)
          while (next !== undefined) {
            told.lost++
            next = truth.after(next)
          }
          violations.push(`${symbol} trades end with ${one.last} and not with ${last}`)
        }
        if (one.sequence !== update) {
          violations.push(`${symbol} book ends with update ${one.sequence} and not with ${update}`)
        }
      }
    }
  }
}
