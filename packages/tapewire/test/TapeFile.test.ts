import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { Compression, deflate } from "tapewire/Compression"
import type { TapeError } from "tapewire/TapeError"
import * as TapeFile from "tapewire/TapeFile"
import * as Tick from "tapewire/Tick"
import * as TickCodec from "tapewire/TickCodec"
import type { Received, Wire } from "tapewire/Wire"
import * as Forge from "./support/forge.ts"
import * as MemoryFiles from "./support/MemoryFiles.ts"
import { trades } from "./support/trades.ts"

const header: TapeFile.Header = {
  version: 1,
  provenance: { source: "a test", capturedAt: "2024-08-09", writtenBy: "TapeFile.test.ts" },
  feeds: [
    {
      venue: "binance",
      subscriptions: [{ venue: "binance", channel: "trades", symbol: "BTC-USDT" }],
      instruments: [
        {
          venue: "binance",
          symbol: "BTC-USDT",
          native: "BTCUSDT",
          kind: "spot",
          base: "BTC",
          quote: "USDT",
          tickSize: 0.01,
          status: "trading"
        }
      ]
    }
  ]
}

const trade = (index: number): Tick.Trade => {
  const tick = trades[index % trades.length]
  assert(tick !== undefined)
  return tick
}

const frame = (id: number, data: string | Uint8Array = `{"id":${id}}`): Received => ({
  _tag: "Received",
  venue: "binance",
  connection: 1,
  at: 1_723_161_600_000_000 + id,
  data
})

const path = "tape.twr"
const disk = (files?: Map<string, Uint8Array>) => {
  const memory = MemoryFiles.make(files)
  const run = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem | Scope>) =>
    effect.pipe(Effect.scoped, Effect.provideService(FileSystem.FileSystem, memory.fileSystem))
  return { ...memory, run, bytes: () => memory.files.get(path) ?? new Uint8Array(0) }
}

const readBlocks = Effect.gen(function* () {
  const tape = yield* TapeFile.open(path)
  return yield* Stream.runCollect(tape.blocks)
})

const read = (bytes: Uint8Array) => disk(new Map([[path, bytes]])).run(Effect.result(readBlocks))

/** Everything readable in the blocks, in order. */
const records = (blocks: ReadonlyArray<TapeFile.Block>): ReadonlyArray<Tick.Tick | Wire> =>
  blocks.flatMap((block): ReadonlyArray<Tick.Tick | Wire> => {
    if (block._tag === "Ticks") return block.ticks
    return block._tag === "Wire" ? block.events : []
  })

const tags = (blocks: ReadonlyArray<TapeFile.Block>) => blocks.map(({ _tag }) => _tag)

/** Four blocks of two records each. */
const written = [
  [trade(1), trade(2)],
  [frame(3), frame(4)],
  [trade(5), trade(6)],
  [frame(7), frame(8)]
]

const writeSmall = Effect.gen(function* () {
  const tape = yield* TapeFile.create(path, header)
  yield* tape.ticks([trade(1), trade(2)])
  yield* tape.flush
  yield* tape.wire([frame(3), frame(4)])
  yield* tape.flush
  yield* tape.ticks([trade(5), trade(6)])
  yield* tape.flush
  yield* tape.wire([frame(7), frame(8)])
})

const small = Effect.gen(function* () {
  const { bytes, run } = disk()
  yield* run(writeSmall)
  const blocks = yield* Effect.flatMap(read(bytes()), Effect.fromResult)
  const offsets = blocks.flatMap((block) => (block._tag === "Damaged" ? [] : [block.offset]))
  return { bytes: bytes(), offsets }
})

/** Reads the small tape with a block of any making after its first. */
const readForged = Effect.fnUntraced(function* (
  head: Partial<Parameters<typeof Forge.block>[1]>,
  payload: Uint8Array
) {
  const { bytes, offsets } = yield* small
  const all = { kind: 3, codec: 0, records: 8, size: payload.length, ...head }
  const forged = Forge.block(bytes, all, payload)
  const spliced = [...bytes.slice(0, offsets[1]), ...forged, ...bytes.slice(offsets[1])]
  return Result.getOrThrow(yield* read(Uint8Array.from(spliced)))
})

const reasonOf = <A>(result: Result.Result<A, TapeError>) =>
  Result.isFailure(result) ? result.failure.reason._tag : undefined

describe("TapeFile", () => {
  it.effect("gives back the header, and the records in the order of their blocks", () => {
    const { run } = disk()
    return run(
      Effect.gen(function* () {
        yield* Effect.scoped(writeSmall)
        const tape = yield* TapeFile.open(path)
        assert.deepStrictEqual(tape.header, header)
        const blocks = yield* Stream.runCollect(tape.blocks)
        assert.deepStrictEqual(tags(blocks), ["Ticks", "Wire", "Ticks", "Wire", "Ended"])
        assert.deepStrictEqual(records(blocks), written.flat())
        assert.deepInclude(blocks.at(-1), { blocks: 4, records: 8 })
      })
    )
  })

  it.effect.prop(
    "gives back ticks of every kind unchanged, compressed or not",
    { ticks: Schema.Array(Tick.Tick), copies: Schema.Literals([1, 50]) },
    Effect.fnUntraced(function* ({ copies, ticks }) {
      const { run } = disk()
      const all = Array.from({ length: copies }, () => ticks).flat()
      const blocks = yield* run(
        Effect.gen(function* () {
          const tape = yield* TapeFile.create(path, header)
          yield* tape.ticks(all)
          yield* tape.end
          return yield* readBlocks
        })
      )
      const json = Schema.encodeEffect(Schema.Array(Tick.fromJson))
      const decoded = blocks.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
      assert.deepStrictEqual(yield* json(decoded), yield* json(all))
    })
  )

  it.effect("tells of each block the earliest and the latest receipt", () => {
    const { run } = disk()
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        yield* tape.ticks([trade(5), trade(3), trade(4)])
        yield* tape.end
        const [block] = yield* readBlocks
        assert.deepInclude(block, { first: trade(3).received, last: trade(5).received })
      })
    )
  })

  it.effect("writes a block once it is full, and reads many of them through a small window", () => {
    const { bytes, disk: state, run } = disk()
    const random = (id: number) => Math.imul(id, 2654435761) >>> 0
    const frames = Array.from({ length: 400 }, (_, id) =>
      frame(id, Array.from({ length: 700 }, (_, index) => random(id * 700 + index)).join(""))
    )
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        const start = bytes().length
        for (const event of frames) yield* tape.wire([event])
        assert.isAbove(bytes().length, start)
        yield* tape.end
        assert.isAbove(bytes().length, 1_000_000)
        const blocks = yield* readBlocks
        assert.deepStrictEqual(records(blocks), frames)
        assert.isAbove(blocks.length, 5)
        assert.isBelow(state.largestRead, bytes().length)
      })
    )
  })

  it.effect("can be read again, and by two at a time", () => {
    const { run } = disk()
    return run(
      Effect.gen(function* () {
        yield* Effect.scoped(writeSmall)
        const tape = yield* TapeFile.open(path)
        const looped = yield* tape.blocks.pipe(Stream.repeat(Schedule.recurs(1)), Stream.runCollect)
        assert.deepStrictEqual(records(looped), [...written.flat(), ...written.flat()])
        const both = yield* Effect.all(
          [Stream.runCollect(tape.blocks), Stream.runCollect(tape.blocks)],
          { concurrency: 2 }
        )
        for (const blocks of both) assert.deepStrictEqual(records(blocks), written.flat())
      })
    )
  })

  it.effect("has everything that was flushed, and says it is cut where nobody ended it", () => {
    const { bytes, run } = disk()
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        yield* tape.ticks([trade(1)])
        yield* tape.flush
        yield* tape.ticks([trade(2)])
        const blocks = yield* readBlocks
        assert.deepStrictEqual(records(blocks), [trade(1)])
        assert.deepStrictEqual(blocks.at(-1), { _tag: "Cut", offset: bytes().length })
      })
    )
  })

  it.effect("never replaces a file unasked", () => {
    const { bytes, run } = disk(new Map([[path, Uint8Array.of(1, 2, 3)]]))
    return run(
      Effect.gen(function* () {
        const refused = yield* Effect.result(Effect.scoped(TapeFile.create(path, header)))
        assert.strictEqual(reasonOf(refused), "Exists")
        assert.deepStrictEqual(bytes(), Uint8Array.of(1, 2, 3))
        yield* Effect.scoped(TapeFile.create(path, header, { ifExists: "replace" }))
        assert.deepStrictEqual(tags(yield* readBlocks), ["Ended"])
      })
    )
  })

  it.effect("takes nothing more once it is ended", () => {
    const { bytes, run } = disk()
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        yield* tape.end
        const { length } = bytes()
        assert.strictEqual(reasonOf(yield* Effect.result(tape.ticks([trade(1)]))), "AlreadyEnded")
        yield* tape.end
        assert.strictEqual(bytes().length, length)
      })
    )
  })

  it.effect("cut at any byte, it gives every block before the cut and nothing else", () =>
    Effect.gen(function* () {
      const { bytes, offsets } = yield* small
      const [first = 0] = offsets
      for (let length = 0; length < bytes.length; length++) {
        const result = yield* read(bytes.slice(0, length))
        if (length < first) {
          assert.include(["NotATape", "BadHeader"], reasonOf(result))
          continue
        }
        const blocks = Result.getOrThrow(result)
        const complete = offsets.filter((_, index) => (offsets[index + 1] ?? Infinity) <= length)
        assert.deepStrictEqual(records(blocks), written.slice(0, complete.length).flat())
        assert.deepStrictEqual(blocks.at(-1), {
          _tag: "Cut",
          offset: offsets[complete.length] ?? -1
        })
        assert.notInclude(tags(blocks), "Damaged")
      }
    })
  )

  it.effect(
    "any byte flipped, it gives every other block, and says where the damaged one was",
    () =>
      Effect.gen(function* () {
        const { bytes, offsets } = yield* small
        const [first = 0] = offsets
        for (let at = 0; at < bytes.length; at++) {
          for (const flip of [1, 128, 255]) {
            const damaged = bytes.slice()
            damaged[at] = (damaged[at] ?? 0) ^ flip
            const result = yield* read(damaged)
            if (at < first) {
              assert.include(["NotATape", "UnsupportedVersion", "BadHeader"], reasonOf(result))
              continue
            }
            const blocks = Result.getOrThrow(result)
            const hit = offsets.findLastIndex((offset) => offset <= at)
            assert.deepStrictEqual(records(blocks), written.filter((_, i) => i !== hit).flat())
            const damage = blocks[hit]
            const end = offsets[hit + 1] ?? bytes.length
            assert(damage?._tag === "Damaged")
            assert.strictEqual(damage.offset, offsets[hit])
            assert.strictEqual(damage.offset + damage.length, end)
            assert.strictEqual(blocks.at(-1)?._tag, hit === 4 ? "Cut" : "Ended")
          }
        }
      }),
    60_000
  )

  it.effect("without one of its blocks, it says that blocks are missing", () =>
    Effect.gen(function* () {
      const { bytes, offsets } = yield* small
      const [, second, third, , end] = offsets
      const without = [...bytes.slice(0, second), ...bytes.slice(third)]
      const blocks = Result.getOrThrow(yield* read(Uint8Array.from(without)))
      assert.deepInclude(blocks.at(-2), { _tag: "Damaged", reason: "missing", length: 0 })
      assert.deepInclude(blocks.at(-1), {
        _tag: "Ended",
        offset: (end ?? 0) - ((third ?? 0) - (second ?? 0))
      })
    })
  )

  it.effect("passes over bytes between blocks and after the end, however many", () =>
    Effect.gen(function* () {
      const { bytes, offsets } = yield* small
      const [, second = 0] = offsets
      const junk = new Uint8Array(1_000_000).fill(bytes[8] ?? 0)
      const blocks = Result.getOrThrow(
        yield* read(
          Uint8Array.from([...bytes.slice(0, second), ...junk, ...bytes.slice(second), 7])
        )
      )
      assert.deepStrictEqual(records(blocks), written.flat())
      assert.deepInclude(blocks[1], {
        _tag: "Damaged",
        offset: second,
        length: junk.length,
        reason: "head"
      })
      assert.deepInclude(blocks.at(-2), { reason: "trailing", length: 1 })
      assert.strictEqual(blocks.at(-1)?._tag, "Ended")
    })
  )

  it.effect(
    "finds the next block wherever it begins, though it was looked for piece by piece",
    () =>
      Effect.gen(function* () {
        const { bytes, offsets } = yield* small
        const [, second = 0] = offsets
        // Files are read 100,000 bytes at a time: some of these blocks begin in one piece and end in the next.
        for (let length = 299_600; length < 300_100; length += 20) {
          const longer = new Uint8Array(bytes.length + length)
          longer.set(bytes.subarray(0, second))
          longer.set(bytes.subarray(second), second + length)
          const blocks = Result.getOrThrow(yield* read(longer))
          assert.deepInclude(blocks[1], { _tag: "Damaged", offset: second, length })
          assert.deepStrictEqual(records(blocks), written.flat())
        }
      })
  )

  it.effect("takes no block out of a frame, though the frame holds a whole tape", () =>
    Effect.gen(function* () {
      const { bytes: inner } = yield* small
      const { bytes, run } = disk()
      yield* run(
        Effect.gen(function* () {
          const tape = yield* TapeFile.create(path, header)
          yield* tape.wire([frame(1, inner)])
        })
      )
      const damaged = bytes().slice()
      const blocks = Result.getOrThrow(yield* read(damaged))
      const [first] = blocks
      const at = first !== undefined && "offset" in first ? first.offset : 0
      damaged[at + 20] = (damaged[at + 20] ?? 0) ^ 1
      assert.deepStrictEqual(tags(Result.getOrThrow(yield* read(damaged))), ["Damaged", "Ended"])
    })
  )

  it.effect("is told from any other file", () =>
    Effect.gen(function* () {
      const garbage = [new Uint8Array(0), new Uint8Array(1000), new TextEncoder().encode("{}\n")]
      for (const bytes of garbage) assert.strictEqual(reasonOf(yield* read(bytes)), "NotATape")
      const missing = yield* disk().run(Effect.result(readBlocks))
      assert.strictEqual(reasonOf(missing), "NotFound")
      const { bytes } = yield* small
      bytes[7] = 9
      const newer = yield* read(bytes)
      assert.strictEqual(
        Result.isFailure(newer) && newer.failure.message,
        "tape.twr is a tape of version 9 (byte 7), of which only version 1 can be read"
      )
    })
  )

  it.effect("is refused with the place and the reason where its header does not fit", () =>
    Effect.gen(function* () {
      const sound = yield* read(Forge.tape(JSON.stringify(header)))
      assert.deepStrictEqual(tags(Result.getOrThrow(sound)), ["Cut"])
      for (const text of ["", "{}", JSON.stringify({ ...header, version: 2 }), "\ud800"]) {
        const refused = yield* read(Forge.tape(text))
        assert(Result.isFailure(refused))
        assert.match(refused.failure.message, /^tape\.twr has no readable header at byte 16: \S/)
      }
    })
  )

  it.effect("names a codec it does not know, and reads the blocks of those it knows", () => {
    const { run } = disk()
    const long = frame(1, "x".repeat(5000))
    return run(
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const tape = yield* TapeFile.create(path, header)
            yield* tape.wire([long])
            yield* tape.flush
            yield* tape.wire([frame(2)])
          })
        ).pipe(Effect.provideService(Compression, { writes: { ...deflate, id: 2 }, reads: [] }))
        const blocks = yield* readBlocks
        assert.deepStrictEqual(tags(blocks), ["Damaged", "Wire", "Ended"])
        assert.deepInclude(blocks[0], {
          reason: "codec",
          detail: "compressed with codec 2, not known here"
        })
      })
    )
  })

  it.effect("expands no block beyond what it declares", () =>
    Effect.gen(function* () {
      const bomb = yield* deflate.compress(new Uint8Array(100_000_000))
      const blocks = yield* readForged({ codec: deflate.id, size: 200_000 }, bomb)
      assert.deepStrictEqual(tags(blocks), ["Ticks", "Damaged", "Wire", "Ticks", "Wire", "Ended"])
      assert.deepInclude(blocks[1], {
        reason: "compression",
        detail: "deflate: expands to more than was declared"
      })
    })
  )

  it.effect("refuses sound heads that declare too much, too little or the unknown", () =>
    Effect.gen(function* () {
      const payload = TickCodec.encode(trades)
      const size = payload.length
      const forged = [
        [{ size: 2 ** 32 - 1, codec: deflate.id }, "size"],
        [{ size: size - 1 }, "size"],
        [{ size: size + 1 }, "size"],
        [{ records: 7 }, "records"],
        [{ kind: 2 }, "records"],
        [{ kind: 99 }, "kind"],
        [{ kind: 1 }, "kind"],
        [{ codec: 255 }, "codec"]
      ] as const
      for (const [head, reason] of forged) {
        const blocks = yield* readForged(head, payload)
        assert.deepInclude(blocks[1], { _tag: "Damaged", reason })
        assert.deepStrictEqual(records(blocks), written.flat())
      }
      const blocks = yield* readForged({}, payload)
      assert.deepInclude(blocks[1], { _tag: "Ticks", first: 5, last: 6, ticks: trades })
    })
  )

  it.effect("passes over a block that was begun and never finished, and reads what follows", () =>
    Effect.gen(function* () {
      const { bytes, offsets } = yield* small
      const [, second = 0] = offsets
      const head = { kind: 2, codec: 0, records: 1, size: 0 }
      // The first is shorter than what follows it, the second reaches beyond the end of the file.
      for (const size of [100, 100_000]) {
        const begun = Forge.block(bytes, { ...head, size }, new Uint8Array(size))
        for (const length of [10, Forge.headLength, Forge.headLength + 1]) {
          const torn = begun.slice(0, length)
          const spliced = [...bytes.slice(0, second), ...torn, ...bytes.slice(second)]
          const blocks = Result.getOrThrow(yield* read(Uint8Array.from(spliced)))
          assert.deepInclude(blocks[1], { _tag: "Damaged", offset: second, length })
          assert.deepStrictEqual(records(blocks), written.flat())
        }
      }
    })
  )

  it.effect("refuses a record no reader would accept, and keeps the rest of the tape whole", () => {
    const { run } = disk()
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        yield* tape.wire([frame(1)])
        const huge = frame(2, "x".repeat(65 * 1024 * 1024))
        const refused = yield* Effect.result(tape.wire([frame(3), huge]))
        assert.strictEqual(reasonOf(refused), "TooLarge")
        yield* tape.end
        assert.deepStrictEqual(records(yield* readBlocks), [frame(1)])
      })
    )
  })

  for (const truncatable of [true, false]) {
    const when = truncatable ? "at once" : "later, where it cannot be at once"
    it.effect(`on a full disk it loses nothing, and cuts off what was torn ${when}`, () => {
      const { bytes, disk: state, run } = disk()
      return run(
        Effect.gen(function* () {
          const tape = yield* TapeFile.create(path, header)
          yield* tape.ticks([trade(1)])
          yield* tape.flush
          const sound = bytes().length
          state.capacity = sound + 20
          state.truncatable = truncatable
          yield* tape.ticks([trade(2)])
          assert.strictEqual(reasonOf(yield* Effect.result(tape.flush)), "NoSpace")
          assert.strictEqual(bytes().length, truncatable ? sound : sound + 20)
          assert.deepStrictEqual(records(yield* readBlocks), [trade(1)])
          const refused = yield* Effect.result(tape.ticks([trade(3)]))
          assert.strictEqual(reasonOf(refused), truncatable ? "NoSpace" : "FileFailed")
          state.capacity = Infinity
          state.truncatable = true
          yield* tape.ticks([trade(4)])
          yield* tape.end
          const blocks = yield* readBlocks
          assert.deepStrictEqual(records(blocks), [trade(1), trade(2), trade(4)])
          assert.deepStrictEqual(tags(blocks), ["Ticks", "Ticks", "Ticks", "Ended"])
        })
      )
    })
  }

  it.effect("leaves no file behind that it could not begin", () => {
    const { disk: state, files, run } = disk()
    state.capacity = 30
    return run(
      Effect.gen(function* () {
        const refused = yield* Effect.result(TapeFile.create(path, header))
        assert.strictEqual(reasonOf(refused), "NoSpace")
        assert.isFalse(files.has(path))
      })
    )
  })

  it.effect("writes one block at a time, whoever writes", () => {
    const { run } = disk()
    return run(
      Effect.gen(function* () {
        const tape = yield* TapeFile.create(path, header)
        const ids = Array.from({ length: 50 }, (_, id) => id)
        yield* Effect.forEach(ids, (id) => Effect.andThen(tape.ticks([trade(id)]), tape.flush), {
          concurrency: 10
        })
        yield* tape.end
        const blocks = yield* readBlocks
        assert.deepStrictEqual(records(blocks), ids.map(trade))
        assert.strictEqual(blocks.at(-1)?._tag, "Ended")
      })
    )
  })
})
