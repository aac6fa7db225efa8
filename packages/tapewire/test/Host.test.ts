import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Host from "tapewire/Host"

const rate = { count: 1, per: "1 minute" } as const

describe("Host", () => {
  it.effect("is the same for all addresses on it, and for no other", () =>
    Effect.gen(function* () {
      const host = yield* Host.of("wss://one.testing:9443/stream?a=b")
      assert.strictEqual(host.name, "one.testing:9443")
      assert.strictEqual(yield* Host.of("https://one.testing:9443"), host)
      assert.notStrictEqual(yield* Host.of("https://one.testing"), host)
    })
  )

  it.effect("counts what all who ask for a limit use of it", () =>
    Effect.gen(function* () {
      const host = yield* Host.of("wss://one.testing")
      const again = yield* Host.of("wss://one.testing")
      yield* host.take(host.limit("connections", rate), 1)
      const second = yield* Effect.forkChild(
        Effect.andThen(again.take(again.limit("connections", rate), 1), Clock.currentTimeMillis)
      )
      yield* host.take(host.limit("requests", rate), 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(second), 60_000)
    })
  )

  it.effect("lets nobody pass while it is left alone, however long he waited for his turn", () =>
    Effect.gen(function* () {
      const host = yield* Host.of("wss://one.testing")
      const limiter = host.limit("requests", { count: 1, per: "1 second" })
      yield* host.take(limiter, 1)
      const passed: Array<number> = []
      for (let count = 0; count < 2; count++) {
        yield* Effect.forkChild(
          Effect.andThen(
            host.take(limiter, 1),
            Effect.map(Clock.currentTimeMillis, (at) => passed.push(at))
          ),
          { startImmediately: true }
        )
      }
      host.hold(5000)
      host.hold(10)
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(passed, [])
      assert.strictEqual(host.heldFor(), 1)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(passed, [5000, 6000])
    })
  )

  it.effect("is left alone for no more than a day", () =>
    Effect.gen(function* () {
      const host = yield* Host.of("wss://one.testing")
      host.hold(Number.MAX_SAFE_INTEGER)
      assert.strictEqual(host.heldFor(), Host.longestHold)
    })
  )
})
