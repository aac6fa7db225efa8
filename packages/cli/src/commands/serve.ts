/**
 * `tapewire serve`
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Server from "@tapewire/server/Server"
import * as Venues from "@tapewire/venues/Venues"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Recording from "tapewire/Recording"
import * as Tape from "tapewire/Tape"
import * as TapeFile from "tapewire/TapeFile"
import { createServer } from "node:http"
import * as Progress from "../Progress.ts"
import * as Run from "../Run.ts"
import * as Subscriptions from "../Subscriptions.ts"
import * as Telemetry from "../Telemetry.ts"
import * as Usage from "../Usage.ts"

/** Where ticks come from. */
type Source =
  | { readonly _tag: "Live"; readonly chosen: ReadonlyArray<Subscriptions.Chosen> }
  | { readonly _tag: "Recorded"; readonly path: string }

const readSource = (
  subscriptions: ReadonlyArray<string>,
  tape: Option.Option<string>
): Usage.Given<Source> => {
  if (Option.isSome(tape)) {
    return subscriptions.length === 0
      ? Result.succeed({ _tag: "Recorded", path: tape.value })
      : Usage.wrong("serve either subscriptions or a --tape, not both")
  }
  return subscriptions.length === 0
    ? Usage.wrong(
        "nothing to serve: name subscriptions, such as binance:trades:BTC-USDT, or a --tape"
      )
    : Result.map(Subscriptions.parse(subscriptions), (chosen) => ({ _tag: "Live", chosen }))
}

const readHost = (host: string): Usage.Given<string> =>
  /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)
    ? Result.succeed(host)
    : Usage.wrong(
        `--host ${host} is refused: without access control, only this machine is served (127.0.0.1)`
      )

/** Feeds, and what is to be said of where they come from. */
const open = Effect.fnUntraced(function* (source: Source, options: Recording.Options) {
  if (source._tag === "Live") {
    return { feeds: yield* Subscriptions.live(source.chosen), provenance: "live" }
  }
  const { header } = yield* TapeFile.open(source.path)
  const venues = Venues.all.filter(({ id }) => header.feeds.some(({ venue }) => venue === id))
  if (venues.length === 0) {
    const held = header.feeds.map(({ venue }) => venue).join(", ")
    return yield* new Usage.UsageError({
      problems: [`${source.path} holds nothing of a venue known to this version, only ${held}`]
    })
  }
  const { capturedAt = "a time unknown", source: origin } = header.provenance
  return {
    feeds: yield* Effect.forEach(venues, (venue) => Recording.make(venue, source.path, options)),
    provenance: `RECORDED (${origin}; captured ${capturedAt})`
  }
})

/** A client that dawdles with its request is not waited for; times are in milliseconds. */
const limits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024
}

const cannotListen =
  (host: string, port: number) =>
  ({ cause }: ServeError) => {
    const code = Predicate.hasProperty(cause, "code") ? cause.code : cause
    const problem =
      code === "EADDRINUSE"
        ? `port ${port} on ${host} is in use; choose another with --port`
        : `cannot listen on ${host}, port ${port}: ${String(code)}`
    return new Usage.UsageError({ problems: [problem] })
  }

/**
 * @since 0.1.0
 */
export const serve = Command.make(
  "serve",
  {
    subscriptions: Subscriptions.any,
    tape: Flag.String("tape").pipe(
      Flag.withMetavar("<tape>"),
      Flag.withDescription("Serve a tape instead of live feeds"),
      Flag.optional
    ),
    loop: Flag.Boolean("loop").pipe(
      Flag.withDescription("Begin the tape again at its end"),
      Flag.withDefault(false)
    ),
    speed: Flag.String("speed").pipe(
      Flag.withMetavar("<realtime|max|N>"),
      Flag.withDescription("How fast to play the tape; as recorded by default"),
      Flag.withDefault("realtime")
    ),
    port: Flag.String("port").pipe(
      Flag.withMetavar("<port>"),
      Flag.withDescription("Where to listen, 8787 by default; 0 takes a free port"),
      Flag.withDefault("8787")
    ),
    host: Flag.String("host").pipe(
      Flag.withMetavar("<address>"),
      Flag.withDescription("The address to listen on, of this machine only"),
      Flag.withDefault("127.0.0.1")
    )
  },
  Effect.fnUntraced(function* (given) {
    const { host, port, source, speed } = yield* Usage.all({
      source: readSource(given.subscriptions, given.tape),
      endpoints: yield* Subscriptions.endpoints(given.subscriptions),
      speed: Usage.speed(given.speed),
      port: Usage.whole("--port", given.port, 0, 65_535),
      host: readHost(given.host)
    })
    const { feeds, provenance } = yield* open(source, { speed, loop: given.loop })
    const tape = yield* Telemetry.tape(feeds, { onFailure: "isolate" })
    const server = createServer(limits)
    const http = NodeHttpServer.layer(() => server, {
      host,
      port,
      gracefulShutdownTimeout: "2 seconds"
    })
    const context = yield* Layer.build(
      Layer.provideMerge(Server.layer(), http).pipe(Layer.provide(Layer.succeed(Tape.Tape, tape)))
    ).pipe(Effect.mapError(cannotListen(host, port)))
    yield* Telemetry.flushAtEnd
    const { address } = Context.get(context, HttpServer.HttpServer)
    yield* Effect.logInfo(`Listening on ${HttpServer.formatAddress(address)} · ${provenance}`)
    yield* Progress.show(Progress.ofTape(tape))
    // What was read of a tape can still be asked for after its end.
    yield* Run.untilStopped(Effect.andThen(tape.run, Effect.never))
    yield* Effect.logInfo("Stopping")
    const cut = Effect.sync(() => server.closeAllConnections())
    yield* Effect.forkDetach(Effect.delay(cut, "3 seconds"))
  }, Effect.scoped)
).pipe(
  Command.withDescription("Serve ticks, books and bars over HTTP, with a page to look at them"),
  Command.withExamples([
    {
      command: "tapewire serve binance:trades:BTC-USDT binance:book:BTC-USDT",
      description: "Live; look at http://127.0.0.1:8787"
    },
    {
      command: "tapewire serve --tape btc.tape --loop",
      description: "From a tape, again and again"
    }
  ])
)
