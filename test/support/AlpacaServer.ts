/**
 * Alpaca's stream of stocks on the loopback interface: one connection at a time, a login before all
 * else, a limit of symbols, and an answer to each request that lists everything. Whoever subscribes
 * is sent the frames of the recording that are about what was asked for.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
// A server of raw frames and answers, with nothing of the product in it.
import { createServer, type Server } from "node:http"
import { type WebSocket, WebSocketServer } from "ws"

export interface AlpacaServer {
  readonly port: number
  /** The settings that put it in the place of Alpaca. */
  readonly settings: Readonly<Record<string, string>>
  /** What it was sent over all connections, and asked by HTTP, in order. */
  readonly heard: ReadonlyArray<string>
  /** Says something to whoever is logged in, and ends the connection if it is to. */
  readonly say: (frame: string, end?: "and hangs up") => void
}

interface Setting {
  readonly assets: ReadonlyArray<string>
  /** Lists of messages, by the list they are subscribed to by and the symbol: `trades/SPOT`. */
  readonly frames: ReadonlyMap<string, ReadonlyArray<string>>
  /** How many subscriptions there may be. */
  readonly most?: number
  /** How often a login finds somebody else logged in. */
  readonly taken?: number
}

const key = "PKLOOPBACK"
const secret = "open sesame"

const lists = ["trades", "quotes", "bars", "updatedBars"] as const

const named = (json: unknown, name: string): ReadonlyArray<string> => {
  const found: unknown =
    typeof json === "object" &&
    json !== null &&
    Object.entries(json).find(([one]) => one === name)?.[1]
  return Array.isArray(found) ? found.map(String) : []
}

const error = (code: number, msg: string) => JSON.stringify([{ T: "error", code, msg }])

export const make = Effect.fnUntraced(function* ({
  assets,
  frames,
  most = 30,
  taken = 0
}: Setting): Effect.fn.Return<AlpacaServer, never, Scope.Scope> {
  const heard: Array<string> = []
  let others = taken
  let client: WebSocket | undefined

  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`)
    const isKnown =
      request.headers["apca-api-key-id"] === key &&
      request.headers["apca-api-secret-key"] === secret
    const body = assets.map((symbol) => ({ symbol, status: "active", tradable: true }))
    response
      .writeHead(isKnown ? 200 : 401, { "content-type": "application/json" })
      .end(isKnown ? JSON.stringify(body) : `{"message":"unauthorized."}`)
  })

  const login = (socket: WebSocket, text: string): string => {
    if (text !== JSON.stringify({ action: "auth", key, secret })) return error(402, "auth failed")
    if (others > 0) {
      others--
      return error(406, "connection limit exceeded")
    }
    client = socket
    return `[{"T":"success","msg":"authenticated"}]`
  }

  const sockets = new WebSocketServer({ server })
  sockets.on("connection", (socket) => {
    const topics = new Set<string>()
    const listed = (list: string) =>
      Array.from(topics).flatMap((topic) =>
        topic.startsWith(`${list}/`) ? [topic.slice(list.length + 1)] : []
      )
    const follow = (text: string): string => {
      const request: unknown = JSON.parse(text)
      const asked = lists.flatMap((list) => named(request, list).map((name) => `${list}/${name}`))
      if (text.includes(`"unsubscribe"`)) {
        for (const topic of asked) topics.delete(topic)
      } else {
        const more = asked.filter((topic) => !topics.has(topic))
        if (topics.size + more.length > most) return error(405, "symbol limit exceeded")
        for (const topic of more) {
          topics.add(topic)
          setImmediate(() => frames.get(topic)?.forEach((frame) => socket.send(frame)))
        }
      }
      const all = Object.fromEntries(lists.map((list) => [list, listed(list)]))
      return JSON.stringify([{ T: "subscription", ...all, corrections: listed("trades") }])
    }
    socket.on("message", (data) => {
      const text = String(data)
      heard.push(text)
      if (text.includes(`"auth"`)) socket.send(login(socket, text))
      else socket.send(socket === client ? follow(text) : error(401, "not authenticated"))
    })
    socket.on("close", () => {
      if (client === socket) client = undefined
    })
    socket.send(`[{"T":"success","msg":"connected"}]`)
  })

  const { port } = yield* Effect.acquireRelease(listen(server), () =>
    Effect.callback<void>((resume) => {
      for (const socket of sockets.clients) socket.terminate()
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  return {
    port,
    settings: {
      TAPEWIRE_ALPACA_SIP_WS: `ws://127.0.0.1:${port}/v2/sip`,
      TAPEWIRE_ALPACA_SIP_REST: `http://127.0.0.1:${port}`,
      TAPEWIRE_ALPACA_KEY: key,
      TAPEWIRE_ALPACA_SECRET: secret
    },
    heard,
    say: (frame, end) => {
      client?.send(frame)
      if (end !== undefined) client?.close(1000)
    }
  }
})

const listen = (server: Server) =>
  Effect.callback<{ readonly port: number }>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(
        address === null || typeof address === "string"
          ? Effect.die(address)
          : Effect.succeed(address)
      )
    })
  })
