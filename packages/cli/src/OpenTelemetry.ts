/**
 * Exports to an OpenTelemetry collector over HTTP. The exporters read their settings, such as
 * headers and certificates, from the standard `OTEL_` variables themselves.
 *
 * Loaded only when there is a collector: it takes a quarter of a second.
 *
 * @since 0.1.0
 */
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import { version } from "./Version.ts"

const metricReader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })

/**
 * @since 0.1.0
 */
export const exporters = NodeSdk.layer(
  Effect.map(version, (serviceVersion): NodeSdk.Configuration => ({
    resource: { serviceName: "tapewire", serviceVersion },
    spanProcessor: new BatchSpanProcessor(new OTLPTraceExporter()),
    metricReader,
    logRecordProcessor: new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() }),
    shutdownTimeout: "1 second"
  }))
)

/**
 * Sends the metrics as they are now, if that takes less than a second.
 *
 * @since 0.1.0
 */
export const flush = Effect.tryPromise(() => metricReader.forceFlush()).pipe(
  Effect.timeout("1 second"),
  Effect.ignore
)
