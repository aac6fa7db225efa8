import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Usage from "#test/Usage"

describe("Usage", () => {
  it.effect("gives all values, or all that is wrong with any", () =>
    Effect.gen(function* () {
      const right = yield* Usage.all({ speed: Usage.speed("2"), name: Result.succeed("x") })
      assert.deepStrictEqual(right, { speed: 2, name: "x" })
      const wrong = yield* Effect.flip(
        Usage.all({ a: Usage.wrong("one", "two"), b: Result.succeed(1), c: Usage.wrong("three") })
      )
      assert.deepStrictEqual(wrong.problems, ["one", "two", "three"])
    })
  )

  it("reads times with their unit", () => {
    const read = (text: string) => Result.getOrUndefined(Usage.millis("--duration", text))
    assert.deepStrictEqual(
      ["250ms", "30s", "1.5m", "24h", "2d"].map(read),
      [250, 30_000, 90_000, 86_400_000, 172_800_000]
    )
    assert.deepStrictEqual(
      ["", "30", "s", "-1s", "0s", "1 s", "1e3s", "Infinity"].filter(
        (text) => read(text) !== undefined
      ),
      []
    )
  })

  it("reads speeds", () => {
    const read = (text: string) => Result.getOrUndefined(Usage.speed(text))
    assert.deepStrictEqual(["realtime", "max", "10", "0.5"].map(read), [1, Infinity, 10, 0.5])
    assert.deepStrictEqual(
      ["", "0", "-1", "fast", "1e3", "NaN"].filter((text) => read(text) !== undefined),
      []
    )
  })

  it("reads whole numbers in a range", () => {
    const read = (text: string) => Result.getOrUndefined(Usage.whole("--port", text, 0, 65_535))
    assert.deepStrictEqual(["0", "65535"].map(read), [0, 65_535])
    assert.deepStrictEqual(
      ["", "-1", "65536", "1.5", "0x10", " 1"].filter((text) => read(text) !== undefined),
      []
    )
  })
})
