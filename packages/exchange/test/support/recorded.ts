/**
 * A recording of Binance spot: BTC-USDT on 2024-08-08 from 23:54:14 UTC, of the bundled tape. As that
 * tape keeps ticks, its frames are written here as the exchange wrote them.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Decimal from "tapewire/Decimal"
import * as TapeFile from "tapewire/TapeFile"
import type { Level, Tick, Trade } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as Script from "@tapewire/exchange/Script"

const bundled = `${import.meta.dirname}/../../../../examples/tapes/binance.tape`

/** The first second of the sitting, in microseconds since the Unix epoch. */
const start = 1_723_161_254_000_000

const symbol = "BTC-USDT"
const native = "BTCUSDT"

export const header: TapeFile.Header = {
  version: 1,
  provenance: {
    source: "Binance spot, from the bundled tape",
    capturedAt: "2024-08-08",
    writtenBy: "a test"
  },
  feeds: [
    {
      venue: "binance",
      subscriptions: [
        { venue: "binance", channel: "trades", symbol },
        { venue: "binance", channel: "book", symbol }
      ],
      instruments: [
        {
          venue: "binance",
          symbol,
          native,
          kind: "spot",
          base: "BTC",
          quote: "USDT",
          status: "trading"
        }
      ]
    }
  ]
}

const levels = (side: ReadonlyArray<Level>) =>
  side.map(([price, size]) => [Decimal.text(price), Decimal.text(size)])

const framed = (at: number, topic: string, data: object): Wire => ({
  _tag: "Received",
  venue: "binance",
  connection: 1,
  at,
  data: JSON.stringify({ stream: `btcusdt@${topic}`, data })
})

/** What passed on the wire when a tick was told. */
export const wire = (tick: Tick): ReadonlyArray<Wire> => {
  const at = tick.received
  switch (tick._tag) {
    case "Trade": {
      const data = {
        e: "trade",
        s: native,
        t: tick.id,
        p: Decimal.text(tick.price),
        q: Decimal.text(tick.size),
        T: (tick.at ?? at) / 1000,
        m: tick.side === "sell",
        M: true
      }
      return [framed(at, "trade", data)]
    }
    case "BookDelta": {
      const [b, a] = [levels(tick.bids), levels(tick.asks)]
      const [U, u] = [tick.firstSequence, tick.sequence]
      const data = { e: "depthUpdate", E: (tick.at ?? at) / 1000, s: native, U, u, b, a }
      return [framed(at, "depth@100ms", data)]
    }
    case "BookSnapshot": {
      const [bids, asks] = [levels(tick.bids), levels(tick.asks)]
      const body = JSON.stringify({ lastUpdateId: tick.sequence, bids, asks })
      const url = "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000"
      const about = { venue: "binance", call: "snapshot", subject: native, url } as const
      return [{ _tag: "Answered", at, ...about, status: 200, body }]
    }
    default:
      return []
  }
}

/** The ticks of the sitting, of its trades and its book. */
export const sitting: Effect.Effect<ReadonlyArray<Tick>> = Effect.gen(function* () {
  const tape = yield* TapeFile.open(bundled)
  const found: Array<Tick> = []
  yield* Stream.runForEach(tape.blocks, (block) =>
    Effect.sync(() => {
      for (const tick of block._tag === "Ticks" ? block.ticks : []) {
        if (tick.received >= start && tick._tag !== "Quote") found.push(tick)
      }
    })
  )
  return found
}).pipe(
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  Effect.orDie,
  Effect.cached,
  Effect.runSync
)

/** The first of them. */
export const ticks = Effect.map(sitting, (ticks) => ticks.slice(0, 3000))

export const trades = Effect.map(ticks, (ticks) =>
  ticks.filter((tick): tick is Trade => tick._tag === "Trade")
)

export const wires = Effect.map(ticks, (ticks) => ticks.flatMap(wire))

export const script = Effect.map(wires, (wires) =>
  Result.getOrThrow(Script.fromWires(header, wires))
)

/** Writes a wire-level tape and gives its path. */
export const tape = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const path = `${yield* fileSystem.makeTempDirectoryScoped()}/wire.tape`
  const writer = yield* TapeFile.create(path, header)
  yield* writer.wire(yield* wires)
  yield* writer.end
  return path
})
