/**
 * A server on the loopback interface that speaks as much of Binance's protocol as a test needs. It
 * makes no market data up: frames are examples of the venue's documentation, word for word.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import type { Environment } from "./Cli.ts"

/** https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams, "Trade Streams". */
export const trade =
  '{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}'

/** The same page, "Individual Symbol Book Ticker Streams". */
export const bookTicker =
  '{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}'

const symbol = (base: string, quote: string) => ({
  symbol: base + quote,
  status: "TRADING",
  baseAsset: base,
  quoteAsset: quote,
  filters: []
})

const exchangeInfo = JSON.stringify({ symbols: [symbol("BNB", "BTC"), symbol("BNB", "USDT")] })

export interface Exchange {
  /** Settings that make the command talk to it. */
  readonly env: Environment
  /** Sends a frame to everyone connected. */
  readonly send: (frame: string) => void
  /** Waits until someone has subscribed, and gives what to. */
  readonly subscribed: Effect.Effect<ReadonlyArray<string>>
}

interface Request {
  readonly method: string
  readonly params: ReadonlyArray<string>
  readonly id: number
}

/** Answers every request with the frames and, so that a test knows they came, then acknowledges it. */
export const make = (frames: ReadonlyArray<string> = []) =>
  Effect.acquireRelease(
    Effect.callback<Exchange & { readonly close: () => void }>((resume) => {
      const subscribed = Deferred.makeUnsafe<ReadonlyArray<string>>()
      const http = createServer((request, response) => {
        if (request.url?.startsWith("/api/v3/exchangeInfo")) response.end(exchangeInfo)
        else response.writeHead(404).end()
      })
      const sockets = new WebSocketServer({ server: http })
      const answer = (socket: WebSocket, text: string) => {
        // A request of our own client, which the venue's adapter wrote.
        const { id, params } = JSON.parse(text) as Request
        for (const frame of frames) socket.send(frame)
        socket.send(JSON.stringify({ result: null, id }))
        Deferred.doneUnsafe(subscribed, Effect.succeed(params))
      }
      sockets.on("connection", (socket) => {
        socket.on("message", (data) => answer(socket, data.toString()))
      })
      http.listen(0, "127.0.0.1", () => {
        // A server on a port has this kind of address.
        const { port } = http.address() as AddressInfo
        resume(
          Effect.succeed({
            env: {
              TAPEWIRE_BINANCE_WS: `ws://127.0.0.1:${port}`,
              TAPEWIRE_BINANCE_REST: `http://127.0.0.1:${port}`
            },
            send: (frame: string) => {
              for (const socket of sockets.clients) socket.send(frame)
            },
            subscribed: Deferred.await(subscribed),
            close: () => {
              for (const socket of sockets.clients) socket.terminate()
              http.close()
              http.closeAllConnections()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** Where nothing listens. */
export const nowhere: Environment = {
  TAPEWIRE_BINANCE_WS: "ws://127.0.0.1:1",
  TAPEWIRE_BINANCE_REST: "http://127.0.0.1:1"
}
