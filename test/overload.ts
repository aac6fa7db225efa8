// Gives readers of every pace and policy ten times what the busiest second of the recording held,
// and looks whether every tick is accounted for, memory stays, and nobody holds back the exchange.
//
// `pnpm overload [--seconds 60] [--factor 10]` ends with 1 where that does not hold. What is kept on
// the heap is judged from the 20th second on, by when what can fill is full and what is compiled is
// compiled, over 40 seconds or more. What the system gave grows with the worst moment so far, and is
// judged in runs of five minutes or more, from the third on.
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import * as WebSocket from "@tapewire/cli/WebSocket"
import { venue } from "@tapewire/venues/BinanceSpot"
import {
  Console,
  Data,
  Effect,
  Fiber,
  FileSystem,
  Logger,
  Option,
  Schedule,
  Stdio,
  Stream
} from "effect"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Tape from "tapewire/Tape"
import * as TapeFile from "tapewire/TapeFile"
import type { Check } from "./overload/Check.ts"
import * as Exchange from "./overload/Exchange.ts"
import * as Memory from "./overload/Memory.ts"
import * as Readers from "./overload/Readers.ts"

class Failed extends Data.TaggedError("Failed") {}

/** Ticks in the busiest second of the recording: what slow readers read. */
const busiest = 1362
/** From when on memory is judged, and over how much time at least, in seconds. */
const judged = { heap: { after: 20, over: 40 }, rss: { after: 180, over: 120 } } as const
/** In MB a minute. */
const steepest = 1

const symbol = "BTC-USDT"
const topics = [`trades:${symbol}`, `quotes:${symbol}`, `book:${symbol}`] as const
const instruments: ReadonlyArray<Instrument> = [
  {
    venue: venue.id,
    symbol,
    native: "BTCUSDT",
    kind: "spot",
    base: "BTC",
    quote: "USDT",
    status: "trading"
  }
]

const given = (args: ReadonlyArray<string>, flag: string, usual: number) => {
  const index = args.indexOf(flag)
  return index < 0 ? usual : Number(args[index + 1])
}

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0).padStart(4)} MB`

const main = Effect.gen(function* () {
  const args = yield* (yield* Stdio.Stdio).args
  const seconds = given(args, "--seconds", 60)
  const factor = given(args, "--factor", 10)
  const rate = busiest * factor
  yield* Console.log(
    `recorded ticks of Binance spot, ${rate} frames a second for ${seconds} s: ${factor} times the busiest second\n`
  )

  const exchange = yield* Exchange.make(rate, seconds)
  const endpoints = {
    websocket: `ws://127.0.0.1:${exchange.port}`,
    rest: `http://127.0.0.1:${exchange.port}`
  }
  const feed = yield* LiveFeed.make({ ...venue, endpoints }, topics, { instruments })
  const tape = yield* Tape.make([feed])
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/overload.tape`
  const file = yield* TapeFile.create(path, {
    version: 1,
    provenance: { source: "recorded ticks of Binance spot, played again", writtenBy: "overload" },
    feeds: [{ venue: venue.id, subscriptions: feed.subscriptions, instruments }]
  })
  const { accounts } = yield* Readers.start(tape, busiest, file)
  const running = yield* Effect.forkScoped(tape.run)

  const samples: Array<Memory.Sample> = []
  const behinds: Array<number> = []
  // Each frame becomes a tick, and a book begins with one more.
  const frames = Effect.map(feed.status, ({ ticks }) => ticks - 1)
  const look = Effect.fnUntraced(function* ({ sent }: Exchange.Told) {
    // It may have sent more since.
    const behind = Math.max(0, sent - (yield* frames))
    const { inbox } = yield* feed.status
    const sample = Memory.look()
    samples.push(sample)
    behinds.push(behind)
    yield* Console.log(
      `${`${samples.length}`.padStart(4)} s  rss ${mb(sample.rss)}, heap ${mb(sample.heap)}, ${sent} frames sent, ${behind} on their way, paused ${inbox?.pauses ?? 0} times`
    )
    return sent
  })
  const last = yield* Stream.runLast(Stream.mapEffect(exchange.told, look))
  const sent = Option.getOrElse(last, () => 0)
  const arrived = yield* frames.pipe(
    Effect.repeat({ until: (count) => count === sent, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOption("5 seconds")
  )
  const { counts, ticks } = yield* feed.status
  yield* Fiber.interrupt(running)
  const found = yield* accounts
  yield* file.end
  const kept = yield* TapeFile.open(path).pipe(
    Effect.flatMap(({ blocks }) => Stream.runCollect(blocks)),
    Effect.map((blocks) =>
      blocks.reduce((sum, block) => sum + (block._tag === "Ticks" ? block.ticks.length : 0), 0)
    )
  )

  yield* Console.log(`\n${ticks} ticks of ${sent} frames\n`)
  for (const account of found) yield* Console.log(Readers.print(account))
  const { after } = judged.heap
  if (samples.length > after + 1) {
    const slope = Memory.slope(samples.slice(after), "rss")
    yield* Console.log(`\nrss grew by ${slope.toFixed(2)} MB a minute after ${after} s`)
  }
  // A machine that is busy with something else may hold us up, but not for half of the time.
  const usuallyBehind = behinds.toSorted((a, b) => a - b)[behinds.length >> 1] ?? 0
  const checks: ReadonlyArray<Check> = [
    ...found.flatMap((account) => Readers.checks(account, ticks)),
    [
      found.some(({ given, name }) => name === "recorder" && given === kept),
      `the tape holds the ${kept} ticks that the recorder was given`
    ],
    [
      counts !== undefined && counts.undecodable + counts.duplicates + counts.gaps === 0,
      "every frame was decoded, none came twice, none was missing"
    ],
    [Option.isSome(arrived), "all that the exchange sent arrived"],
    [
      usuallyBehind < rate / 10,
      `nobody held back the exchange: ${usuallyBehind} frames were on their way in the median, ${Math.max(...behinds)} at most`
    ],
    ...(["heap", "rss"] as const).flatMap((of): ReadonlyArray<Check> => {
      const { after, over } = judged[of]
      if (seconds < after + over) return []
      const slope = Memory.slope(samples.slice(after), of)
      const what = `${of} grew by ${slope.toFixed(2)} MB a minute after ${after} s`
      return [[slope <= steepest, what]]
    })
  ]
  yield* Console.log("")
  for (const [holds, what] of checks) yield* Console.log(`${holds ? "ok    " : "FAILED"} ${what}`)
  if (checks.some(([holds]) => !holds)) return yield* new Failed()
}).pipe(Effect.scoped)

main.pipe(
  Effect.provide([
    NodeServices.layer,
    NodeHttpClient.layerNodeHttp,
    WebSocket.layer,
    Logger.layer([])
  ]),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
