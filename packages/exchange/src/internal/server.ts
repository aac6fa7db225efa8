/** The sockets of an exchange on the loopback interface. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createServer, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"
import { CannotListen } from "../ExchangeError.ts"
import type { Desk } from "../Desk.ts"
import type { Floor, Link, Refused } from "./floor.ts"

export interface Server {
  readonly port: number
  /** Whether every client has taken nearly all that it was sent. */
  readonly isDrained: () => boolean
}

/** Who leaves more than this unread is cut, in bytes. */
const patience = 64 * 1024 * 1024

/** What may be on its way to a client while it still counts as following, in bytes. */
const following = 1024 * 1024

const retryAfter = ({ retryAfter }: Refused): Record<string, string> =>
  retryAfter === undefined
    ? {}
    : { "retry-after": String(Math.max(1, Math.ceil(retryAfter / 1000))) }

/** Answers a handshake with something else than a connection. */
const turnAway = (socket: Duplex, refused: Refused) => {
  const { body, status } = refused.answer
  const headers = {
    "content-type": "application/json",
    "content-length": String(body.length),
    connection: "close",
    ...retryAfter(refused)
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${body}`)
}

const urlOf = (path: string | undefined) =>
  URL.canParse(path ?? "/", "http://exchange") ? new URL(path ?? "/", "http://exchange") : undefined

/** Listens until the scope is closed, and then cuts every connection. */
export const make = Effect.fnUntraced(function* (desk: Desk, floor: Floor, port: number) {
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  /** When each was last heard of. */
  const pongs = new Map<WebSocket, number>()
  const stalled = new Set<WebSocket>()

  const respond = (path: string | undefined, response: ServerResponse) => {
    const url = urlOf(path)
    const outcome =
      url === undefined ? ({ _tag: "Answered", answer: desk.notFound } as const) : floor.ask(url)
    const { body, status } = outcome.answer
    response
      .writeHead(status, {
        "content-type": "application/json",
        ...(outcome._tag === "Refused" ? retryAfter(outcome) : {})
      })
      .end(body)
  }
  const server = createServer((request, response) => respond(request.url, response))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 })

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => {})
    const url = urlOf(request.url)
    const outcome =
      url === undefined ? ({ _tag: "Refused", answer: desk.notFound } as const) : floor.admit(url)
    if (outcome._tag === "Refused") return turnAway(socket, outcome)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const link: Link = {
        send: (frame) => {
          if (opened.bufferedAmount > patience) {
            floor.tooSlow()
            opened.terminate()
          } else opened.send(frame)
        },
        close: (code, reason) => opened.close(code, reason),
        reset: () => request.socket.resetAndDestroy(),
        end: () => request.socket.end(),
        stall: () => {
          stalled.add(opened)
          opened.pause()
        }
      }
      pongs.set(opened, now())
      const client = outcome.enter(link)
      opened.on("error", () => {})
      opened.on("message", (data) => client.hear(String(data)))
      opened.on("ping", client.beat)
      opened.on("pong", () => {
        pongs.set(opened, now())
        client.beat()
      })
      opened.on("close", (code) => {
        pongs.delete(opened)
        stalled.delete(opened)
        client.left(code)
      })
    })
  })

  const address = yield* Effect.acquireRelease(
    Effect.callback<number, CannotListen>((resume) => {
      server.once("error", (error) =>
        resume(
          Effect.fail(
            new CannotListen({ port, code: "code" in error ? String(error.code) : error.message })
          )
        )
      )
      server.listen(port, "127.0.0.1", () => {
        const address = server.address()
        resume(
          address === null || typeof address === "string"
            ? Effect.die(address)
            : Effect.succeed(address.port)
        )
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

  const { everyMillis, withinMillis } = desk.pings
  yield* Effect.sync(() => {
    for (const [socket, heard] of pongs) {
      if (stalled.has(socket)) continue
      if (now() - heard > everyMillis + withinMillis) socket.terminate()
      else socket.ping()
    }
  }).pipe(Effect.delay(everyMillis), Effect.forever, Effect.forkScoped)

  return {
    port: address,
    isDrained: () => {
      for (const socket of pongs.keys()) {
        if (!stalled.has(socket) && socket.bufferedAmount > following) return false
      }
      return true
    }
  } satisfies Server
})
