import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as TestClock from "effect/testing/TestClock"
import * as Schema from "effect/Schema"
import * as Catalog from "tapewire/Catalog"
import { BadAnswer, UnknownSymbol } from "tapewire/FeedError"
import * as Rest from "tapewire/Rest"
import type { Venue } from "tapewire/Venue"
import * as Site from "./support/Site.ts"
import { instruments, venue } from "./support/venue.ts"

const load = Effect.fnUntraced(function* (answer: Site.Answer) {
  const { client } = Site.make({ "/instruments": [answer] })
  const rest = yield* Rest.make(venue, "https://host").pipe(
    Effect.provideService(HttpClient.HttpClient, client)
  )
  return yield* Catalog.load(venue, rest)
})

/** How many letters to add, leave out, change or swap with their neighbour, found by trying all. */
const distance = (from: string, to: string): number => {
  if (from === "" || to === "") return from.length + to.length
  const swapped =
    from.length > 1 && to.length > 1 && from[0] === to[1] && from[1] === to[0]
      ? [distance(from.slice(2), to.slice(2)) + 1]
      : []
  return Math.min(
    distance(from.slice(1), to) + 1,
    distance(from, to.slice(1)) + 1,
    distance(from.slice(1), to.slice(1)) + (from[0] === to[0] ? 0 : 1),
    ...swapped
  )
}

const word = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[ABC]{0,5}$/)))

describe("Catalog", () => {
  it.effect("is what the venue lists", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* load([200, "A B"]), instruments)
    })
  )

  it.effect("is asked for once by all, and anew behind their backs when it is two hours old", () =>
    Effect.gen(function* () {
      const { asked, client } = Site.make({
        "/instruments": [
          [200, "A"],
          [500, ""],
          [200, "A B"]
        ]
      })
      const rest = Effect.provideService(
        Rest.make(venue, "https://host"),
        HttpClient.HttpClient,
        client
      )
      const current = Effect.flatMap(rest, (rest) => Catalog.current(venue, rest))
      const symbols = Effect.map(current, (listed) => listed.map(({ native }) => native))
      assert.deepStrictEqual(yield* symbols, ["A"])
      yield* TestClock.adjust("120 minutes")
      assert.deepStrictEqual(yield* symbols, ["A"])
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust("1 minute")
      // The first answer is none, and what is known stays so.
      assert.deepStrictEqual(yield* symbols, ["A"])
      assert.deepStrictEqual(yield* symbols, ["A"])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(asked.length, 2)
      assert.deepStrictEqual(yield* symbols, ["A"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* symbols, ["A", "B"])
      assert.strictEqual(asked.length, 3)
    })
  )

  it.effect("is what is known of a venue that cannot be asked", () =>
    Effect.gen(function* () {
      const silent: Venue = { ...venue, instruments, calls: {} }
      const site = Site.make({})
      const rest = yield* Rest.make(silent, "https://host").pipe(
        Effect.provideService(HttpClient.HttpClient, site.client)
      )
      assert.deepStrictEqual(yield* Catalog.load(silent, rest), instruments)
      assert.deepStrictEqual(site.asked, [])
    })
  )

  it.effect.each([
    [503, "busy", "busy"],
    [404, "A B", "A B"],
    [200, "<html>", "is not a line of words in <html>"],
    [200, "", "is not a line of words in "]
  ] as const)("the answer %d %j is no catalogue", ([status, body, detail]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* Effect.flip(load([status, body])),
        new BadAnswer({ url: "https://host/instruments", status, detail })
      )
    })
  )

  it.effect("cannot be had where nobody answers", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load("down"))
      assert.strictEqual(error._tag, "Unreachable")
    })
  )

  it("finds the instruments of symbols, each once, in the order in which they were named", () => {
    assertSuccess(Catalog.resolve(instruments, ["BBB-USD", "AAA-USD", "BBB-USD"]), [
      ...instruments.slice(1),
      ...instruments.slice(0, 1)
    ])
    assertSuccess(Catalog.resolve(instruments, []), [])
  })

  it("names every symbol that is not listed, with those spelt nearly like it", () => {
    const error = new UnknownSymbol({
      symbols: [
        { symbol: "AAA-USE", nearest: ["AAA-USD"] },
        { symbol: "ZZZ-USD", nearest: [] }
      ]
    })
    assertFailure(Catalog.resolve(instruments, ["AAA-USE", "AAA-USD", "ZZZ-USD"]), error)
    assert.strictEqual(
      error.message,
      "unknown symbol AAA-USE; did you mean AAA-USD?; unknown symbol ZZZ-USD"
    )
  })

  it("tells of the three nearest, the nearest first and else by the alphabet", () => {
    const listed = ["BTC-USDX", "BTC-USD", "BTC-EUR", "ETH-USDT", "BTC-USDT", "BTD-USDT"]
    assert.deepStrictEqual(Catalog.nearest("BTC-USTD", listed), ["BTC-USD", "BTC-USDT", "BTC-USDX"])
    assert.deepStrictEqual(Catalog.nearest("BTCUSDT", listed), ["BTC-USDT", "BTC-USD", "BTC-USDX"])
    assert.deepStrictEqual(Catalog.nearest("DOGE-USDT", listed), [])
    assert.deepStrictEqual(Catalog.nearest("", ["A", "AB", "ABC"]), ["A", "AB"])
  })

  it.prop(
    "nearest are those within two letters, by how many letters it takes",
    { symbol: word, listed: Arbitrary.array(word, { maxLength: 6 }) },
    ({ listed, symbol }) => {
      const unique = Array.from(new Set(listed))
      const expected = unique
        .map((candidate) => ({ candidate, distance: distance(symbol, candidate) }))
        .filter(({ distance }) => distance <= 2)
        .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
        .map(({ candidate }) => candidate)
      assert.deepStrictEqual(Catalog.nearest(symbol, unique), expected.slice(0, 3))
    },
    { arbitrary: { runs: 300, size: 6 } }
  )
})
