/**
 * OKX as it was recorded in 2021 and 2022, beyond what holds of every venue. Books carried a
 * checksum then, which nothing else proves as much as; it has been zero since June 2026.
 */
import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/Okx"
import * as Result from "effect/Result"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import * as BookState from "tapewire/BookState"
import * as Decimal from "tapewire/Decimal"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import type { Level } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import { okx } from "./support/conformance/okx.ts"
import { folder, hasRecordings } from "./support/recordings.ts"

const framesOf = (wires: ReadonlyArray<Wire>): ReadonlyArray<string> =>
  wires.flatMap((wire) => (wire._tag === "Received" ? [String(wire.data)] : []))

/** What the venue listed on 2021-07-22, by what it was asked for. */
const lists = (): ReadonlyMap<string, string> =>
  new Map(
    readFileSync(join(folder, "okx/capture-2021/2021-07-24_OKEX.0"), "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, list, body] = /^https:\S+instType=(\w+)\S* -> [\d.]+: (.*)$/.exec(line) ?? []
        return list === undefined || body === undefined ? [] : [[list, body] as const]
      })
  )

const listed = (list: string) =>
  Result.getOrThrow(
    venue.calls.instruments.decode(lists().get(list) ?? "", Reader.make(venue.id, []))
  )

/** The texts that the numbers of an instrument were read from. */
const texts = () => {
  const known = new Map<number, string>()
  return {
    add: (frame: string) => {
      for (const [, price = "", size = ""] of frame.matchAll(/\["([^"]+)","([^"]+)"/g)) {
        known.set(Number(price), price)
        known.set(Number(size), size)
      }
    },
    of: ([price, size]: Level) => [known.get(price), known.get(size)]
  }
}

/** The first 25 levels of both sides by turns, as OKX summed them up. */
const checksum = (
  bids: ReadonlyArray<Level>,
  asks: ReadonlyArray<Level>,
  text: (level: Level) => ReadonlyArray<string | undefined>
): number => {
  const parts: Array<string | undefined> = []
  for (let index = 0; index < 25; index++) {
    for (const level of [bids[index], asks[index]]) {
      if (level !== undefined) parts.push(...text(level))
    }
  }
  return crc32(parts.join(":")) | 0
}

describe.skipIf(!hasRecordings)("the recordings of OKX", () => {
  it.for(okx.recordings)(
    "the books of $name add up to what the venue said, after every update",
    ({ read }) => {
      const wires = read()
      const instruments = okx.instruments(wires)
      const natives = new Map(instruments.map(({ native, symbol }) => [native, symbol]))
      const session = Session.make(venue, instruments)
      const books = new Map<string, ReturnType<typeof texts>>()
      let compared = 0
      for (const wire of wires) {
        session.step([wire])
        if (wire._tag !== "Received") continue
        const frame = String(wire.data)
        const [, native = ""] = /"instId":"([^"]+)"/.exec(frame) ?? []
        const [, said] = /"checksum":(-?\d+)/.exec(frame) ?? []
        const symbol = natives.get(native)
        if (said === undefined || symbol === undefined) continue
        const known = books.get(native) ?? texts()
        books.set(native, known)
        known.add(frame)
        const book = BookState.snapshot(session.book(symbol))
        if (book === undefined) return assert.fail(`${native} is not true`)
        assert.strictEqual(checksum(book.bids, book.asks, known.of), Number(said), frame)
        // The venue says which levels leave those it shows.
        assert.isAtMost(Math.max(book.bids.length, book.asks.length), 400)
        compared++
      }
      assert.isAbove(compared, 250)
    }
  )

  it("have lists of which everything is known by a name of one form", () => {
    for (const list of venue.lists) {
      const body = lists().get(list) ?? ""
      const count = (pattern: RegExp) => Array.from(body.matchAll(pattern)).length
      const all = listed(list)
      assert.strictEqual(all.length, count(/"instId":/g))
      assert.strictEqual(all.filter(({ inverse }) => inverse).length, count(/"ctType":"inverse"/g))
      assert.strictEqual(new Set(all.map(({ symbol }) => symbol)).size, all.length)
      for (const { contractSize, kind, native, symbol } of all) {
        // Names are much the same, save that of perpetuals.
        assert.strictEqual(symbol.replace(/-PERP$/, "-SWAP"), native)
        assert.strictEqual(contractSize === undefined, kind === "spot", native)
      }
    }
  })

  it("tell sizes of contracts in the base asset, by what the list says that one is", () => {
    const xmr = listed("SWAP").filter(({ native }) => native === "XMR-USDT-SWAP")
    assert.strictEqual(xmr[0]?.contractSize, 0.1)
    const wires = okx.recordings[0]?.read() ?? []
    const { ticks } = Session.make(venue, xmr).step(wires)
    const told = ticks.flatMap((tick) => (tick._tag === "Trade" ? [Decimal.text(tick.size)] : []))
    const written = framesOf(wires).flatMap(
      (frame) => /"XMR-USDT-SWAP","tradeId".*"sz":"(\d+)"/.exec(frame)?.[1] ?? []
    )
    assert.isAbove(written.length, 0)
    // Tenths, by putting a point before the last digit.
    const tenths = (size: string) => size.padStart(2, "0").replace(/(\d)$/, ".$1")
    assert.deepStrictEqual(
      told,
      written.map((size) => tenths(size).replace(/\.0$/, ""))
    )
  })
})
