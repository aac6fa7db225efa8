/** Frames and faults in the order in which they come. */
import type { Fault } from "../Faults.ts"
import type { Frame } from "../Script.ts"

type Step =
  | { readonly _tag: "Play"; readonly frame: Frame }
  | { readonly _tag: "Inject" | "Lift"; readonly fault: Fault }

export interface Timeline {
  /** When the next step is due, in seconds of the recording; `undefined` at the end. */
  readonly due: () => number | undefined
  readonly take: () => Step | undefined
  /** Puts one more in its place, which is next where its time has passed. */
  readonly add: (fault: Fault) => void
}

interface Turn {
  readonly at: number
  readonly step: Step
}

const turnsOf = (fault: Fault): ReadonlyArray<Turn> => [
  ...("for" in fault ? [{ at: fault.at + fault.for, step: { _tag: "Lift" as const, fault } }] : []),
  { at: fault.at, step: { _tag: "Inject" as const, fault } }
]

const isLift = ({ step }: Turn) => step._tag === "Lift"

/** What is over comes first. */
const inOrder = (turns: ReadonlyArray<Turn>): ReadonlyArray<Turn> =>
  turns.toSorted((one, other) => one.at - other.at || Number(isLift(other)) - Number(isLift(one)))

/** At one time, what is over comes first, then what goes wrong, then frames. */
export const make = (frames: ReadonlyArray<Frame>, faults: ReadonlyArray<Fault>): Timeline => {
  let turns = inOrder(faults.flatMap(turnsOf))
  let frame = 0
  let turn = 0
  const isTurn = () => {
    const at = turns[turn]?.at
    return at !== undefined && at <= (frames[frame]?.seconds ?? at)
  }
  return {
    due: () => (isTurn() ? turns[turn]?.at : frames[frame]?.seconds),
    take: () => {
      if (isTurn()) return turns[turn++]?.step
      const next = frames[frame++]
      return next && { _tag: "Play", frame: next }
    },
    add: (fault) => {
      turns = inOrder([...turns.slice(turn), ...turnsOf(fault)])
      turn = 0
    }
  }
}
