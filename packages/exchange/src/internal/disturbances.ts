/** What happens to frames on their way to whoever subscribed to their topic. */
import type { Fault } from "../Faults.ts"

export interface Disturbances {
  readonly inject: (fault: Fault) => void
  /** The fault is over; gives what was held back of its topic. */
  readonly lift: (fault: Fault) => ReadonlyArray<string>
  /** What is sent instead of a frame. */
  readonly pass: (topic: string, frame: string) => ReadonlyArray<string>
}

type Disturbance = (frame: string) => {
  readonly frames: ReadonlyArray<string>
  readonly isOver: boolean
}

/** Does the same to so many frames. */
const times = (count: number, change: (frame: string) => ReadonlyArray<string>): Disturbance => {
  let left = count
  return (frame) => ({ frames: change(frame), isOver: --left <= 0 })
}

/** Lets a frame wait for its successor. */
const swap = (): Disturbance => {
  let first: string | undefined
  return (frame) => {
    if (first !== undefined) return { frames: [frame, first], isOver: true }
    first = frame
    return { frames: [], isOver: false }
  }
}

const changes = {
  drop: () => [],
  duplicate: (frame: string) => [frame, frame],
  // Cut off in the middle, which leaves no JSON.
  corrupt: (frame: string) => [frame.slice(0, frame.length / 2)]
}

export const make = (): Disturbances => {
  /** By topic; the first is at work, the others wait for their turn. */
  const armed = new Map<string, Array<Disturbance>>()
  const held = new Map<Fault, { readonly topic: string; readonly frames: Array<string> }>()

  const arm = (topic: string, disturbance: Disturbance) =>
    armed.set(topic, [...(armed.get(topic) ?? []), disturbance])

  return {
    inject: (fault) => {
      switch (fault.kind) {
        case "drop":
        case "duplicate":
        case "corrupt":
          arm(fault.topic, times(fault.count ?? 1, changes[fault.kind]))
          return
        case "reorder":
          arm(fault.topic, swap())
          return
        case "delay":
          held.set(fault, { topic: fault.topic, frames: [] })
      }
    },
    lift: (fault) => {
      const frames = held.get(fault)?.frames ?? []
      held.delete(fault)
      return frames
    },
    pass: (topic, frame) => {
      const queue = armed.get(topic)
      const done = queue?.[0]?.(frame)
      if (done?.isOver === true) queue?.shift()
      const frames = done?.frames ?? [frame]
      for (const delayed of held.values()) {
        if (delayed.topic !== topic) continue
        delayed.frames.push(...frames)
        return []
      }
      return frames
    }
  }
}
