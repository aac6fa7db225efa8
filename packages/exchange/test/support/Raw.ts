/** A client that speaks for itself, frame by frame. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { WebSocket } from "ws"

export interface Raw {
  readonly send: (frame: string) => void
  /** Everything that came, in order. */
  readonly heard: ReadonlyArray<string>
  /** Waits until so many frames have come in all. */
  readonly hears: (count: number) => Effect.Effect<ReadonlyArray<string>>
  /** How it ended. */
  readonly closed: Effect.Effect<{ readonly code: number; readonly reason: string }>
  /** Waits until the exchange answers a ping. */
  readonly pong: Effect.Effect<void>
  /** Waits until the exchange pings. */
  readonly pinged: Effect.Effect<void>
}

/** The status of a handshake that was refused, with its `Retry-After`. */
export interface Refused {
  readonly status: number
  readonly retryAfter: string | undefined
}

/** Connects; a rude client answers no pings. */
export const connect = (url: string, manner: "polite" | "rude" = "polite") =>
  Effect.acquireRelease(
    Effect.callback<{ readonly raw: Raw; readonly socket: WebSocket }, Refused>((resume) => {
      const socket = new WebSocket(url, { autoPong: manner === "polite" })
      const heard: Array<string> = []
      const waiting = new Set<() => void>()
      const closed = Deferred.makeUnsafe<{ readonly code: number; readonly reason: string }>()
      socket.on("message", (data) => {
        heard.push(String(data))
        for (const check of waiting) check()
      })
      socket.on("error", () => {})
      socket.on("close", (code, reason) =>
        Deferred.doneUnsafe(closed, Effect.succeed({ code, reason: String(reason) }))
      )
      socket.on("unexpected-response", (_, { headers, statusCode = 0 }) => {
        resume(Effect.fail({ status: statusCode, retryAfter: headers["retry-after"] }))
        socket.terminate()
      })
      socket.once("open", () =>
        resume(
          Effect.succeed({
            socket,
            raw: {
              send: (frame) => socket.send(frame),
              heard,
              hears: (count) =>
                Effect.callback<ReadonlyArray<string>>((resume) => {
                  const check = () => {
                    if (heard.length < count) return
                    waiting.delete(check)
                    resume(Effect.succeed(heard.slice()))
                  }
                  waiting.add(check)
                  check()
                }),
              closed: Deferred.await(closed),
              pinged: Effect.callback<void>((resume) => {
                socket.once("ping", () => resume(Effect.void))
              }),
              pong: Effect.callback<void>((resume) => {
                socket.once("pong", () => resume(Effect.void))
                socket.ping()
              })
            }
          })
        )
      )
    }),
    ({ socket }) => Effect.sync(() => socket.terminate())
  ).pipe(Effect.map(({ raw }) => raw))
