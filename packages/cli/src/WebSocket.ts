/**
 * WebSocket connections through `ws`, which shows the HTTP status of a refused handshake.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Socket from "effect/socket/Socket"
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
  rejectUnauthorized: true
}

/**
 * Connects without compression, takes messages of up to 4 MiB, waits 5 seconds for a handshake,
 * follows no redirects and verifies certificates.
 *
 * All frames of one read are handed over before anything else happens.
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

/**
 * The socket without the event objects that `ws` makes as browsers do: one for every message costs
 * a twentieth of the whole pipeline (`benchmark/Pipeline.ts`).
 */
const plain = (socket: WebSocket): Socket.WebSocketLike & Pausable => {
  type Listener = (event: Socket.WebSocketEvent) => void
  const onMessage = new Map<Listener, (data: Buffer, isBinary: boolean) => void>()
  return {
    get readyState() {
      return socket.readyState
    },
    addEventListener: (type, listener, once) => {
      if (type !== "message") return socket.addEventListener(type, listener, once)
      const direct = (data: Buffer, isBinary: boolean) =>
        listener({ data: isBinary ? data : data.toString() })
      onMessage.set(listener, direct)
      socket.on("message", direct)
    },
    removeEventListener: (type, listener) => {
      if (type !== "message") return socket.removeEventListener(type, listener)
      const direct = onMessage.get(listener)
      if (direct !== undefined) socket.off("message", direct)
    },
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    pause: () => socket.pause(),
    resume: () => socket.resume()
  }
}
