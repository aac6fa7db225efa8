/**
 * The frames in which Binance would send the recorded ticks of the bundled tape: the facts are
 * recorded, the framing is written anew.
 */
import { NodeFileSystem } from "@effect/platform-node"
import * as Decimal from "tapewire/Decimal"
import * as Effect from "effect/Effect"
import * as Recording from "tapewire/Recording"
import * as Stream from "effect/Stream"
import * as TapeFile from "tapewire/TapeFile"
import type { Level, Tick } from "tapewire/Tick"

const tape = new URL("../../../../examples/tapes/binance.tape", import.meta.url).pathname

/** Binance fills decimals up to eight places. */
const text = (value: number | undefined) => {
  const [whole, fraction = ""] = Decimal.text(value ?? 0).split(".")
  return `${whole}.${fraction.padEnd(8, "0")}`
}

const levels = (side: ReadonlyArray<Level>) =>
  side.map(([price, size]) => [text(price), text(size)])

const encode = (tick: Tick): { readonly stream: string; readonly data: object } | undefined => {
  const s = tick.symbol.replace("-", "")
  const at = tick.at === undefined ? undefined : tick.at / 1000
  const name = s.toLowerCase()
  switch (tick._tag) {
    case "Trade": {
      const common = { E: at, s, p: text(tick.price), q: text(tick.size) }
      const end = { T: at, m: tick.side === "sell", M: true }
      if (tick.firstId === undefined) {
        return { stream: `${name}@trade`, data: { e: "trade", ...common, t: tick.id, ...end } }
      }
      const ids = { a: tick.id, f: tick.firstId, l: tick.lastId }
      return { stream: `${name}@aggTrade`, data: { e: "aggTrade", ...common, ...ids, ...end } }
    }
    case "Quote": {
      const bid = { b: text(tick.bid), B: text(tick.bidSize) }
      const ask = { a: text(tick.ask), A: text(tick.askSize) }
      return { stream: `${name}@bookTicker`, data: { u: tick.sequence, s, ...bid, ...ask } }
    }
    case "BookDelta": {
      const ids = { U: tick.firstSequence, u: tick.sequence }
      const sides = { b: levels(tick.bids), a: levels(tick.asks) }
      return {
        stream: `${name}@depth@100ms`,
        data: { e: "depthUpdate", E: at, s, ...ids, ...sides }
      }
    }
    default:
      return undefined
  }
}

/** One sitting with quotes, in the recorded order. */
export const recorded: Effect.Effect<ReadonlyArray<string>> = Effect.gen(function* () {
  const reader = yield* TapeFile.open(tape)
  const ticks = yield* Stream.runCollect(Recording.ticks(reader, []))
  const from = ticks.findIndex((tick) => tick._tag === "Quote")
  const sitting = ticks.slice(from).filter((tick) => tick.symbol === "BTC-USDT")
  return sitting.flatMap((tick) => {
    const frame = encode(tick)
    return frame === undefined ? [] : [JSON.stringify(frame)]
  })
}).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), Effect.orDie)
