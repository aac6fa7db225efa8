import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as Agreement from "tapewire/Agreement"
import type { Tick, Trade } from "tapewire/Tick"
import { between } from "./support/random.ts"

const base = { venue: "testing", symbol: "AAA-USD", received: 0 }

const trade = (id: number, rest?: Partial<Trade>): Trade => ({
  _tag: "Trade",
  ...base,
  id,
  price: 1,
  size: 1,
  side: "buy",
  ...rest
})

const make = (options?: Partial<Agreement.Options>) =>
  Agreement.make({ window: 10, limit: 1000, ...options })

const none = {
  matched: 0,
  differing: 0,
  onlyA: 0,
  onlyB: 0,
  repeatedA: 0,
  repeatedB: 0,
  uncomparedA: 0,
  uncomparedB: 0,
  fields: {}
}

const counts = (state: Agreement.Agreement, kind = "Trade") =>
  Agreement.report(state, 0, false).kinds[kind]

describe("Agreement", () => {
  it.prop(
    "counts what two plain maps of all ticks have in common and do not",
    {
      script: Arbitrary.array(
        Arbitrary.schema(
          Schema.Struct({
            source: Schema.Literals(["a", "b"]),
            id: between(1, 20),
            price: between(1, 2)
          })
        )
      )
    },
    ({ script }) => {
      const state = make()
      const all = { a: new Map<number, number>(), b: new Map<number, number>() }
      const repeated = { a: 0, b: 0 }
      for (const { id, price, source } of script) {
        Agreement.step(state, source, [trade(id, { price })], 0)
        if (all[source].has(id)) repeated[source]++
        else all[source].set(id, price)
      }
      Agreement.end(state)
      if (script.length === 0) return
      assert.strictEqual(Agreement.report(state, 0, false).waiting, 0)
      const shared = [...all.a].filter(([id]) => all.b.has(id))
      const matched = shared.filter(([id, price]) => all.b.get(id) === price).length
      const differing = shared.length - matched
      assert.deepStrictEqual(counts(state), {
        ...none,
        matched,
        differing,
        onlyA: all.a.size - shared.length,
        onlyB: all.b.size - shared.length,
        repeatedA: repeated.a,
        repeatedB: repeated.b,
        fields: differing === 0 ? {} : { price: differing }
      })
    },
    { arbitrary: { runs: 500, size: 60 } }
  )

  it("gives a tick up that the other source did not give within the window", () => {
    const state = make()
    Agreement.step(state, "a", [trade(1)], 0)
    Agreement.expire(state, 9)
    assert.deepStrictEqual(counts(state), none)
    Agreement.step(state, "b", [trade(1)], 10)
    assert.deepStrictEqual(counts(state), { ...none, onlyA: 1 })
    Agreement.end(state)
    assert.deepStrictEqual(counts(state), { ...none, onlyA: 1, onlyB: 1 })
  })

  it("remembers no more than it may, and counts what it gave up for that", () => {
    const state = make({ limit: 2 })
    Agreement.step(state, "a", [trade(1), trade(2), trade(3)], 0)
    const { cutShort, waiting } = Agreement.report(state, 0, false)
    assert.deepStrictEqual({ cutShort, waiting }, { cutShort: 1, waiting: 2 })
  })

  it("names the fields that differ, with examples, and takes no notice of who says it when", () => {
    const state = make()
    const a = trade(1, { at: 5, size: 2 })
    const b = trade(1, { inexact: true, venue: "relay", received: 7 })
    Agreement.step(state, "b", [b], 0)
    Agreement.step(state, "a", [a], 0)
    assert.deepStrictEqual(counts(state), {
      ...none,
      differing: 1,
      fields: { at: 1, inexact: 1, size: 1 }
    })
    const { examples, leadMicros } = Agreement.report(state, 0, false)
    assert.deepStrictEqual(examples, [{ a, b }])
    assert.deepStrictEqual(leadMicros, { p50: 7, p99: 7 })
  })

  it("compares books level by level, and bars that are final", () => {
    const state = make()
    const book = (size: number): Tick => ({
      _tag: "BookDelta",
      ...base,
      sequence: 1,
      bids: [[1, size]],
      asks: []
    })
    const bar = (closed: boolean): Tick => ({
      _tag: "Bar",
      ...base,
      interval: "1m",
      openAt: 0,
      closeAt: 60,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 1,
      closed
    })
    Agreement.step(state, "a", [book(1), bar(false), bar(true)], 0)
    Agreement.step(state, "b", [book(1), bar(true)], 0)
    assert.deepStrictEqual(counts(state, "BookDelta"), { ...none, matched: 1 })
    assert.deepStrictEqual(counts(state, "Bar"), { ...none, matched: 1, uncomparedA: 1 })
    const other = make()
    Agreement.step(other, "a", [book(1)], 0)
    Agreement.step(other, "b", [book(2)], 0)
    assert.deepStrictEqual(counts(other, "BookDelta")?.fields, { bids: 1 })
  })

  it("reports what can be written as JSON", () => {
    const state = make()
    Agreement.step(state, "a", [trade(1)], 0)
    Agreement.step(state, "b", [trade(1, { price: 2 })], 0)
    const report = Agreement.report(state, 1, true)
    const codec = Schema.fromJsonString(Agreement.Report)
    const text = Schema.encodeSync(codec)(report)
    assert.deepStrictEqual(Schema.decodeSync(codec)(text), report)
  })
})
