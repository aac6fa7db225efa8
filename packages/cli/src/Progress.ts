/**
 * How long work goes, in one line: `binance live · 12,345 ticks · 230/s · lag 12 ms · 0 dropped`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Interface as Tape } from "tapewire/Tape"
import { StatusLine } from "./StatusLine.ts"

/**
 * What is known at one moment.
 *
 * @since 0.1.0
 */
export interface Sample {
  /** What the ticks are and where they come from: `binance live`. */
  readonly source: string
  readonly ticks: number
  readonly lagMs?: number | undefined
  readonly dropped?: number | undefined
}

const count = (value: number) => Math.round(value).toLocaleString("en-US")

/**
 * Describes a moment.
 *
 * @since 0.1.0
 */
export const format = (sample: Sample, perSecond: number): string =>
  [
    sample.source,
    `${count(sample.ticks)} ticks`,
    `${count(perSecond)}/s`,
    ...(sample.lagMs === undefined ? [] : [`lag ${count(sample.lagMs)} ms`]),
    ...(sample.dropped === undefined ? [] : [`${count(sample.dropped)} dropped`])
  ].join(" · ")

/** How many samples, four a second, a rate is taken over. */
const window = 8

/**
 * Shows the line until the scope is closed, where there is a terminal.
 *
 * @since 0.1.0
 */
export const show = Effect.fnUntraced(function* (sample: Effect.Effect<Sample>) {
  const line = yield* StatusLine
  if (!line.isVisible) return
  const history: Array<{ readonly at: number; readonly ticks: number }> = []
  const draw = Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    const now = yield* sample
    history.push({ at, ticks: now.ticks })
    if (history.length > window) history.shift()
    const first = history[0] ?? { at, ticks: now.ticks }
    const seconds = (at - first.at) / 1000
    line.show(format(now, seconds > 0 ? (now.ticks - first.ticks) / seconds : 0))
  })
  yield* Effect.addFinalizer(() => Effect.sync(line.erase))
  yield* draw.pipe(Effect.andThen(Effect.sleep("250 millis")), Effect.forever, Effect.forkScoped)
})

/**
 * How the feeds and readers of a tape do.
 *
 * @since 0.1.0
 */
export const ofTape = (tape: Tape): Effect.Effect<Sample> =>
  Effect.gen(function* () {
    const feeds = yield* tape.status
    const readers = yield* tape.readers
    const lags = feeds.flatMap(({ lagMs }) => (lagMs === undefined ? [] : [lagMs]))
    const venues = Array.from(new Set(feeds.map(({ venue }) => venue)))
    const isRecorded = feeds.some(({ provenance }) => provenance === "recorded")
    return {
      source: `${venues.join(", ")} ${isRecorded ? "RECORDED" : "live"}`,
      ticks: feeds.reduce((sum, { ticks }) => sum + ticks, 0),
      // A lag is a measure of what is live.
      lagMs: isRecorded || lags.length === 0 ? undefined : Math.max(...lags),
      dropped: readers.reduce((sum, { dropped }) => sum + dropped, 0)
    }
  })
