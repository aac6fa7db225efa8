/**
 * A venue's HTTP interface, within the limit of its host.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Result from "effect/Result"
import * as Connection from "./Connection.ts"
import { BadAnswer, Unreachable } from "./FeedError.ts"
import * as Host from "./Host.ts"
import * as Reader from "./Reader.ts"
import type { Call, Credentials, Venue } from "./Venue.ts"
import type { Answered } from "./Wire.ts"

/**
 * @since 0.1.0
 */
export interface Rest {
  /** The address that calls are made at. */
  readonly base: string
  /**
   * Waits for the limit, asks, and gives the answer whatever its status. Not retried. Where the
   * answer says that too much was asked, the host is left alone for as long as it says.
   */
  readonly ask: (
    call: keyof Venue["calls"],
    subject: string,
    from?: number,
    to?: number,
    /** Where it differs from that of the call. */
    weight?: number
  ) => Effect.Effect<Answered, Unreachable>
}

/**
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  venue: Pick<Venue, "authorize" | "calls" | "endpoints" | "headers" | "id" | "limits">,
  base: string,
  credentials?: Credentials
) {
  const client = yield* HttpClient.HttpClient
  const clock = yield* Clock.Clock
  const host = yield* Host.of(base)
  const { requests } = venue.limits
  const limiter = host.limit("requests", requests)

  const proof = credentials === undefined ? undefined : venue.authorize?.(credentials)
  /** What goes with every request and is told nowhere. */
  const sent = { headers: { ...venue.headers, ...proof?.headers }, urlParams: proof?.query }

  /** Heeds an answer that says that too much was asked (429), and is no longer answered (418). */
  const heed = (status: number, retryAfter: string | undefined) => {
    if (status !== 429 && status !== 418) return
    const asked =
      retryAfter === undefined
        ? undefined
        : Connection.retryAfter(retryAfter, clock.currentTimeMillisUnsafe())
    // Without a word, the limit is whole again after its window.
    host.hold(asked ?? Duration.toMillis(requests.per))
  }

  const ask = Effect.fn("Rest.ask")(function* (
    call: keyof Venue["calls"],
    subject: string,
    from = 0,
    to = from,
    given?: number
  ) {
    const asked: Call<unknown> = venue.calls[call] ?? missing(venue.id, call)
    const { base: own, body, path, weight } = asked
    // Whoever puts another address in the place of the venue's own means all calls.
    const elsewhere = base === venue.endpoints.rest ? own?.(credentials) : undefined
    const url = (elsewhere ?? base) + path(subject, from, to)
    // Trades wait for those that are missed, and are given up if they wait for too long.
    const urgency = call === "trades" || call === "aggregatedTrades" ? "urgent" : undefined
    yield* host.take(limiter, given ?? weight, urgency)
    const request =
      body === undefined
        ? client.get(url, sent)
        : client.post(url, {
            ...sent,
            body: HttpBody.text(body(subject, from, to), "application/json")
          })
    const answer = yield* request.pipe(
      Effect.flatMap((response) => {
        heed(response.status, response.headers["retry-after"])
        return Effect.map(response.text, (body) => ({ body, status: response.status }))
      }),
      Effect.mapError((error) => new Unreachable({ url, detail: describe(error) })),
      Effect.timeoutOrElse({
        duration: "10 seconds",
        orElse: () => Effect.fail(new Unreachable({ url, detail: "no answer within 10 s" }))
      })
    )
    const at = Connection.micros(clock)
    return { _tag: "Answered", venue: venue.id, at, call, subject, url, ...answer } as const
  })

  return { base, ask } satisfies Rest
})

/** Whoever asks knows what the venue has. */
const missing = (venue: string, call: string): never => {
  throw new Error(`${venue} has no call ${call}`)
}

/**
 * What the answer to a call means: `read(venue.calls.time, yield* rest.ask("time", ""))`.
 *
 * @since 0.1.0
 */
export const read = <A>(call: Call<A>, answer: Answered): Result.Result<A, BadAnswer> => {
  const { at, body, status, subject, url, venue } = answer
  if (status !== 200) return Result.fail(new BadAnswer({ url, status, detail: body.slice(0, 200) }))
  const reader = Reader.make(venue, [])
  reader.received = at
  return Result.mapError(
    call.decode(body, reader, subject),
    ({ message }) => new BadAnswer({ url, status, detail: message })
  )
}

/** The innermost cause says more than the layers around it. */
const describe = (error: HttpClientError): string => {
  let cause: unknown = error
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message
}
