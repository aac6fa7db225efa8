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
  (url, given) => {
    if (given === undefined || typeof given === "string" || Array.isArray(given)) {
      return new WebSocket(url, given, options)
    }
    return new WebSocket(url, given.protocols, { ...options, headers: given.headers })
  }
)
