/**
 * What it costs to leave a venue alone: feeds of an exchange that cannot be reached, each until it
 * has failed five times. Prints the time from the fifth failure until the breaker is open and told.
 */
import { BinanceSpot, venue } from "@tapewire/venues/BinanceSpot"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as References from "effect/References"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import type { Instrument } from "tapewire/Instrument"

const rounds = process.argv.includes("--short") ? 10 : 40

const instruments: ReadonlyArray<Instrument> = [
  {
    venue: venue.id,
    symbol: "BTC-USDT",
    native: "BTCUSDT",
    kind: "spot",
    base: "BTC",
    quote: "USDT",
    status: "trading"
  }
]

const opened: Array<number> = []

let last = 0
const refuse = (): never => {
  last = performance.now()
  throw new Error("no route")
}
const measured = Effect.gen(function* () {
  const feed = yield* BinanceSpot
  const open = yield* feed.events.pipe(
    Stream.filter((event) => event._tag === "Breaker" && event.state === "open"),
    Stream.take(1),
    Stream.runForEach(() => Effect.sync(() => opened.push(performance.now() - last))),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Effect.forkScoped(Stream.runDrain(feed.ticks))
  yield* Fiber.join(open)
}).pipe(
  Effect.provide(BinanceSpot.layer(["trades:BTC-USDT"], { instruments, firstWait: "1 millis" })),
  Effect.scoped,
  Effect.provideService(Socket.WebSocketConstructor, refuse),
  Effect.provideService(References.MinimumLogLevel, "None"),
  Effect.provideService(
    HttpClient.HttpClient,
    HttpClient.make(() => Effect.never)
  )
)

await Effect.runPromise(Effect.replicateEffect(measured, rounds, { discard: true }))
opened.sort((a, b) => a - b)
const at = (part: number) =>
  (opened[Math.floor(part * (opened.length - 1))] ?? Number.NaN).toFixed(3)
console.log(`open    p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, of ${opened.length}`)
