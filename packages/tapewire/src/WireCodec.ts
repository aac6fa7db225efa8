/**
 * Wire events to and from the bytes of one block of a tape.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { WireDecoder } from "./internal/WireDecoder.ts"
import { WireEncoder } from "./internal/WireEncoder.ts"
import type { Wire } from "./Wire.ts"

/**
 * The bytes are not wire events.
 *
 * @since 0.1.0
 */
export class NotWire extends Schema.TaggedError<NotWire>()("NotWire", {
  /** The byte at which reading stopped. */
  offset: Schema.Int
}) {
  override get message() {
    return `byte ${this.offset} of the block is in no wire event`
  }
}

/**
 * The events in their order. A time, a connection or a status that is no whole number is a defect
 * and throws.
 *
 * @since 0.1.0
 */
export const encode = (events: ReadonlyArray<Wire>): Uint8Array => {
  const encoder = new WireEncoder()
  for (const event of events) encoder.add(event)
  return encoder.toBytes()
}

/**
 * What `encode` was given: texts and bytes alike are copies, equal to the last bit. Fails on any
 * other bytes.
 *
 * @since 0.1.0
 */
export const decode = (bytes: Uint8Array): Result.Result<Array<Wire>, NotWire> => {
  const decoder = new WireDecoder(bytes)
  const events: Array<Wire> = []
  while (!decoder.done) {
    const event = decoder.next()
    if (event === undefined) return Result.fail(new NotWire({ offset: decoder.position }))
    events.push(event)
  }
  return Result.succeed(events)
}
