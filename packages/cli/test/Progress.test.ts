import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as Progress from "#test/Progress"
import { StatusLine } from "#test/StatusLine"

describe("Progress", () => {
  it("says what is known in one line", () => {
    const source = "binance live"
    assert.strictEqual(
      Progress.format({ source, ticks: 12_345, lagMs: 12.4, dropped: 0 }, 230.2),
      "binance live · 12,345 ticks · 230/s · lag 12 ms · 0 dropped"
    )
    assert.strictEqual(Progress.format({ source, ticks: 0 }, 0), "binance live · 0 ticks · 0/s")
  })

  it.effect("draws four times a second, and erases the line at the end", () => {
    const drawn: Array<string> = []
    let ticks = 0
    return Effect.gen(function* () {
      yield* Progress.show(Effect.sync(() => ({ source: "x", ticks: (ticks += 25) })))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(drawn.at(-1), "x · 125 ticks · 100/s")
      assert.strictEqual(drawn.length, 5)
    }).pipe(
      Effect.scoped,
      Effect.andThen(Effect.sync(() => assert.strictEqual(drawn.at(-1), ""))),
      Effect.provideService(StatusLine, {
        isVisible: true,
        show: (text) => void drawn.push(text),
        erase: () => void drawn.push("")
      })
    )
  })

  it.effect("draws nothing where there is no terminal", () =>
    Effect.gen(function* () {
      yield* Progress.show(Effect.die("asked for nothing"))
      yield* TestClock.adjust("1 second")
    }).pipe(
      Effect.scoped,
      Effect.provideService(StatusLine, {
        isVisible: false,
        show: () => assert.fail("drawn"),
        erase: () => {}
      })
    )
  )
})
