/** The venue's side of its protocol: what it sends and answers, as its documentation says. */
import type { Change, Deal, Event, Market } from "./Market.ts"

/** As the venue writes prices and sizes. */
const decimal = (value: number) => value.toFixed(8)

const levels = (side: ReadonlyMap<number, number>, sign: 1 | -1) =>
  [...side]
    .toSorted(([a], [b]) => sign * (a - b))
    .map(([price, size]) => [decimal(price), decimal(size)])

const book = ({ asks, bids }: Change) => ({ bids: levels(bids, -1), asks: levels(asks, 1) })

const combined = (stream: string, data: object) => JSON.stringify({ stream, data })

export const tradeTopic = ({ native }: Market) => `${native.toLowerCase()}@trade`
export const aggregateTopic = ({ native }: Market) => `${native.toLowerCase()}@aggTrade`
export const bookTopic = ({ native }: Market) => `${native.toLowerCase()}@depth@100ms`

/** How far behind its first single trade the id of an aggregated trade is. */
export const aggregateOffset = 1000

export const trade = (market: Market, { at, id, price, side, size }: Deal) =>
  combined(tradeTopic(market), {
    e: "trade",
    E: at,
    s: market.native,
    t: id,
    p: decimal(price),
    q: decimal(size),
    T: at,
    m: side === "sell",
    M: true
  })

const aggregate = ({ at, id, price, side, size }: Deal) => ({
  a: id - aggregateOffset,
  p: decimal(price),
  q: decimal(size),
  f: id,
  l: id,
  T: at,
  m: side === "sell",
  M: true
})

export const aggregated = (market: Market, deal: Deal) =>
  combined(aggregateTopic(market), {
    e: "aggTrade",
    E: deal.at,
    s: market.native,
    ...aggregate(deal)
  })

export const depth = (
  market: Market,
  at: number,
  { first, last }: Pick<Event, "first" | "last">,
  change: Change
) => {
  const { asks, bids } = book(change)
  const numbers = { U: first, u: last, b: bids, a: asks }
  return combined(bookTopic(market), { e: "depthUpdate", E: at, s: market.native, ...numbers })
}

export const snapshot = (lastUpdateId: number, change: Change) =>
  JSON.stringify({ lastUpdateId, ...book(change) })

const most = 1000

/** Past trades from an id on. */
export const past = (market: Market, from: number) => {
  const found: Array<object> = []
  for (let id = Math.max(from, market.firstDeal); found.length < most; id++) {
    const deal = market.deal(id)
    if (deal === undefined) break
    found.push({
      id,
      price: decimal(deal.price),
      qty: decimal(deal.size),
      quoteQty: decimal(deal.price * deal.size),
      time: deal.at,
      isBuyerMaker: deal.side === "sell",
      isBestMatch: true
    })
  }
  return JSON.stringify(found)
}

/** The latest aggregated trade. */
export const lastAggregated = (market: Market) =>
  pastAggregated(market, market.lastDeal() - aggregateOffset)

/** Past aggregated trades from an id on. */
export const pastAggregated = (market: Market, from: number) => {
  const found: Array<object> = []
  for (let id = Math.max(from + aggregateOffset, market.firstDeal); found.length < most; id++) {
    const deal = market.deal(id)
    if (deal === undefined) break
    found.push(aggregate(deal))
  }
  return JSON.stringify(found)
}

export const listing = (markets: ReadonlyArray<Market>) =>
  JSON.stringify({
    timezone: "UTC",
    symbols: markets.map(({ native, symbol }) => {
      const [baseAsset, quoteAsset] = symbol.split("-")
      return { symbol: native, status: "TRADING", baseAsset, quoteAsset, filters: [] }
    })
  })

export const acknowledged = (id: unknown) => JSON.stringify({ result: null, id })
export const listed = (topics: Iterable<string>, id: unknown) =>
  JSON.stringify({ result: [...topics], id })
export const refused = (id: unknown) =>
  JSON.stringify({ code: 2, msg: "Invalid request: too many parameters", id })
export const shutdown = (at: number) =>
  JSON.stringify({ stream: "!serverShutdown", data: { e: "serverShutdown", E: at } })
