/**
 * WebSocket connections through `ws`, which shows the HTTP status of a refused handshake.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Socket from "effect/socket/Socket"
import type { Trouble } from "tapewire/Connection"
import { WebSocket, type ClientOptions } from "ws"

/** The largest message in bytes. A venue's largest is a book snapshot of some 300 kB. */
const maxPayload = 4 * 1024 * 1024

const options: ClientOptions & { readonly closeTimeout: number } = {
  // Compressed frames cost more to read than to receive, and a small one can grow to any size.
  perMessageDeflate: false,
  maxPayload,
  handshakeTimeout: 5000,
  // A venue that has moved says so in its documentation, not in the middle of a handshake.
  followRedirects: false,
  // A peer that does not answer a close is not waited for longer than this.
  closeTimeout: 2000,
  // Said here, NODE_TLS_REJECT_UNAUTHORIZED does not change it.
  rejectUnauthorized: true
}

/**
 * Connects without compression, takes messages of up to 4 MiB, waits 5 seconds for a handshake and 2
 * for a close, follows no redirects and verifies certificates, whatever the environment says.
 *
 * All frames of one read are handed over before anything else happens. Errors are told as
 * `Connection.Trouble`.
 *
 * @since 0.1.0
 */
export const layer: Layer.Layer<Socket.WebSocketConstructor> = Layer.succeed(
  Socket.WebSocketConstructor,
  (url, given) =>
    given === undefined || typeof given === "string" || Array.isArray(given)
      ? plain(new WebSocket(url, given, options))
      : plain(new WebSocket(url, given.protocols, { ...options, headers: given.headers }))
)

interface Pausable {
  readonly pause: () => void
  readonly resume: () => void
}

type Kind = Parameters<Socket.WebSocketLike["addEventListener"]>[0]
type Listener = (event: Socket.WebSocketEvent) => void

/**
 * The socket without the event objects that `ws` makes as browsers do: one for every message costs
 * a twentieth of the whole pipeline (`benchmark/Pipeline.ts`).
 */
const plain = (socket: WebSocket): Socket.WebSocketLike & Pausable => {
  const detach: Record<Kind, Map<Listener, () => void>> = {
    open: new Map(),
    message: new Map(),
    error: new Map(),
    close: new Map()
  }
  let refusal: Trouble | undefined
  /** Why the connection broke, where it did. */
  let broken = ""
  let hasOpened = false

  socket.once("unexpected-response", (_, { headers, statusCode }) => {
    refusal = {
      message: `Unexpected server response: ${statusCode}`,
      status: statusCode,
      retryAfter: headers["retry-after"]
    }
    // Reports an error and the end, as nobody listening here would.
    socket.terminate()
  })
  socket.once("open", () => {
    hasOpened = true
  })
  socket.once("upgrade", (response) =>
    response.socket.once("error", ({ message }) => {
      broken = message
    })
  )
  // An error that nobody is told any more is not to end the process.
  socket.on("error", () => {})

  /** Has a listener told, and gives what ends that. */
  const attach = (kind: Kind, listener: Listener): (() => void) => {
    switch (kind) {
      case "open": {
        const direct = () => listener({})
        socket.on("open", direct)
        return () => socket.off("open", direct)
      }
      case "message": {
        const direct = (data: Buffer, isBinary: boolean) =>
          listener({ data: isBinary ? data : data.toString() })
        socket.on("message", direct)
        return () => socket.off("message", direct)
      }
      case "error": {
        const direct = (error: Error) => listener(refusal ?? troubleOf(error))
        socket.on("error", direct)
        return () => socket.off("error", direct)
      }
      case "close": {
        const direct = (code: number, reason: Buffer) =>
          listener({ code, reason: reason.length === 0 ? broken : reason.toString() })
        socket.on("close", direct)
        return () => socket.off("close", direct)
      }
    }
  }

  const removeEventListener = (kind: Kind, listener: Listener) => {
    detach[kind].get(listener)?.()
    detach[kind].delete(listener)
  }

  return {
    get readyState() {
      return socket.readyState
    },
    addEventListener: (kind, listener, given) => {
      if (detach[kind].has(listener)) return
      const told: Listener =
        given?.once === true
          ? (event) => {
              removeEventListener(kind, listener)
              listener(event)
            }
          : listener
      detach[kind].set(listener, attach(kind, told))
    },
    removeEventListener,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    // A `ws` that fails before it opens is closing with nothing to pause, and would throw.
    pause: () => {
      if (hasOpened) socket.pause()
    },
    resume: () => {
      if (hasOpened) socket.resume()
    }
  }
}

/** The codes `ws` closes with where it finds the protocol broken; with 1002 where none stands here. */
const violations: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009
}

/** What went wrong; where a name has many addresses, at each of them. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ")
  return error instanceof Error ? error.message : String(error)
}

const troubleOf = (error: Error): Trouble => {
  const message = messageOf(error)
  if (!("code" in error) || typeof error.code !== "string") return { message }
  return error.code.startsWith("WS_ERR_")
    ? { message, code: violations[error.code] ?? 1002 }
    : { message }
}
