/**
 * An exchange on the loopback interface that plays a recording over the venue's own protocol, and
 * does to its clients what exchanges do.
 *
 * Everything it says of the market was recorded. Its clients share one timeline: what passes while
 * one of them is away it must ask for again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as Endpoint from "tapewire/Endpoint"
import { ExchangeError, UnmetFaults } from "./ExchangeError.ts"
import * as ExchangeEvent from "./ExchangeEvent.ts"
import * as Faults from "./Faults.ts"
import * as Floor from "./internal/floor.ts"
import * as Server from "./internal/server.ts"
import type { Book, Trade } from "./Market.ts"
import * as Script from "./Script.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** Where to listen on 127.0.0.1; a free port by default. */
  readonly port?: number | undefined
  /**
   * 1, the default, is the speed of the recording, and infinity as fast as all clients read.
   * `manual` plays nothing but by `advance`.
   */
  readonly speed?: number | "manual" | undefined
  /** None by default; a seed draws one of every kind. */
  readonly faults?: ReadonlyArray<Faults.Fault> | { readonly seed: number } | undefined
  /** Under how many stand-in names to play the recording; under its own by default. */
  readonly symbols?: number | undefined
}

/**
 * @since 0.1.0
 */
export interface Interface {
  readonly venue: string
  readonly port: number
  /** In words: that this is recorded, from where and when. */
  readonly provenance: string
  /** Configuration that puts the exchange in the venue's place. */
  readonly settings: { readonly [name: string]: string }
  /** Canonical: `BTC-USDT`. */
  readonly symbols: ReadonlyArray<string>
  readonly faults: ReadonlyArray<Faults.Fault>
  /** What happens, preceded by the last 10,000 events that did. */
  readonly events: Stream.Stream<ExchangeEvent.ExchangeEvent>
  /** Plays so many frames, with the faults before them, and gives how many there were. */
  readonly advance: (frames: number) => Effect.Effect<number>
  /** Has one more fault happen at its time, or at once where that has passed. */
  readonly inject: (fault: Faults.Fault) => Effect.Effect<void, UnmetFaults>
  /** Waits for the end of the recording. */
  readonly ended: Effect.Effect<void>
  /** The trades of a symbol that have passed by now, whoever was sent them. */
  readonly trades: (symbol: string) => Effect.Effect<ReadonlyArray<Trade>>
  /** The same of aggregated trades. */
  readonly aggregatedTrades: (symbol: string) => Effect.Effect<ReadonlyArray<Trade>>
  /** The true book as of now; `undefined` where the recording does not tell it. */
  readonly book: (symbol: string) => Effect.Effect<Book | undefined>
}

/** What faults can meet. */
const settingOf = ({ desk, frames, listed }: Script.Script): Faults.Setting => {
  const names = Map.groupBy(listed, ({ recordedAs }) => recordedAs)
  const topics = new Map(frames.map(({ symbol, topic }) => [topic, symbol]))
  return {
    topics: Array.from(topics).flatMap(([topic, symbol]) =>
      (names.get(symbol) ?? []).map(({ instrument }) =>
        desk.rename(topic, symbol, instrument.native)
      )
    ),
    symbols: listed.map(({ instrument }) => instrument.native),
    seconds: frames.at(-1)?.seconds ?? 0
  }
}

const faultsOf = (setting: Faults.Setting, faults: Options["faults"] = []) =>
  "seed" in faults ? Faults.fromSeed(faults.seed, setting) : met(setting, faults)

const met = (setting: Faults.Setting, faults: ReadonlyArray<Faults.Fault>) => {
  const problems = Faults.missed(faults, setting)
  return problems.length === 0 ? Effect.succeed(faults) : Effect.fail(new UnmetFaults({ problems }))
}

/**
 * Plays a script until the scope is closed; the timeline begins with the first subscription.
 *
 * @since 0.1.0
 */
export const fromScript = Effect.fnUntraced(function* (
  recorded: Script.Script,
  options: Options = {}
) {
  const { speed = 1 } = options
  const script =
    options.symbols === undefined ? recorded : Script.standIns(recorded, options.symbols)
  const { desk } = script
  const setting = settingOf(script)
  const faults = yield* faultsOf(setting, options.faults)
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime()
  const hub = yield* PubSub.unbounded<ExchangeEvent.ExchangeEvent>({ replay: 10_000 })
  const begun = Latch.makeUnsafe(false)
  const ended = Deferred.makeUnsafe<void>()

  const floor = Floor.make(script, {
    faults,
    now: () => clock.currentTimeMillisUnsafe(),
    speed: speed === "manual" ? 1 : speed,
    tell: (facts, seconds) => {
      const at = clock.currentTimeMillisUnsafe() * 1000
      const event: ExchangeEvent.ExchangeEvent = { ...facts, at, seconds }
      PubSub.publishUnsafe(hub, event)
      run(log(event))
      if (event._tag === "Subscribed") begun.openUnsafe()
      if (event._tag === "Ended") Deferred.doneUnsafe(ended, Effect.void)
    }
  })
  const server = yield* Server.make(desk, floor, options.port ?? 0)
  if (speed !== "manual") {
    yield* begun.await.pipe(Effect.andThen(play(floor, server, speed)), Effect.forkScoped)
  }
  const settings = Endpoint.settings({ id: desk.venue })
  return {
    venue: desk.venue,
    port: server.port,
    provenance: script.provenance,
    settings: {
      [settings.websocket]: `ws://127.0.0.1:${server.port}`,
      [settings.rest]: `http://127.0.0.1:${server.port}`
    },
    symbols: script.listed.map(({ instrument }) => instrument.symbol),
    faults,
    events: Stream.fromPubSub(hub),
    advance: (frames) =>
      Effect.sync(() => {
        let played = 0
        while (played < frames && floor.step()) played++
        return played
      }),
    inject: (fault) =>
      Effect.andThen(
        met(setting, [fault]),
        Effect.sync(() => floor.add(fault))
      ),
    ended: Deferred.await(ended),
    trades: (symbol) => Effect.sync(() => floor.trades(symbol, "trades").slice()),
    aggregatedTrades: (symbol) =>
      Effect.sync(() => floor.trades(symbol, "aggregatedTrades").slice()),
    book: (symbol) => Effect.sync(() => floor.book(symbol))
  } satisfies Interface
})

const log = (event: ExchangeEvent.ExchangeEvent) => {
  const line = `${event.seconds.toFixed(3)} s · ${ExchangeEvent.describe(event)}`
  switch (event._tag) {
    case "Injected":
    case "Lifted":
    case "Limited":
      return Effect.logWarning(line)
    case "Asked":
      return Effect.logDebug(line)
    default:
      return Effect.logInfo(line)
  }
}

/** How many frames are sent before clients are looked after. */
const batch = 64

const play = (floor: Floor.Floor, server: Server.Server, speed: number) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const started = clock.monotonicTimeNanosUnsafe()
    let played = 0
    while (true) {
      const due = floor.due()
      const elapsed = Number(clock.monotonicTimeNanosUnsafe() - started) / 1e6
      const wait = due === undefined ? 0 : (due / speed) * 1000 - elapsed
      if (wait > 0) yield* Effect.sleep(wait)
      if (!floor.step()) return
      if (++played % batch !== 0) continue
      // Sockets and requests have their turn, and at full speed slow clients are waited for.
      do yield* Effect.sleep("1 millis")
      while (!Number.isFinite(speed) && !server.isDrained())
    }
  })

/**
 * Reads a wire-level tape and plays it until the scope is closed; the timeline begins with the first
 * subscription.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (tape: string, options?: Options) {
  const script = yield* Script.open(tape)
  return yield* Effect.mapError(
    fromScript(script, options),
    (reason) => new ExchangeError({ path: tape, reason })
  )
})

/**
 * A local exchange for tests.
 *
 * @since 0.1.0
 */
export class LocalExchange extends Context.Service<LocalExchange, Interface>()(
  "@tapewire/exchange/LocalExchange"
) {}

/**
 * A local exchange, and the configuration that puts it in the venue's place:
 * `BinanceSpot.layer(…).pipe(Layer.provideMerge(LocalExchange.layer("btc.tape")))`.
 *
 * @since 0.1.0
 */
export const layer = (tape: string, options?: Options) =>
  Layer.unwrap(
    Effect.map(make(tape, options), (exchange) =>
      Layer.merge(
        Layer.succeed(LocalExchange, exchange),
        ConfigProvider.layerAdd(ConfigProvider.fromEnvRecord(exchange.settings), {
          asPrimary: true
        })
      )
    )
  )
