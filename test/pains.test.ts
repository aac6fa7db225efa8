import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import { Effect, Stream } from "effect"
import * as BookState from "tapewire/BookState"
import * as Session from "tapewire/Session"
import * as TapeFile from "tapewire/TapeFile"
import type { BookDelta, BookSnapshot, Level, Tick } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as BinanceFrames from "./support/BinanceFrames.ts"

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

/** What the bundled tape has: recorded on 2021-04-04 and on 2024-08-08. */
const recorded = Effect.scoped(
  Effect.gen(function* () {
    const { blocks, header } = yield* TapeFile.open(path)
    const all = yield* Stream.runCollect(blocks)
    const ticks = all.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
    return { instruments: header.feeds[0]?.instruments ?? [], ticks }
  })
)

const start = 1_723_161_600_000_000

/** A conversation, a millisecond after another. */
const talk = (instruments: Parameters<typeof Session.make>[1]) => {
  const session = Session.make(venue, instruments)
  const on = { venue: venue.id }
  let at = start
  let connection = 1
  const step = (wire: (at: number) => Wire) => session.step([wire((at += 1000))])
  return {
    session,
    hear: (data: string) => step((at) => ({ _tag: "Received", ...on, connection, at, data })),
    answer: (subject: string, body: string) => {
      const known = { call: "snapshot", subject, url: "", status: 200, body }
      return step((at) => ({ _tag: "Answered", ...on, at, ...known }))
    },
    reconnect: () => {
      step((at) => ({ _tag: "Closed", ...on, connection, at, reason: "gone" }))
      connection++
      return step((at) => ({ _tag: "Opened", ...on, connection, at, url: "" }))
    }
  }
}

const frameOf = (tick: Tick): string => {
  const [frame] = BinanceFrames.frames([tick])
  return frame ?? assert.fail(`no frame of a ${tick._tag}`)
}

const isDelta = (tick: Tick): tick is BookDelta => tick._tag === "BookDelta"
const isSnapshot = (tick: Tick): tick is BookSnapshot => tick._tag === "BookSnapshot"

/** The plainest book there is: sizes by price. */
const truth = (snapshot: BookSnapshot, deltas: ReadonlyArray<BookDelta>) => {
  const sides = { bids: new Map(snapshot.bids), asks: new Map(snapshot.asks) }
  for (const delta of deltas) {
    for (const side of ["bids", "asks"] as const) {
      for (const [price, size] of delta[side]) {
        if (size === 0) sides[side].delete(price)
        else sides[side].set(price, size)
      }
    }
  }
  const bids: ReadonlyArray<Level> = [...sides.bids].toSorted(([one], [other]) => other - one)
  const asks: ReadonlyArray<Level> = [...sides.asks].toSorted(([one], [other]) => one - other)
  return { bids, asks }
}

/** A book as the tape has it: where it starts, and an unbroken run of updates after that. */
const bookOf = (ticks: ReadonlyArray<Tick>, symbol: string) => {
  const of = ticks.filter((tick) => tick.symbol === symbol)
  const first = of.findIndex(isSnapshot)
  const snapshot = of[first]
  if (snapshot === undefined || !isSnapshot(snapshot)) return assert.fail(`no book of ${symbol}`)
  const rest = of.slice(first + 1)
  const next = rest.findIndex(isSnapshot)
  const deltas = rest.slice(0, next === -1 ? undefined : next).filter(isDelta)
  assert.isAbove(deltas.length, 60)
  return { snapshot, deltas: deltas.slice(0, 60) }
}

const answerOf = (sequence: number | undefined, { asks, bids }: ReturnType<typeof truth>) =>
  JSON.stringify({
    lastUpdateId: sequence,
    bids: BinanceFrames.levels(bids),
    asks: BinanceFrames.levels(asks)
  })

layer(NodeServices.layer, { excludeTestServices: true })("nobody suffers from", (it) => {
  it.effect("levels of a book that were taken back while there was no connection", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const { deltas, snapshot } = bookOf(ticks, "BTC-USDT")
      const { answer, hear, reconnect, session } = talk(instruments)
      const [before, missed, after] = [deltas.slice(0, 20), deltas.slice(20, 40), deltas.slice(40)]
      reconnect()
      const [first, ...others] = before.map(frameOf)
      hear(first ?? "")
      answer("BTCUSDT", answerOf(snapshot.sequence, truth(snapshot, [])))
      for (const frame of others) hear(frame)
      assert.deepInclude(BookState.snapshot(session.book("BTC-USDT")), truth(snapshot, before))

      reconnect()
      assert.isUndefined(BookState.snapshot(session.book("BTC-USDT")))
      for (const delta of after) hear(frameOf(delta))
      const known = [...before, ...missed]
      answer("BTCUSDT", answerOf(known.at(-1)?.sequence, truth(snapshot, known)))
      const now = truth(snapshot, deltas)
      assert.deepInclude(BookState.snapshot(session.book("BTC-USDT")), now)
      // Some levels were taken back meanwhile, or this would have shown nothing.
      const prices = new Set([...now.bids, ...now.asks].map(([price]) => price))
      const old = truth(snapshot, before)
      assert.isTrue([...old.bids, ...old.asks].some(([price]) => !prices.has(price)))
    })
  )

  it.effect("a book that is broken, but those who asked for it", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const [btc, eth] = [bookOf(ticks, "BTC-USDT"), bookOf(ticks, "ETH-USDT")]
      const { answer, hear, reconnect, session } = talk(instruments)
      reconnect()
      for (const [native, { deltas, snapshot }] of [
        ["BTCUSDT", btc],
        ["ETHUSDT", eth]
      ] as const) {
        for (const delta of deltas.slice(0, 1)) hear(frameOf(delta))
        answer(native, answerOf(snapshot.sequence, truth(snapshot, [])))
      }
      // One update of ETH is unreadable, so that the next does not follow.
      hear(eth.deltas.slice(1, 2).map(frameOf).join().replace(`"u":`, `"u":"x`))
      const told = eth.deltas.slice(2, 3).map((delta) => hear(frameOf(delta)))
      assert.deepStrictEqual(
        told.flatMap(({ events }) => events.map(({ _tag }) => _tag)),
        ["Resyncing"]
      )
      assert.isUndefined(BookState.snapshot(session.book("ETH-USDT")))
      const given = btc.deltas.slice(1).flatMap((delta) => hear(frameOf(delta)).ticks)
      assert.strictEqual(given.length, btc.deltas.length - 1)
      assert.deepInclude(
        BookState.snapshot(session.book("BTC-USDT")),
        truth(btc.snapshot, btc.deltas)
      )
    })
  )

  it.effect("trades that a venue sends again and again", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const trades = ticks
        .filter((tick) => tick._tag === "Trade" && tick.firstId === undefined)
        .slice(0, 50)
      const { hear, reconnect, session } = talk(instruments)
      reconnect()
      const given: Array<Tick> = []
      const frames = trades.map(frameOf)
      for (const [index, frame] of frames.entries()) {
        given.push(...hear(frame).ticks)
        // The last ones are sent again, as after a new subscription.
        for (let back = 0; back < 28; back++)
          given.push(...hear(frames[index - back] ?? frame).ticks)
        if (index % 10 === 9) reconnect()
      }
      assert.deepStrictEqual(
        given.map((tick) => (tick._tag === "Trade" ? tick.id : tick._tag)),
        trades.map((tick) => (tick._tag === "Trade" ? tick.id : tick._tag))
      )
      assert.deepInclude(session.counts, { duplicates: 28 * trades.length, gaps: 0 })
    })
  )
})
