/** A file that only grows, and by whole blocks: what a failed write left behind is cut off. */
import * as Effect from "effect/Effect"
import type { File } from "effect/FileSystem"
import { fromPlatform, type TapeError } from "../TapeError.ts"

export interface TapeOutput {
  /** Appends all bytes or, as far as the file system lets us, none. */
  readonly append: (bytes: Uint8Array) => Effect.Effect<void, TapeError>
  /** Returns once what was appended is on the disk. */
  readonly sync: Effect.Effect<void, TapeError>
}

export const make = (path: string, file: File): TapeOutput => {
  let length = 0
  let torn = false

  const repair = Effect.gen(function* () {
    yield* file.truncate(length)
    yield* file.seek(BigInt(length), "start")
    torn = false
  })

  return {
    append: Effect.fnUntraced(function* (bytes) {
      if (torn) yield* Effect.mapError(repair, fromPlatform(path, "truncate", length))
      torn = true
      yield* file.writeAll(bytes).pipe(
        Effect.mapError(fromPlatform(path, "write", length)),
        // Where this fails too, the next append tries again before it writes.
        Effect.tapError(() => Effect.ignore(repair))
      )
      torn = false
      length += bytes.length
    }),
    sync: Effect.suspend(() => Effect.mapError(file.sync, fromPlatform(path, "sync", length)))
  }
}
