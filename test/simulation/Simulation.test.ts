import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Faults from "./Faults.ts"
import * as Recorded from "./Recorded.ts"
import * as Simulation from "./Simulation.ts"

layer(NodeServices.layer, { excludeTestServices: true })("simulation", (it) => {
  it.effect(
    "a feed loses, doubles and disorders nothing in hours of faults",
    () =>
      Effect.gen(function* () {
        const recorded = yield* Recorded.load
        for (let seed = 1; seed <= 6; seed++) {
          const setting = { seed, hours: 2, kinds: Faults.all }
          const { failures } = yield* Simulation.run(recorded, setting)
          assert.deepStrictEqual(failures, [], `seed ${seed}`)
        }
      }),
    60_000
  )

  it.effect(
    "the same seed gives the same, and another seed another",
    () =>
      Effect.gen(function* () {
        const recorded = yield* Recorded.load
        const hashes: Array<string> = []
        for (const seed of [1, 1, 8]) {
          const report = yield* Simulation.run(recorded, { seed, hours: 2, kinds: Faults.all })
          hashes.push(report.hash)
        }
        assert.strictEqual(hashes[0], hashes[1])
        assert.notStrictEqual(hashes[0], hashes[2])
      }),
    60_000
  )

  describe("every kind of fault alone", () => {
    for (const kind of Faults.all) {
      it.effect(`is survived: ${kind}`, () =>
        Effect.gen(function* () {
          const recorded = yield* Recorded.load
          const report = yield* Simulation.run(recorded, { seed: 1, hours: 2, kinds: [kind] })
          assert.deepStrictEqual(report.failures, [])
          assert.isAbove(report.faults.get(kind) ?? 0, 0)
        })
      )
    }
  })
})
