/** A window that moves over a file, no larger than what is asked for at once. */
import * as Effect from "effect/Effect"
import type { File } from "effect/FileSystem"
import { fromPlatform, type TapeError } from "../TapeError.ts"

const chunk = 256 * 1024

export interface TapeInput {
  /** Where the window begins, in bytes from the start of the file. */
  readonly offset: () => number
  /** What is in the window. Valid until the next `need`. */
  readonly bytes: () => Uint8Array
  /** Widens the window to `count` bytes, or to the end of the file where that comes first. */
  readonly need: (count: number) => Effect.Effect<void, TapeError>
  /** Moves the beginning of the window. */
  readonly advance: (count: number) => void
}

/** A window on a file, without moving the file's own cursor. */
export const make = (path: string, file: File, from: number): TapeInput => {
  let buffer = new Uint8Array(chunk)
  let start = 0
  let end = 0
  let offset = from

  const makeRoom = (count: number) => {
    if (start + count <= buffer.length) return
    const target = count <= buffer.length ? buffer : new Uint8Array(count + chunk)
    target.set(buffer.subarray(start, end))
    buffer = target
    end -= start
    start = 0
  }

  return {
    offset: () => offset,
    bytes: () => buffer.subarray(start, end),
    advance: (count) => {
      start += count
      offset += count
    },
    need: Effect.fnUntraced(function* (count) {
      if (end - start >= count) return
      makeRoom(count)
      while (end - start < count) {
        const position = offset + end - start
        const read = yield* file
          .read(buffer.subarray(end), { position: BigInt(position) })
          .pipe(Effect.mapError(fromPlatform(path, "read", position)))
        if (read === 0) return
        end += read
      }
    })
  }
}
