import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import * as GapReport from "tapewire/GapReport"
import * as Ledger from "tapewire/Ledger"
import * as Session from "tapewire/Session"
import type { Wire } from "tapewire/Wire"
import { feedOf, subjectOf } from "./support/Conversation.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"

/** A trade as a frame tells it, read with nothing of ours. */
interface Raw {
  readonly symbol: string
  readonly id: number
  readonly at: number
}

const rawOf = (wire: Wire): Raw | undefined => {
  if (wire._tag !== "Received") return undefined
  const [, symbol] = /"e":"(?:trade|aggTrade)","E":\d+,"s":"(\w+)"/.exec(String(wire.data)) ?? []
  const [, id] = /"[at]":(\d+)/.exec(String(wire.data)) ?? []
  const [, at] = /"T":(\d+)/.exec(String(wire.data)) ?? []
  if (symbol === undefined) return undefined
  const time = Number(at)
  return { symbol, id: Number(id), at: time > 1e14 ? time : time * 1000 }
}

/** What the ledger makes of a recording of which some frames never came. */
const accountOf = (wires: ReadonlyArray<Wire>) => {
  const { instruments } = feedOf(subjectOf(wires))
  const session = Session.make(venue, instruments)
  const ledger = Ledger.make({ contiguous: (id) => id === venue.id })
  for (let from = 0; from < wires.length; from += 100) {
    Ledger.step(ledger, session.step(wires.slice(from, from + 100)).ticks)
  }
  Ledger.step(ledger, session.end().ticks)
  return GapReport.select(Ledger.report(ledger), { channel: "trades" })
}

const minute = 60_000_000
const minuteOf = (time: number) => Math.floor(time / minute)

/** The minutes in which something may be missing, by the ids of the frames that came. */
const tornMinutes = (raws: ReadonlyArray<Raw>): ReadonlyArray<number> => {
  const torn = new Set<number>()
  for (const [index, raw] of raws.entries()) {
    const before = raws[index - 1]
    if (before === undefined || raw.id === before.id + 1) continue
    for (let now = minuteOf(before.at); now <= minuteOf(raw.at); now++) torn.add(now)
  }
  return [...torn].toSorted((a, b) => a - b)
}

describe.skipIf(!hasRecordings)("the account of recorded trades", () => {
  for (const { name, read } of binanceSpot) {
    for (const every of [Number.POSITIVE_INFINITY, 7, 400]) {
      it(`${name} without every ${every}th says what the frames say`, () => {
        let index = 0
        const wires = read().filter((wire) => rawOf(wire) === undefined || ++index % every !== 0)
        const bySymbol = Map.groupBy(
          wires.flatMap((wire) => rawOf(wire) ?? []),
          ({ symbol }) => symbol
        )
        const entries = accountOf(wires)
        assert.strictEqual(entries.length, bySymbol.size)
        for (const entry of entries) {
          const raws = (bySymbol.get(entry.symbol.replace("-", "")) ?? []).toSorted(
            (a, b) => a.id - b.id
          )
          const [first] = raws
          const last = raws.at(-1)
          if (first === undefined || last === undefined) return assert.fail(entry.symbol)
          const given = new Set(raws.map(({ id }) => id))
          assert.deepInclude(entry, { first: first.id, last: last.id, ticks: given.size })
          assert.deepInclude(entry, { since: first.at, filled: 0 })
          assert.strictEqual(entry.missing, last.id - first.id + 1 - given.size)
          const told = entry.minutes.flatMap(({ since, until, verdict }) =>
            verdict === "incomplete"
              ? Array.from({ length: (until - since) / minute }, (_, at) => since / minute + at)
              : []
          )
          assert.deepStrictEqual(told, tornMinutes(raws))
          assert.strictEqual(entry.verdict, entry.missing > 0 ? "incomplete" : "complete")
        }
      })
    }
  }
})
