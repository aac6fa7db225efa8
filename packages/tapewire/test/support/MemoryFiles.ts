/** A file system of one flat folder in memory, whose disk can be made to run full. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type PlatformError, systemError } from "effect/PlatformError"

const failed = (
  _tag: "NotFound" | "AlreadyExists" | "Unknown",
  method: string,
  code: string
): PlatformError => systemError({ _tag, module: "FileSystem", method, cause: { code } })

export const make = (files: Map<string, Uint8Array> = new Map()) => {
  /** How many bytes all files together may have. */
  const disk = { capacity: Number.POSITIVE_INFINITY, truncatable: true, syncs: 0, largestRead: 0 }

  const open = (path: string): FileSystem.File => {
    const bytes = () => files.get(path) ?? new Uint8Array(0)
    let cursor = 0
    const readAt = (buffer: Uint8Array, position: number) => {
      // No more than this at once, so that readers must ask again, as of a real file.
      const part = bytes().subarray(position, position + Math.min(buffer.length, 100_000))
      buffer.set(part)
      disk.largestRead = Math.max(disk.largestRead, buffer.length)
      return part.length
    }
    const write = (buffer: Uint8Array) => {
      let used = 0
      for (const file of files.values()) used += file.length
      const room = Math.max(0, disk.capacity - used)
      const part = buffer.subarray(0, room)
      const larger = new Uint8Array(Math.max(bytes().length, cursor + part.length))
      larger.set(bytes())
      larger.set(part, cursor)
      files.set(path, larger)
      cursor += part.length
      return part.length
    }
    return {
      [FileSystem.FileTypeId]: FileSystem.FileTypeId,
      stat: Effect.die("not implemented"),
      seek: (offset, from) =>
        Effect.sync(() => {
          cursor = Number(offset) + (from === "start" ? 0 : cursor)
          return BigInt(cursor)
        }),
      sync: Effect.sync(() => void disk.syncs++),
      read: (buffer, options) =>
        Effect.sync(() => readAt(buffer, Number(options?.position ?? cursor))),
      readAlloc: () => Effect.succeedNone,
      truncate: (length = 0) =>
        Effect.suspend(() => {
          if (!disk.truncatable) return Effect.fail(failed("Unknown", "truncate", "EIO"))
          files.set(path, bytes().slice(0, length))
          return Effect.void
        }),
      write: (buffer) => Effect.sync(() => write(buffer)),
      writeAll: (buffer) =>
        Effect.suspend(() =>
          write(buffer) < buffer.length
            ? Effect.fail(failed("Unknown", "writeAll", "ENOSPC"))
            : Effect.void
        )
    }
  }

  const fileSystem = FileSystem.makeNoop({
    open: (path, options) =>
      Effect.suspend(() => {
        const exists = files.has(path)
        switch (options?.flag) {
          case "wx":
            if (exists) return Effect.fail(failed("AlreadyExists", "open", "EEXIST"))
            files.set(path, new Uint8Array(0))
            break
          case "w":
            files.set(path, new Uint8Array(0))
            break
          default:
            if (!exists) return Effect.fail(failed("NotFound", "open", "ENOENT"))
        }
        return Effect.succeed(open(path))
      }),
    remove: (path) => Effect.sync(() => void files.delete(path))
  })

  return { files, disk, fileSystem }
}
