import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { Compression } from "../Compression.ts"
import { BadHeader, fromPlatform, NotATape, TapeError, UnsupportedVersion } from "../TapeError.ts"
import type { Block } from "./TapeBlock.ts"
import { type Header, json } from "./TapeHeader.ts"
import * as Input from "./TapeInput.ts"
import * as Layout from "./TapeLayout.ts"
import * as Scan from "./TapeScan.ts"
import { decoder } from "./web.ts"

/**
 * A tape being read.
 *
 * @since 0.1.0
 */
export interface TapeReader {
  readonly header: Header
  /**
   * Everything on the tape in the order of the file, the last element being `Ended` or `Cut`. Can be
   * run again, and more than once at a time, as long as the scope is open. Fails only where the file
   * system does: what is damaged comes as `Damaged`, and the rest is read.
   */
  readonly blocks: Stream.Stream<Block, TapeError>
}

/**
 * Opens a tape and reads its header. Never holds more of the file than one block.
 *
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<TapeReader, TapeError, FileSystem.FileSystem | Scope> {
  const fileSystem = yield* FileSystem.FileSystem
  const { reads } = yield* Compression
  const file = yield* fileSystem
    .open(path, { flag: "r" })
    .pipe(Effect.mapError(fromPlatform(path, "open", 0)))
  const input = Input.make(path, file, 0)
  const sync = yield* readPreamble(path, input)
  const header = yield* readHeader(path, input, sync)
  const start = input.offset()
  return {
    header,
    blocks: Stream.fromPull(
      Effect.sync(() => {
        const scan = Scan.make(Input.make(path, file, start), sync, reads)
        return Effect.flatMap(scan, (block) =>
          block === undefined ? Cause.done() : Effect.succeed([block] as const)
        )
      })
    )
  }
})

const readPreamble = Effect.fnUntraced(function* (path: string, input: Input.TapeInput) {
  yield* input.need(Layout.preambleLength)
  const bytes = input.bytes()
  const { length } = Layout.signature
  if (!Layout.isAt(bytes, 0, Layout.signature)) {
    return yield* new TapeError({ path, reason: new NotATape() })
  }
  const version = bytes[length] ?? Layout.version
  if (version !== Layout.version) {
    return yield* new TapeError({ path, reason: new UnsupportedVersion({ version }) })
  }
  if (bytes.length < Layout.preambleLength) {
    return yield* badHeader(path, bytes.length, "the file ends here")
  }
  const sync = bytes.slice(length + 1, Layout.preambleLength)
  input.advance(Layout.preambleLength)
  return sync
})

const readHeader = Effect.fnUntraced(function* (
  path: string,
  input: Input.TapeInput,
  sync: Uint8Array
) {
  const offset = input.offset()
  yield* input.need(Layout.headLength)
  if (input.bytes().length < Layout.headLength) {
    return yield* badHeader(path, offset, "it is cut off")
  }
  const head = Layout.readHead(input.bytes(), 0, sync)
  if (head === undefined) return yield* badHeader(path, offset, "its first bytes are damaged")
  if (head.kind !== Layout.kinds.header || head.codec !== Layout.stored) {
    return yield* badHeader(path, offset, "another block stands in its place")
  }
  if (head.stored > Layout.maxPayload) return yield* badHeader(path, offset, "it is too large")
  yield* input.need(Layout.headLength + head.stored)
  const payload = input.bytes().subarray(Layout.headLength, Layout.headLength + head.stored)
  if (payload.length < head.stored) return yield* badHeader(path, offset, "it is cut off")
  if (!Layout.isSound(head, payload)) {
    return yield* badHeader(path, offset, "its checksum does not match")
  }
  const header = decode(payload)
  if (Result.isFailure(header)) return yield* badHeader(path, offset, header.failure)
  input.advance(Layout.headLength + head.stored)
  return header.success
})

const badHeader = (path: string, offset: number, detail: string) =>
  new TapeError({ path, reason: new BadHeader({ offset, detail }) })

const decode = (payload: Uint8Array): Result.Result<Header, string> =>
  Result.try(() => decoder.decode(payload)).pipe(
    Result.flatMap(Schema.decodeUnknownResult(json)),
    Result.mapError(String)
  )
