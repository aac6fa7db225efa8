/** One connection as the venue sees it, with whatever befalls what is sent on it. */
import type * as Socket from "effect/socket/Socket"
import type { Agenda } from "./Agenda.ts"
import type { Seeded } from "./Seeded.ts"

type Kind = "close" | "error" | "message" | "open"
type Listener = (event: Socket.WebSocketEvent) => void

/** What can befall frames on their way. */
export type Mishap = "corrupt" | "delay" | "drop" | "duplicate" | "reorder"

export interface Line {
  readonly number: number
  readonly dialledAt: number
  readonly openedAt: number
  readonly isOpen: () => boolean
  readonly topics: Set<string>
  /** Topics that were acknowledged and of which nothing comes. */
  readonly mute: Set<string>
  /** Since when nothing at all comes, though the connection stands. */
  stalledAt: number | undefined
  /** Whether the venue said that it will end the connection. */
  leaving: boolean
  /** How many frames were damaged on their way. */
  damaged: number
  /** What befalls frames now. */
  mishap: Mishap | undefined
  readonly socket: Socket.WebSocketLike
  readonly open: () => void
  readonly refuse: (status: number, retryAfter: number | undefined) => void
  /** Sends data, which whatever befalls frames may befall, and tells when it arrived as it was. */
  readonly send: (frame: string, arrived: () => void) => void
  /** Sends an answer or a notice, which is late at worst. */
  readonly tell: (frame: string) => void
  /** Ends the connection; an error is told before where there was one. */
  readonly end: (code: number, error?: string) => void
}

export const make = (
  number: number,
  agenda: Agenda,
  random: Seeded,
  on: {
    readonly message: (line: Line, text: string) => void
    /** The engine closed a connection that stood. */
    readonly closed: (line: Line) => void
    /** The venue ended it. */
    readonly ended: (line: Line, code: number) => void
  }
): Line => {
  const listeners = new Map<Kind, Set<Listener>>()
  const emit = (kind: Kind, event: Socket.WebSocketEvent) => {
    for (const listener of listeners.get(kind) ?? []) listener(event)
  }
  let readyState = 0
  let openedAt = 0
  const waiting: Array<readonly [frame: string, arrived: () => void]> = []
  let lastArrival = 0

  const arrive = (frame: string, arrived?: () => void) => {
    if (readyState !== 1 || line.stalledAt !== undefined) return
    emit("message", { data: frame })
    arrived?.()
  }
  const deliver = (frame: string, delay: number, arrived?: () => void) => {
    const arrival = Math.max(lastArrival, agenda.now() + delay)
    if (arrival <= agenda.now()) return arrive(frame, arrived)
    lastArrival = arrival
    agenda.after(arrival - agenda.now(), () => arrive(frame, arrived))
  }
  const shuffle = () => {
    for (let left = waiting.length; left > 0; left--) {
      const [next] = waiting.splice(random.whole(0, left - 1), 1)
      if (next !== undefined) deliver(next[0], 0, next[1])
    }
  }

  const line: Line = {
    number,
    dialledAt: agenda.now(),
    get openedAt() {
      return openedAt
    },
    isOpen: () => readyState === 1,
    topics: new Set(),
    mute: new Set(),
    stalledAt: undefined,
    leaving: false,
    damaged: 0,
    mishap: undefined,
    socket: {
      get readyState() {
        return readyState
      },
      addEventListener: (kind, listener) => {
        listeners.set(kind, (listeners.get(kind) ?? new Set()).add(listener))
      },
      removeEventListener: (kind, listener) => void listeners.get(kind)?.delete(listener),
      close: () => {
        if (readyState === 1) on.closed(line)
        readyState = 3
      },
      send: (data) => {
        if (readyState !== 1) throw new Error("the connection is not open")
        on.message(line, String(data))
      }
    },
    open: () => {
      if (readyState !== 0) return
      readyState = 1
      openedAt = agenda.now()
      emit("open", {})
    },
    refuse: (status, retryAfter) => {
      if (readyState !== 0) return
      readyState = 3
      const answer =
        retryAfter === undefined ? { status } : { status, retryAfter: String(retryAfter) }
      const event: Socket.WebSocketEvent & { readonly message: string } = {
        message: `unexpected status ${status}`,
        ...answer
      }
      emit("error", event)
      emit("close", { code: 1006, reason: "" })
    },
    send: (frame, arrived) => {
      switch (line.mishap) {
        case "drop":
          if (random.chance(0.5)) deliver(frame, 0, arrived)
          return
        case "duplicate":
          deliver(frame, 0, arrived)
          if (random.chance(0.5)) deliver(frame, random.pick([0, 0, 400]))
          return
        case "corrupt":
          if (random.chance(0.6)) return deliver(frame, 0, arrived)
          line.damaged++
          return deliver(
            random.chance(0.5)
              ? frame.slice(0, random.whole(0, frame.length - 1))
              : frame.replace(/[:,]/, random.pick(["", ";", "\0"])),
            0
          )
        case "delay":
          return deliver(frame, random.between(0, 8000), arrived)
        case "reorder":
          waiting.push([frame, arrived])
          if (waiting.length === 1) agenda.after(random.between(50, 2000), shuffle)
          return
        case undefined:
          return deliver(frame, 0, arrived)
      }
    },
    tell: (frame) => deliver(frame, line.mishap === "delay" ? random.between(0, 8000) : 0),
    end: (code, error) => {
      if (readyState === 3) return
      if (readyState === 1) on.ended(line, code)
      readyState = 3
      if (error !== undefined) {
        const event: Socket.WebSocketEvent & { readonly message: string } = { message: error }
        emit("error", event)
      }
      emit("close", { code, reason: "" })
    }
  }
  return line
}
