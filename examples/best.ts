// The best bid and ask over all venues: any number of feeds, of which today there is one.
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Console, Effect, Layer, Stream } from "effect"
import type { Feed } from "tapewire/Feed"
import type { Quote } from "tapewire/Tick"

/** The latest quote of each venue. */
type Quotes = ReadonlyMap<string, Quote>

/** What the venues offer on one side, the lowest price first. */
const offers = (quotes: Quotes, side: "bid" | "ask") =>
  Array.from(quotes.values())
    .flatMap(({ venue, [side]: price }) => (price === undefined ? [] : [{ venue, price }]))
    .toSorted((one, other) => one.price - other.price)

/** The best bid and ask of a symbol whenever it changes. */
const best = (feeds: ReadonlyArray<Feed>, symbol: string) => {
  const ticks = Stream.mergeAll(
    feeds.map((feed) => feed.ticks),
    { concurrency: "unbounded" }
  )
  return ticks.pipe(
    Stream.filter((tick) => tick._tag === "Quote"),
    Stream.filter((quote) => quote.symbol === symbol),
    Stream.scan(
      (): Quotes => new Map(),
      (quotes, quote) => new Map(quotes).set(quote.venue, quote)
    ),
    Stream.drop(1),
    Stream.map((quotes) => ({ bid: offers(quotes, "bid").at(-1), ask: offers(quotes, "ask")[0] })),
    Stream.changes
  )
}

const program = Effect.gen(function* () {
  const feeds = yield* Effect.all([BinanceSpot])
  yield* best(feeds, "BTC-USDT").pipe(Stream.take(5), Stream.runForEach(Console.log))
})

const recorded = BinanceSpot.layerRecorded(`${import.meta.dirname}/tapes/binance.tape`)

program.pipe(Effect.provide(Layer.provide(recorded, NodeServices.layer)), NodeRuntime.runMain)
