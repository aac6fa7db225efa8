#!/usr/bin/env node
/**
 * Consumes N frames of a Binance server through the public API, three readers at the end, and
 * prints one line: `{ frames, seconds, cpuSeconds, rss, heapUsed, p50, p99 }`.
 *
 * `node adapter.ts ws://127.0.0.1:PORT/stream?streams=a/b N [W]`: after W frames that are not
 * measured, for the just-in-time compiler; none by default. Memory is in bytes; `p50` and `p99`
 * are milliseconds from reading a frame off the socket to handing its ticks to the last reader.
 */
import { venue } from "@tapewire/venues/BinanceSpot"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { micros } from "tapewire/Connection"
import type { Topic } from "tapewire/Feed"
import type { Instrument } from "tapewire/Instrument"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Tape from "tapewire/Tape"
import type { Wire } from "tapewire/Wire"
import * as WebSocket from "@tapewire/cli/WebSocket"

const [address = "", count = "", warmUp = "0"] = process.argv.slice(2)
const url = new URL(address)
const frames = Number(count)
const streams = (url.searchParams.get("streams") ?? "").split("/")

const topicOf = (stream: string): Topic<typeof venue> => {
  const [native = "", name = ""] = stream.split("@")
  const symbol = native.toUpperCase()
  if (name === "trade") return `trades:${symbol}`
  if (name === "aggTrade") return `trades@aggregated:${symbol}`
  if (name === "bookTicker") return `quotes:${symbol}`
  if (name.startsWith("kline_")) return `bars@${name.slice(6)}:${symbol}`
  return name === "ticker" ? `ticker:${symbol}` : `book:${symbol}`
}

const natives = new Set(streams.map((stream) => stream.split("@")[0]?.toUpperCase() ?? ""))
const instruments = Array.from(natives, (native): Instrument => ({
  venue: venue.id,
  symbol: native,
  native,
  kind: "spot",
  base: native,
  quote: native,
  status: "trading"
}))

/**
 * Where each book can begin: at its latest update. The frames are recorded, so no exchange can be
 * asked for a snapshot.
 */
const beginnings = new Map<string, number>()
let isBegun: (() => boolean) | undefined

const noteBeginnings = (wires: ReadonlyArray<Wire>) =>
  Effect.sync(() => {
    if (isBegun === undefined) return
    if (isBegun()) isBegun = undefined
    for (const wire of wires) {
      if (wire._tag !== "Received" || typeof wire.data !== "string") continue
      const [, native, first] = /"s":"(\w+)","U":(\d+)/.exec(wire.data) ?? []
      if (native !== undefined) beginnings.set(native, Number(first))
    }
  })

// Node loads its HTTP client with the first response, which is no part of what is measured.
Response.json({})

const snapshots = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request, { searchParams }) => {
    const first = beginnings.get(searchParams.get("symbol") ?? "") ?? 1
    const body = { lastUpdateId: first - 1, bids: [], asks: [] }
    return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(body)))
  })
)

const program = Effect.gen(function* () {
  const feed = yield* LiveFeed.make(
    {
      ...venue,
      endpoints: { ...venue.endpoints, websocket: url.origin },
      path: url.pathname + url.search
    },
    [...new Set(streams.map(topicOf))],
    { instruments, tap: noteBeginnings }
  )
  const books = feed.subscriptions.filter(({ channel }) => channel === "book")
  isBegun = () => books.every(({ symbol }) => feed.book(symbol)?._tag === "Synced")
  const tape = yield* Tape.make([feed])
  // The clock by which frames are stamped.
  const clock = yield* Clock.Clock
  const latencies: Array<number> = []
  let seen = 0
  const drain = yield* tape.reader({ name: "first" })
  const count = yield* tape.reader({ name: "second" })
  const last = yield* tape.reader({ name: "third" })
  yield* Effect.forkChild(Stream.runForEachArray(drain.ticks, () => Effect.void))
  yield* Effect.forkChild(
    Stream.runForEachArray(count.ticks, (batch) =>
      Effect.sync(() => {
        seen += batch.length
      })
    )
  )
  yield* Effect.forkChild(
    Stream.runForEachArray(last.ticks, (batch) =>
      Effect.sync(() => {
        // The first has waited longest, and stands for all: to note each would cost 4 %.
        latencies.push((micros(clock) - batch[0].received) / 1000)
      })
    )
  )
  // Frames are counted, not ticks: a server that repeats itself repeats trade ids.
  const reach = (total: number) =>
    feed.status.pipe(
      Effect.delay("1 millis"),
      Effect.map(({ counts }) => counts?.frames ?? 0),
      Effect.repeat({ until: (seen) => seen >= total })
    )
  const unmeasured = Number(warmUp)
  if (unmeasured > 0) yield* Effect.forkChild(tape.run)
  const before = unmeasured > 0 ? yield* reach(unmeasured) : 0
  latencies.length = 0
  const started = performance.now()
  const cpu = process.cpuUsage()
  if (unmeasured === 0) yield* Effect.forkChild(tape.run)
  const after = yield* reach(before + frames)
  const seconds = (performance.now() - started) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const { heapUsed, rss } = process.memoryUsage()
  const { counts } = yield* feed.status
  if (seen === 0 || counts?.undecodable !== 0) throw new Error(JSON.stringify(counts))
  latencies.sort((a, b) => a - b)
  const quantile = (q: number) => latencies[Math.floor(latencies.length * q)] ?? 0
  return {
    frames: after - before,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    rss,
    heapUsed,
    p50: quantile(0.5),
    p99: quantile(0.99)
  }
})

const result = await program.pipe(
  Effect.scoped,
  Effect.provide([WebSocket.layer, snapshots]),
  Effect.runPromise
)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
