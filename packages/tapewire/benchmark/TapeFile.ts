/**
 * How many of the bundled tape's ticks a second go into a tape and come out, beside `JSON.parse` of
 * the same ticks.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as os from "node:os"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import * as TickCodec from "tapewire/TickCodec"

const bundled = new URL("../../../examples/tapes/binance.tape", import.meta.url).pathname

/** As much of a file system as a tape needs. */
const files = FileSystem.makeNoop({
  open: (path, options) =>
    Effect.sync((): FileSystem.File => {
      const fd = fs.openSync(path, options?.flag ?? "r")
      const unused = Effect.die("not used")
      return {
        [FileSystem.FileTypeId]: FileSystem.FileTypeId,
        stat: unused,
        seek: (offset) => Effect.succeed(offset),
        sync: Effect.sync(() => fs.fsyncSync(fd)),
        read: (buffer, at) =>
          Effect.sync(() => fs.readSync(fd, buffer, { position: at?.position ?? null })),
        readAlloc: () => unused,
        truncate: () => Effect.void,
        write: () => unused,
        writeAll: (bytes) => Effect.sync(() => void fs.writeSync(fd, bytes))
      }
    })
})

const header: TapeFile.Header = {
  version: 1,
  provenance: { source: "recorded", writtenBy: "benchmark" },
  feeds: []
}

const write = (path: string, batches: ReadonlyArray<ReadonlyArray<Tick>>) =>
  Effect.gen(function* () {
    const tape = yield* TapeFile.create(path, header, { ifExists: "replace" })
    for (const batch of batches) yield* tape.ticks(batch)
    yield* tape.end
  })

const read = (path: string) =>
  Effect.gen(function* () {
    const tape = yield* TapeFile.open(path)
    const ticks: Array<Tick> = []
    yield* Stream.runForEach(tape.blocks, (block) =>
      Effect.sync(() => {
        if (block._tag === "Ticks") for (const tick of block.ticks) ticks.push(tick)
      })
    )
    return ticks
  })

/** The best of several rounds, in milliseconds: what the machine can do when left alone. */
const time = Effect.fnUntraced(function* <E>(
  task: Effect.Effect<unknown, E, FileSystem.FileSystem | Scope>
) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 9; round++) {
    const start = performance.now()
    yield* Effect.scoped(task)
    best = Math.min(best, performance.now() - start)
  }
  return best
})

const timeSync = (task: () => unknown) => time(Effect.sync(task))

const parts = (ticks: ReadonlyArray<Tick>, size: number) =>
  Array.from({ length: Math.ceil(ticks.length / size) }, (_, index) =>
    ticks.slice(index * size, (index + 1) * size)
  )

const measure = Effect.fnUntraced(function* (name: string, ticks: ReadonlyArray<Tick>) {
  const path = `${os.tmpdir()}/tapewire-benchmark-${process.pid}.twr`
  const lines = ticks.map((tick) => JSON.stringify(tick))
  const blocks = parts(ticks, 10_000)
  const encoded = blocks.map(TickCodec.encode)
  const floor = yield* timeSync(() => {
    const parsed: Array<unknown> = []
    for (const line of lines) parsed.push(JSON.parse(line))
    return parsed
  })
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["JSON.parse (the floor)", floor],
    ["JSON.stringify", yield* timeSync(() => ticks.map((tick) => JSON.stringify(tick)))],
    ["encode", yield* timeSync(() => blocks.map(TickCodec.encode))],
    [
      "decode",
      yield* timeSync(() => encoded.map((bytes) => Result.getOrThrow(TickCodec.decode(bytes))))
    ],
    ["write a tape, 64 at a time", yield* time(write(path, parts(ticks, 64)))],
    ["read a tape", yield* time(read(path))]
  ]
  const perTick = (bytes: number) => (bytes / ticks.length).toFixed(1)
  const json = lines.reduce((length, line) => length + line.length + 1, 0)
  const plain = encoded.reduce((length, bytes) => length + bytes.length, 0)
  const { size } = fs.statSync(path)
  fs.rmSync(path)
  process.stdout.write(
    `\n${name}: ${ticks.length} ticks, bytes a tick: JSON ${perTick(json)}, encoded ${perTick(plain)}, on tape ${perTick(size)}\n`
  )
  for (const [what, milliseconds] of rows) {
    const rate = String(Math.round(ticks.length / milliseconds)).padStart(6)
    const ratio = (floor / milliseconds).toFixed(2)
    process.stdout.write(`  ${what.padEnd(28)} ${rate} k ticks/s  ${ratio} of the floor\n`)
  }
})

const main = Effect.gen(function* () {
  const ticks = yield* Effect.scoped(read(bundled))
  for (const tag of ["Trade", "Quote", "BookDelta"] as const) {
    yield* measure(
      tag,
      ticks.filter((tick) => tick._tag === tag)
    )
  }
  yield* measure("all", ticks)
})

await Effect.runPromise(Effect.provideService(main, FileSystem.FileSystem, files))
