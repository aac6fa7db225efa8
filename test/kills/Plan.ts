/** What goes wrong, and when, drawn from a seed. */
import type { Fault } from "@tapewire/exchange/Faults"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** A fault, and which of the connections that are open then it is about, as a share of them. */
export interface Planned {
  readonly fault: Fault
  readonly connection?: number
}

type Draw = (at: number, name: string, connection: number) => ReadonlyArray<Planned>

const trade = (name: string) => `${name.toLowerCase()}@trade`
const depth = (name: string) => `${name.toLowerCase()}@depth@100ms`

const closes =
  (code: number): Draw =>
  (at, _, connection) => [{ fault: { kind: "close", at, code }, connection }]

const kill: Draw = (at, _, connection) => [{ fault: { kind: "kill", at }, connection }]

/** Nobody notices that the exchange turns requests away who need not ask for anything. */
const limited =
  (status: 418 | 429): Draw =>
  (at, name, connection) => [
    { fault: { kind: "limit", at, status, for: 2 } },
    ...kill(at, name, connection)
  ]

const draws: ReadonlyArray<Draw> = [
  kill,
  // Of all connections.
  (at) => [{ fault: { kind: "kill", at } }],
  (at, _, connection) => [{ fault: { kind: "end", at }, connection }],
  (at, _, connection) => [{ fault: { kind: "leave", at, for: 2 }, connection }],
  (at, _, connection) => [{ fault: { kind: "stall", at }, connection }],
  closes(1001),
  closes(1008),
  closes(1013),
  limited(429),
  limited(418),
  (at, name) => [
    { fault: { kind: "rest-error", at, status: 503, for: 3 } },
    { fault: { kind: "drop", at, topic: trade(name) } }
  ],
  (at, name) => [{ fault: { kind: "mute", at, topic: trade(name) } }],
  (at, name) => [{ fault: { kind: "mute", at, topic: depth(name) } }],
  (at, name) => [{ fault: { kind: "drop", at, topic: trade(name), count: 3 } }],
  (at, name) => [{ fault: { kind: "drop", at, topic: depth(name), count: 2 } }],
  (at, name) => [{ fault: { kind: "duplicate", at, topic: trade(name), count: 5 } }],
  (at, name) => [{ fault: { kind: "duplicate", at, topic: depth(name) } }],
  (at, name) => [{ fault: { kind: "reorder", at, topic: trade(name) } }],
  (at, name) => [{ fault: { kind: "reorder", at, topic: depth(name) } }],
  (at, name) => [{ fault: { kind: "corrupt", at, topic: trade(name) } }],
  (at, name) => [{ fault: { kind: "corrupt", at, topic: depth(name) } }],
  (at, name) => [{ fault: { kind: "delay", at, topic: trade(name), for: 3 } }],
  (at, name) => [{ fault: { kind: "delay", at, topic: depth(name), for: 3 } }],
  // Asked for as an update is missing.
  (at, name) => [
    { fault: { kind: "stale-snapshot", at, symbol: name } },
    { fault: { kind: "drop", at, topic: depth(name) } }
  ]
]

/**
 * So many faults, in an order, at times and of symbols drawn from a seed, once the books can have
 * been had and so that there is time for the last to be mended.
 */
export const make = (
  seed: number,
  faults: number,
  seconds: number,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Planned>> =>
  Effect.gen(function* () {
    const [from, to] = [Math.min(20, seconds / 8), seconds - Math.min(25, seconds / 3)]
    const drawn: Array<Draw> = []
    let count = 0
    while (count < faults) {
      for (const draw of yield* Random.shuffle(draws)) {
        if (count < faults) drawn.push(draw)
        count += draw(0, "", 0).length
      }
    }
    const part = (to - from) / drawn.length
    const planned = yield* Effect.forEach(drawn, (draw, index) =>
      Effect.gen(function* () {
        const at = from + (index + (yield* Random.next)) * part
        const name = names[Math.floor((yield* Random.next) * names.length)] ?? ""
        return draw(Math.floor(at * 1000) / 1000, name, yield* Random.next)
      })
    )
    return planned.flat().slice(0, faults)
  }).pipe(Random.withSeed(seed))
