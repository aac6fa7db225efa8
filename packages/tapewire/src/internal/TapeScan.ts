/** Walks over the blocks of a tape, past what is damaged, to its end. */
import * as Effect from "effect/Effect"
import type { Codec } from "../Compression.ts"
import type { TapeError } from "../TapeError.ts"
import type { Block, Cut, Damaged, Ended } from "./TapeBlock.ts"
import type { TapeInput } from "./TapeInput.ts"
import * as Layout from "./TapeLayout.ts"
import { damage, readPayload } from "./TapePayload.ts"

/** How far to look for the next block at once. */
const stride = 256 * 1024

/**
 * Gives the next block each time it is run, and `undefined` after `Ended` or `Cut`. The input stands
 * behind the header.
 */
export const make = (
  input: TapeInput,
  sync: Uint8Array,
  reads: ReadonlyArray<Codec>
): Effect.Effect<Block | undefined, TapeError> => {
  let blocks = 0
  let records = 0
  let damaged = false
  /** Where the last block that could be told ends. */
  let sound = input.offset()
  let end: Ended | undefined
  let over = false

  const finish = (last: Ended | Cut): Block => {
    over = true
    return last
  }

  /** Passes over everything up to the next block, or up to the end of the file. */
  const skip = Effect.fnUntraced(function* (from: number) {
    const offset = input.offset()
    input.advance(from)
    while (true) {
      yield* input.need(Layout.headLength + stride)
      const bytes = input.bytes()
      const found = Layout.find(bytes, 0, sync)
      if (found !== -1) {
        input.advance(found)
        return { length: input.offset() - offset, found: true }
      }
      const isLast = bytes.length < Layout.headLength + stride
      // A head may begin in the last bytes and end in the next.
      input.advance(isLast ? bytes.length : bytes.length - Layout.headLength + 1)
      if (isLast) return { length: input.offset() - offset, found: false }
    }
  })

  const refuse = Effect.fnUntraced(function* (
    from: number,
    reason: Damaged["reason"],
    detail: string
  ) {
    const offset = input.offset()
    const { length } = yield* skip(from)
    damaged = true
    return damage(offset, length, reason, detail)
  })

  /** What is told once the file has no more blocks. */
  const conclude = Effect.fnUntraced(function* () {
    if (end === undefined) return finish({ _tag: "Cut", offset: sound })
    if (input.bytes().length > 0) {
      return yield* refuse(1, "trailing", "bytes after the end of the tape")
    }
    if (!damaged && (end.blocks !== blocks || end.records !== records)) {
      damaged = true
      const detail = `${end.blocks} blocks with ${end.records} records were written, ${blocks} with ${records} are here`
      return damage(end.offset, 0, "missing", detail)
    }
    return finish(end)
  })

  return Effect.gen(function* () {
    if (over) return undefined
    yield* input.need(Layout.headLength)
    const offset = input.offset()
    const available = input.bytes()
    if (end !== undefined || available.length < Layout.headLength) return yield* conclude()

    const head = Layout.readHead(available, 0, sync)
    if (head === undefined) return yield* refuse(1, "head", "no block begins here")
    if (head.size > Layout.maxPayload || head.stored > head.size) {
      const detail = `${head.stored} bytes said to expand to ${head.size}; the limit is ${Layout.maxPayload}`
      return yield* refuse(Layout.headLength, "size", detail)
    }
    const length = Layout.headLength + head.stored
    yield* input.need(length)
    const payload = input.bytes().subarray(Layout.headLength, length)
    if (payload.length < head.stored) {
      const rest = yield* skip(Layout.headLength)
      if (!rest.found) return finish({ _tag: "Cut", offset: sound })
      damaged = true
      return damage(offset, rest.length, "checksum", "the block was never written to its end")
    }
    if (!Layout.isSound(head, payload)) {
      // The length may be true of a block that was never written to its end: do not follow it.
      return yield* refuse(Layout.headLength, "checksum", "the checksum does not match")
    }
    const block = yield* readPayload(offset, head, payload, reads)
    input.advance(length)
    sound = input.offset()
    switch (block._tag) {
      case "Damaged":
        damaged = true
        return block
      case "Ended":
        end = block
        yield* input.need(1)
        return yield* conclude()
      default:
        blocks++
        records += head.records
        return block
    }
  })
}
