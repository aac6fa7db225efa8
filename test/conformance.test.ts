/**
 * The laws that every venue's decoder must keep, held against what was recorded of the venue.
 *
 * A venue joins with a file in `support/conformance` and a line below.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Venues from "@tapewire/venues/Venues"
import * as BookState from "tapewire/BookState"
import * as Ladder from "tapewire/Ladder"
import type { Tick } from "tapewire/Tick"
import * as Best from "./support/Best.ts"
import { alpaca, alpacaCrypto, alpacaSip, alpacaTest } from "./support/conformance/alpaca.ts"
import { binance, binanceUs, binanceUsdm, binanceCoinm } from "./support/conformance/binance.ts"
import { kraken, krakenOfTen } from "./support/conformance/kraken.ts"
import {
  type Conformance,
  forget,
  isTick,
  play,
  ticksOf
} from "./support/conformance/Conformance.ts"
import { bybit, bybitLinear } from "./support/conformance/bybit.ts"
import { okx } from "./support/conformance/okx.ts"
import { deribit } from "./support/conformance/deribit.ts"
import { coinbaseExchange } from "./support/conformance/coinbaseExchange.ts"
import { hyperliquid } from "./support/conformance/hyperliquid.ts"
import { coinbaseAdvanced } from "./support/conformance/coinbaseAdvanced.ts"
import { bitfinex, bitfinexChecked } from "./support/conformance/bitfinex.ts"
import * as Said from "./support/conformance/Said.ts"
import { hasRecordings } from "./support/recordings.ts"
import { assertSame } from "./support/Same.ts"

const all: ReadonlyArray<Conformance> = [
  binance,
  binanceUs,
  binanceUsdm,
  binanceCoinm,
  bybit,
  bybitLinear,
  okx,
  kraken,
  krakenOfTen,
  deribit,
  alpaca,
  alpacaSip,
  alpacaCrypto,
  alpacaTest,
  coinbaseExchange,
  hyperliquid,
  coinbaseAdvanced,
  bitfinex,
  bitfinexChecked
]

/** The canonical names of instruments, whatever the venue's own. */
const canonical = /^[^\s:,-]+-[^\s:,-]+(-PERP|-\d{6}(-[\d.]+-[CP])?)?$/u

/** 2009, before which nothing here was traded, in microseconds. */
const first = 1_230_768_000_000_000

it("hold of every venue there is", () => {
  assert.sameMembers(
    Array.from(new Set(all.map(({ venue }) => venue.id))),
    // Who is asked and has no connections is held to its answers, in a test of its own.
    Venues.all.flatMap(({ id, poll }) => (poll === undefined ? [id] : []))
  )
})

const timeout = 60_000

describe.skipIf(!hasRecordings).each(all)(
  "the recordings of $venue.name",
  { timeout },
  (conformance) => {
    afterAll(forget)
    const {
      calculated,
      gaps = {},
      recordings,
      said,
      unordered = {},
      unrecognized = {}
    } = conformance
    const { venue } = conformance
    const playing = (name: string) => {
      const recording = recordings.find((one) => one.name === name)
      return play(conformance, recording ?? assert.fail(`there is no ${name}`))
    }
    const names = recordings.map(({ name }) => name)

    it.for(names)("%s has no frame whose meaning is unknown", (name) => {
      const { frames, meanings, session } = playing(name)
      const unknown = new Set<string>()
      meanings.forEach((meaning, index) => {
        if (typeof meaning === "string") return assert.fail(`${meaning}: ${frames[index]}`)
        for (const message of meaning) {
          if (message._tag === "Unrecognized" && !(message.kind in unrecognized)) {
            unknown.add(message.kind)
          }
        }
      })
      assert.deepStrictEqual([...unknown], [])
      assert.deepInclude(session.counts, { frames: frames.length, undecodable: 0 })
      assert.isAbove(frames.length, 0)
    })

    it.for(names)("%s says what its text says, in its order", (name) => {
      const { frames, instruments, meanings } = playing(name)
      const natives = new Map(instruments.map(({ native, symbol }) => [symbol, native]))
      let lines = 0
      meanings.forEach((meaning, index) => {
        const ticks = typeof meaning === "string" ? [] : meaning.filter(isTick)
        const told = ticks.map((tick) => Said.ofTick(tick, natives.get(tick.symbol) ?? tick.symbol))
        assertSame(told, said(frames[index] ?? ""))
        lines += told.length
      })
      assert.isAbove(lines, 0)
    })

    it.for(calculated === undefined ? names : [])("%s keeps every digit", (name) => {
      const { frames, meanings } = playing(name)
      meanings.forEach((meaning, index) => {
        if (typeof meaning === "string") return
        const numbers = meaning.filter(isTick).flatMap(Said.numbersOf)
        if (numbers.length === 0) return
        const written = new Set(Said.decimals(frames[index] ?? ""))
        for (const number of numbers) {
          assert.isTrue(written.has(Said.text(number)), `${number} is not in ${frames[index]}`)
        }
      })
    })

    it.for(names)("%s is in whole microseconds of its own time", (name) => {
      const played = playing(name)
      const symbols = new Set(played.instruments.map(({ symbol }) => symbol))
      const last = new Map<string, number>()
      for (const tick of ticksOf(played)) {
        assert.strictEqual(tick.venue, venue.id)
        assert.isTrue(symbols.has(tick.symbol), tick.symbol)
        if (tick.at === undefined) continue
        const { at, received } = tick
        // A day is more than any two clocks differ by, and less than any mistake in the unit.
        assert.isTrue(Number.isSafeInteger(at) && at > first && at < received + 86_400e6, `${at}`)
        if (tick._tag in unordered) continue
        const topic = `${tick._tag} ${tick.symbol} ${"interval" in tick ? tick.interval : ""}`
        assert.isAtLeast(at, last.get(topic) ?? 0, topic)
        last.set(topic, at)
      }
    })

    it.for(names)("no trade of %s is told twice, and none is missing", (name) => {
      const { session, ticks } = playing(name)
      const told = new Set<string>()
      const last = new Map<string, number>()
      for (const tick of ticks) {
        if (tick._tag !== "Trade") continue
        const kind = `${tick.symbol} ${tick.firstId === undefined ? "" : "aggregated"}`
        assert.isFalse(told.has(`${kind} ${tick.id}`), `${kind} ${tick.id}`)
        told.add(`${kind} ${tick.id}`)
        assert.isAbove(tick.price, 0)
        assert.isAbove(tick.size, 0)
        if (venue.trades === "opaque") continue
        const { id } = tick
        if (typeof id !== "number") return assert.fail(`${id} cannot follow on`)
        const before = last.get(kind)
        if (before !== undefined && !(name in gaps)) assert.strictEqual(id, before + 1, kind)
        last.set(kind, id)
      }
      const missing = ticks.filter(({ _tag }) => _tag === "Gap")
      assert.strictEqual(missing.length, gaps[name]?.[0] ?? 0, JSON.stringify(missing.at(0)))
      assert.strictEqual(session.counts.gaps, missing.length)
    })

    it.for(names)("no book of %s ever bids what it asks, and quotes are the best of it", (name) => {
      const { ticks } = playing(name)
      const quotes = new Map(
        ticks.flatMap((tick) => {
          if (tick._tag !== "Quote" || tick.sequence === undefined) return []
          const { ask, askSize, bid, bidSize, sequence, symbol } = tick
          const best = [
            bid === undefined ? undefined : [bid, bidSize],
            ask === undefined ? undefined : [ask, askSize]
          ]
          return [[`${symbol} ${sequence}`, best]]
        })
      )
      for (const [symbol, updates] of Best.updatesOf(ticks)) {
        for (const { ask, bid, sequence } of Best.plainly(updates)) {
          assert.isBelow(
            bid?.[0] ?? 0,
            ask?.[0] ?? Number.POSITIVE_INFINITY,
            `${symbol} ${sequence}`
          )
          const quote = quotes.get(`${symbol} ${sequence}`)
          if (quote === undefined) continue
          assert.deepStrictEqual<unknown>([bid, ask], quote, `${symbol} ${sequence}`)
        }
      }
    })

    it.for(names)("the books of %s go on without a hole, and are kept as they are told", (name) => {
      const { instruments, session, ticks, wires } = playing(name)
      const books = Best.updatesOf(ticks)
      for (const wire of wires) {
        if (wire._tag !== "Answered" || wire.call !== "snapshot") continue
        const { symbol } = instruments.find(({ native }) => native === wire.subject) ?? {}
        assert.strictEqual(books.get(symbol ?? "")?.[0]?._tag, "BookSnapshot", wire.subject)
      }
      for (const [symbol, updates] of books) {
        const ladder = Ladder.make()
        let before: number | undefined
        for (const update of updates) {
          if (update._tag === "BookSnapshot") Ladder.clear(ladder)
          else if (before !== undefined && update.firstSequence !== undefined) {
            assert.isAtMost(update.firstSequence, before + 1, symbol)
            assert.isAbove(update.sequence ?? 0, before, symbol)
          }
          before = update.sequence
          Ladder.apply(ladder, update)
        }
        const state = session.book(symbol)
        const kept = BookState.snapshot(state)
        if (kept === undefined) {
          assert.isTrue(name in gaps, `${symbol} is ${state?._tag}`)
          continue
        }
        assert.strictEqual(kept.sequence, before)
        const { asks, bids } = kept
        assert.deepStrictEqual({ bids, asks }, Ladder.top(ladder, Number.POSITIVE_INFINITY))
      }
    })

    it.for(venue.checksum === undefined ? [] : names)(
      "the books of %s are as it checks",
      (name) => {
        const { meanings, ticks } = playing(name)
        const sent = meanings.flatMap((meaning) =>
          typeof meaning === "string" ? [] : meaning.filter(({ _tag }) => _tag === "Checksum")
        )
        const isBook = ticks.some(({ _tag }) => _tag === "BookSnapshot")
        if (isBook) assert.isAbove(sent.length, 0)
        const wrong = (tick: Tick) => tick._tag === "Gap" && tick.cause === "checksum"
        assert.deepStrictEqual(ticks.filter(wrong), [])
      }
    )

    it.for(names)("%s is about instruments with names of one form", (name) => {
      const { instruments } = playing(name)
      const natives = new Set(instruments.map(({ native }) => native))
      assert.strictEqual(natives.size, instruments.length)
      assert.strictEqual(new Set(instruments.map(({ symbol }) => symbol)).size, instruments.length)
      for (const { kind, lotSize = 1, symbol, tickSize = 1 } of instruments) {
        assert.match(symbol, canonical)
        assert.strictEqual(symbol, symbol.toUpperCase())
        assert.isTrue(tickSize > 0 && lotSize > 0, symbol)
        if (kind === "perpetual") assert.match(symbol, /-PERP$/)
        if (kind === "future") assert.match(symbol, /-\d{6}$/)
        if (kind === "option") assert.match(symbol, /-[CP]$/)
      }
    })
  }
)
