import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"
import type { Tick, Trade } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as Best from "./support/Best.ts"
import { type Played, play } from "./support/Conversation.ts"
import * as Line from "./support/Line.ts"
import {
  binanceSpot,
  hasRecordings,
  readBinanceSpotMessages,
  type Recording
} from "./support/recordings.ts"
import { assertSame } from "./support/Same.ts"

interface Replay extends Played {
  readonly wires: ReadonlyArray<Wire>
}

const replays = new Map<string, Replay>()

/** Reads and plays a recording, once. */
const replay = ({ name, read }: Recording): Replay => {
  const known = replays.get(name)
  if (known !== undefined) return known
  const wires = read()
  const made = { wires, ...play(wires) }
  replays.set(name, made)
  return made
}

const named = (name: string): Replay =>
  replay(binanceSpot.find((one) => one.name === name) ?? assert.fail(`there is no ${name}`))

const framesOf = (wires: ReadonlyArray<Wire>): ReadonlyArray<string> =>
  wires.flatMap((wire) => (wire._tag === "Received" ? [String(wire.data)] : []))

/** The last update that the snapshot of each native symbol includes. */
const snapshotsOf = (wires: ReadonlyArray<Wire>): ReadonlyMap<string, number> =>
  new Map(
    wires.flatMap((wire) =>
      wire._tag === "Answered" && wire.call === "snapshot"
        ? [[wire.subject, Number(/"lastUpdateId":(\d+)/.exec(wire.body)?.[1])] as const]
        : []
    )
  )

const isUpdate = (frame: string): boolean => frame.includes(`"e":"depthUpdate"`)

/** Whether a frame updates a book beyond its snapshot. */
const isNew =
  (snapshots: ReadonlyMap<string, number>) =>
  (frame: string): boolean => {
    const [, native = "", last] = /"s":"(\w+)","U":\d+,"u":(\d+)/.exec(frame) ?? []
    return Number(last) > (snapshots.get(native) ?? Number.POSITIVE_INFINITY)
  }

interface Quote {
  readonly sequence: number
  readonly text: string
}

/** What the venue itself says of the best bid and ask of a symbol. */
const quotesOf = (wires: ReadonlyArray<Wire>, symbol: string): ReadonlyArray<Quote> =>
  framesOf(wires).flatMap((frame) => {
    const [, id, native, best = ""] = /"data":\{"u":(\d+),"s":"(\w+)",(.*)\}\}$/.exec(frame) ?? []
    return native === symbol.replace("-", "")
      ? [{ sequence: Number(id), text: Line.digits(best) }]
      : []
  })

const textOf = ({ ask, bid }: Best.Best): string =>
  Line.texts(...(bid ?? [undefined, undefined]), ...(ask ?? [undefined, undefined]))

/** Compares quotes with the books that end at the same update, and tells how many could be. */
const compare = (wires: ReadonlyArray<Wire>, ticks: ReadonlyArray<Tick>) => {
  let quotes = 0
  let compared = 0
  for (const [symbol, updates] of Best.updatesOf(ticks)) {
    const plainly = new Map(Best.plainly(updates).map((best) => [best.sequence, textOf(best)]))
    const byLadder = new Map(Best.byLadder(updates).map((best) => [best.sequence, textOf(best)]))
    for (const { sequence, text } of quotesOf(wires, symbol)) {
      quotes++
      if (!plainly.has(sequence)) continue
      compared++
      assert.strictEqual(plainly.get(sequence), text, `${symbol} at ${sequence}`)
      assert.strictEqual(byLadder.get(sequence), text, `${symbol} at ${sequence}`)
    }
  }
  return { quotes, compared }
}

const withBooks = ["2021-04-04", "2021-04-17", "2021-10-11", "btcusdt_20240808"]

describe.skipIf(!hasRecordings)("the recordings of Binance's spot market", () => {
  it.for(binanceSpot)("$name has no frame whose meaning is unknown", (recording) => {
    const { session, wires } = replay(recording)
    assert.deepInclude(session.counts, {
      frames: framesOf(wires).length,
      undecodable: 0,
      unrecognized: 0,
      inexact: 0
    })
  })

  it.for(binanceSpot)("$name gives as many ticks of each kind as its text has", (recording) => {
    const { ticks, wires } = replay(recording)
    const snapshots = snapshotsOf(wires)
    const written = (pattern: RegExp) => framesOf(wires).filter((text) => pattern.test(text)).length
    const given = (tag: Tick["_tag"]) => ticks.filter(({ _tag }) => _tag === tag).length
    const expected = {
      Trade: written(/"e":"(?:trade|aggTrade)"/),
      Quote: written(/"data":\{"u":/),
      Bar: written(/"e":"kline"/),
      BookSnapshot: snapshots.size,
      // What its snapshot includes is not given again, and without a snapshot nothing is.
      BookDelta: framesOf(wires).filter(isNew(snapshots)).length,
      Gap: 0
    }
    const { BookDelta, BookSnapshot, ...rest } = expected
    const total = Object.values(rest).reduce((sum, count) => sum + count, 0)
    assert.strictEqual(framesOf(wires).length, total + framesOf(wires).filter(isUpdate).length)
    assert.deepStrictEqual(
      {
        Trade: given("Trade"),
        Quote: given("Quote"),
        Bar: given("Bar"),
        BookSnapshot: given("BookSnapshot"),
        BookDelta: given("BookDelta"),
        Gap: given("Gap")
      },
      expected
    )
    assert.strictEqual(ticks.length, total + BookSnapshot + BookDelta)
  })

  it.for(binanceSpot)("the ticks of $name came when their frames did", (recording) => {
    const { ticks, wires } = replay(recording)
    const [updates, others] = [true, false].map((isBook) =>
      ticks.filter((tick) => Best.isUpdate(tick) === isBook).map(({ received }) => received)
    )
    const came = wires.flatMap((wire) =>
      wire._tag === "Received" && !isUpdate(String(wire.data)) ? [wire.at] : []
    )
    assertSame(others ?? [], came)
    const times = new Set(wires.map(({ at }) => at))
    assert.isTrue(updates?.every((time) => times.has(time)))
  })

  it.for(binanceSpot)("no trade of $name is missing or told twice", (recording) => {
    const { session, ticks } = replay(recording)
    const last = new Map<string, Trade>()
    for (const tick of ticks) {
      if (tick._tag !== "Trade") continue
      const before = last.get(tick.symbol)
      last.set(tick.symbol, tick)
      if (before === undefined) continue
      assert.strictEqual(tick.id, Number(before.id) + 1)
      // Of the single trades that aggregated ones stand for none is missing either.
      if (tick.firstId === undefined) continue
      assert.strictEqual(tick.firstId, Number(before.lastId) + 1)
    }
    assert.deepInclude(session.counts, { duplicates: 0, gaps: 0 })
  })

  it.for([
    ["true", "sell"],
    ["false", "buy"]
  ] as const)("say m:%s where a taker had chosen to %s", ([maker, side]) => {
    let seen = 0
    for (const { ticks, wires } of binanceSpot.map(replay)) {
      const said = framesOf(wires).flatMap((frame) => {
        const [, native, id, m] = /"s":"(\w+)","[ta]":(\d+),"p".*"m":(\w+)/.exec(frame) ?? []
        return m === maker ? [`${native} ${id}`] : []
      })
      const told = ticks.flatMap((tick) =>
        tick._tag === "Trade" && tick.side === side
          ? [`${tick.symbol.replace("-", "")} ${tick.id}`]
          : []
      )
      assertSame(told, said)
      seen += told.length
    }
    assert.isAbove(seen, 10_000)
  })

  // The market says it too: who takes more than the best level pays ever worse prices.
  it("show prices rise while takers buy, and fall while they sell", () => {
    const moves = { buy: { up: 0, down: 0 }, sell: { up: 0, down: 0 } }
    for (const { ticks } of binanceSpot.map(replay)) {
      const last = new Map<string, Trade>()
      for (const tick of ticks) {
        if (tick._tag !== "Trade" || tick.side === undefined) continue
        const before = last.get(tick.symbol)
        last.set(tick.symbol, tick)
        if (before === undefined || before.at !== tick.at || before.side !== tick.side) continue
        if (tick.price > before.price) moves[tick.side].up++
        if (tick.price < before.price) moves[tick.side].down++
      }
    }
    assert.isAbove(moves.buy.up, 1000)
    assert.isAbove(moves.sell.down, 1000)
    // Now and then two takers share a millisecond.
    assert.isBelow(moves.buy.down, moves.buy.up / 100)
    assert.isBelow(moves.sell.up, moves.sell.down / 100)
  })

  it.for(withBooks)("the books of %s go on from their snapshots without a hole", (name) => {
    const { ticks, wires } = named(name)
    const snapshots = snapshotsOf(wires)
    assert.strictEqual(Best.updatesOf(ticks).size, snapshots.size)
    for (const [symbol, [snapshot, first, ...rest]] of Best.updatesOf(ticks)) {
      const last = snapshots.get(symbol.replace("-", "")) ?? assert.fail(symbol)
      assert.deepInclude(snapshot, { _tag: "BookSnapshot", sequence: last })
      if (first?._tag !== "BookDelta") return assert.fail(symbol)
      assert.isAtMost(first.firstSequence ?? Number.POSITIVE_INFINITY, last + 1, symbol)
      assert.isAtLeast(first.sequence ?? 0, last + 1, symbol)
      let before = first.sequence ?? 0
      for (const update of rest) {
        assert.deepInclude(update, { _tag: "BookDelta", firstSequence: before + 1 })
        before = update.sequence ?? 0
      }
    }
  })

  // The others fall inside an update, which tells only how the book stood at its end.
  it.for([
    ["2021-04-17", 202, 570],
    ["2021-10-11", 26, 84],
    ["btcusdt_20240808", 564, 28_040]
  ] as const)("the quotes of %s are the best of the book: %d of %d", ([name, compared, quotes]) => {
    const { ticks, wires } = named(name)
    assert.deepStrictEqual(compare(wires, ticks), { quotes, compared })
  })

  // A quote tells every change of the best, so the latest is true at the end of an update.
  it.for([
    ["2021-04-17", 574, 600],
    ["2021-10-11", 159, 176],
    ["btcusdt_20240808", 3450, 3450]
  ] as const)("the books of %s are as the latest quote says: %d of %d", ([name, compared, all]) => {
    const { ticks, wires } = named(name)
    let seen = 0
    let updates = 0
    for (const [symbol, of] of Best.updatesOf(ticks)) {
      const quotes = quotesOf(wires, symbol)
      let next = 0
      for (const best of Best.plainly(of)) {
        updates++
        while ((quotes[next]?.sequence ?? Number.POSITIVE_INFINITY) <= best.sequence) next++
        const latest = quotes[next - 1]
        if (latest === undefined) continue
        seen++
        assert.strictEqual(textOf(best), latest.text, `${symbol} at ${best.sequence}`)
      }
    }
    assert.deepStrictEqual([seen, updates], [compared, all])
  })

  it("keep a book true from one day to the next", () => {
    const wires = [
      ...named("btcusdt_20240808").wires,
      ...named("btcusdt_20240809").wires.filter(({ _tag }) => _tag === "Received")
    ]
    const { session, ticks } = play(wires)
    assert.deepInclude(session.counts, { gaps: 0, duplicates: 0, undecodable: 0 })
    assert.deepStrictEqual(compare(wires, ticks), { quotes: 73_174, compared: 1072 })
  })
})

/** What cannot be told, by where it stands, and why. */
const untold: Readonly<Record<string, string>> = {
  "raw 541": "the best 20 levels: Unrecognized none",
  "raw 1005": "all tickers in a list, as they came until 2026: is not an object",
  "raw 1119": "an option in truth: Unrecognized ticker_all",
  "raw 1301": "an answer, not a frame: Unrecognized none",
  "by-channel 5": "made by who recorded it: Unrecognized none"
}

describe.skipIf(!hasRecordings)("the single messages of Binance's spot market", () => {
  const readerOf = (text: string) =>
    Reader.make(
      venue.id,
      Array.from(text.matchAll(/"s":"(\w+)"/g), ([, native = ""]) => ({ native, symbol: native }))
    )

  const meaning = (text: string): string => {
    const decoded = venue.decode(text, readerOf(text))
    if (Result.isFailure(decoded)) return decoded.failure.detail
    const [message] = decoded.success
    switch (message?._tag) {
      case "Unrecognized":
        return `Unrecognized ${message.kind}`
      case "Trade":
      case "Quote":
      case "BookDelta":
      case "Bar":
      case "Ticker":
        return Line.ofTick(message)
      default:
        return message?._tag ?? "nothing"
    }
  }

  it("are told digit for digit, or there is a reason", () => {
    const messages = readBinanceSpotMessages()
    const [told, rest] = [true, false].map((isTold) =>
      messages.filter(({ name }) => name in untold !== isTold)
    )
    assert.deepStrictEqual(
      told?.map(({ text }) => meaning(text)),
      told?.map(({ text }) => Line.ofFrame(text))
    )
    assert.deepStrictEqual(
      rest?.map(({ name, text }) => [name, meaning(text)]),
      Object.entries(untold).map(([name, why]) => [name, why.replace(/^.*: /, "")])
    )
    assert.strictEqual(told?.length, 10)
  })

  it("hold one snapshot of a book", () => {
    const [text = ""] = readBinanceSpotMessages().flatMap((message) =>
      message.name === "raw 1301" ? [message.text] : []
    )
    const reader = Reader.make(venue.id, [])
    const snapshot = Result.getOrThrow(venue.calls.snapshot.decode(text, reader, "BTCUSDT"))
    assert.strictEqual(Line.ofTick(snapshot), Line.ofSnapshot("BTCUSDT", text))
  })
})
