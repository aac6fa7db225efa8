/**
 * Puts the trades of one instrument in the order of their ids, each once, where ids follow one
 * another without a hole.
 *
 * A trade that comes before its turn is held until those before it have come, late or by back-fill,
 * or until they are given up. A chain is changed in place, as it stands in the hot path.
 *
 * @since 0.1.0
 */
import type { Trade } from "./Tick.ts"

/** A trade whose id is a number. */
type Numbered = Trade & { readonly id: number }

/**
 * @since 0.1.0
 */
export interface TradeChain {
  /** The last trade passed on; `undefined` before the first. */
  last: Numbered | undefined
  /** Trades that wait for others before them, in order. */
  held: Array<Numbered>
  /** What was given up last, as long as nothing followed on the trade after it. */
  leap: Leap | undefined
}

/** Ids that were given up, and trades with such ids that came after all. */
interface Leap {
  readonly from: number
  readonly to: number
  late: Array<Numbered>
}

/** How many trades in a row that were given up must come to show that the trade after them is none. */
const enough = 3

/**
 * A chain of which nothing has come.
 *
 * @since 0.1.0
 */
export const make = (): TradeChain => ({ last: undefined, held: [], leap: undefined })

/**
 * Ids that were passed over, both ends included, with the trades around them.
 *
 * @since 0.1.0
 */
export interface Missing {
  readonly from: number
  readonly to: number
  /** The last trade before the hole. */
  readonly before: Trade
  /** The first trade after it. */
  readonly after: Trade
}

/**
 * Whether ids of a trade can be followed.
 *
 * @since 0.1.0
 */
export const isNumbered = (trade: Trade): trade is Numbered => typeof trade.id === "number"

/**
 * Takes a trade and adds to `out` those whose turn has come.
 *
 * @since 0.1.0
 */
export const step = (
  chain: TradeChain,
  trade: Numbered,
  out: Pick<Array<Trade>, "push">
): "passed" | "held" | "duplicate" => {
  const { held, last } = chain
  if (last === undefined || trade.id === last.id + 1) {
    chain.last = trade
    chain.leap = undefined
    out.push(trade)
    if (held.length > 0) release(chain, out)
    return "passed"
  }
  if (trade.id <= last.id) return chain.leap === undefined ? "duplicate" : late(chain, trade, out)
  // Nearly always the latest, so it is looked for from the end.
  let index = held.length
  while (index > 0 && (held[index - 1] as Numbered).id > trade.id) index-- // index > 0
  if (index > 0 && held[index - 1]?.id === trade.id) return "duplicate"
  held.splice(index, 0, trade)
  return "held"
}

/**
 * Takes a trade whose id was given up. Several in a row, before anything followed on the trade
 * beyond them, show that its id was none: the chain goes on with them, or one absurd id would make
 * duplicates of all that is to come.
 */
const late = (
  chain: TradeChain,
  trade: Numbered,
  out: Pick<Array<Trade>, "push">
): "passed" | "duplicate" => {
  const { leap } = chain
  if (leap === undefined || trade.id < leap.from || trade.id > leap.to) return "duplicate"
  const before = leap.late.at(-1)
  if (before === undefined || trade.id === before.id + 1) leap.late.push(trade)
  else if (trade.id > before.id) leap.late = [trade]
  if (leap.late.length < enough) return "duplicate"
  for (const one of leap.late) out.push(one)
  chain.last = trade
  chain.leap = undefined
  chain.held = []
  return "passed"
}

const release = (chain: TradeChain, out: Pick<Array<Trade>, "push">): void => {
  const { held } = chain
  let count = 0
  let next = (chain.last?.id ?? 0) + 1
  while (count < held.length && held[count]?.id === next) {
    out.push(held[count++] as Numbered) // count < length
    next++
  }
  if (count === 0) return
  chain.last = held[count - 1]
  chain.leap = undefined
  held.splice(0, count)
}

/**
 * What is missing first, if trades wait for it.
 *
 * @since 0.1.0
 */
export const missing = ({ held, last }: TradeChain): Missing | undefined => {
  const [after] = held
  return last === undefined || after === undefined
    ? undefined
    : { from: last.id + 1, to: after.id - 1, before: last, after }
}

/**
 * Gives up what is missing first: adds to `out` the trades that waited for it, and tells what was
 * given up.
 *
 * @since 0.1.0
 */
export const skip = (chain: TradeChain, out: Pick<Array<Trade>, "push">): Missing | undefined => {
  const hole = missing(chain)
  const after = chain.held.shift()
  if (hole === undefined || after === undefined) return undefined
  chain.last = after
  chain.leap = { from: hole.from, to: hole.to, late: [] }
  out.push(after)
  release(chain, out)
  return hole
}
