import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Faults from "@tapewire/exchange/Faults"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"

const setting: Faults.Setting = {
  topics: ["btcusdt@trade", "ethusdt@depth@100ms"],
  symbols: ["BTCUSDT", "ETHUSDT"],
  seconds: 90
}

const kinds = [
  "close",
  "corrupt",
  "delay",
  "delist",
  "drop",
  "duplicate",
  "end",
  "kill",
  "leave",
  "limit",
  "limit",
  "mute",
  "reorder",
  "rest-error",
  "stale-snapshot",
  "stall"
]

describe("faults drawn from a seed", () => {
  it.effect("are the same for the same seed, and others for another", () =>
    Effect.gen(function* () {
      const one = yield* Faults.fromSeed(7, setting)
      assert.deepStrictEqual(yield* Faults.fromSeed(7, setting), one)
      assert.notDeepEqual(yield* Faults.fromSeed(8, setting), one)
    })
  )

  it.effect("are one of every kind, in the order of time and within the recording", () =>
    Effect.gen(function* () {
      const drawn = yield* Faults.fromSeed(1, setting)
      assert.deepStrictEqual(drawn.map(({ kind }) => kind).toSorted(), kinds)
      const times = drawn.map(({ at }) => at)
      assert.deepStrictEqual(
        times,
        times.toSorted((one, other) => one - other)
      )
      assert.isTrue(times.every((at) => at >= 0 && at < 90))
    })
  )

  it.effect("can be written to a file and read back", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.fromSeed(3, setting)
      assert.deepStrictEqual(Faults.fromJson(JSON.stringify({ faults })), Result.succeed(faults))
    })
  )

  it.effect("delist no symbol where there is only one", () =>
    Effect.gen(function* () {
      const drawn = yield* Faults.fromSeed(1, { ...setting, symbols: ["BTCUSDT"] })
      assert.notInclude(
        drawn.map(({ kind }) => kind),
        "delist"
      )
    })
  )
})

describe("a list of faults", () => {
  const wrong = [
    ["that is no JSON", "{", /JSON/],
    ["that is no list", `{"faults":{}}`, /array/],
    [
      "of an unknown kind",
      `{"faults":[{"kind":"explode","at":1}]}`,
      /kind to be kill, end, .* at \["faults"\]\[0\]$/
    ],
    ["before the beginning", `{"faults":[{"kind":"kill","at":-1}]}`, /at/],
    ["with a misspelt name", `{"faults":[{"kind":"kill","at":1,"conection":2}]}`, /conection/],
    ["without a topic", `{"faults":[{"kind":"mute","at":1}]}`, /topic/],
    [
      "with a close code no frame may carry",
      `{"faults":[{"kind":"close","at":1,"code":1006}]}`,
      /close frame/
    ],
    [
      "with a status that is no error",
      `{"faults":[{"kind":"rest-error","at":1,"status":200,"for":1}]}`,
      /status/
    ],
    ["that lasts for no time", `{"faults":[{"kind":"limit","at":1,"status":429,"for":0}]}`, /for/]
  ] as const

  it.each(wrong)("%s is refused in a line that says why", (_, text, why) => {
    const detail = Result.getOrThrow(Result.flip(Faults.fromJson(text)))
    assert.match(detail, why)
    assert.notInclude(detail, "\n")
  })

  it.effect("names the file that cannot be used", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const path = `${yield* fileSystem.makeTempDirectoryScoped()}/faults.json`
      const missing = yield* Effect.flip(Faults.fromFile(path))
      assert.strictEqual(missing.reason._tag, "BadFaults")
      yield* fileSystem.writeFileString(path, "[]")
      assert.include((yield* Effect.flip(Faults.fromFile(path))).message, path)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
