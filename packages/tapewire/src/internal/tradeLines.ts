/** The trades of a conversation: in order, each once, and what is missing asked for or told. */
import type { Outcome } from "../Session.ts"
import type { Instrument } from "../Instrument.ts"
import { timeOf, type Trade } from "../Tick.ts"
import * as TradeChain from "../TradeChain.ts"
import type { Venue } from "../Venue.ts"
import type { Gaps } from "./gaps.ts"
import * as Recent from "./recent.ts"

/** The calls that past trades come by. */
type Call = "aggregatedTrades" | "trades"

interface Line {
  readonly call: Call
  readonly native: string
  readonly chain: TradeChain.TradeChain
  asked: boolean
  /** How often it was asked in vain. */
  attempt: number
  /** How often of these the venue answered, and what was missing was not in it. */
  denied: number
  /** Questions about what was given up meanwhile, whose answers say nothing of what is missing now. */
  stale: number
  /** By how much the clock was set, in microseconds, since this trade was held. */
  jump: { readonly id: number; readonly by: number } | undefined
}

/** How often a venue must answer without the missing trades for them to be given up. */
const maxDenied = 3

/** The most trades of one instrument that wait for others. */
const maxHeld = 10_000

/** The longest that a trade waits for others, in microseconds. */
const maxWait = 30_000_000

/** The same where those it waits for cannot be asked for and may only come out of order. */
const maxLate = { held: 1000, wait: 250_000 }

export interface TradeLines {
  readonly take: (tick: Trade, out: Outcome) => "duplicate" | "taken"
  /** Takes the answer to a question for past trades; `undefined` where it means nothing. */
  readonly answered: (
    call: Call,
    symbol: string,
    past: ReadonlyArray<Trade> | "unanswered" | undefined,
    at: number,
    out: Outcome
  ) => void
  /** Notes that the clock was set, by so many microseconds. */
  readonly jump: (by: number) => void
  /** Gives up what was waited for too long. */
  readonly pass: (now: number, out: Outcome) => void
  /** Forgets a symbol, of which no more will come, and gives up what is missing of it. */
  readonly forget: (call: Call, symbol: string, at: number, out: Outcome) => void
  /** Gives up whatever is missing. */
  readonly end: (at: number, out: Outcome) => void
}

export const make = (
  venue: Pick<Venue, "calls" | "id" | "trades">,
  instruments: ReadonlyMap<string, Instrument>,
  gaps: Gaps
): TradeLines => {
  const lines = { trades: new Map<string, Line>(), aggregatedTrades: new Map<string, Line>() }
  const recent = Recent.make()
  /** Those of which a trade waits for others. */
  const waiting = new Set<Line>()

  const lineOf = ({ firstId, symbol }: Trade): Line => {
    const call = firstId === undefined ? "trades" : "aggregatedTrades"
    const known = lines[call].get(symbol)
    if (known !== undefined) return known
    const native = instruments.get(symbol)?.native ?? symbol
    const line: Line = {
      call,
      native,
      chain: TradeChain.make(),
      asked: false,
      attempt: 0,
      denied: 0,
      stale: 0,
      jump: undefined
    }
    lines[call].set(symbol, line)
    return line
  }

  /** Asks for the trades that others wait for, or gives them up. */
  const fill = (line: Line, now: number, out: Outcome): void => {
    let hole = TradeChain.missing(line.chain)
    while (hole !== undefined && isHopeless(line, hole, now)) {
      giveUp(line, hole, now, out)
      hole = TradeChain.missing(line.chain)
    }
    if (hole === undefined) {
      waiting.delete(line)
      line.jump = undefined
      return
    }
    waiting.add(line)
    if (line.asked || venue.calls[line.call] === undefined) return
    line.asked = true
    const { attempt, call, native } = line
    out.commands.push({
      _tag: "Fetch",
      call,
      subject: native,
      from: hole.from,
      to: hole.to,
      attempt
    })
  }

  const isHopeless = (line: Line, hole: TradeChain.Missing, now: number): boolean => {
    const { length } = line.chain.held
    const waited = now - hole.after.received - jumped(line, hole)
    return venue.calls[line.call] === undefined
      ? length > maxLate.held || waited > maxLate.wait
      : line.denied >= maxDenied || length > maxHeld || waited > maxWait
  }

  /** How much of the time a trade waited, by the clock, was the clock being set. */
  const jumped = ({ jump }: Line, { to }: TradeChain.Missing): number =>
    jump !== undefined && to < jump.id ? jump.by : 0

  const giveUp = (line: Line, hole: TradeChain.Missing, at: number, out: Outcome): void => {
    const { after, before, from, to } = hole
    const { symbol } = after
    const variant = line.call === "aggregatedTrades" ? ({ variant: "aggregated" } as const) : {}
    const span = { since: timeOf(before), until: timeOf(after) }
    gaps.tell(
      { symbol, received: at, channel: "trades", ...variant, from, to, ...span, cause: "sequence" },
      out
    )
    out.events.push({ _tag: "GapFound", venue: venue.id, at, symbol, from, to })
    TradeChain.skip(line.chain, out.ticks)
    line.attempt = 0
    line.denied = 0
    // The next is asked for at once, though an answer about this one is still on its way.
    if (line.asked) line.stale++
    line.asked = false
  }

  const giveUpAll = (line: Line, at: number, out: Outcome): void => {
    let hole = TradeChain.missing(line.chain)
    while (hole !== undefined) {
      giveUp(line, hole, at, out)
      hole = TradeChain.missing(line.chain)
    }
  }

  const deny = (line: Line): void => {
    line.attempt++
    line.denied++
  }

  /** Takes past trades, of which those after the hole will come, or came, live. */
  const refill = (
    line: Line,
    past: ReadonlyArray<Trade>,
    isStale: boolean,
    at: number,
    out: Outcome
  ): void => {
    const hole = TradeChain.missing(line.chain)
    if (hole === undefined) return
    let trades = 0
    for (const one of past) {
      if (!TradeChain.isNumbered(one) || one.id < hole.from || one.id > hole.to) continue
      TradeChain.step(line.chain, one, out.ticks)
      trades++
    }
    if (trades === 0) return isStale ? undefined : deny(line)
    line.attempt = 0
    line.denied = 0
    const { symbol } = hole.after
    out.events.push({ _tag: "Filled", venue: venue.id, at, symbol, trades })
  }

  return {
    take: (tick, out) => {
      if (venue.trades === "opaque" || !TradeChain.isNumbered(tick)) {
        if (recent.has(tick.symbol, tick.id)) return "duplicate"
        out.ticks.push(tick)
        return "taken"
      }
      const line = lineOf(tick)
      const fate = TradeChain.step(line.chain, tick, out.ticks)
      if (fate === "duplicate") return "duplicate"
      if (fate === "held") fill(line, tick.received, out)
      return "taken"
    },
    answered: (call, symbol, past, at, out) => {
      const line = lines[call].get(symbol)
      if (line === undefined) return
      const isStale = line.stale > 0
      if (isStale) line.stale--
      else line.asked = false
      // A venue that is out of order, or asks for patience, has not said that it has none.
      if (past === "unanswered") line.attempt++
      else if (past !== undefined) refill(line, past, isStale, at, out)
      else if (!isStale) deny(line)
      fill(line, at, out)
    },
    jump: (by) => {
      for (const line of waiting) {
        const id = line.chain.held.at(-1)?.id ?? 0
        line.jump = { id, by: by + (line.jump?.by ?? 0) }
      }
    },
    pass: (now, out) => {
      // Nearly always; an iterator would cost more than the question.
      if (waiting.size === 0) return
      for (const line of waiting) fill(line, now, out)
    },
    forget: (call, symbol, at, out) => {
      const line = lines[call].get(symbol)
      if (line === undefined) return
      giveUpAll(line, at, out)
      lines[call].delete(symbol)
      waiting.delete(line)
    },
    end: (at, out) => {
      for (const line of [...lines.trades.values(), ...lines.aggregatedTrades.values()]) {
        giveUpAll(line, at, out)
      }
    }
  }
}
