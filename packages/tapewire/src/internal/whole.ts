/**
 * The last look at the numbers of a tick before they go where a `NaN` would cost the whole block.
 * Types cannot exclude it, and a tick that has one is a defect of whoever made it.
 */
import * as Schema from "effect/Schema"
import * as Tick from "../Tick.ts"

/** The kinds that come seldom and are kept as JSON; of trades, those asked for afterwards or without a side. */
export const Rare = Schema.Union([
  Tick.Trade,
  Tick.Ticker,
  Tick.Funding,
  Tick.MarkPrice,
  Tick.OpenInterest,
  Tick.Liquidation,
  Tick.Observation,
  Tick.Gap
])

/** Throws where a number breaks the promise of its type. */
export const assertWhole = (tick: Tick.Tick): void => {
  if (!(isWhole(tick.received) && isWhole(tick.at ?? 0) && isSound(tick))) {
    throw new TypeError(`a tick with a number that is none: ${JSON.stringify(tick).slice(0, 200)}`)
  }
}

const isWhole = Number.isSafeInteger
const isNumber = Number.isFinite
const isRare = Schema.is(Rare)
const isId = (id: Tick.TradeId): boolean => typeof id === "string" || isWhole(id)

const isSound = (tick: Tick.Tick): boolean => {
  switch (tick._tag) {
    case "Trade":
      return (
        isNumber(tick.price) &&
        isNumber(tick.size) &&
        isId(tick.id) &&
        isId(tick.firstId ?? 0) &&
        isId(tick.lastId ?? 0)
      )
    case "Quote":
      return (
        isNumber(tick.bid ?? 0) &&
        isNumber(tick.bidSize ?? 0) &&
        isNumber(tick.ask ?? 0) &&
        isNumber(tick.askSize ?? 0) &&
        isWhole(tick.sequence ?? 0)
      )
    case "BookSnapshot":
      return isWhole(tick.sequence ?? 0) && areSound(tick.bids) && areSound(tick.asks)
    case "BookDelta":
      return (
        isWhole(tick.sequence ?? 0) &&
        isWhole(tick.firstSequence ?? 0) &&
        areSound(tick.bids) &&
        areSound(tick.asks)
      )
    case "Bar":
      return (
        isWhole(tick.openAt) &&
        isWhole(tick.closeAt) &&
        isWhole(tick.trades ?? 0) &&
        isNumber(tick.open) &&
        isNumber(tick.high) &&
        isNumber(tick.low) &&
        isNumber(tick.close) &&
        isNumber(tick.volume) &&
        isNumber(tick.quoteVolume ?? 0) &&
        isNumber(tick.takerBuyVolume ?? 0)
      )
    default:
      return isRare(tick)
  }
}

const areSound = (levels: ReadonlyArray<Tick.Level>): boolean => {
  for (const level of levels) if (!isNumber(level[0]) || !isNumber(level[1])) return false
  return true
}
