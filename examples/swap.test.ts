// A test of one's own program, which is live in production and recorded here.
import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Effect, Layer, Stream } from "effect"

/** Of a thousand trades, how many takers bought and how many sold. */
const pressure = Effect.flatMap(BinanceSpot, ({ ticks }) =>
  ticks.pipe(
    Stream.filter((tick) => tick._tag === "Trade"),
    Stream.take(1000),
    Stream.runFold(
      () => ({ buy: 0, sell: 0 }),
      // Some venues do not say who took.
      (count, { side }) => (side === undefined ? count : { ...count, [side]: count[side] + 1 })
    )
  )
)

/** What the program runs on in production: `Effect.provide(pressure, live)`. */
export const live = BinanceSpot.layer(["trades:BTC-USDT"])

/** What it runs on here: the same service, and so the same program. */
const recorded = BinanceSpot.layerRecorded(`${import.meta.dirname}/tapes/binance.tape`).pipe(
  Layer.provide(NodeServices.layer)
)

it.effect("tells buyers from sellers", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* pressure, { buy: 554, sell: 446 })
  }).pipe(Effect.provide(recorded))
)
