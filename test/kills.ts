// Follows 50 symbols on the local exchange, which does to its clients what exchanges do, and looks
// whether a trade is lost or doubled and every book is the true one, at each minute and at the end.
//
// `pnpm kills --seconds 180 --faults 30 --symbols 50 --rate 2000 --seed 1` is what it does by itself,
// `--short` 8 faults of 10 symbols in 28 s. It ends with 1 where one is not. The same seed draws the
// same faults.
import { NodeHttpClient, NodeRuntime, NodeServices } from "@effect/platform-node"
import * as WebSocket from "@tapewire/cli/WebSocket"
import { venue } from "@tapewire/venues/BinanceSpot"
import {
  Clock,
  ConfigProvider,
  Console,
  Data,
  Effect,
  Logger,
  Schedule,
  Stdio,
  Stream
} from "effect"
import * as BookState from "tapewire/BookState"
import * as LiveFeed from "tapewire/LiveFeed"
import type { Check } from "./overload/Check.ts"
import * as Exchange from "./kills/Exchange.ts"
import * as Judge from "./kills/Judge.ts"
import * as Market from "./kills/Market.ts"
import type { Told } from "./kills/Told.ts"
import * as Truth from "./kills/Truth.ts"
import * as Wounds from "./kills/Wounds.ts"

class Violated extends Data.TaggedError("Violated") {}

/**
 * The venue, with waits that are some five to ten times shorter, as the faults come a hundred times
 * as often as they do. By default a connection is silent for 30 s before it is dead, and what is
 * asked for after a fault has a minute. How it is mended is the same.
 */
const hurried = {
  ...venue,
  silence: "5 seconds",
  firstData: "4 seconds",
  // By default 30 and 5 seconds.
  closeWaits: { 1008: "3 seconds", 1013: "500 millis" },
  limits: { ...venue.limits, requests: { count: 6000, per: Market.requestWindow } }
} as const

const options: LiveFeed.Options = {
  firstWait: "250 millis",
  longestWait: "5 seconds",
  healthyAfter: "2 seconds",
  openFor: "5 seconds",
  // So that connections are replaced for their age as well.
  rotateAfter: "60 seconds",
  pool: { healthCheck: "6 seconds" }
}

const long = { seconds: 180, faults: 30, symbols: 50 }
const short = { seconds: 28, faults: 8, symbols: 10 }

/** How long what has passed may be on its way, in milliseconds. */
const onItsWay = 300
const mebibyte = 1024 * 1024

const given = (args: ReadonlyArray<string>, flag: string, usual: number) => {
  const index = args.indexOf(flag)
  return index < 0 ? usual : Number(args[index + 1])
}

const row = (cells: ReadonlyArray<string>) =>
  cells
    .map((cell, index) => cell.padEnd([26, 8, 44, 14, 14][index] ?? 0))
    .join("")
    .trimEnd()

const main = Effect.gen(function* () {
  const args = yield* (yield* Stdio.Stdio).args
  const usual = args.includes("--short") ? short : long
  const seconds = given(args, "--seconds", usual.seconds)
  const faults = given(args, "--faults", usual.faults)
  const symbols = given(args, "--symbols", usual.symbols)
  const rate = given(args, "--rate", 40 * symbols)
  const seed = given(args, "--seed", 1)
  const truth = Truth.make(yield* Market.script(seconds, rate, symbols))
  const exchange = yield* Exchange.make(seconds, rate, symbols, faults, seed)
  const url = `127.0.0.1:${exchange.port}`
  const settings = { TAPEWIRE_BINANCE_WS: `ws://${url}`, TAPEWIRE_BINANCE_REST: `http://${url}` }
  const topics = exchange.symbols.flatMap(
    (symbol) => [`trades:${symbol}`, `book:${symbol}`] as const
  )
  const feed = yield* LiveFeed.make(hurried, topics, options).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(settings)))
  )
  const judge = Judge.make(truth, exchange.symbols)
  const wounds = Wounds.make()
  const counted = new Map<string, number>()
  let rotated = { lost: 0, duplicated: 0 }
  yield* Console.log(
    `recorded ticks of Binance spot under ${symbols} names, ${rate} frames a second for ${seconds} s, ${faults} faults, seed ${seed}\n`
  )

  yield* feed.events.pipe(
    Stream.runForEach((event) =>
      Effect.sync(() => {
        counted.set(event._tag, (counted.get(event._tag) ?? 0) + 1)
        wounds.note(event)
        if (event._tag !== "Rotated") return
        rotated = {
          lost: rotated.lost + event.lost,
          duplicated: rotated.duplicated + event.duplicated
        }
      })
    ),
    Effect.forkScoped({ startImmediately: true })
  )
  const started = yield* Clock.currentTimeMillis
  yield* feed.ticks.pipe(
    Stream.runForEachArray((ticks) => Effect.sync(() => ticks.forEach(judge.take))),
    Effect.tapError(({ message }) => Console.log(`the feed failed: ${message}`)),
    Effect.forkScoped
  )

  /** What had passed when, as the exchange told. */
  const passed: Array<{ readonly at: number; readonly trade: number; readonly update: number }> = []
  /** The symbols of which something that passed a while ago was not given. */
  const broken = (now: number) => {
    const before = passed.findLast(({ at }) => at <= now - onItsWay)
    const found = new Set<string>()
    if (before === undefined) return found
    for (const [symbol, { last = -1, sequence = -1 }] of judge.given) {
      if (last < before.trade || sequence < before.update) found.add(symbol.replace("-", ""))
    }
    return found
  }
  yield* Clock.currentTimeMillis.pipe(
    Effect.map((now) => wounds.look(now, broken(now))),
    Effect.delay("50 millis"),
    Effect.forever,
    Effect.forkScoped
  )
  const compare = Effect.suspend(() => {
    const { equal, mended, wrong } = judge.books((symbol) => BookState.snapshot(feed.book(symbol)))
    const elapsed = `${((passed.at(-1)?.at ?? started) - started) / 1000}`.replace(/\..*/, "")
    return Console.log(
      `${elapsed.padStart(5)} s  books: ${equal} equal, ${mended} being mended, ${wrong} wrong`
    )
  })
  yield* compare.pipe(
    Effect.delay(Math.min(60, seconds / 3) * 1000),
    Effect.forever,
    Effect.forkScoped
  )

  const hear = Effect.fnUntraced(function* (told: Told) {
    const now = yield* Clock.currentTimeMillis
    switch (told._tag) {
      case "Passed":
        passed.push({ at: now, ...told })
        if (passed.length > 100) passed.shift()
        return
      case "Injected": {
        wounds.inflict(told.at / 1000, told.fault)
        const at = ((told.at / 1000 - started) / 1000).toFixed(1)
        return yield* Console.log(`${at.padStart(7)} s  ${JSON.stringify(told.fault)}`)
      }
    }
  })
  let end: Extract<Told, { readonly _tag: "Ended" }> | undefined
  yield* exchange.told.pipe(
    Stream.tap(hear),
    Stream.takeUntil((told) => told._tag === "Ended"),
    Stream.runForEach((told) =>
      Effect.sync(() => {
        if (told._tag === "Ended") end = told
      })
    )
  )
  const elapsed = ((yield* Clock.currentTimeMillis) - started) / 1000
  const { frames = 0 } = (yield* feed.status).counts ?? {}
  const last = end?.trades.at(-1)?.id ?? 0
  const update = end?.book.sequence ?? 0
  yield* Effect.sync(() =>
    [...judge.given.values()].every((one) => one.last === last && one.sequence === update)
  ).pipe(
    Effect.repeat({ until: (isWhole) => isWhole, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOption("20 seconds")
  )
  yield* Effect.sleep("500 millis")
  judge.end(last, update)
  yield* compare

  const all = [...judge.given.values()]
  const sum = (of: (one: (typeof all)[number]) => number) =>
    all.reduce((to, one) => to + of(one), 0)
  const { counts } = yield* feed.status
  yield* Console.log(
    `\n${row(["fault", "times", "the feed said first", "within", "whole after"])}\n` +
      Wounds.table(wounds.all).map(row).join("\n")
  )
  yield* Console.log(`
${frames} frames in ${elapsed.toFixed(0)} s, ${Math.round(frames / elapsed)} a second
${sum(({ trades }) => trades)} trades given, of which ${sum(({ filled }) => filled)} were asked for afterwards
${sum(({ snapshots }) => snapshots)} snapshots, ${sum(({ gaps }) => gaps.book)} book gaps told, ${sum(({ gaps }) => gaps.trades)} trade gaps
${counts?.duplicates} duplicates left out, ${counts?.undecodable} undecodable frames
${end?.connections} connections, HTTP answers ${JSON.stringify(end?.asked)}, limits exceeded ${end?.limited} times
events: ${[...counted].map(([tag, count]) => `${count} ${tag}`).join(", ")}
rss ${Math.round(process.memoryUsage().rss / mebibyte)} MiB
`)

  const isTold = end !== undefined && truthful(end, truth)
  const lastBooks = judge.books((symbol) => BookState.snapshot(feed.book(symbol)))
  const checks: ReadonlyArray<Check> = [
    [isTold, "what the exchange says has passed is what was to pass"],
    [
      wounds.all.length === faults,
      `${wounds.all.length} faults of ${new Set(wounds.all.map(({ fault }) => fault.kind)).size} kinds happened`
    ],
    [judge.lost() === 0, `${judge.lost()} trades lost`],
    [judge.doubled() === 0, `${judge.doubled()} trades doubled`],
    [
      rotated.lost + rotated.duplicated === 0,
      "no trade was lost or doubled by a connection that was replaced"
    ],
    [
      lastBooks.equal === symbols,
      `${lastBooks.equal} of ${symbols} books equal to the truth at the end`
    ],
    [
      wounds.all.every(({ felt, whole }) => felt === undefined || whole !== undefined),
      "every fault was mended"
    ],
    [judge.violations.length === 0, `${judge.violations.length} violations`]
  ]
  for (const what of judge.violations.slice(0, 20)) yield* Console.log(`       ${what}`)
  for (const [holds, what] of checks) yield* Console.log(`${holds ? "ok    " : "FAILED"} ${what}`)
  if (checks.every(([holds]) => holds)) return
  yield* Console.log(
    `\npnpm kills --seconds ${seconds} --faults ${faults} --symbols ${symbols} --rate ${rate} --seed ${seed}`
  )
  return yield* new Violated()
}).pipe(Effect.scoped)

const truthful = (
  { book, trades }: Extract<Told, { readonly _tag: "Ended" }>,
  truth: Truth.Truth
): boolean => {
  const known = truth.books([book.sequence]).get(book.sequence)
  return (
    known !== undefined &&
    Truth.isSameSide(known.bids, book.bids) &&
    Truth.isSameSide(known.asks, book.asks) &&
    trades.length === truth.trades.size &&
    trades.every(({ id, price, side, size, time }) => {
      const real = truth.trades.get(id)
      return real?.price === price && real.size === size && real.side === side && real.time === time
    })
  )
}

main.pipe(
  Effect.provide([
    NodeServices.layer,
    NodeHttpClient.layerUndici,
    WebSocket.layer,
    Logger.layer([])
  ]),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
