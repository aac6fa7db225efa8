/** Cuts a run of records into the payloads of blocks. */
import { type Head, maxPayload } from "./TapeLayout.ts"

interface Encoder<A> {
  readonly count: number
  readonly first: number
  readonly last: number
  readonly length: number
  readonly add: (item: A) => void
  readonly toBytes: () => Uint8Array
}

export type Payload = Pick<Head, "kind" | "records" | "first" | "last"> & {
  readonly bytes: Uint8Array
}

/** Where a block is full, in bytes before compression. */
const blockSize = 64 * 1024

export interface Cutter<A> {
  /** Takes records, and emits a payload whenever one is full. */
  readonly add: (batch: ReadonlyArray<A>) => void
  /** Emits what is there, if anything. */
  readonly cut: () => void
  /** How many bytes a record may take. */
  readonly weigh: (item: A) => number
}

export const make = <A>(
  kind: number,
  makeEncoder: () => Encoder<A>,
  weigh: (item: A) => number,
  emit: (payload: Payload) => void
): Cutter<A> => {
  let current = makeEncoder()
  const cut = () => {
    if (current.count === 0) return
    const { count: records, first, last } = current
    emit({ kind, records, first, last, bytes: current.toBytes() })
    current = makeEncoder()
  }
  const add = (batch: ReadonlyArray<A>) => {
    for (const item of batch) {
      if (current.length + weigh(item) > maxPayload) cut()
      current.add(item)
      if (current.length >= blockSize) cut()
    }
  }
  return { add, cut, weigh }
}
