#!/usr/bin/env node
/**
 * The local exchange in a process of its own, so that its work is not the client's.
 *
 * `node server.ts <seconds> <rate> <symbols> <faults> <seed>` prints what happens; see `Told.ts`.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import type { ExchangeEvent } from "@tapewire/exchange/ExchangeEvent"
import type { Fault } from "@tapewire/exchange/Faults"
import * as LocalExchange from "@tapewire/exchange/LocalExchange"
import { Clock, Deferred, Effect, Logger, Stream } from "effect"
import * as Market from "./Market.ts"
import * as Plan from "./Plan.ts"
import type { Told } from "./Told.ts"

const [seconds = 0, rate = 0, symbols = 0, faults = 0, seed = 0] = process.argv.slice(2).map(Number)

const tell = (told: Told) => Effect.sync(() => process.stdout.write(`${JSON.stringify(told)}\n`))

const main = Effect.gen(function* () {
  const recorded = yield* Market.script(seconds, rate, symbols)
  const { desk } = recorded
  const { requests } = desk.limits
  const window = { perMillis: Market.requestWindow, banMillis: 2 * Market.requestWindow }
  const limits = { ...desk.limits, requests: { ...requests, ...window } }
  const exchange = yield* LocalExchange.fromScript(
    { ...recorded, desk: { ...desk, limits } },
    { symbols }
  )
  const [symbol = ""] = exchange.symbols
  const began = yield* Deferred.make<void>()
  const open = new Set<number>()
  const asked: Record<string, number> = {}
  let connections = 0
  let limited = 0

  const note = (event: ExchangeEvent) => {
    switch (event._tag) {
      case "Connected":
        open.add(++connections)
        return Effect.void
      case "Left":
        open.delete(event.connection)
        return Effect.void
      case "Subscribed":
        return Deferred.succeed(began, undefined)
      case "Asked":
        asked[event.status] = (asked[event.status] ?? 0) + 1
        return Effect.void
      case "Limited":
        limited++
        return Effect.void
      case "Injected":
        return tell({ _tag: "Injected", at: event.at, fault: event.fault })
      default:
        return Effect.void
    }
  }
  yield* Effect.forkScoped(Stream.runForEach(exchange.events, note))

  /** What has passed; all symbols stand in for the one that was recorded. */
  const passed = Effect.gen(function* () {
    const trade = (yield* exchange.trades(symbol)).at(-1)?.id ?? 0
    const update = (yield* exchange.book(symbol))?.sequence ?? 0
    yield* tell({ _tag: "Passed", trade, update })
  })

  /** All connections are meant where none is open. */
  const resolve = ({ connection, fault }: Plan.Planned): Fault => {
    const number = [...open][Math.floor((connection ?? 0) * open.size)]
    if (connection === undefined || number === undefined) return fault
    switch (fault.kind) {
      case "kill":
      case "end":
      case "leave":
      case "stall":
      case "close":
        return { ...fault, connection: number }
      default:
        return fault
    }
  }

  yield* tell({ _tag: "Listening", port: exchange.port, symbols: exchange.symbols })
  yield* Deferred.await(began)
  const started = yield* Clock.currentTimeMillis
  yield* passed.pipe(Effect.delay("100 millis"), Effect.forever, Effect.forkScoped)
  const names = exchange.symbols.map((symbol) => symbol.replace("-", ""))
  for (const planned of yield* Plan.make(seed, faults, seconds, names)) {
    yield* Effect.sleep(
      Math.max(0, started + planned.fault.at * 1000 - (yield* Clock.currentTimeMillis))
    )
    yield* exchange.inject(resolve(planned))
  }
  yield* exchange.ended
  yield* passed
  const book = yield* exchange.book(symbol)
  const trades = yield* exchange.trades(symbol)
  yield* tell({
    _tag: "Ended",
    trades: trades.map(({ id, price, side, size, time }) => ({ id, price, size, time, side })),
    book: book ?? { sequence: 0, bids: [], asks: [] },
    connections,
    limited,
    asked
  })
  // Until it is ended, as an exchange is there after its last trade.
  return yield* Effect.never
}).pipe(Effect.scoped)

main.pipe(Effect.provide([NodeServices.layer, Logger.layer([])]), NodeRuntime.runMain)
