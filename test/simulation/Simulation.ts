/** One seed: a feed, the world it lives in, and whoever judges it. */
import { venue } from "@tapewire/venues/BinanceSpot"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { createHash } from "node:crypto"
import * as BookState from "tapewire/BookState"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Agenda from "./Agenda.ts"
import * as Faults from "./Faults.ts"
import * as Oracle from "./Oracle.ts"
import type { Recorded } from "./Recorded.ts"
import * as Seeded from "./Seeded.ts"
import * as World from "./World.ts"

export interface Setting {
  readonly seed: number
  /** Virtual hours. */
  readonly hours: number
  readonly kinds: ReadonlyArray<Faults.Kind>
}

export interface Report {
  readonly seed: number
  readonly faults: ReadonlyMap<string, number>
  readonly tally: Readonly<Oracle.Tally>
  readonly connections: number
  /** Of everything that came out. */
  readonly hash: string
  /** With the virtual time; empty where all is well. */
  readonly failures: ReadonlyArray<string>
}

/** How often the world is looked at, in milliseconds. */
const look = 2 * 3_600_000

/** The most failures that are told of one seed. */
const most = 5

/** However often the connection is lost, the feed is to come back. */
const options: LiveFeed.Options = { attempts: Number.MAX_SAFE_INTEGER }

/** The clock of the machine the feed runs on, which can be wrong, unlike durations. */
const wrong = (clock: Clock.Clock, offset: () => number): Clock.Clock => {
  const millis = () => Math.floor(World.epoch / 1000 + clock.currentTimeMillisUnsafe() + offset())
  const nanos = () =>
    BigInt(World.epoch) * 1000n +
    clock.currentTimeNanosUnsafe() +
    BigInt(Math.round(offset())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
}

const program = Effect.fnUntraced(function* (recorded: Recorded, setting: Setting) {
  const { hours, kinds, seed } = setting
  const failures: Array<string> = []
  const counts = new Map<string, number>()
  const hash = createHash("sha256")
  const end = hours * 3_600_000

  const agenda = yield* Agenda.make
  const note = (failure: string) => {
    const text = `${Duration.format(Duration.millis(Math.floor(agenda.now())))}: ${failure}`
    if (failures.length < most) failures.push(text)
  }
  const happened = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const random = Seeded.make(seed)
  const world = World.make(agenda, random, recorded, { note, aged: () => happened("aged") })

  let offset = 0
  const clock = wrong(yield* Clock.Clock, () => offset)
  const jump = (millis: number) => {
    offset += Math.round(millis)
  }

  const topics = world.markets.flatMap(
    ({ symbol }) => [`trades:${symbol}`, `book:${symbol}`] as const
  )
  const feed = yield* LiveFeed.make(venue, [...topics, "trades@aggregated:ETH-USDT"], options).pipe(
    Effect.provideService(Socket.WebSocketConstructor, world.construct),
    Effect.provideService(HttpClient.HttpClient, world.site.client),
    Effect.provideService(Clock.Clock, clock)
  )
  const oracle = Oracle.make(
    world.markets,
    ({ symbol }) => symbol === "ETH-USDT",
    world,
    agenda.now,
    note
  )
  const running = yield* Stream.runForEachArray(feed.ticks, (ticks) =>
    Effect.sync(() => {
      hash.update(JSON.stringify(ticks))
      oracle.take(ticks)
    })
  ).pipe(
    Effect.matchCause({
      onSuccess: () => note("the feed ended"),
      onFailure: (cause) => note(`the feed failed: ${String(cause)}`)
    }),
    Effect.provideService(Clock.Clock, clock),
    Effect.provideService(Random.Random, Seeded.make(-seed).service),
    Effect.forkScoped({ startImmediately: true })
  )

  const nextLook = () => Math.min(end, (Math.floor(agenda.now() / look) + 1) * look)
  const watch = (): void => {
    const wait = nextLook() - agenda.now()
    // What was lost last is not missed before something follows.
    agenda.after(wait - 60_000, world.stir)
    agenda.after(wait - 30_000, world.stir)
    agenda.after(wait, () => {
      oracle.look((symbol) => BookState.snapshot(feed.book(symbol)))
      if (agenda.now() < end) watch()
    })
  }
  watch()
  Faults.schedule({ agenda, random, world, jump }, kinds, () => nextLook() - agenda.now(), happened)

  while (agenda.now() < end && failures.length === 0) yield* TestClock.adjust("30 minutes")
  world.stopping = true
  yield* Fiber.interrupt(running)
  return {
    seed,
    faults: counts,
    tally: oracle.tally,
    connections: world.connections(),
    hash: hash.digest("hex").slice(0, 16),
    failures
  } satisfies Report as Report
})

/** Runs a seed; the same seed gives the same report. */
export const run = (recorded: Recorded, setting: Setting) =>
  program(recorded, setting).pipe(
    Effect.scoped,
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(TestClock.layer({ warningDelay: "1 hour" }))
  )
