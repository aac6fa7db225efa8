/**
 * How the memory of this process goes: what is kept on the heap, and all that the system gave.
 *
 * The latter never goes back. It grows with the worst moment so far, as when the machine was busy
 * and more had to wait, so that only over many minutes does its slope say something of a leak.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** One look at it. */
export interface Sample {
  /** Since the process started, in seconds. */
  readonly at: number
  /** In bytes, each. */
  readonly rss: number
  readonly heap: number
}

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/**
 * Looks at it once garbage is collected. V8 lets that wait where there is memory, and the slope over
 * a minute would be that of its patience.
 */
export const look = (): Sample => {
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  return { at: performance.now() / 1000, rss, heap: heapUsed }
}

/** The slope of the straight line that is nearest to the samples by least squares, in MB a minute. */
export const slope = (samples: ReadonlyArray<Sample>, of: "heap" | "rss"): number => {
  const mean = (of: "at" | "heap" | "rss") =>
    samples.reduce((sum, sample) => sum + sample[of], 0) / samples.length
  const at = mean("at")
  const size = mean(of)
  let both = 0
  let alone = 0
  for (const sample of samples) {
    both += (sample.at - at) * (sample[of] - size)
    alone += (sample.at - at) ** 2
  }
  return ((both / alone) * 60) / 1e6
}
