/** Where the prices and sizes of the world come from: trades as they were recorded. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TapeFile from "tapewire/TapeFile"
import type { Trade } from "tapewire/Tick"

/** Of each recorded market its trades, oldest first. */
export type Recorded = ReadonlyMap<string, ReadonlyArray<Trade>>

const path = `${import.meta.dirname}/../../examples/tapes/binance.tape`

/** The markets of the bundled tape, by symbol and year. */
export const load = Effect.gen(function* () {
  const { blocks } = yield* TapeFile.open(path)
  const markets = new Map<string, Array<Trade>>()
  yield* Stream.runForEach(blocks, (block) =>
    Effect.sync(() => {
      if (block._tag !== "Ticks") return
      for (const tick of block.ticks) {
        if (tick._tag !== "Trade") continue
        const name = `${tick.symbol} ${tick.received < 1_700_000_000_000_000 ? 2021 : 2024}`
        const trades = markets.get(name) ?? []
        trades.push(tick)
        markets.set(name, trades)
      }
    })
  )
  return markets as Recorded
}).pipe(Effect.scoped)
