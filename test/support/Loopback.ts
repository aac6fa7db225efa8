/** A server on the loopback interface that answers and says what a test tells it to. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
// A server of raw frames and answers, with nothing of the product in it.
import { createServer } from "node:http"
import { WebSocketServer } from "ws"

export interface Loopback {
  /** Of HTTP, without the scheme: `127.0.0.1:1234`. */
  readonly host: string
  /** What it was sent over all connections, and asked by HTTP, in order. */
  readonly heard: ReadonlyArray<string>
}

/** What to answer to a path, and what to say to a frame. */
interface Manners {
  readonly answer: (path: string) => string
  readonly reply: (frame: string, say: (frame: string) => void) => void
}

export const make = ({ answer, reply }: Manners): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Loopback & { readonly end: () => void }>((resume) => {
      const heard: Array<string> = []
      const server = createServer(({ url = "" }, response) => {
        heard.push(url)
        response.writeHead(200, { "content-type": "application/json" }).end(answer(url))
      })
      const sockets = new WebSocketServer({ server })
      sockets.on("connection", (socket) => {
        socket.on("message", (data) => {
          heard.push(String(data))
          reply(String(data), (frame) => socket.send(frame))
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const end = () => {
          for (const client of sockets.clients) client.terminate()
          sockets.close()
          server.close()
        }
        resume(Effect.succeed({ host: `127.0.0.1:${port}`, heard, end }))
      })
    }),
    ({ end }) => Effect.sync(end)
  )

/** The settings that put it in the place of a venue, such as `KRAKEN`. */
export const settings = ({ host }: Loopback, venue: string): Readonly<Record<string, string>> => ({
  [`TAPEWIRE_${venue}_WS`]: `ws://${host}`,
  [`TAPEWIRE_${venue}_REST`]: `http://${host}`
})
