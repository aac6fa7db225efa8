import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Streams from "@tapewire/server/Streams"

describe("Streams", () => {
  it.effect("the hundred and first is turned down until one leaves", () =>
    Effect.gen(function* () {
      const { join } = yield* Streams.Streams
      const places = yield* Effect.forEach(Array.from({ length: 99 }), () => join)
      assert.strictEqual(places.at(-1), 99)
      yield* Effect.scoped(
        Effect.gen(function* () {
          assert.strictEqual(yield* join, 100)
          assert.strictEqual((yield* Effect.flip(join))._tag, "TooManyStreams")
        })
      )
      assert.strictEqual(yield* join, 100)
    }).pipe(Effect.provide(Streams.layer))
  )

  it.effect("closing tells the streams, and waits for them no longer than a second", () =>
    Effect.gen(function* () {
      const { close, closing, join } = yield* Streams.Streams
      yield* join
      const told = yield* Effect.forkChild(closing, { startImmediately: true })
      const closed = yield* Effect.forkChild(close, { startImmediately: true })
      yield* Fiber.join(told)
      yield* TestClock.adjust("900 millis")
      assert.isUndefined(closed.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(closed)
    }).pipe(Effect.provide(Streams.layer))
  )
})
