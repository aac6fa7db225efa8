/**
 * An exchange on the loopback interface that speaks as Binance does and plays a recording.
 *
 * Whoever subscribes is sent the recording's frames of those streams from the first on, verbatim, in
 * order and as fast as they are taken. After the first update of a book nothing follows until its
 * snapshot was asked for and given.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
// A server of raw frames and answers, with nothing of the product in it.
import { createServer, type Server } from "node:http"
import type { Wire } from "tapewire/Wire"
import { type WebSocket, WebSocketServer } from "ws"
import { subjectOf } from "./Conversation.ts"

/** How a connection is treated. */
export type Manner =
  /** As a client would wish. */
  | "plays"
  /** Acknowledges and then says nothing, not even when asked. */
  | "silent"
  /** Turns the subscriptions down. */
  | "refuses"
  /** Answers the handshake with 503. */
  | "rejects"
  /** Ends the connection after so many frames of the recording. */
  | { readonly leavesAfter: number }
  /** Leaves out so many frames at the beginning, as to one who comes back late. */
  | { readonly skips: number }

/** A running exchange. */
export interface Exchange {
  readonly port: number
  /** The settings that put it in the place of Binance. */
  readonly settings: Readonly<Record<"TAPEWIRE_BINANCE_WS" | "TAPEWIRE_BINANCE_REST", string>>
  /** What it was sent over all connections, and asked by HTTP, in order. */
  readonly heard: ReadonlyArray<string>
  /** Waits until somebody has read the recording to its end. */
  readonly played: Effect.Effect<void>
}

const Request = Schema.fromJsonString(
  Schema.Struct({
    method: Schema.String,
    params: Schema.optional(Schema.Array(Schema.String)),
    id: Schema.Int
  })
)

const decodeRequest = Schema.decodeUnknownResult(Request)

const streamOf = (frame: string): string => /"stream":"([^"]+)"/.exec(frame)?.[1] ?? ""

/** What a frame of a combined stream wraps. */
const unwrap = (frame: string): string => frame.slice(frame.indexOf(`"data":`) + 7, -1)

const exchangeInfo = (wires: ReadonlyArray<Wire>): string => {
  const recorded = wires.find((wire) => wire._tag === "Answered" && wire.call === "instruments")
  if (recorded?._tag === "Answered") return recorded.body
  return JSON.stringify({
    symbols: subjectOf(wires).instruments.map(({ base, native, quote }) => ({
      symbol: native,
      status: "TRADING",
      baseAsset: base,
      quoteAsset: quote,
      filters: []
    }))
  })
}

/** What the exchange says of the thousand trades from an id on that the recording has. */
const pastTrades = (frames: ReadonlyArray<string>, native: string, fromId: number): string => {
  const form =
    /"e":"trade".*"s":"(\w+)","t":(\d+),"p":"([\d.]+)","q":"([\d.]+)".*"T":(\d+),"m":(true|false)/
  const listed = frames.flatMap((frame) => {
    const [, symbol, id, price, qty, time, isBuyerMaker] = form.exec(frame) ?? []
    if (symbol !== native || Number(id) < fromId) return []
    return [
      `{"id":${id},"price":"${price}","qty":"${qty}","time":${time},"isBuyerMaker":${isBuyerMaker}}`
    ]
  })
  return `[${listed.slice(0, 1000).join()}]`
}

interface Client {
  readonly socket: WebSocket
  readonly manner: Manner
  readonly isCombined: boolean
  readonly streams: Set<string>
  isPlayed: boolean
}

/**
 * Opens an exchange that plays a recording. Its connections are treated in the given manners, one
 * after the other, and all after the last of them like the last.
 */
export const make = Effect.fnUntraced(function* (
  wires: ReadonlyArray<Wire>,
  manners: ReadonlyArray<Manner> = ["plays"]
): Effect.fn.Return<Exchange, never, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime()
  const played = yield* Deferred.make<void>()
  const info = exchangeInfo(wires)
  const snapshots = new Map(
    wires.flatMap((wire) =>
      wire._tag === "Answered" && wire.call === "snapshot" ? [[wire.subject, wire.body]] : []
    )
  )
  const frames = wires.flatMap((wire) => (wire._tag === "Received" ? [String(wire.data)] : []))
  const heard: Array<string> = []
  /** Who waits for the snapshot of a symbol to be given. */
  const waiting = new Map<string, () => void>()

  const answer = (path: string, query: URLSearchParams) => {
    const symbol = query.get("symbol") ?? ""
    switch (path) {
      case "/api/v3/exchangeInfo":
        return { status: 200, body: info }
      case "/api/v3/time":
        return { status: 200, body: `{"serverTime":1499827319559}` }
      case "/api/v3/ping":
        return { status: 200, body: "{}" }
      case "/api/v3/depth": {
        const body = snapshots.get(symbol)
        return body === undefined
          ? { status: 400, body: `{"code":-1121,"msg":"Invalid symbol."}` }
          : { status: 200, body, given: () => waiting.get(symbol)?.() }
      }
      case "/api/v3/historicalTrades":
        return { status: 200, body: pastTrades(frames, symbol, Number(query.get("fromId"))) }
      default:
        return { status: 404, body: "" }
    }
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://exchange")
    heard.push(`${request.method} ${request.url}`)
    const { body, given, status } = answer(pathname, searchParams)
    if (given !== undefined) response.once("finish", given)
    response.writeHead(status, { "content-type": "application/json" }).end(body)
  })

  const play = Effect.fnUntraced(function* ({ isCombined, manner, socket, streams }: Client) {
    const begun = new Set<string>()
    const end =
      typeof manner === "object" && "leavesAfter" in manner
        ? manner.leavesAfter
        : Number.POSITIVE_INFINITY
    let toSkip = typeof manner === "object" && "skips" in manner ? manner.skips : 0
    let sent = 0
    for (const frame of frames) {
      const stream = streamOf(frame)
      if (!streams.has(stream) || toSkip-- > 0) continue
      if (sent === end) return socket.close(1001, "going away")
      const text = isCombined ? frame : unwrap(frame)
      const native = stream.slice(0, stream.indexOf("@")).toUpperCase()
      sent++
      if (stream.includes("@depth") && snapshots.has(native) && !begun.has(native)) {
        begun.add(native)
        yield* Effect.callback<void>((resume) => {
          waiting.set(native, () => resume(Effect.void))
          socket.send(text)
        })
      } else if (sent % 64 === 0) {
        yield* Effect.callback<void>((resume) => socket.send(text, () => resume(Effect.void)))
      } else socket.send(text)
    }
    yield* Effect.callback<void>((resume) => {
      socket.once("pong", () => resume(Effect.void))
      socket.ping()
    })
    yield* Deferred.succeed(played, undefined)
  })

  const start = (client: Client) => {
    if (client.isPlayed || client.manner === "silent") return
    client.isPlayed = true
    run(play(client))
  }

  const reply = (client: Client, text: string): string | undefined => {
    const request = decodeRequest(text)
    if (Result.isFailure(request)) {
      return `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`
    }
    const { id, method, params = [] } = request.success
    const done = `{"result":null,"id":${id}}`
    switch (method) {
      case "SUBSCRIBE":
        if (client.manner === "refuses") {
          return `{"error":{"code":2,"msg":"Invalid request: too many parameters"},"id":${id}}`
        }
        for (const stream of params) client.streams.add(stream)
        return done
      case "UNSUBSCRIBE":
        for (const stream of params) client.streams.delete(stream)
        return done
      case "LIST_SUBSCRIPTIONS":
        return client.manner === "silent"
          ? undefined
          : JSON.stringify({ result: [...client.streams], id })
      default:
        return `{"code":2,"msg":"Invalid request: unknown variant ${method}"}`
    }
  }

  const sockets = new WebSocketServer({ noServer: true })
  let connections = 0
  server.on("upgrade", (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://exchange")
    const manner = manners[Math.min(connections++, manners.length - 1)] ?? "plays"
    heard.push(`UPGRADE ${request.url}`)
    if (manner === "rejects") {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n")
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const named = searchParams.get("streams")?.split("/") ?? pathname.split("/").slice(2)
      const client: Client = {
        socket: opened,
        manner,
        isCombined: pathname === "/stream",
        streams: new Set(named),
        isPlayed: false
      }
      opened.on("message", (data) => {
        const text = String(data)
        heard.push(text)
        const said = reply(client, text)
        if (said !== undefined) opened.send(said)
        if (client.streams.size > 0) start(client)
      })
      if (client.streams.size > 0) start(client)
    })
  })

  const { port } = yield* Effect.acquireRelease(listen(server), () =>
    Effect.callback<void>((resume) => {
      for (const client of sockets.clients) client.terminate()
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  return {
    port,
    settings: {
      TAPEWIRE_BINANCE_WS: `ws://127.0.0.1:${port}`,
      TAPEWIRE_BINANCE_REST: `http://127.0.0.1:${port}`
    },
    heard,
    played: Deferred.await(played)
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
