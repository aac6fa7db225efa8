import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { venue } from "@tapewire/venues/BinanceSpot"
import type { Trade } from "tapewire/Tick"
import { Undecodable, type Venue } from "tapewire/Venue"
import * as Fuzz from "./support/Fuzz.ts"
import * as Mutation from "./support/Mutation.ts"
import { conversation } from "./support/SessionTarget.ts"
import { decoders } from "./support/targets.ts"

// The example of https://github.com/binance/binance-spot-api-docs (web-socket-streams.md) as of
// 2026-07-21.
const frames = [
  `{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}`
]

type Decode = Venue["decode"]

/** What is found out about Binance with another decoder. How long it takes is left to the program. */
const findings = (decode: Decode, inputs = 3000, of = decoders) =>
  Effect.gen(function* () {
    const terms = { inputs, seed: 1, longest: Number.POSITIVE_INFINITY }
    const targets = of({ ...venue, decode }, { answers: [], frames })
    const reports = yield* Effect.forEach(targets, (target) => Fuzz.run(target, terms))
    return reports.flatMap(({ violations }) => violations.map(({ what }) => what))
  })

const trade = (frame: string | Uint8Array, reader: Parameters<Decode>[1]): Trade | undefined => {
  const decoded = venue.decode(frame, reader)
  const [message] = Result.isSuccess(decoded) ? decoded.success : []
  return message?._tag === "Trade" ? message : undefined
}

/** A decoder that spoils the trades it gives. */
const spoiling =
  (spoil: (trade: Trade) => Trade): Decode =>
  (frame, reader) => {
    const found = trade(frame, reader)
    return found === undefined ? venue.decode(frame, reader) : Result.succeed([spoil(found)])
  }

const kept: Array<ReadonlyArray<number>> = []

describe("damaged inputs", () => {
  it.effect("find nothing wrong with a decoder that is sound", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* findings(venue.decode), [])
      assert.deepStrictEqual(yield* findings(venue.decode, 3000, conversation), [])
    })
  )

  const cases: ReadonlyArray<readonly [string, Decode, RegExp]> = [
    [
      "throws at a name it does not expect",
      (frame, reader) => {
        if (String(frame).includes("constructor")) throw new Error("planted")
        return venue.decode(frame, reader)
      },
      /^threw Error: planted$/
    ],
    [
      "reads decimals as JavaScript does",
      spoiling((trade) => ({ ...trade, price: Number(`${trade.price}x`) })),
      /price is NaN$/
    ],
    [
      "reads a time that is no whole number",
      spoiling((trade) => ({ ...trade, at: 0.5 })),
      /^not a tick/
    ],
    [
      "takes a prototype from outside",
      (frame, reader) => {
        const found = trade(frame, reader)
        if (found === undefined) return venue.decode(frame, reader)
        return Result.succeed([Object.assign({}, found, JSON.parse(String(frame)))])
      },
      /prototype of its own|has a key __proto__|not a tick/
    ],
    [
      "shows a whole frame where it fails",
      (frame) =>
        Result.fail(new Undecodable({ detail: "is bad", sample: String(frame).repeat(100) })),
      /^failed with/
    ],
    [
      "keeps something of every frame",
      (frame, reader) => {
        kept.push(Array.from({ length: 500 }, () => frame.length))
        return venue.decode(frame, reader)
      },
      /^kept \d+ bytes of each input$/
    ]
  ]

  for (const [what, decode, expected] of cases) {
    it.effect(`find a decoder that ${what}`, () =>
      Effect.gen(function* () {
        const found = yield* findings(decode)
        assert.match(found[0] ?? "", expected)
        kept.length = 0
      })
    )
  }

  it.effect("find a decoder that changes what all objects inherit", () =>
    Effect.gen(function* () {
      const found = yield* findings((frame, reader) => {
        Reflect.set(Object.prototype, "polluted", true)
        return venue.decode(frame, reader)
      }, 1).pipe(
        Effect.ensuring(Effect.sync(() => Reflect.deleteProperty(Object.prototype, "polluted")))
      )
      assert.deepStrictEqual(found, ["changed a prototype that all share"])
    })
  )

  it("are the same for the same seed, and others for another", () => {
    const original = Mutation.original(frames[0] ?? "")
    const made = (seed: number) => {
      const chance = Mutation.chance(seed)
      return Array.from({ length: 50 }, () => Mutation.text(original, chance))
    }
    assert.deepStrictEqual(made(1), made(1))
    assert.notDeepEqual(made(1), made(2))
  })

  it("leave what they are made of as it was", () => {
    const original = Buffer.from(frames[0] ?? "")
    const before = original.toString()
    const chance = Mutation.chance(1)
    for (let index = 0; index < 1000; index++) Mutation.bytes(original, chance)
    assert.strictEqual(original.toString(), before)
  })
})
