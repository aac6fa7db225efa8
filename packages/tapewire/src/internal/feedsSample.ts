/** The latest of many numbers, and how they are distributed. */
import * as Schema from "effect/Schema"

/** The value that half of them, and 99 of 100, do not exceed. */
export const Quantiles = Schema.Struct({ p50: Schema.Finite, p99: Schema.Finite })

const size = 1024

export interface Sample {
  readonly values: Float64Array
  /** How many were added. */
  count: number
}

export const make = (): Sample => ({ values: new Float64Array(size), count: 0 })

export const add = (self: Sample, value: number): void => {
  self.values[self.count++ % size] = value
}

/** Of the latest 1,024, by nearest rank; `undefined` where there are none. */
export const quantiles = ({ count, values }: Sample): typeof Quantiles.Type | undefined => {
  const sorted = values.slice(0, count).toSorted()
  const rank = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]
  const p50 = rank(0.5)
  const p99 = rank(0.99)
  return p50 === undefined || p99 === undefined ? undefined : { p50, p99 }
}
