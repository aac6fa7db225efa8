import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Limiter from "tapewire/Limiter"
import { between } from "./support/random.ts"

/** Takes as much, and tells when it was let. */
const take = (limiter: Limiter.Limiter, weight: number) =>
  Effect.andThen(limiter.take(weight), Clock.currentTimeMillis)

describe("Limiter", () => {
  it.effect(
    "lets as many pass as the rate allows, and the next when the first is a window old",
    () =>
      Effect.gen(function* () {
        const limiter = yield* Limiter.make({ count: 2, per: "1 second" })
        yield* limiter.take(1)
        yield* TestClock.adjust("400 millis")
        yield* limiter.take(1)
        const third = yield* Effect.forkChild(take(limiter, 1))
        const fourth = yield* Effect.forkChild(take(limiter, 1))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(third), 1000)
        assert.strictEqual(yield* Fiber.join(fourth), 1400)
      })
  )

  it.effect("what weighs more than the window takes the whole window", () =>
    Effect.gen(function* () {
      const limiter = yield* Limiter.make({ count: 5, per: "1 second" })
      yield* limiter.take(1)
      const heavy = yield* Effect.forkChild(take(limiter, 99))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(heavy), 1000)
      const next = yield* Effect.forkChild(take(limiter, 1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(next), 2000)
    })
  )

  it.effect("lets what is urgent pass by what is not, with what is reserved for it", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const limiter = Limiter.makeUnsafe({ count: 10, per: "1 second" }, clock, 2)
      yield* limiter.take(8)
      const usual = yield* Effect.forkChild(take(limiter, 8))
      yield* Effect.yieldNow
      const urgent = Effect.andThen(limiter.take(1, "urgent"), Clock.currentTimeMillis)
      assert.strictEqual(yield* urgent, 0)
      assert.strictEqual(yield* urgent, 0)
      const third = yield* Effect.forkChild(urgent)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Fiber.join(third), 1000)
      assert.strictEqual(yield* Fiber.join(usual), 1000)
    })
  )

  it.effect("who stops waiting uses nothing", () =>
    Effect.gen(function* () {
      const limiter = yield* Limiter.make({ count: 1, per: "1 second" })
      yield* limiter.take(1)
      const waiting = yield* Effect.forkChild(limiter.take(1))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      const next = yield* Effect.forkChild(take(limiter, 1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(next), 1000)
    })
  )

  it.effect.prop(
    "no window holds more than the rate, whatever comes when, and nobody is forgotten",
    {
      count: between(1, 6),
      per: between(1, 50),
      arrivals: Arbitrary.array(
        Arbitrary.all({
          after: Arbitrary.schema(between(0, 40)),
          weight: Arbitrary.schema(between(1, 8))
        })
      )
    },
    Effect.fnUntraced(function* ({ arrivals, count, per }) {
      const limiter = yield* Limiter.make({ count, per })
      const passed: Array<{ readonly at: number; readonly weight: number }> = []
      for (const { after, weight } of arrivals) {
        yield* TestClock.adjust(after)
        yield* take(limiter, weight).pipe(
          Effect.map((at) => passed.push({ at, weight: Math.min(weight, count) })),
          Effect.forkChild({ startImmediately: true })
        )
      }
      yield* TestClock.adjust(per * (arrivals.length + 1))
      assert.strictEqual(passed.length, arrivals.length)
      for (const { at } of passed) {
        const inWindow = passed.filter((other) => other.at > at - per && other.at <= at)
        const used = inWindow.reduce((sum, { weight }) => sum + weight, 0)
        assert.isAtMost(used, count)
      }
    }),
    { arbitrary: { runs: 100, size: 20 } }
  )

  it.effect.prop(
    "everybody passes at the first moment that the rate allows, in the order of arrival",
    {
      count: between(1, 4),
      per: between(1, 50),
      arrivals: Arbitrary.array(Arbitrary.schema(between(0, 40)))
    },
    Effect.fnUntraced(function* ({ arrivals, count, per }) {
      const limiter = yield* Limiter.make({ count, per })
      const passed: Array<number> = []
      const expected: Array<number> = []
      let now = 0
      for (const after of arrivals) {
        now += after
        expected.push(Math.max(now, (expected.at(-count) ?? -Infinity) + per))
        yield* TestClock.adjust(after)
        yield* take(limiter, 1).pipe(
          Effect.map((at) => passed.push(at)),
          Effect.forkChild({ startImmediately: true })
        )
      }
      yield* TestClock.adjust(per * (arrivals.length + 1))
      assert.deepStrictEqual(passed, expected)
    }),
    { arbitrary: { runs: 100, size: 20 } }
  )
})
