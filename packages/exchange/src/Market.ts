/**
 * What has happened on the exchange by now: its trades and its true books.
 *
 * Kept with plain maps of the venue's own texts and without the code that clients keep their books
 * with, so that it can judge them.
 *
 * @since 0.1.0
 */
import type { Fact, Listed } from "./Desk.ts"

/**
 * A trade as the venue tells it, with its numbers as text.
 *
 * @since 0.1.0
 */
export interface Trade {
  readonly id: number
  readonly price: string
  readonly size: string
  /** As the venue tells it, in milliseconds or microseconds. */
  readonly time: number
  /** The taker's. */
  readonly side: "buy" | "sell"
  /** How a list of past trades tells it. */
  readonly listed: string
}

/**
 * Prices and sizes as the venue writes them, best first.
 *
 * @since 0.1.0
 */
export interface Book {
  readonly sequence: number
  readonly bids: ReadonlyArray<readonly [price: string, size: string]>
  readonly asks: ReadonlyArray<readonly [price: string, size: string]>
}

/**
 * What answers can be made of, by the names that clients use.
 *
 * @since 0.1.0
 */
export interface View {
  readonly listed: ReadonlyArray<Listed>
  /** The recorded list of instruments, where there is one. */
  readonly instruments: string | undefined
  /** `undefined` where the symbol is not listed, or its book is not known. */
  readonly book: (native: string) => Book | undefined
  /** In the order of their ids; `undefined` where the symbol is not listed. */
  readonly trades: (
    native: string,
    call: "trades" | "aggregatedTrades"
  ) => ReadonlyArray<Trade> | undefined
  /** Where on the tape the exchange is, in microseconds since the Unix epoch. */
  readonly at: number
}

type Side = Map<number, readonly [price: string, size: string]>

interface Known {
  sequence: number
  readonly bids: Side
  readonly asks: Side
}

/**
 * The market of one recorded symbol.
 *
 * @since 0.1.0
 */
export interface Market {
  /** Takes in what a frame says; `false` where it was said before. */
  readonly pass: (fact: Fact) => boolean
  /** The book as of the last update, or the recorded one that the next updates lead up to. */
  readonly book: () => Book | undefined
  /** In the order of their ids. */
  readonly trades: (call: "trades" | "aggregatedTrades") => ReadonlyArray<Trade>
}

const put = (side: Side, levels: Book["bids"]) => {
  for (const level of levels) {
    const price = Number(level[0])
    if (Number(level[1]) === 0) side.delete(price)
    else side.set(price, level)
  }
}

const known = ({ asks, bids, sequence }: Book): Known => {
  const book: Known = { sequence, bids: new Map(), asks: new Map() }
  put(book.bids, bids)
  put(book.asks, asks)
  return book
}

/**
 * A market before anything has happened, and the snapshots that were recorded of its book.
 *
 * @since 0.1.0
 */
export const make = (snapshots: ReadonlyArray<Book>): Market => {
  const ahead = snapshots.toSorted((one, other) => one.sequence - other.sequence)
  const past = { trades: new Array<Trade>(), aggregatedTrades: new Array<Trade>() }
  let book: Known | undefined
  /** The last update, whether or not there is a book. */
  let last = -1

  /** The next snapshot that no update has gone beyond. */
  const next = () => {
    while ((ahead[0]?.sequence ?? last) < last) ahead.shift()
    return ahead[0]
  }

  const update = ({ asks, bids, firstSequence, sequence }: Fact & { _tag: "Updated" }) => {
    if (sequence <= last) return false
    if (book !== undefined && firstSequence > last + 1) book = undefined
    if (book === undefined) {
      const start = ahead.find(
        (one) => firstSequence <= one.sequence + 1 && one.sequence <= sequence
      )
      if (start !== undefined) book = known(start)
    }
    last = sequence
    if (book === undefined || sequence <= book.sequence) return true
    put(book.bids, bids)
    put(book.asks, asks)
    book.sequence = sequence
    return true
  }

  return {
    pass: (fact) => {
      if (fact._tag === "Updated") return update(fact)
      const trades = past[fact.call]
      if (fact.trade.id <= (trades.at(-1)?.id ?? -1)) return false
      trades.push(fact.trade)
      return true
    },
    book: () => {
      if (book === undefined) return next()
      return {
        sequence: book.sequence,
        bids: sorted(book.bids, -1),
        asks: sorted(book.asks, 1)
      }
    },
    trades: (call) => past[call]
  }
}

const sorted = (side: Side, direction: 1 | -1) =>
  Array.from(side)
    .toSorted(([one], [other]) => direction * (one - other))
    .map(([, level]) => level)
