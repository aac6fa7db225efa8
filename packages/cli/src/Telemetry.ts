/**
 * Traces, metrics and logs for an OpenTelemetry collector, where `OTEL_EXPORTER_OTLP_ENDPOINT` names
 * one. Elsewhere nothing of it is even loaded.
 *
 * @since 0.1.0
 */
import * as Metrics from "@tapewire/server/Metrics"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tape from "tapewire/Tape"
import { UsageError } from "./Usage.ts"

interface Interface {
  /** Sends the metrics as they are now, which otherwise happens every minute. */
  readonly flush: Effect.Effect<void>
}

/** Where telemetry goes; `undefined` where nobody wants it. */
const Collector = Context.Reference<Interface | undefined>("@tapewire/cli/Collector", {
  defaultValue: () => undefined
})

/**
 * Composes feeds whose batches are traced if anybody wants to know.
 *
 * @since 0.1.0
 */
export const tape = Effect.fnUntraced(function* (
  feeds: Parameters<typeof Tape.make>[0],
  options: Tape.Options
) {
  const collector = yield* Collector
  return yield* Tape.make(feeds, { ...options, traced: collector !== undefined })
})

/**
 * Sends the metrics of a tape until the scope is closed, and a last time then.
 *
 * @since 0.1.0
 */
export const measure = Effect.fnUntraced(function* (tape: Tape.Interface) {
  if ((yield* Collector) === undefined) return
  const layer = Layer.provide(Metrics.layer, Layer.succeed(Tape.Tape, tape))
  const { refresh } = Context.get(yield* Layer.build(layer), Metrics.Metrics)
  yield* flushAtEnd
  yield* Effect.addFinalizer(() => refresh)
})

/**
 * Sends the metrics when the scope is closed, before those registered earlier are forgotten.
 *
 * @since 0.1.0
 */
export const flushAtEnd = Effect.gen(function* () {
  const collector = yield* Collector
  if (collector !== undefined) yield* Effect.addFinalizer(() => collector.flush)
})

const setting = "OTEL_EXPORTER_OTLP_ENDPOINT"

/**
 * Fails where the setting is not a URL.
 *
 * @since 0.1.0
 */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const endpoint = yield* Config.option(Config.URL(setting)).pipe(
      Effect.mapError(() => new UsageError({ problems: [`${setting} is not a URL`] }))
    )
    if (Option.isNone(endpoint)) return Layer.empty
    const { exporters, flush } = yield* Effect.promise(() => import("./OpenTelemetry.ts"))
    return Layer.merge(exporters, Layer.succeed(Collector, { flush }))
  })
)
