/**
 * What an encoder and a decoder remember of one symbol of one venue within a block. Both begin with
 * the same and change it in the same order.
 */
import * as Column from "./Column.ts"

export const make = (index: number, venue: string, symbol: string, received: number) => ({
  index,
  venue,
  symbol,
  /** The venue's last time; at first the time of receipt, which is close. */
  at: received,
  openAt: received,
  id: 0,
  lastId: 0,
  sequence: 0,
  price: Column.make(),
  size: Column.make(),
  bid: Column.make(),
  bidSize: Column.make(),
  ask: Column.make(),
  askSize: Column.make(),
  levelPrice: Column.make(),
  levelSize: Column.make(),
  barPrice: Column.make(),
  volume: Column.make(),
  quoteVolume: Column.make(),
  takerBuyVolume: Column.make()
})

export type Series = ReturnType<typeof make>

/** The first byte of a record. */
export const kinds = { json: 0, trade: 1, quote: 2, snapshot: 3, delta: 4, bar: 5 } as const

/** What the bits of the second byte mean. The first two mean the same in every kind. */
export const flags = {
  at: 1,
  inexact: 2,
  trade: { sell: 4, textId: 8, firstId: 16, textFirstId: 32, lastId: 64, textLastId: 128 },
  quote: { bid: 4, bidSize: 8, ask: 16, askSize: 32, sequence: 64 },
  book: { sequence: 4, firstSequence: 8 },
  bar: { quoteVolume: 4, takerBuyVolume: 8, trades: 16, closed: 32 }
} as const
