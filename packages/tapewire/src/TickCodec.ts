/**
 * Ticks to and from the bytes of one block of a tape: compact, and exact to the bit.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { TickDecoder } from "./internal/TickDecoder.ts"
import { TickEncoder } from "./internal/TickEncoder.ts"
import type { Tick } from "./Tick.ts"

/**
 * The bytes are not ticks.
 *
 * @since 0.1.0
 */
export class NotTicks extends Schema.TaggedError<NotTicks>()("NotTicks", {
  /** The byte at which reading stopped. */
  offset: Schema.Int
}) {
  override get message() {
    return `byte ${this.offset} of the block is in no tick`
  }
}

/**
 * The ticks in their order. A number no tick may have, such as `NaN`, is a defect and throws.
 *
 * @since 0.1.0
 */
export const encode = (ticks: ReadonlyArray<Tick>): Uint8Array => {
  const encoder = new TickEncoder()
  for (const tick of ticks) encoder.add(tick)
  return encoder.toBytes()
}

/**
 * What `encode` was given. Fields that were absent or `undefined` are absent. Fails on any other
 * bytes, and takes no more memory than a small multiple of their number.
 *
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array): Result.Result<Array<Tick>, NotTicks> => {
  const decoder = new TickDecoder(bytes)
  const ticks: Array<Tick> = []
  while (!decoder.done) {
    const tick = decoder.next()
    if (tick === undefined) return Result.fail(new NotTicks({ offset: decoder.position }))
    ticks.push(tick)
  }
  return Result.succeed(ticks)
}
