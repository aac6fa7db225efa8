/** Which trades are missing from two paths at once. */
import type { Gap, Tick } from "../Tick.ts"

export interface Missing {
  /** How far each path has come. */
  readonly reached: Record<"a" | "b", number>
  /** Gaps of one path that the other may yet fill. */
  pending: Array<Gap>
  /** The last id that was told to be missing. */
  told: number
}

/** The most gaps that wait for the other path. */
const maxPending = 64

export const make = (): Missing => ({
  reached: { a: Number.NEGATIVE_INFINITY, b: Number.NEGATIVE_INFINITY },
  pending: [],
  told: Number.NEGATIVE_INFINITY
})

export const reach = ({ reached }: Missing, path: "a" | "b", id: number): void => {
  if (id > reached[path]) reached[path] = id
}

/** Tells what of the gaps is missing for good: that which both paths have passed without giving. */
export const settle = (
  self: Missing,
  isAlone: boolean,
  longest: number,
  isHad: (id: number) => boolean,
  out: Array<Tick>
): void => {
  const passed = isAlone ? Number.POSITIVE_INFINITY : Math.min(self.reached.a, self.reached.b)
  const waiting: Array<Gap> = []
  for (const [index, gap] of self.pending.entries()) {
    const { from = 0, to = 0 } = gap
    if (to > passed && self.pending.length - index <= maxPending) waiting.push(gap)
    else tell(self, gap, Math.max(from, self.told + 1), to, longest, isHad, out)
  }
  self.pending = waiting
}

const tell = (
  self: Missing,
  gap: Gap,
  from: number,
  to: number,
  longest: number,
  isHad: (id: number) => boolean,
  out: Array<Tick>
): void => {
  if (from > to) return
  self.told = to
  // Beyond what is remembered nothing is known of what was had.
  if (to - from >= longest) {
    out.push({ ...gap, from, to })
    return
  }
  for (let id = from; id <= to; id++) {
    if (isHad(id)) continue
    const first = id
    while (id < to && !isHad(id + 1)) id++
    out.push({ ...gap, from: first, to: id })
  }
}
