// A venue inside another program: a service of that program, which knows every last price.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Console, Context, Effect, Fiber, Layer, Stream } from "effect"
import type { FeedError } from "tapewire/FeedError"

class Prices extends Context.Service<
  Prices,
  {
    /** The price of the last trade; `undefined` before the first. */
    readonly last: (symbol: string) => Effect.Effect<number | undefined>
    /** Waits for the feed to end, and fails where it does. */
    readonly ended: Effect.Effect<void, FeedError>
  }
>()("app/Prices") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const { ticks } = yield* BinanceSpot
      const prices = new Map<string, number>()
      const reading = yield* ticks.pipe(
        Stream.filter((tick) => tick._tag === "Trade"),
        Stream.runForEach(({ price, symbol }) => Effect.sync(() => prices.set(symbol, price))),
        Effect.forkScoped
      )
      return {
        last: (symbol) => Effect.sync(() => prices.get(symbol)),
        ended: Fiber.join(reading)
      }
    })
  )
}

// Live it would be `BinanceSpot.layer(["trades:BTC-USDT", "trades:ETH-USDT"])`.
const tape = process.argv[2] ?? `${import.meta.dirname}/tapes/binance.tape`
const layer = Prices.layer.pipe(
  Layer.provide(BinanceSpot.layerRecorded(tape)),
  Layer.provide(NodeServices.layer)
)

const program = Effect.gen(function* () {
  const { ended, last } = yield* Prices
  yield* ended
  yield* Console.log(`BTC-USDT ${yield* last("BTC-USDT")}, ETH-USDT ${yield* last("ETH-USDT")}`)
})

program.pipe(
  Effect.provide(layer),
  Effect.catchReason("FeedError", "BadTape", ({ detail }) => Console.error(`No tape: ${detail}`)),
  Effect.catchTag("FeedError", ({ isRetryable, message }) =>
    Console.error(message, isRetryable ? "Try again later." : "Trying again is of no use.")
  ),
  NodeRuntime.runMain
)
