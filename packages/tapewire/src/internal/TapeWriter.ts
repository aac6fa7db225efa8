import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Compression } from "../Compression.ts"
import { AlreadyEnded, fromPlatform, TapeError, TooLarge } from "../TapeError.ts"
import type { Tick } from "../Tick.ts"
import type { Wire } from "../Wire.ts"
import { ByteWriter } from "./ByteWriter.ts"
import * as Cutter from "./TapeCutter.ts"
import { type Header, json } from "./TapeHeader.ts"
import * as Layout from "./TapeLayout.ts"
import * as Output from "./TapeOutput.ts"
import { TickEncoder } from "./TickEncoder.ts"
import { encoder } from "./web.ts"
import * as weight from "./weight.ts"
import { WireEncoder } from "./WireEncoder.ts"

/**
 * A tape being written.
 *
 * A batch is taken whole or, where the call fails, not at all; what was taken before is kept and
 * tried again by the next call. Records stand in memory until their block is full or `flush`.
 *
 * @since 0.1.0
 */
export interface TapeWriter {
  readonly ticks: (batch: ReadonlyArray<Tick>) => Effect.Effect<void, TapeError>
  readonly wire: (batch: ReadonlyArray<Wire>) => Effect.Effect<void, TapeError>
  /** Returns once everything taken so far is on the disk. */
  readonly flush: Effect.Effect<void, TapeError>
  /**
   * Flushes and marks the tape as ended, so that readers can tell it from one that was cut off.
   * Closing the scope does the same, but can only log what fails.
   */
  readonly end: Effect.Effect<void, TapeError>
}

/**
 * Begins a tape. Its header is on the disk when this returns, and the tape is ended when the scope
 * closes. Fails with `Exists` where a file is there, unless asked to replace it.
 *
 * @since 0.1.0
 */
export const create = Effect.fnUntraced(function* (
  path: string,
  header: Header,
  options?: { readonly ifExists?: "fail" | "replace" }
): Effect.fn.Return<TapeWriter, TapeError, FileSystem.FileSystem | Scope> {
  const fileSystem = yield* FileSystem.FileSystem
  const { writes } = yield* Compression
  const sync = new Uint8Array(Layout.syncLength)
  for (let index = 0; index < sync.length; index++) {
    sync[index] = yield* Random.nextIntBetween(0, 255)
  }
  const title = encoder.encode(yield* Effect.orDie(Schema.encodeEffect(json)(header)))
  if (title.length > Layout.maxPayload) {
    const reason = new TooLarge({ size: title.length, limit: Layout.maxPayload })
    return yield* new TapeError({ path, reason })
  }
  const file = yield* fileSystem
    .open(path, { flag: options?.ifExists === "replace" ? "w" : "wx" })
    .pipe(Effect.mapError(fromPlatform(path, "open", 0)))
  const output = Output.make(path, file)
  const permit = (yield* Semaphore.make(1)).withPermit

  const pending: Array<Cutter.Payload> = []
  const emit = (payload: Cutter.Payload) => void pending.push(payload)
  const ticks = Cutter.make(Layout.kinds.ticks, () => new TickEncoder(), weight.ofTick, emit)
  const wire = Cutter.make(Layout.kinds.wire, () => new WireEncoder(), weight.ofWire, emit)
  const total = { blocks: 0, records: 0, first: Infinity, last: -Infinity }
  let ended = false

  const write = Effect.fnUntraced(function* ({ bytes, ...head }: Cutter.Payload) {
    const isData = head.kind === Layout.kinds.wire || head.kind === Layout.kinds.ticks
    // What cannot be compressed, for whatever reason, is stored as it is.
    const compressed = isData
      ? yield* Effect.orElseSucceed(writes.compress(bytes), () => bytes)
      : bytes
    const smaller = compressed.length < bytes.length
    const codec = smaller ? writes.id : Layout.stored
    yield* output.append(
      Layout.write(sync, { ...head, codec, size: bytes.length }, smaller ? compressed : bytes)
    )
  })

  const drain = Effect.gen(function* () {
    for (let payload = pending[0]; payload !== undefined; payload = pending[0]) {
      yield* write(payload)
      pending.shift()
      total.blocks++
      total.records += payload.records
      total.first = Math.min(total.first, payload.first)
      total.last = Math.max(total.last, payload.last)
    }
  })

  const add = <A>(cutter: Cutter.Cutter<A>) =>
    Effect.fnUntraced(
      function* (batch: ReadonlyArray<A>) {
        if (ended) return yield* new TapeError({ path, reason: new AlreadyEnded() })
        for (const item of batch) {
          const size = cutter.weigh(item)
          if (size <= Layout.maxPayload) continue
          const reason = new TooLarge({ size, limit: Layout.maxPayload })
          return yield* new TapeError({ path, reason })
        }
        yield* drain
        cutter.add(batch)
      },
      // A write that was begun must be finished or undone.
      Effect.uninterruptible,
      permit
    )

  const flush = Effect.gen(function* () {
    wire.cut()
    ticks.cut()
    yield* drain
    yield* output.sync
  }).pipe(Effect.uninterruptible, permit)

  const writeEnd = Effect.gen(function* () {
    wire.cut()
    ticks.cut()
    yield* drain
    const counts = new ByteWriter()
    const start = counts.begin()
    counts.varint(total.blocks)
    counts.varint(total.records)
    counts.finish(start)
    const { first, last } = total.blocks === 0 ? { first: 0, last: 0 } : total
    yield* write({ kind: Layout.kinds.end, records: 1, first, last, bytes: counts.toBytes() })
    ended = true
  })

  const end = Effect.gen(function* () {
    if (!ended) yield* writeEnd
    yield* output.sync
  }).pipe(Effect.uninterruptible, permit)

  yield* output.append(Layout.writePreamble(sync)).pipe(
    Effect.andThen(
      write({ kind: Layout.kinds.header, records: 1, first: 0, last: 0, bytes: title })
    ),
    Effect.andThen(output.sync),
    // A tape without a header is of no use, and would be in the way of the next attempt. What was
    // there before is not ours to remove: it need not even be a file.
    Effect.tapError(() =>
      options?.ifExists === "replace" ? Effect.void : Effect.ignore(fileSystem.remove(path))
    )
  )
  yield* Effect.addFinalizer(() =>
    Effect.catch(end, (error) => Effect.logError("A tape could not be ended", error))
  )
  return { ticks: add(ticks), wire: add(wire), flush, end }
})
