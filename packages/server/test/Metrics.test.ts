import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as TestClock from "effect/testing/TestClock"
import * as Metrics from "@tapewire/server/Metrics"
import * as Tape from "tapewire/Tape"
import { feed } from "./support/service.ts"

/** With a registry of its own, as other tests may register the same. */
const own = Effect.provideService(Metric.MetricRegistry, new Map())

const lines = (name: string) =>
  Effect.map(PrometheusMetrics.format(), (text) =>
    text.split("\n").filter((line) => line.startsWith(name))
  )

const build = (given: Parameters<typeof feed>[0]) =>
  Effect.gen(function* () {
    const tape = yield* Tape.make([feed(given)])
    yield* Layer.build(Metrics.layer.pipe(Layer.provide(Layer.succeed(Tape.Tape, tape))))
    return tape
  })

describe("Metrics", () => {
  it.effect("a feed is in one state, and what is not known is left out", () =>
    Effect.gen(function* () {
      yield* build({ now: { state: "reconnecting", ticks: 12, losses: 3 } })
      assert.deepStrictEqual(yield* lines("tapewire_ticks_total"), [
        `tapewire_ticks_total{venue="binance",provenance="recorded"} 12`
      ])
      assert.deepStrictEqual(yield* lines("tapewire_connection_losses_total"), [
        `tapewire_connection_losses_total{venue="binance",provenance="recorded"} 3`
      ])
      const states = yield* lines("tapewire_feed_state")
      assert.strictEqual(states.length, 6)
      assert.deepStrictEqual(
        states.filter((line) => line.endsWith(" 1")),
        [`tapewire_feed_state{venue="binance",provenance="recorded",state="reconnecting"} 1`]
      )
      assert.deepStrictEqual(yield* lines("tapewire_lag_seconds"), [])
      assert.deepStrictEqual(yield* lines("tapewire_last_tick_age_seconds"), [])
    }).pipe(Effect.scoped, own)
  )

  it.effect("a venue that is left alone is told from one that is not", () =>
    Effect.gen(function* () {
      yield* build({ now: { state: "reconnecting", breaker: "open" } })
      assert.deepStrictEqual(yield* lines("tapewire_breaker_open"), [
        `tapewire_breaker_open{venue="binance",provenance="recorded"} 1`
      ])
    }).pipe(Effect.scoped, own)
  )

  it("ages and lags are in seconds", () => {
    const status = {
      venue: "binance",
      provenance: "live",
      state: "running",
      subscriptions: [],
      ticks: 1,
      lastTickAt: 1_723_161_254_000_000,
      lagMs: 250,
      losses: 0,
      counts: undefined
    } as const
    const samples = Metrics.samples([status], [], 1_723_161_256_500)
    const value = (name: string) => samples.find((sample) => sample.name === name)?.value
    assert.strictEqual(value("tapewire_last_tick_age_seconds"), 2.5)
    assert.strictEqual(value("tapewire_lag_seconds"), 0.25)
  })

  it.effect("every second they are as the tape is", () =>
    Effect.gen(function* () {
      let ticks = 1
      const status = Effect.sync(() => ({
        state: "running" as const,
        ticks,
        lastTickAt: undefined,
        lagMs: undefined,
        losses: 0,
        counts: undefined
      }))
      yield* build({ status })
      ticks = 2
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* lines("tapewire_ticks_total"), [
        `tapewire_ticks_total{venue="binance",provenance="recorded"} 2`
      ])
    }).pipe(Effect.scoped, own)
  )

  it("frames that wait, and how often a venue waited for them, are counted", () => {
    const status = {
      venue: "binance",
      provenance: "live",
      state: "running",
      subscriptions: [],
      ticks: 1,
      lastTickAt: undefined,
      lagMs: undefined,
      losses: 0,
      counts: undefined
    } as const
    const load = (feed: Tape.FeedStatus) =>
      Metrics.samples([feed], [], 0).flatMap(({ name, value }) =>
        name.startsWith("tapewire_inbox") ? [`${name} ${value}`] : []
      )
    assert.deepStrictEqual(load({ ...status, inbox: { waiting: 7, pauses: 2 } }), [
      "tapewire_inbox_waiting 7",
      "tapewire_inbox_pauses_total 2"
    ])
    assert.deepStrictEqual(load(status), [])
  })

  it("what became of a reader's ticks adds up, and whether it was overrun is told", () => {
    const stats = { offered: 10, delivered: 5, dropped: 3, waiting: 2, overrun: true }
    const samples = Metrics.samples([], [{ name: "tape", policy: "suspend", ...stats }], 0)
    const labels = { reader: "tape", policy: "suspend" }
    assert.deepStrictEqual(samples, [
      { name: "tapewire_reader_offered_total", labels, value: 10 },
      { name: "tapewire_reader_delivered_total", labels, value: 5 },
      { name: "tapewire_reader_dropped_total", labels, value: 3 },
      { name: "tapewire_reader_waiting", labels, value: 2 },
      { name: "tapewire_reader_overrun", labels, value: 1 }
    ])
  })

  it.effect("a reader has metrics for as long as it reads", () =>
    Effect.gen(function* () {
      const tape = yield* build({})
      const dropped = lines("tapewire_reader_dropped_total")
      const reading = Effect.gen(function* () {
        yield* tape.reader({ name: "screen", policy: "conflate" })
        yield* TestClock.adjust("1 second")
        return yield* dropped
      })
      assert.deepStrictEqual(yield* Effect.scoped(reading), [
        `tapewire_reader_dropped_total{reader="screen",policy="conflate"} 0`
      ])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* dropped, [])
    }).pipe(Effect.scoped, own)
  )

  it.effect("another who registers them and ends takes nothing along", () =>
    Effect.gen(function* () {
      yield* build({ now: { ticks: 5 } })
      yield* Effect.scoped(build({ now: { ticks: 5 } }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* lines("tapewire_ticks_total"), [
        `tapewire_ticks_total{venue="binance",provenance="recorded"} 5`
      ])
    }).pipe(Effect.scoped, own)
  )

  it.effect("none are left when the layer is no longer in use", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(build({}))
      assert.strictEqual(yield* PrometheusMetrics.format(), "")
    }).pipe(own)
  )
})
