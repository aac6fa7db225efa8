/**
 * Counts what comes of each subscription, and of two connections that give the same tells what is
 * new. What a topic carries besides what was subscribed to is not wanted.
 *
 * While a connection replaces another, both give every tick. Trades and numbered book updates are
 * told apart by their ids; of all else, what comes from the older connection is passed on only if it
 * is newer than what came last.
 */
import type { Subscription } from "../Subscription.ts"
import type { Tick } from "../Tick.ts"

interface Pulse {
  /** Ticks that came. */
  count: number
  /** The newest connection that gave one. */
  connection: number
  /** The number or the venue's time of the last one. */
  last: number | undefined
  /** Whether it is wanted; undefined where that was not said. */
  wanted: boolean | undefined
}

/** What becomes of a tick: it is passed on, came before, or is not wanted. */
type Fate = "fresh" | "repeated" | "unwanted"

export interface Pulses {
  /** Counts a tick, and tells what becomes of it. */
  readonly note: (tick: Tick, connection: number) => Fate
  /**
   * Passes on no more of a subscription, or again, from now on. Once one was opened, only what was
   * is passed on.
   */
  readonly close: (subscription: Subscription) => void
  readonly open: (subscription: Subscription) => void
  /** How many ticks of a subscription have come, and the newest connection one came on. */
  readonly heard: (subscription: Subscription) => Heard
}

interface Heard {
  readonly count: number
  readonly connection: number
}

const nothing: Heard = { count: 0, connection: 0 }

/** What names a tick's subscription besides the symbol. */
const lineOf = (tick: Tick): string => {
  switch (tick._tag) {
    case "Trade":
      return tick.firstId === undefined ? "trades" : "trades@aggregated"
    case "Quote":
      return "quotes"
    case "BookSnapshot":
    case "BookDelta":
      return "book"
    case "Bar":
      return tick.interval
    case "Ticker":
      return "ticker"
    case "Funding":
      return "funding"
    case "MarkPrice":
      return "mark"
    case "OpenInterest":
      return "openinterest"
    case "Liquidation":
      return "liquidations"
    case "Observation":
      return "series"
    case "Gap":
      return "gap"
  }
}

const lineOfSubscription = ({ channel, variant }: Subscription): string => {
  if (channel === "bars") return variant ?? ""
  return channel === "trades" && variant === "aggregated" ? "trades@aggregated" : channel
}

/** The number of a tick, else its time. */
const orderOf = (tick: Tick): number | undefined =>
  tick._tag === "Quote" ? (tick.sequence ?? tick.at) : tick.at

export const make = (): Pulses => {
  const lines = new Map<string, Map<string, Pulse>>()
  /** Whether what was not opened is wanted. */
  let others = true

  const pulseOf = (line: string, symbol: string): Pulse => {
    let symbols = lines.get(line)
    if (symbols === undefined) {
      symbols = new Map()
      lines.set(line, symbols)
    }
    let pulse = symbols.get(symbol)
    if (pulse === undefined) {
      pulse = { count: 0, connection: 0, last: undefined, wanted: undefined }
      symbols.set(symbol, pulse)
    }
    return pulse
  }

  return {
    note: (tick, connection) => {
      const pulse = pulseOf(lineOf(tick), tick.symbol)
      pulse.count++
      if (!(pulse.wanted ?? others)) return "unwanted"
      const { _tag } = tick
      if (_tag === "Trade" || _tag === "BookDelta" || _tag === "BookSnapshot") {
        if (connection > pulse.connection) pulse.connection = connection
        return "fresh"
      }
      const order = orderOf(tick)
      if (connection !== pulse.connection) {
        const isKnown =
          order !== undefined && pulse.last !== undefined
            ? order <= pulse.last
            : connection < pulse.connection
        if (isKnown) return "repeated"
        pulse.connection = Math.max(connection, pulse.connection)
      }
      pulse.last = order
      return "fresh"
    },
    close: (subscription) => {
      pulseOf(lineOfSubscription(subscription), subscription.symbol).wanted = false
    },
    open: (subscription) => {
      others = false
      pulseOf(lineOfSubscription(subscription), subscription.symbol).wanted = true
    },
    heard: (subscription) =>
      lines.get(lineOfSubscription(subscription))?.get(subscription.symbol) ?? nothing
  }
}
