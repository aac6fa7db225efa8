import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Socket from "effect/socket/Socket"
import Dns from "node:dns"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { vi } from "vitest"
import { WebSocketServer } from "ws"
import * as WebSocket from "@tapewire/cli/WebSocket"

const listen = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        // A server on a port has this kind of address.
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed(`ws://127.0.0.1:${port}`))
      })
    }),
    () =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )

/** What happens to a connection until it ends, in a word each. */
const history = (url: string) =>
  Effect.flatMap(Socket.WebSocketConstructor, (construct) =>
    Effect.callback<ReadonlyArray<string>>((resume) => {
      const seen: Array<string> = []
      const socket = construct(url)
      socket.addEventListener("open", () => seen.push("open"))
      socket.addEventListener("message", ({ data }) => {
        seen.push(typeof data)
        queueMicrotask(() => seen.push("turn"))
      })
      socket.addEventListener("error", (event) =>
        seen.push("message" in event ? String(event.message) : "error")
      )
      socket.addEventListener("close", ({ code }) => {
        seen.push(`close ${code}`)
        resume(Effect.succeed(seen))
      })
    })
  ).pipe(Effect.provide(WebSocket.layer))

/** What is told of the error of a connection. */
const trouble = (url: string) =>
  Effect.flatMap(Socket.WebSocketConstructor, (construct) =>
    Effect.callback<unknown>((resume) =>
      construct(url).addEventListener("error", (event) => resume(Effect.succeed(event)))
    )
  ).pipe(Effect.provide(WebSocket.layer))

describe("WebSocket", () => {
  it.live("hands over the frames of one read before anything else", () =>
    Effect.gen(function* () {
      const server = createServer()
      const sockets = new WebSocketServer({ noServer: true })
      server.on("upgrade", (request, duplex: Duplex, head) =>
        sockets.handleUpgrade(request, duplex, head, (socket) => {
          duplex.cork()
          for (let n = 0; n < 3; n++) socket.send("frame")
          socket.close(1000)
          duplex.uncork()
        })
      )
      assert.deepStrictEqual(yield* history(yield* listen(server)), [
        "open",
        "string",
        "string",
        "string",
        "turn",
        "turn",
        "turn",
        "close 1000"
      ])
    })
  )

  it.live("asks for no compression", () =>
    Effect.gen(function* () {
      let asked: string | undefined
      const server = createServer()
      const sockets = new WebSocketServer({ server, perMessageDeflate: true })
      sockets.on("connection", (socket, { headers }) => {
        asked = headers["sec-websocket-extensions"]
        socket.close(1000)
      })
      yield* history(yield* listen(server))
      assert.isUndefined(asked)
    })
  )

  it.live("ends a connection that brings a message of more than 4 MiB", () =>
    Effect.gen(function* () {
      const server = createServer()
      new WebSocketServer({ server }).on("connection", (socket) =>
        socket.send(new Uint8Array(4 * 1024 * 1024 + 1))
      )
      assert.deepStrictEqual(yield* history(yield* listen(server)), [
        "open",
        "Max payload size exceeded",
        "close 1006"
      ])
    })
  )

  it.live("follows no redirect, and tells the status", () =>
    Effect.gen(function* () {
      const server = createServer()
      server.on("upgrade", (_, duplex: Duplex) =>
        duplex.end("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n")
      )
      assert.deepStrictEqual(yield* history(yield* listen(server)), [
        "Unexpected server response: 302",
        "close 1006"
      ])
    })
  )

  it.live("tells the status and the Retry-After of a refusal", () =>
    Effect.gen(function* () {
      const server = createServer()
      server.on("upgrade", (_, duplex: Duplex) =>
        duplex.end("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n")
      )
      assert.deepStrictEqual(yield* trouble(yield* listen(server)), {
        message: "Unexpected server response: 429",
        status: 429,
        retryAfter: "7"
      })
    })
  )

  it.live("tells the code it closes with where a peer breaks the protocol", () =>
    Effect.gen(function* () {
      const server = createServer()
      new WebSocketServer({ server }).on("connection", (socket) =>
        socket.send(new Uint8Array(4 * 1024 * 1024 + 1))
      )
      assert.deepStrictEqual(yield* trouble(yield* listen(server)), {
        message: "Max payload size exceeded",
        code: 1009
      })
    })
  )

  it.live(
    "gives a handshake up that is not answered for 5 s",
    () =>
      Effect.gen(function* () {
        const server = createServer()
        server.on("upgrade", () => {})
        const seen = yield* history(yield* listen(server)).pipe(Effect.timeout("7 seconds"))
        assert.deepStrictEqual(seen, ["Opening handshake has timed out", "close 1006"])
      }),
    10_000
  )

  it.live("tells what went wrong at each address of a name", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          vi.spyOn(Dns, "lookup").mockImplementation((...given: ReadonlyArray<unknown>) => {
            const answer = given.at(-1)
            const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }))
            if (typeof answer === "function") answer(null, addresses)
          })
        ),
        (lookup) => Effect.sync(() => lookup.mockRestore())
      )
      assert.deepStrictEqual(yield* trouble("ws://venue.testing:1"), {
        message: "connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1"
      })
    })
  )

  it.live("outlives an error that nobody is told", () =>
    Effect.gen(function* () {
      const construct = yield* Socket.WebSocketConstructor
      const code = yield* Effect.callback<number | undefined>((resume) =>
        construct("ws://127.0.0.1:1").addEventListener("close", ({ code }) =>
          resume(Effect.succeed(code))
        )
      )
      assert.strictEqual(code, 1006)
    }).pipe(Effect.provide(WebSocket.layer))
  )

  it.live("tells a listener as often as it asks for", () =>
    Effect.gen(function* () {
      const server = createServer()
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.send("1")
        socket.send("2")
        socket.close(1000)
      })
      const url = yield* listen(server)
      const construct = yield* Socket.WebSocketConstructor
      const seen: Array<string> = []
      yield* Effect.callback<void>((resume) => {
        const socket = construct(url)
        const twice = ({ data }: Socket.WebSocketEvent) => seen.push(`twice ${data}`)
        const never = () => seen.push("never")
        socket.addEventListener("message", twice)
        socket.addEventListener("message", twice)
        socket.addEventListener("message", ({ data }) => seen.push(`once ${data}`), { once: true })
        socket.addEventListener("message", never)
        socket.removeEventListener("message", never)
        socket.addEventListener("close", () => resume(Effect.void))
      })
      assert.deepStrictEqual(seen, ["twice 1", "once 1", "twice 2"])
    }).pipe(Effect.provide(WebSocket.layer))
  )
})
