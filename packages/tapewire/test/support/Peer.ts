/** The other end of WebSockets, which does what a test tells it to. */
import type * as Socket from "effect/socket/Socket"
import type { Source } from "tapewire/Inbox"

type Kind = "open" | "message" | "error" | "close"
type Listener = (event: Socket.WebSocketEvent) => void

/** One connection, as the venue sees it. */
interface Line {
  readonly url: string
  /** What came from us. */
  readonly sent: ReadonlyArray<string>
  /** The code with which we closed it. */
  readonly closedWith: () => number | undefined
  /** Whether we asked to be given nothing for now. */
  readonly isPaused: () => boolean
  readonly open: () => void
  readonly say: (data: unknown) => void
  /** Reports an error, which alone ends nothing. */
  readonly fail: (message: string, facts?: object) => void
  readonly end: (code: number, reason: string) => void
}

export interface Peer {
  /** All connections there were, oldest first. */
  readonly lines: ReadonlyArray<Line>
  readonly last: () => Line
  readonly construct: Socket.WebSocketConstructor["Service"]
  /** How often a connection was asked for, with or without success. */
  tries: number
  /** What constructing a socket throws from now on, if anything. */
  refusal: string | undefined
}

export const make = (): Peer => {
  const lines: Array<Line> = []
  const peer: Peer = {
    lines,
    tries: 0,
    refusal: undefined,
    last: () => {
      const line = lines.at(-1)
      if (line === undefined) throw new Error("nobody connected")
      return line
    },
    construct: (url) => {
      peer.tries++
      if (peer.refusal !== undefined) throw new Error(peer.refusal)
      const listeners = new Map<Kind, Set<Listener>>()
      const emit = (kind: Kind, event: Socket.WebSocketEvent) => {
        for (const listener of listeners.get(kind) ?? []) listener(event)
      }
      const sent: Array<string> = []
      let readyState = 0
      let code: number | undefined
      let paused = false
      lines.push({
        url,
        sent,
        closedWith: () => code,
        isPaused: () => paused,
        open: () => {
          readyState = 1
          emit("open", {})
        },
        say: (data) => emit("message", { data }),
        fail: (message, facts) => {
          const event: Socket.WebSocketEvent & { readonly message: string } = { message, ...facts }
          emit("error", event)
        },
        end: (code, reason) => {
          readyState = 3
          emit("close", { code, reason })
        }
      })
      const socket: Socket.WebSocketLike & Source = {
        get readyState() {
          return readyState
        },
        addEventListener: (kind, listener) => {
          listeners.set(kind, (listeners.get(kind) ?? new Set()).add(listener))
        },
        removeEventListener: (kind, listener) => void listeners.get(kind)?.delete(listener),
        close: (given) => {
          readyState = 3
          code = given
        },
        send: (data) => {
          if (readyState !== 1) throw new Error("not open")
          sent.push(String(data))
        },
        pause: () => {
          paused = true
        },
        resume: () => {
          paused = false
        }
      }
      return socket
    }
  }
  return peer
}
