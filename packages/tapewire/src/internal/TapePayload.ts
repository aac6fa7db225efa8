/** From the payload of a sound block to what it holds. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Codec } from "../Compression.ts"
import * as TickCodec from "../TickCodec.ts"
import * as WireCodec from "../WireCodec.ts"
import { ByteReader } from "./ByteReader.ts"
import type { Cut, Block, Damaged } from "./TapeBlock.ts"
import * as Layout from "./TapeLayout.ts"

export const damage = (
  offset: number,
  length: number,
  reason: Damaged["reason"],
  detail: string
): Damaged => ({ _tag: "Damaged", offset, length, reason, detail })

/** Expands and decodes a payload whose checksum is right. What it cannot make sense of is `Damaged`. */
export const readPayload = (
  offset: number,
  head: Layout.Head,
  payload: Uint8Array,
  reads: ReadonlyArray<Codec>
): Effect.Effect<Exclude<Block, Cut>> => {
  const refuse = (reason: Damaged["reason"], detail: string) =>
    damage(offset, Layout.headLength + head.stored, reason, detail)

  if (head.codec === Layout.stored) {
    return Effect.succeed(
      head.size === head.stored
        ? decode(offset, head, payload, refuse)
        : refuse("size", `${head.stored} bytes that are not compressed stand for ${head.size}`)
    )
  }
  const codec = reads.find(({ id }) => id === head.codec)
  if (codec === undefined) {
    return Effect.succeed(refuse("codec", `compressed with codec ${head.codec}, not known here`))
  }
  return Effect.match(codec.expand(payload, head.size), {
    onFailure: (error) => refuse("compression", error.message),
    onSuccess: (bytes) => decode(offset, head, bytes, refuse)
  })
}

const decode = (
  offset: number,
  head: Layout.Head,
  bytes: Uint8Array,
  refuse: (reason: Damaged["reason"], detail: string) => Damaged
): Exclude<Block, Cut> => {
  const { first, last } = head
  const isAll = (found: ReadonlyArray<unknown>) => found.length === head.records
  const wrongCount = () => refuse("records", `not the ${head.records} records it should have`)
  switch (head.kind) {
    case Layout.kinds.wire:
      return Result.match(WireCodec.decode(bytes), {
        onFailure: (error) => refuse("records", error.message),
        onSuccess: (events) =>
          isAll(events) ? { _tag: "Wire", offset, first, last, events } : wrongCount()
      })
    case Layout.kinds.ticks:
      return Result.match(TickCodec.decode(bytes), {
        onFailure: (error) => refuse("records", error.message),
        onSuccess: (ticks) =>
          isAll(ticks) ? { _tag: "Ticks", offset, first, last, ticks } : wrongCount()
      })
    case Layout.kinds.end: {
      const from = new ByteReader(bytes)
      from.begin()
      const blocks = from.varint()
      const records = from.varint()
      return from.finish()
        ? { _tag: "Ended", offset, blocks, records }
        : refuse("records", "an end that counts nothing")
    }
    default:
      return refuse("kind", `a block of kind ${head.kind}, not known here`)
  }
}
