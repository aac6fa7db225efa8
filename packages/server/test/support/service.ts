/** The service in memory, over feeds whose ticks are given. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Server from "@tapewire/server/Server"
import * as Streams from "@tapewire/server/Streams"
import type * as Feed from "tapewire/Feed"
import * as Subscription from "tapewire/Subscription"
import * as Tape from "tapewire/Tape"
import type { BookSnapshot, Quote, Trade } from "tapewire/Tick"

/** Binance spot, 2024-08-08: a `trade` frame of a recording, as it is normalized. */
export const trade: Trade = {
  _tag: "Trade",
  venue: "binance",
  symbol: "BTC-USDT",
  at: 1_723_161_255_342_000,
  received: 1_723_161_254_087_896,
  id: 3_735_683_259,
  price: 61837.63,
  size: 0.02,
  side: "sell"
}

/** Binance spot, 2024-08-08: a `bookTicker` frame of the same recording. */
export const quote: Quote = {
  _tag: "Quote",
  venue: "binance",
  symbol: "BTC-USDT",
  received: 1_723_161_254_087_891,
  bid: 61837.63,
  bidSize: 3.78826,
  ask: 61837.64,
  askSize: 1.54698,
  sequence: 50_093_239_212
}

/** The first levels of the snapshot of the same recording, and its best ask from the diffs. */
export const book: BookSnapshot = {
  _tag: "BookSnapshot",
  venue: "binance",
  symbol: "BTC-USDT",
  received: 1_723_161_254_206_652,
  sequence: 50_093_239_218,
  bids: [
    [61837.63, 3.78826],
    [61837.62, 0.617],
    [61837.24, 0.1061]
  ],
  asks: [[61837.64, 1.54698]]
}

export const subscriptions = (...texts: ReadonlyArray<string>) =>
  texts.map((text) => Result.getOrThrow(Subscription.parse(text)))

/** A feed that is doing nothing yet, but for what is given. */
export const feed = (
  given: Partial<Feed.Feed> & { readonly now?: Partial<Feed.Status> }
): Feed.Feed => {
  const { now, ...rest } = given
  return {
    venue: "binance",
    provenance: "recorded",
    subscriptions: subscriptions("binance:trades:BTC-USDT"),
    subscribe: () => Effect.void,
    unsubscribe: () => Effect.void,
    ticks: Stream.empty,
    gaps: Effect.succeed([]),
    contiguous: [],
    events: Stream.empty,
    status: Effect.succeed({
      state: "running",
      ticks: 0,
      lastTickAt: undefined,
      lagMs: undefined,
      losses: 0,
      counts: undefined,
      ...now
    }),
    book: () => undefined,
    ...rest
  }
}

export interface Service {
  readonly tape: Tape.Interface
  readonly streams: Streams.Interface
  readonly request: (path: string, init?: RequestInit) => Effect.Effect<Response>
  /** The status and the JSON of an answer. */
  readonly json: (path: string, init?: RequestInit) => Effect.Effect<readonly [number, unknown]>
}

/** Requests come as from a client on the same machine, unless they say otherwise. */
export const handlerOf = (
  app: Effect.Effect<HttpServerResponse, unknown, HttpServerRequest | Scope.Scope>
): Effect.Effect<Service["request"]> =>
  Effect.map(Effect.context<never>(), (context) => {
    const handler = HttpEffect.toWebHandlerWith<never, HttpServerRequest | Scope.Scope>(context)(
      app
    )
    return (path, init) =>
      Effect.promise((signal) =>
        handler(
          new Request(`http://127.0.0.1:8787${path}`, {
            signal,
            ...init,
            headers: { host: "127.0.0.1:8787", ...init?.headers }
          })
        )
      )
  })

/** The routes of the service, without a server. */
export const serve = Effect.fnUntraced(function* (
  feeds: ReadonlyArray<Feed.Feed>,
  options?: Server.Options
): Effect.fn.Return<Service, never, Scope.Scope> {
  const tape = yield* Tape.make(feeds)
  const context = yield* Layer.build(
    Server.routes(options).pipe(
      Layer.provideMerge(HttpRouter.layer),
      Layer.provide([Layer.succeed(Tape.Tape, tape), HttpServer.layerServices])
    )
  )
  const request = yield* handlerOf(Context.get(context, HttpRouter.HttpRouter).asHttpEffect())
  return {
    tape,
    streams: Context.get(context, Streams.Streams),
    request,
    json: (path, init) =>
      Effect.gen(function* () {
        const response = yield* request(path, init)
        return [response.status, yield* Effect.promise(() => response.json())] as const
      })
  }
})

/** The texts of a body as they come, `undefined` at the end, and a way to leave before it. */
export const reading = ({ body }: Response) => {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  return {
    next: Effect.promise(() => Promise.resolve(reader?.read()).then((read) => read?.value)),
    leave: Effect.promise(() => Promise.resolve(reader?.cancel()))
  }
}
