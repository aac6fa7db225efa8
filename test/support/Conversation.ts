/** What a recording of Binance's spot market is about, and what a session makes of it. */
import { venue } from "@tapewire/venues/BinanceSpot"
import * as Result from "effect/Result"
import * as Feed from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import type * as TapeFile from "tapewire/TapeFile"
import type { Wire } from "tapewire/Wire"

type Topic = Feed.Topic<typeof venue>

/** What the symbols meant for which no list of instruments was recorded. */
const bases: Readonly<Record<string, readonly [base: string, quote: string]>> = {
  BTCUSDT: ["BTC", "USDT"],
  ETHUSDT: ["ETH", "USDT"],
  DOTUSDT: ["DOT", "USDT"],
  NKNUSDT: ["NKN", "USDT"],
  BLZETH: ["BLZ", "ETH"],
  LRCBTC: ["LRC", "BTC"],
  RUNEEUR: ["RUNE", "EUR"]
}

const topics: Readonly<Record<string, (symbol: string) => Topic>> = {
  trade: (symbol) => `trades:${symbol}`,
  aggTrade: (symbol) => `trades@aggregated:${symbol}`,
  bookTicker: (symbol) => `quotes:${symbol}`,
  "depth@100ms": (symbol) => `book:${symbol}`,
  kline_1m: (symbol) => `bars@1m:${symbol}`
}

/** The names of the streams whose frames occur: `btcusdt@trade`. */
const streamsOf = (wires: ReadonlyArray<Wire>): ReadonlySet<string> =>
  new Set(
    wires.flatMap((wire) =>
      wire._tag === "Received" ? (/"stream":"([^"]+)"/.exec(String(wire.data))?.[1] ?? []) : []
    )
  )

const listed = (wires: ReadonlyArray<Wire>): ReadonlyArray<Instrument> =>
  wires.flatMap((wire) =>
    wire._tag === "Answered" && wire.call === "instruments"
      ? Result.getOrThrow(venue.calls.instruments.decode(wire.body, Reader.make(wire.venue, [])))
      : []
  )

const instrument = (native: string): Instrument => {
  const names = bases[native]
  if (names === undefined) throw new Error(`nothing tells what ${native} is`)
  const [base, quote] = names
  const symbol = `${base}-${quote}`
  return { venue: venue.id, symbol, native, kind: "spot", base, quote, status: "unknown" }
}

/** What a recording is about. */
export interface Subject {
  readonly topics: ReadonlyArray<Topic>
  readonly instruments: ReadonlyArray<Instrument>
}

/** Finds what a recording is about: its streams by name, and the instruments of their symbols. */
export const subjectOf = (wires: ReadonlyArray<Wire>): Subject => {
  const streams = Array.from(streamsOf(wires))
    .toSorted()
    .map((stream) => {
      const at = stream.indexOf("@")
      return { native: stream.slice(0, at).toUpperCase(), kind: stream.slice(at + 1) }
    })
  const natives = new Set(streams.map(({ native }) => native))
  const known = listed(wires)
  const instruments =
    known.length === 0
      ? Array.from(natives, instrument)
      : known.filter(({ native }) => natives.has(native))
  const symbols = new Map(instruments.map(({ native, symbol }) => [native, symbol]))
  return {
    instruments,
    topics: streams.map(({ kind, native }) => {
      const topic = topics[kind]
      if (topic === undefined) throw new Error(`nothing tells what the stream ${kind} carries`)
      return topic(symbols.get(native) ?? native)
    })
  }
}

/** The feed that a recording is of, as a tape's header tells it. */
export const feedOf = ({ instruments, topics }: Subject): TapeFile.Header["feeds"][number] => ({
  venue: venue.id,
  subscriptions: Result.getOrThrow(Feed.subscriptions(venue, topics)),
  instruments
})

/** A session at the end of a recording, and all that came of it. */
export interface Played extends Session.Outcome {
  readonly session: Session.Session
}

/** Plays a recording through a session. */
export const play = (wires: ReadonlyArray<Wire>): Played => {
  const { instruments } = feedOf(subjectOf(wires))
  const session = Session.make(venue, instruments)
  return { session, ...session.step(wires) }
}
