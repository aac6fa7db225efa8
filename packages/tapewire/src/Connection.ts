/**
 * One WebSocket connection to a venue.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"
import * as Socket from "effect/socket/Socket"
import * as FeedError from "./FeedError.ts"

/**
 * @since 0.1.0
 */
export interface Connection {
  /** Stops reading until `resume`, where the client can: the venue's frames then wait on the way. */
  readonly pause: () => void
  readonly resume: () => void
  readonly send: (frame: string) => Effect.Effect<void, FeedError.Lost>
  /** Fails when the connection ends. */
  readonly ended: Effect.Effect<never, FeedError.Lost>
}

/**
 * What is told of a connection: frames, and when they were read, in microseconds since the epoch.
 *
 * @since 0.1.0
 */
export interface Listener {
  readonly receive: (data: string | Uint8Array, at: number) => void
  /** The time at which a frame is read that comes now, in microseconds since the epoch. */
  readonly now: () => number
}

/**
 * What a client may tell with the error event of a socket, beyond what browsers do.
 *
 * @since 0.1.0
 */
export interface Trouble extends Socket.WebSocketEvent {
  /** The code we close with, where the peer broke the protocol. The connection is then over. */
  readonly code?: number
  readonly message: string
  /** The status of the answer to the opening handshake, where it was refused. */
  readonly status?: number | undefined
  /** The `Retry-After` header of that answer, as it came. */
  readonly retryAfter?: string | undefined
}

/**
 * Microseconds since the Unix epoch.
 *
 * @since 0.1.0
 */
export const micros = (clock: Clock.Clock): number => Number(clock.currentTimeNanosUnsafe() / 1000n)

/**
 * Connects, and closes the connection with the scope, which does not wait for the peer to agree.
 *
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function* (
  url: string,
  timeout: Duration.Input,
  listener: Listener
) {
  const construct = yield* Socket.WebSocketConstructor
  const clock = yield* Clock.Clock
  const unreachable = (detail: string) => new FeedError.Unreachable({ url, detail })

  const opened = Deferred.makeUnsafe<void, FeedError.Rejected | FeedError.Unreachable>()
  const ended = Deferred.makeUnsafe<never, FeedError.Lost>()
  let trouble = ""

  const lose = (code: number, detail: string) =>
    Deferred.doneUnsafe(ended, Effect.fail(new FeedError.Lost({ code, detail })))
  const rejection = (event: Socket.WebSocketEvent) => {
    if (!("status" in event) || typeof event.status !== "number") return undefined
    const retryAfterMs =
      "retryAfter" in event && typeof event.retryAfter === "string"
        ? retryAfter(event.retryAfter, clock.currentTimeMillisUnsafe())
        : undefined
    return new FeedError.Rejected({ url, status: event.status, retryAfterMs })
  }

  const onOpen = () => Deferred.doneUnsafe(opened, Effect.void)
  const onMessage = ({ data }: Socket.WebSocketEvent) => {
    const at = listener.now()
    if (typeof data === "string") listener.receive(data, at)
    else if (data instanceof ArrayBuffer) listener.receive(new Uint8Array(data), at)
    else if (data instanceof Uint8Array) listener.receive(data, at)
  }
  const onError = (event: Socket.WebSocketEvent) => {
    trouble = describe(event)
    Deferred.doneUnsafe(opened, Effect.fail(rejection(event) ?? unreachable(trouble)))
    // The socket is closed once the peer agrees or 2 s are over, but nothing more will come of it.
    if (event.code !== undefined) lose(event.code, trouble)
  }
  const onClose = ({ code = 1006, reason = "" }: Socket.WebSocketEvent) => {
    const detail = reason === "" ? trouble : reason
    Deferred.doneUnsafe(
      opened,
      Effect.fail(unreachable(detail === "" ? `closed (${code})` : detail))
    )
    lose(code, detail)
  }

  const socket = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        const socket = construct(url)
        if ("binaryType" in socket) socket.binaryType = "arraybuffer"
        socket.addEventListener("open", onOpen)
        socket.addEventListener("message", onMessage)
        socket.addEventListener("error", onError)
        socket.addEventListener("close", onClose)
        return socket
      },
      catch: (cause) => unreachable(String(cause))
    }),
    (socket) =>
      Effect.sync(() => {
        socket.removeEventListener("message", onMessage)
        // The error listener stays: a socket closed while it connects reports an error.
        socket.close(1000)
        // The answer to our close comes after all that waits.
        resume(socket)
      })
  )

  yield* Deferred.await(opened).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => Effect.fail(unreachable("no answer to the opening handshake"))
    })
  )

  return {
    pause: () => {
      if ("pause" in socket && typeof socket.pause === "function") socket.pause()
    },
    resume: () => resume(socket),
    ended: Deferred.await(ended),
    send: (frame) =>
      Effect.try({
        try: () => socket.send(frame),
        catch: (cause) => new FeedError.Lost({ code: 1006, detail: String(cause) })
      })
  } satisfies Connection
})

const resume = (socket: Socket.WebSocketLike) => {
  if ("resume" in socket && typeof socket.resume === "function") socket.resume()
}

/**
 * The wait that a `Retry-After` header asks for at a given time, both in milliseconds; `undefined`
 * where it is neither whole seconds nor an HTTP date.
 *
 * @since 0.1.0
 */
export const retryAfter = (header: string, now: number): number | undefined => {
  const parsed = Headers.parseRetryAfter(header)
  if (Result.isFailure(parsed)) return undefined
  const millis = Duration.toMillis(Headers.retryAfterDelay(parsed.success, now))
  // There is no greatest number of digits in a header, but there is in a number.
  return Math.min(millis, Number.MAX_SAFE_INTEGER)
}

/** `ws` and the browsers put what went wrong in different fields. */
const describe = (event: Socket.WebSocketEvent): string =>
  "message" in event && typeof event.message === "string" && event.message !== ""
    ? event.message
    : "connection failed"
