/**
 * Recorded frames over and over, with the ids moved on from one round to the next, for a venue never
 * repeats them. Prices, sizes and times are those of the recording in every round.
 */

type Frames = ReadonlyArray<string>

/** What ids are moved on by from one round to the next: from the first to past the last. */
const span = (frames: Frames, first: RegExp, last: RegExp): number => {
  const idOf = (kind: RegExp, frame: string | undefined) => Number(kind.exec(frame ?? "")?.[1] ?? 0)
  const from = frames.find((frame) => first.test(frame))
  const to = frames.findLast((frame) => last.test(frame))
  return idOf(last, to) - idOf(first, from) + 1
}

/**
 * Removes every level that the recording leaves behind, for the next round begins at other prices
 * and would cross them.
 */
const clearing = (frames: Frames): Frames => {
  const last = frames.findLast((frame) => frame.includes('"depthUpdate"'))
  if (last === undefined) return []
  const left = { b: new Map<string, string>(), a: new Map<string, string>() }
  for (const frame of frames) {
    if (!frame.includes('"depthUpdate"')) continue
    const { data } = JSON.parse(frame)
    for (const side of ["b", "a"] as const) {
      for (const [price, size] of data[side]) {
        if (Number(size) === 0) left[side].delete(price)
        else left[side].set(price, size)
      }
    }
  }
  const gone = (side: "a" | "b") => Array.from(left[side].keys(), (price) => [price, "0.00000000"])
  const { data, stream } = JSON.parse(last)
  const update = { ...data, U: data.u + 1, u: data.u + 1, b: gone("b"), a: gone("a") }
  return [JSON.stringify({ stream, data: update })]
}

/** Gives the frames of a round, counted from zero. */
export const make = (frames: Frames): ((index: number) => Frames) => {
  const tradeId = /"e":"trade".*?"t":(\d+)/
  const trades = span(frames, tradeId, tradeId)
  // One more for the update that empties the book between two rounds.
  const updates = span(frames, /"U":(\d+)/, /"U":\d+,"u":(\d+)/) + 1
  const round = [...frames, ...clearing(frames)]
  const moved = (frame: string, index: number): string => {
    if (frame.includes('"e":"trade"')) {
      return frame.replace(/"t":(\d+)/, (_, id) => `"t":${Number(id) + index * trades}`)
    }
    if (frame.includes('"e":"') && !frame.includes('"e":"depthUpdate"')) return frame
    return frame.replaceAll(
      /"([Uu])":(\d+)/g,
      (_, key, id) => `"${key}":${Number(id) + index * updates}`
    )
  }
  return (index) => (index === 0 ? round : round.map((frame) => moved(frame, index)))
}
