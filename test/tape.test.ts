import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { BinanceSpot } from "@tapewire/venues/BinanceSpot"
import { Effect, FileSystem, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import * as Best from "./support/Best.ts"
import { hasRecordings } from "./support/recordings.ts"
import { assertSame, print } from "./support/Same.ts"

const root = `${import.meta.dirname}/..`
const path = `${root}/examples/tapes/binance.tape`

const blocksOf = (path: string) =>
  Effect.scoped(Effect.flatMap(TapeFile.open(path), ({ blocks }) => Stream.runCollect(blocks)))

const ticksOf = (path: string) =>
  Effect.map(blocksOf(path), (blocks) =>
    blocks.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
  )

/** The day on which a tick was read. */
const dayOf = ({ received }: Tick) =>
  received < 1_700_000_000_000_000 ? "2021-04-04" : "2024-08-08"

/** The ticks of each sitting and symbol. */
const sittings = (ticks: ReadonlyArray<Tick>) =>
  Map.groupBy(ticks, (tick) => `${dayOf(tick)} ${tick.symbol}`)

layer(NodeServices.layer, { excludeTestServices: true })("the bundled tape", (it) => {
  it.effect("is sound from its beginning to its end", () =>
    Effect.gen(function* () {
      const blocks = yield* blocksOf(path)
      const ticks = yield* ticksOf(path)
      assert.deepStrictEqual(new Set(blocks.map(({ _tag }) => _tag)), new Set(["Ticks", "Ended"]))
      assert.deepInclude(blocks.at(-1), { _tag: "Ended", records: ticks.length })
    })
  )

  it.effect("is of a size that a repository can bear", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { size } = yield* fs.stat(path)
      assert.isAtMost(Number(size), 2 * 1024 * 1024)
    })
  )

  it.effect("says that it was recorded, from where and when", () =>
    Effect.gen(function* () {
      const { provenance } = (yield* TapeFile.open(path)).header
      assert.match(provenance.source, /^recorded market data of Binance spot\b.*\bfacts\b/)
      assert.strictEqual(provenance.capturedAt, "2021-04-04 and 2024-08-08")
      const feed = yield* Effect.provide(BinanceSpot, BinanceSpot.layerRecorded(path))
      assert.strictEqual(feed.provenance, "recorded")
    })
  )

  it.effect("holds as many ticks of each kind as its page says", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const page = yield* fs.readFileString(`${root}/examples/tapes/README.md`)
      const said = Array.from(
        page.matchAll(/^\| (\d{4}-\d\d-\d\d) \|(.*)\|$/gm),
        ([, day, rest]) => [day, ...(rest ?? "").split("|").map((cell) => cell.trim())]
      )
      const held = Array.from(sittings(yield* ticksOf(path)), ([sitting, ticks]) => {
        const count = (tag: Tick["_tag"]) => `${ticks.filter(({ _tag }) => _tag === tag).length}`
        return [
          ...sitting.split(" "),
          ...(["Trade", "Quote", "BookSnapshot", "BookDelta", "Bar", "Gap"] as const).map(count)
        ]
      })
      assert.deepStrictEqual(held, said)
    })
  )

  it.effect("has books that follow on, never cross and end with what is missing", () =>
    Effect.gen(function* () {
      for (const [sitting, ticks] of sittings(yield* ticksOf(path))) {
        const updates = ticks.filter(Best.isUpdate)
        const [snapshot, ...deltas] = updates
        assert.strictEqual(snapshot?._tag, "BookSnapshot", sitting)
        let last = snapshot?.sequence ?? 0
        for (const delta of deltas) {
          if (delta._tag !== "BookDelta") return assert.fail(`${sitting} begins twice`)
          assert.isAtMost(delta.firstSequence ?? Number.POSITIVE_INFINITY, last + 1, sitting)
          assert.isAbove(delta.sequence ?? 0, last, sitting)
          last = delta.sequence ?? 0
        }
        for (const { ask, bid } of Best.plainly(updates)) {
          assert.isBelow(bid?.[0] ?? 0, ask?.[0] ?? Number.POSITIVE_INFINITY, sitting)
        }
        assert.deepInclude(ticks.at(-1), { _tag: "Gap", channel: "book", cause: "disconnect" })
      }
    })
  )

  it.effect("has quotes that are the best of its book at the same update", () =>
    Effect.gen(function* () {
      const ticks = sittings(yield* ticksOf(path)).get("2024-08-08 BTC-USDT") ?? []
      const best = new Map(
        Best.plainly(ticks.filter(Best.isUpdate)).map((one) => [one.sequence, one])
      )
      let compared = 0
      for (const tick of ticks) {
        const found = tick._tag === "Quote" ? best.get(tick.sequence ?? 0) : undefined
        if (tick._tag !== "Quote" || found === undefined) continue
        compared++
        assert.deepStrictEqual(found.bid, [tick.bid ?? 0, tick.bidSize ?? 0])
        assert.deepStrictEqual(found.ask, [tick.ask ?? 0, tick.askSize ?? 0])
      }
      assert.strictEqual(compared, 564)
    })
  )

  it.effect("misses no trade and tells none twice", () =>
    Effect.gen(function* () {
      for (const [sitting, ticks] of sittings(yield* ticksOf(path))) {
        const ids = ticks.flatMap((tick) => (tick._tag === "Trade" ? [Number(tick.id)] : []))
        const first = ids[0] ?? 0
        assertSame(
          ids,
          ids.map((_, index) => first + index)
        )
        assert.isAbove(ids.length, 500, sitting)
      }
    })
  )

  describe.skipIf(!hasRecordings)("made again", () => {
    it.effect(
      "gives the same ticks",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
          const again = `${yield* fs.makeTempDirectoryScoped()}/again.tape`
          const make = ChildProcess.make(process.execPath, ["test/bundle.ts", again], { cwd: root })
          assert.strictEqual(yield* spawner.exitCode(make), 0)
          assertSame(print(yield* ticksOf(again)), print(yield* ticksOf(path)))
          const headers = yield* Effect.forEach([again, path], (one) =>
            Effect.map(TapeFile.open(one), ({ header }) => ({
              ...header,
              provenance: { ...header.provenance, writtenBy: "any version" }
            }))
          )
          assert.deepStrictEqual(headers[0], headers[1])
        }),
      60_000
    )
  })
})
