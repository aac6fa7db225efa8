/**
 * Serves a tape over HTTP.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Etag from "effect/http/Etag"
import type * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import type * as Path from "effect/Path"
import * as Tape from "tapewire/Tape"
import { Api } from "./Api.ts"
import * as Bars from "./Bars.ts"
import * as Guard from "./Guard.ts"
import * as Handlers from "./Handlers.ts"
import * as Metrics from "./Metrics.ts"
import * as Offer from "./Offer.ts"
import * as Page from "./Page.ts"
import * as Streams from "./Streams.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** Names and addresses, without port, by which clients reach the service besides loopback. */
  readonly hosts?: ReadonlyArray<string> | undefined
}

const api = HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(
  Layer.provide(Handlers.layer)
)

/** The interface comes with its scripts inline, and loads nothing. */
const docs = HttpApiSwagger.layer(Api, { path: "/docs" }).pipe(
  Layer.provide(
    HttpRouter.middleware((answer) =>
      Effect.map(
        answer,
        HttpServerResponse.setHeader(
          "content-security-policy",
          "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
      )
    ).layer
  )
)

const metrics = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const { refresh } = yield* Metrics.Metrics
    const text = Effect.andThen(refresh, PrometheusMetrics.format())
    const contentType = "text/plain; version=0.0.4; charset=utf-8"
    yield* router.add(
      "GET",
      "/metrics",
      Effect.map(text, (body) => HttpServerResponse.text(body, { contentType }))
    )
  })
)

/**
 * The routes of the service, and the streams that are open.
 *
 * @since 0.1.0
 */
export const routes = (options?: Options) =>
  Layer.mergeAll(api, docs, metrics, Page.layer, Guard.layer(options?.hosts ?? [])).pipe(
    Layer.provide([Bars.layer, Metrics.layer]),
    Layer.provideMerge(Streams.layer)
  )

/**
 * Serves the tape for as long as the layer is in use, then ends the streams that are open.
 *
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<
  never,
  never,
  | HttpServer.HttpServer
  | Tape.Tape
  | Etag.Generator
  | FileSystem.FileSystem
  | HttpPlatform.HttpPlatform
  | Path.Path
> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const hosts = [...(options?.hosts ?? []), ...hostOf(address)]
      // Requests are traced; the page alone makes one every second, so they are not logged.
      const served = HttpRouter.serve(routes({ hosts }), {
        disableListenLog: true,
        disableLogger: true
      })
      // Built after the server, so that streams end before it waits for open connections.
      return Layer.effectDiscard(closeStreams).pipe(Layer.provide(served), Layer.merge(said))
    })
  )

const closeStreams = Effect.flatMap(Streams.Streams, ({ close }) =>
  Effect.addFinalizer(() => close)
)

/** Says in the log where the ticks come from. */
const said = Layer.effectDiscard(
  Effect.flatMap(Tape.Tape, ({ feeds }) =>
    Effect.forEach(
      feeds,
      (feed) =>
        Effect.annotateLogs(
          feed.provenance === "recorded"
            ? Effect.logWarning(`Serving RECORDED ticks of ${feed.venue}, not the market as it is`)
            : Effect.logInfo(`Serving live ticks of ${feed.venue}`),
          { subscriptions: Offer.all([feed]).join(" ") }
        ),
      { discard: true }
    )
  )
)

const hostOf = (address: NetAddress.SocketAddress): ReadonlyArray<string> =>
  NetAddress.isUnixPathAddress(address) || NetAddress.isUnspecified(address.address)
    ? []
    : [NetAddress.formatUrlHost(address.address)]
