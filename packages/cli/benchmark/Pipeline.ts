/**
 * The whole pipeline (socket, decode, check, normalize, three readers) against the floor: `ws` and
 * `JSON.parse`, and nothing else. Both consume the same frames from a server in a third process,
 * turn about, so that what disturbs one disturbs the other.
 *
 * A fifth of the frames comes first and is not counted: for the just-in-time compiler, which has
 * more to do with us. `ratio` is frames per CPU second relative to the floor. Latency is from reading a frame off the
 * socket to handing its ticks to the last reader, at 5,000 frames a second.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { recorded } from "./pipeline/frames.ts"

interface Result {
  readonly frames: number
  readonly cpuSeconds: number
  readonly rss: number
  readonly p50: number
  readonly p99: number
}

const isShort = process.argv.includes("--short")
const rounds = isShort ? 1 : 3
const frames = isShort ? 60_000 : 1_000_000

const file = (name: string) => new URL(name, import.meta.url).pathname
const run = promisify(execFile)

const measure = async (
  program: string,
  url: string,
  count: number,
  warmUp = count >> 2
): Promise<Result> => {
  const { stdout } = await run(
    process.execPath,
    [file(program), url, String(count), String(warmUp)],
    {
      timeout: 30_000
    }
  )
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
}

const serve = (args: ReadonlyArray<string>): Promise<readonly [ChildProcess, string]> =>
  new Promise((resolve, reject) => {
    const server = spawn(process.execPath, [file("./pipeline/server.ts"), ...args], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    server.once("exit", () => reject(new Error("the server ended")))
    server.stdout.once("data", (port) =>
      resolve([server, `ws://127.0.0.1:${String(port).trim()}/stream?streams=`])
    )
  })

/** Streams, and which part of the frames to take of them: there are not equally many of each. */
const loads = {
  trades: ["btcusdt@trade", 1 / 5],
  quotes: ["btcusdt@bookTicker", 1 / 2],
  book: ["btcusdt@depth@100ms", 1 / 13],
  mixed: ["btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms", 1]
} as const

const median = (values: ReadonlyArray<number>) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const perCpuSecond = ({ cpuSeconds, frames }: Result) => frames / cpuSeconds
const thousands = (value: number) => `${Math.round(value / 1000)}k`.padStart(6)

const folder = mkdtempSync(join(tmpdir(), "tapewire-bench-"))
const path = join(folder, "frames")
writeFileSync(path, (await Effect.runPromise(recorded)).join("\n"))
const [fast, address] = await serve([path])
const [slow, paced] = await serve([path, "5000"])
try {
  console.log(
    "load     floor/cpu-s  tapewire/cpu-s  ratio  (each round)              rss MB  floor"
  )
  for (const [load, [streams, part]] of Object.entries(loads)) {
    const count = Math.floor(frames * part)
    const floors: Array<Result> = []
    const ours: Array<Result> = []
    for (let round = 0; round < rounds; round++) {
      floors.push(await measure("./pipeline/floor.ts", address + streams, count))
      ours.push(await measure("./adapter.ts", address + streams, count))
    }
    const ratios = ours.map((result, round) => {
      const floor = floors[round]
      return floor === undefined ? Number.NaN : perCpuSecond(result) / perCpuSecond(floor)
    })
    const rss = (results: ReadonlyArray<Result>) =>
      Math.round(median(results.map(({ rss }) => rss)) / 1e6)
    console.log(
      load.padEnd(8),
      thousands(median(floors.map(perCpuSecond))).padStart(11),
      thousands(median(ours.map(perCpuSecond))).padStart(15),
      median(ratios).toFixed(2).padStart(6),
      ` (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`.padEnd(26),
      String(rss(ours)).padStart(6),
      String(rss(floors)).padStart(6)
    )
  }
  const { p50, p99 } = await measure(
    "./adapter.ts",
    paced + loads.mixed[0],
    isShort ? 5000 : 50_000
  )
  console.log(`latency at 5,000 frames/s: p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`)
} finally {
  fast.kill()
  slow.kill()
  rmSync(folder, { recursive: true })
}
