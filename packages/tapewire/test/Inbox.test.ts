import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Inbox from "tapewire/Inbox"

const inbox = () => Inbox.make<number, string>()

const fork = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.forkChild(effect, { startImmediately: true })

/** A source that writes down what it is told. */
const telling = () => {
  const told: Array<string> = []
  const source = { pause: () => told.push("pause"), resume: () => told.push("resume") }
  return { source, told }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe("Inbox", () => {
  it.effect("gives what a turn brought as one batch, oldest first", () =>
    Effect.gen(function* () {
      const { push, take } = inbox()
      const fiber = yield* fork(take)
      push(1)
      push(2)
      push(3)
      assert.isUndefined(fiber.pollUnsafe())
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1, 2, 3])
    })
  )

  it.effect("says that it collects from the first item of a turn until they are taken", () =>
    Effect.gen(function* () {
      const { push, take, turn } = inbox()
      assert.strictEqual(turn(), 0)
      const fiber = yield* fork(take)
      assert.strictEqual(turn(), 0)
      push(1)
      assert.strictEqual(turn(), 1)
      yield* Fiber.join(fiber)
      assert.strictEqual(turn(), 0)
      push(2)
      assert.strictEqual(turn(), 0)
    })
  )

  it.effect("gives what came before anybody asked at once", () =>
    Effect.gen(function* () {
      const { push, take } = inbox()
      push(1)
      push(2)
      const fiber = yield* fork(take)
      assert.isDefined(fiber.pollUnsafe())
      assert.deepStrictEqual(yield* Fiber.join(fiber), [1, 2])
    })
  )

  it.effect("gives no more than so many at once, and the rest after them", () =>
    Effect.gen(function* () {
      const { push, take } = inbox()
      const items = upTo(2 * Inbox.maxBatch + 5)
      for (const item of items) push(item)
      const batches = [yield* take, yield* take, yield* take]
      assert.deepStrictEqual(
        batches.map(({ length }) => length),
        [Inbox.maxBatch, Inbox.maxBatch, 5]
      )
      assert.deepStrictEqual(batches.flat(), items)
    })
  )

  it.effect("holds its source back while too many items wait, until half of them are taken", () =>
    Effect.gen(function* () {
      const box = Inbox.make<number, string>(300)
      const { source, told } = telling()
      box.source = source
      for (const item of upTo(299)) box.push(item)
      assert.deepStrictEqual(told, [])
      box.push(0)
      box.push(0)
      assert.deepStrictEqual(told, ["pause"])
      assert.isTrue(box.isPaused())
      let left = 301
      while (left > 150) {
        assert.deepStrictEqual(told, ["pause"])
        left -= (yield* box.take).length
      }
      assert.deepStrictEqual(told, ["pause", "resume"])
      assert.isFalse(box.isPaused())
    })
  )

  it("lets a thousand items wait unless it is told otherwise", () => {
    const box = inbox()
    for (const item of upTo(999)) box.push(item)
    assert.isFalse(box.isPaused())
    box.push(0)
    assert.isTrue(box.isPaused())
  })

  it("holds back a source that comes while too many items wait", () => {
    const box = Inbox.make<number, string>(2)
    const first = telling()
    const second = telling()
    box.source = first.source
    box.push(1)
    box.push(2)
    box.source = second.source
    assert.strictEqual(box.source, second.source)
    assert.deepStrictEqual(second.told, ["pause"])
  })

  it.effect("counts what waits and how often it held its source back", () =>
    Effect.gen(function* () {
      const { load, push, take } = Inbox.make<number, string>(2)
      assert.deepStrictEqual(load(), { waiting: 0, pauses: 0 })
      for (const item of upTo(3)) push(item)
      assert.deepStrictEqual(load(), { waiting: 3, pauses: 1 })
      yield* take
      assert.deepStrictEqual(load(), { waiting: 0, pauses: 1 })
      for (const item of upTo(2)) push(item)
      assert.deepStrictEqual(load(), { waiting: 2, pauses: 2 })
    })
  )

  it.effect("fails once everything that came before the failure is taken", () =>
    Effect.gen(function* () {
      const { fail, push, take } = inbox()
      for (const item of upTo(Inbox.maxBatch + 1)) push(item)
      fail("over")
      fail("over again")
      assert.strictEqual((yield* take).length, Inbox.maxBatch)
      assert.strictEqual((yield* take).length, 1)
      assert.strictEqual(yield* Effect.flip(take), "over")
      assert.strictEqual(yield* Effect.flip(take), "over")
    })
  )

  it.effect("takes nothing in after the failure", () =>
    Effect.gen(function* () {
      const { fail, push, take } = inbox()
      push(1)
      fail("over")
      push(2)
      assert.deepStrictEqual(yield* take, [1])
      assert.strictEqual(yield* Effect.flip(take), "over")
    })
  )

  it.effect("fails whoever waits", () =>
    Effect.gen(function* () {
      const { fail, take } = inbox()
      const fiber = yield* fork(Effect.flip(take))
      fail("over")
      assert.strictEqual(yield* Fiber.join(fiber), "over")
    })
  )

  it.effect(
    "loses nothing when taking is interrupted, and ends the turn of which it was part",
    () =>
      Effect.gen(function* () {
        const { push, take, turn } = inbox()
        const early = yield* fork(take)
        yield* Fiber.interrupt(early)
        push(1)
        assert.strictEqual(turn(), 0)
        assert.deepStrictEqual(yield* take, [1])
        const late = yield* fork(take)
        push(2)
        yield* Fiber.interrupt(late)
        assert.strictEqual(turn(), 0)
        push(3)
        assert.deepStrictEqual(yield* take, [2, 3])
      })
  )

  it.effect.prop(
    "whatever comes is given once and in order, however it is taken",
    {
      moves: Arbitrary.array(
        Arbitrary.schema(Schema.Literals(["push", "push", "many", "take", "give up", "turn"]))
      )
    },
    Effect.fnUntraced(function* ({ moves }) {
      const { fail, push, take } = inbox()
      const out: Array<number> = []
      let next = 0
      const one = Effect.map(take, (batch) => {
        assert.isAtLeast(batch.length, 1)
        assert.isAtMost(batch.length, Inbox.maxBatch)
        out.push(...batch)
      })
      let taking: Fiber.Fiber<void, string> | undefined
      for (const move of moves) {
        switch (move) {
          case "push":
            push(next++)
            break
          case "many":
            for (let count = 0; count < 50; count++) push(next++)
            break
          case "take":
            if (taking?.pollUnsafe() === undefined && taking !== undefined) break
            taking = yield* fork(one)
            break
          case "give up":
            if (taking !== undefined) yield* Fiber.interrupt(taking)
            break
          case "turn":
            yield* Effect.yieldNow
        }
      }
      if (taking !== undefined) yield* Fiber.interrupt(taking)
      fail("over")
      assert.strictEqual(yield* Effect.flip(Effect.forever(one)), "over")
      assert.deepStrictEqual(out, upTo(next))
    }),
    { arbitrary: { runs: 200, size: 30 } }
  )

  it("gives at once all that is there, for the last time", () => {
    const { push, takeAll } = inbox()
    for (const item of upTo(Inbox.maxBatch + 1)) push(item)
    assert.deepStrictEqual(takeAll(), upTo(Inbox.maxBatch + 1))
    assert.deepStrictEqual(takeAll(), [])
  })
})
