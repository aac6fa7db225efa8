/**
 * Which instruments a venue lists, and which of them subscriptions are about.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { UnknownSymbol } from "./FeedError.ts"
import type { Instrument } from "./Instrument.ts"
import * as Rest from "./Rest.ts"
import type { Venue } from "./Venue.ts"

/** What a venue listed when it was asked last, and when that was in milliseconds. */
interface Known {
  readonly at: number
  readonly listed: ReadonlyArray<Instrument>
  /** Whether it is being asked for anew. */
  renewing: boolean
}

/** By the clock they grow old by: time that a test makes up is nobody else's. */
const known = new WeakMap<Clock.Clock, Map<string, Known>>()

const shelf = (clock: Clock.Clock): Map<string, Known> => {
  const there = known.get(clock) ?? new Map<string, Known>()
  known.set(clock, there)
  return there
}

const monotonic = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** How long it is taken for true what a venue listed, in milliseconds. */
const lasting = 120 * 60_000

/**
 * Everything a venue lists, as it was asked for within two hours by anybody in this process. What is
 * older is given once more, and asked for anew meanwhile.
 *
 * @since 0.1.0
 */
export const current = Effect.fn("Catalog.current")(function* (venue: Venue, rest: Rest.Rest) {
  const clock = yield* Clock.Clock
  const found = shelf(clock).get(`${venue.id} ${rest.base}`)
  if (found === undefined) return yield* load(venue, rest)
  if (monotonic(clock) - found.at > lasting && !found.renewing) {
    found.renewing = true
    yield* load(venue, rest).pipe(
      Effect.ignore,
      Effect.ensuring(
        Effect.sync(() => {
          found.renewing = false
        })
      ),
      Effect.forkDetach
    )
  }
  return found.listed
})

/**
 * Everything a venue lists, asked for now.
 *
 * @since 0.1.0
 */
export const load = Effect.fn("Catalog.load")(function* (venue: Venue, rest: Rest.Rest) {
  const call = venue.calls.instruments
  if (call === undefined) return venue.instruments ?? []
  const lists = yield* Effect.forEach(venue.lists ?? [""], (list) =>
    Effect.flatMap(rest.ask("instruments", list), (answer) =>
      Effect.fromResult(Rest.read(call, answer))
    )
  )
  const listed = lists.flat()
  const clock = yield* Clock.Clock
  shelf(clock).set(`${venue.id} ${rest.base}`, { at: monotonic(clock), listed, renewing: false })
  return listed
})

/**
 * The instruments of some symbols, each once. Fails with all the symbols that are not listed.
 *
 * @since 0.1.0
 */
export const resolve = (
  listed: ReadonlyArray<Instrument>,
  symbols: Iterable<string>
): Result.Result<Array<Instrument>, UnknownSymbol> => {
  const bySymbol = new Map(listed.map((instrument) => [instrument.symbol, instrument]))
  const found: Array<Instrument> = []
  const unknown: Array<UnknownSymbol["symbols"][number]> = []
  for (const symbol of new Set(symbols)) {
    const instrument = bySymbol.get(symbol)
    if (instrument === undefined) {
      unknown.push({ symbol, nearest: nearest(symbol, bySymbol.keys()) })
    } else {
      found.push(instrument)
    }
  }
  return unknown.length === 0
    ? Result.succeed(found)
    : Result.fail(new UnknownSymbol({ symbols: unknown }))
}

/**
 * The three symbols spelt most like a given one, if any is spelt much like it.
 *
 * @since 0.1.0
 */
export const nearest = (symbol: string, listed: Iterable<string>): Array<string> =>
  Array.from(listed, (candidate) => ({ candidate, distance: distance(symbol, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate)

/** How many letters to add, leave out, change or swap; small numbers are exact, 3 means "more than 2". */
const distance = (a: string, b: string): number => {
  if (Math.abs(a.length - b.length) > 2) return 3
  let before: Array<number> = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwapped ? (before[j - 2] ?? 0) + 1 : change
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 3
}
