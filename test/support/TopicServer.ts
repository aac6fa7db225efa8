/**
 * A venue on the loopback interface that is asked for topics and then sends what was recorded of
 * each. How it is asked and answers is said by whoever makes one.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { WebSocketServer } from "ws"

export interface TopicServer {
  readonly url: string
  /** The paths that were connected to, and what was sent on any of them, in order. */
  readonly heard: ReadonlyArray<string>
}

/** What follows from a text: answers, and then what was recorded of some topics. */
export interface Answer {
  readonly frames: ReadonlyArray<string>
  readonly topics?: ReadonlyArray<string>
}

export const make = Effect.fnUntraced(function* (
  recorded: ReadonlyMap<string, ReadonlyArray<string>>,
  answer: (text: string) => Answer
): Effect.fn.Return<TopicServer, never, Scope.Scope> {
  const heard: Array<string> = []
  const server = yield* Effect.acquireRelease(
    Effect.callback<WebSocketServer>((resume) => {
      const made: WebSocketServer = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () =>
        resume(Effect.succeed(made))
      )
    }),
    (made) =>
      Effect.callback<void>((resume) => {
        for (const socket of made.clients) socket.terminate()
        made.close(() => resume(Effect.void))
      })
  )
  server.on("connection", (socket, { url = "" }) => {
    heard.push(url)
    socket.on("message", (data) => {
      const text = String(data)
      heard.push(text)
      const { frames, topics = [] } = answer(text)
      for (const frame of frames) socket.send(frame)
      for (const topic of topics) for (const frame of recorded.get(topic) ?? []) socket.send(frame)
    })
  })
  const address = server.address()
  return typeof address === "string" || address === null
    ? yield* Effect.die(address)
    : { url: `ws://127.0.0.1:${address.port}`, heard }
})
