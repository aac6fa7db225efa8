/**
 * How the blocks of a tape are compressed.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type ByteTransform, compressor, decompressor } from "./internal/web.ts"

/**
 * Bytes could not be compressed, or are not what they were compressed to.
 *
 * @since 0.1.0
 */
export class CompressionError extends Schema.TaggedError<CompressionError>()("CompressionError", {
  /** The name of the codec. */
  codec: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.codec}: ${this.detail}`
  }
}

/**
 * One way to compress.
 *
 * @since 0.1.0
 */
export interface Codec {
  /** What a block says it was compressed with, 1 to 255: 1 is raw deflate, 2 is kept for zstd. */
  readonly id: number
  readonly name: string
  readonly compress: (bytes: Uint8Array) => Effect.Effect<Uint8Array, CompressionError>
  /**
   * Fails unless the bytes expand to exactly `size` bytes, and never makes more than a little more
   * than that.
   */
  readonly expand: (bytes: Uint8Array, size: number) => Effect.Effect<Uint8Array, CompressionError>
}

const read = Effect.fnUntraced(function* (
  transform: ByteTransform,
  bytes: Uint8Array,
  onChunk: (chunk: Uint8Array) => boolean
) {
  const reader = transform.readable.getReader()
  const writer = transform.writable.getWriter()
  const failed = (detail: string) => new CompressionError({ codec: "deflate", detail })
  // Both sides fail together, and the reading side tells.
  writer.write(bytes).then(writer.close.bind(writer)).catch(ignore)
  while (true) {
    const { done, value } = yield* Effect.tryPromise({
      try: () => reader.read(),
      catch: () => failed("the data is damaged")
    })
    if (done || value === undefined) return
    if (!onChunk(value)) {
      reader.cancel().catch(ignore)
      return yield* failed("expands to more than was declared")
    }
  }
})

const ignore = () => {}

/**
 * Raw deflate, as every web platform has it.
 *
 * @since 0.1.0
 */
export const deflate: Codec = {
  id: 1,
  name: "deflate",
  compress: Effect.fnUntraced(function* (bytes) {
    const chunks: Array<Uint8Array> = []
    yield* read(compressor(), bytes, (chunk) => chunks.push(chunk) > 0)
    return concat(chunks)
  }),
  expand: Effect.fnUntraced(function* (bytes, size) {
    const expanded = new Uint8Array(size)
    let length = 0
    yield* read(decompressor(), bytes, (chunk) => {
      if (length + chunk.length > size) return false
      expanded.set(chunk, length)
      length += chunk.length
      return true
    })
    if (length === size) return expanded
    const detail = `expands to ${length} bytes where ${size} were declared`
    return yield* new CompressionError({ codec: "deflate", detail })
  })
}

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/**
 * What tapes are written with, and what can be read. By default both are raw deflate, so that a tape
 * needs no layer.
 *
 * @since 0.1.0
 */
export const Compression = Context.Reference<{
  readonly writes: Codec
  readonly reads: ReadonlyArray<Codec>
}>("tapewire/Compression", { defaultValue: () => ({ writes: deflate, reads: [deflate] }) })
