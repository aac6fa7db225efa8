/**
 * Judges what came out of the feed by what was true in the world. Plain maps and numbers: it shares
 * nothing with what it judges but the shape of a tick.
 */
import type { BookDelta, BookSnapshot, Gap, Level, Tick, Trade } from "tapewire/Tick"
import * as Frames from "./Frames.ts"
import * as Market from "./Market.ts"
import type { Asked } from "./Site.ts"
import { epoch } from "./World.ts"

export interface Tally {
  trades: number
  /** Of these, how many were asked for after they had been missed. */
  filled: number
  /** Holes in the trades that were told, and that the venue would not fill. */
  holes: number
  /** How many trades that were. */
  missing: number
  updates: number
  snapshots: number
}

export interface Oracle {
  readonly tally: Readonly<Tally>
  readonly take: (ticks: ReadonlyArray<Tick>) => void
  /** Everything that happened must have come by now, and the books must be those of the world. */
  readonly look: (shown: (symbol: string) => BookSnapshot | undefined) => void
}

/** The trades of a symbol that come one way. */
interface Chain {
  readonly market: Market.Market
  /** The call by which the missing ones are had. */
  readonly call: "aggTrades" | "historicalTrades"
  last: number | undefined
}

interface Copy {
  readonly market: Market.Market
  /** The last update that was followed; `undefined` while the book is not to be relied on. */
  last: number | undefined
  /** Whether it was told that the book is not to be relied on. */
  told: boolean
  book: Market.Change
}

/**
 * How long the feed asks before it gives up what is missing, in milliseconds, and how often. It counts by a clock that may be put forward meanwhile, by
 * four seconds at most.
 */
const patience = 26_000
const attempts = 3

/** How long after a question in vain none is expected, in milliseconds. */
const forgiveness = 180_000

export const make = (
  markets: ReadonlyArray<Market.Market>,
  /** Whether trades of a market come aggregated as well. */
  isAggregated: (market: Market.Market) => boolean,
  world: {
    readonly site: { readonly asked: ReadonlyArray<Asked>; readonly failedAt: number }
    readonly arrivedAt: (topic: string, id: number) => number | undefined
  },
  now: () => number,
  note: (failure: string) => void
): Oracle => {
  const tally: Tally = { trades: 0, filled: 0, holes: 0, missing: 0, updates: 0, snapshots: 0 }
  const chains: Array<Chain> = markets.flatMap((market) => [
    { market, call: "historicalTrades", last: undefined },
    ...(isAggregated(market) ? [{ market, call: "aggTrades" as const, last: undefined }] : [])
  ])
  const copies = new Map<string, Copy>(
    markets.map((market) => [
      market.symbol,
      { market, last: undefined, told: true, book: Market.empty() }
    ])
  )
  const offset = ({ call }: Chain) => (call === "aggTrades" ? Frames.aggregateOffset : 0)

  /** Whether a trade was read on a connection, by now for long enough to be dealt with. */
  const hadCome = (chain: Chain, id: number): boolean => {
    const topic = chain.call === "aggTrades" ? Frames.aggregateTopic : Frames.tradeTopic
    const at = world.arrivedAt(topic(chain.market), id + offset(chain))
    return at !== undefined && at < now() - 100
  }

  const trade = (tick: Trade): void => {
    const call = tick.firstId === undefined ? "historicalTrades" : "aggTrades"
    const chain = chains.find((chain) => chain.market.symbol === tick.symbol && chain.call === call)
    const id = Number(tick.id)
    if (chain === undefined) return note(`trade ${id} of ${tick.symbol}, which nobody asked for`)
    tally.trades++
    if (tick.origin === "backfill") tally.filled++
    const name = `trade ${id} of ${tick.symbol} (${call})`
    if (chain.last !== undefined) {
      if (id <= chain.last) return note(`${name} came after ${chain.last}`)
      if (id > chain.last + 1) note(`${name} came after ${chain.last}, and no gap was told`)
    }
    chain.last = id
    if (tick.origin === "backfill" && hadCome(chain, id)) {
      note(`${name} was asked for though it had come`)
    }
    const deal = chain.market.deal(id + offset(chain))
    if (deal === undefined) return note(`${name} never was`)
    const isTrue =
      deal.price === tick.price &&
      deal.size === tick.size &&
      deal.side === tick.side &&
      deal.at === tick.at
    if (!isTrue) note(`${name} was ${JSON.stringify(deal)}, not ${JSON.stringify(tick)}`)
  }

  const hole = ({ from, since, symbol, to, until, variant }: Gap): void => {
    tally.holes++
    const call = variant === undefined ? "historicalTrades" : "aggTrades"
    const chain = chains.find((chain) => chain.market.symbol === symbol && chain.call === call)
    const name = `a gap of trades ${from} to ${to} of ${symbol} (${call})`
    if (chain?.last === undefined || from !== chain.last + 1 || to === undefined) {
      return note(`${name} was told out of place`)
    }
    for (let id = from; id <= to; id++) {
      if (hadCome(chain, id)) note(`${name} was told, but ${id} had come`)
    }
    chain.last = to
    tally.missing += to - from + 1
    const { market } = chain
    const ends = [
      market.deal(from + offset(chain) - 1)?.at,
      market.deal(to + offset(chain) + 1)?.at
    ]
    if (since !== ends[0] || until !== ends[1]) note(`${name} was from ${ends[0]} to ${ends[1]}`)
    if (!isExcused(chain, from, ((until ?? 0) - epoch) / 1000)) {
      note(`${name} was given up though it could be had`)
    }
  }

  /** Whether the venue answered nothing since the hole was there, though asked often or long enough. */
  const isExcused = ({ call, market }: Chain, from: number, since: number): boolean => {
    const tries = world.site.asked.filter(
      (one) => one.native === market.native && one.call === call && one.at >= since
    )
    // What arrives in the very moment in which patience ends comes too late.
    if (tries.some(({ servedAt }) => servedAt < now() - 1)) return false
    // A venue that had just refused, or left us waiting for room in a limit, need not be asked.
    if (tries.length === 0 && world.site.failedAt < since - forgiveness) return false
    const age = now() - since
    return age >= patience || tries.filter((one) => one.from === from).length >= attempts
  }

  const lose = ({ symbol }: Gap): void => {
    const copy = copies.get(symbol)
    if (copy === undefined) return
    if (copy.told) note(`the book of ${symbol} was told lost twice`)
    copy.told = true
    copy.last = undefined
  }

  const load = (tick: BookSnapshot): void => {
    const copy = copies.get(tick.symbol)
    if (copy === undefined) return
    tally.snapshots++
    if (!copy.told) note(`the book of ${tick.symbol} began anew, and no gap was told`)
    copy.book = { bids: new Map(tick.bids), asks: new Map(tick.asks) }
    compare(copy, tick.sequence)
    copy.last = tick.sequence
    copy.told = false
  }

  const follow = (tick: BookDelta): void => {
    const copy = copies.get(tick.symbol)
    if (copy === undefined) return
    tally.updates++
    const { firstSequence = Number.NaN, sequence = Number.NaN } = tick
    const name = `update ${firstSequence} to ${sequence} of ${tick.symbol}`
    if (copy.last === undefined) return note(`${name} came while its book was lost`)
    if (!(firstSequence <= copy.last + 1 && sequence > copy.last)) {
      note(`${name} came after ${copy.last}`)
    }
    Market.apply(copy.book, { bids: new Map(tick.bids), asks: new Map(tick.asks) })
    copy.last = sequence
    compare(copy, sequence)
  }

  const compare = ({ book, market }: Copy, update: number | undefined): void => {
    const name = `the book of ${market.symbol} after update ${update}`
    if (update === undefined || update > market.lastUpdate()) return note(`${name} never was`)
    if (Market.bestBid(book) >= Market.bestAsk(book)) note(`${name} is crossed`)
    const truth = market.bookAt(update)
    if (!isSame(book.bids, truth.bids) || !isSame(book.asks, truth.asks)) {
      note(`${name} is not what it was`)
    }
  }

  return {
    tally,
    take: (ticks) => {
      for (const tick of ticks) {
        if (tick._tag === "Trade") trade(tick)
        else if (tick._tag === "BookSnapshot") load(tick)
        else if (tick._tag === "BookDelta") follow(tick)
        else if (tick._tag !== "Gap") note(`a ${tick._tag}, which nobody asked for`)
        else if (tick.channel === "trades") hole(tick)
        else lose(tick)
      }
    },
    look: (shown) => {
      for (const chain of chains) {
        const truth = chain.market.lastDeal() - offset(chain)
        const { call, last, market } = chain
        if (last !== truth) {
          note(`trades of ${market.symbol} (${call}) are at ${last}, and should be at ${truth}`)
        }
      }
      for (const { last, market } of copies.values()) {
        const truth = market.lastUpdate()
        if (last !== truth) {
          note(`the book of ${market.symbol} is at ${last}, and should be at ${truth}`)
        }
        const book = shown(market.symbol)
        const { asks, bids } = market.bookAt(truth)
        const isTrue =
          book !== undefined &&
          isSame(new Map(book.bids), bids) &&
          isSame(new Map(book.asks), asks) &&
          isSorted(book.bids, -1) &&
          isSorted(book.asks, 1)
        if (!isTrue) note(`the book of ${market.symbol} that is shown is not what it is`)
      }
    }
  }
}

const isSame = (left: ReadonlyMap<number, number>, right: ReadonlyMap<number, number>) => {
  if (left.size !== right.size) return false
  for (const [price, size] of left) if (right.get(price) !== size) return false
  return true
}

const isSorted = (levels: ReadonlyArray<Level>, sign: 1 | -1) =>
  levels.every(([price], index) => {
    const before = levels[index - 1]
    return before === undefined || sign * (price - before[0]) > 0
  })
