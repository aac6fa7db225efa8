/**
 * A tape that a command writes.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as TapeFile from "tapewire/TapeFile"
import * as Usage from "./Usage.ts"

/**
 * Where to write it.
 *
 * @since 0.1.0
 */
export const out = Flag.String("out").pipe(Flag.withMetavar("<tape>"))

/**
 * What to do with a file that is there already.
 *
 * @since 0.1.0
 */
export const ifExists = Flag.Boolean("force").pipe(
  Flag.withDescription("Replace the tape if there is one"),
  Flag.withDefault(false),
  Flag.map((force): IfExists => (force ? "replace" : "fail"))
)

type IfExists = "fail" | "replace"

/**
 * Whether a tape can be written there, as far as can be told beforehand.
 *
 * @since 0.1.0
 */
export const check = Effect.fnUntraced(function* (file: string, ifExists: IfExists) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.dirname(file)
  const isThere = (name: string) => Effect.isSuccess(fileSystem.access(name))
  if (!(yield* isThere(folder))) return Usage.wrong(`--out: there is no folder ${folder}`)
  if (!(yield* isThere(file))) {
    return (yield* Effect.isSuccess(fileSystem.access(folder, { writable: true })))
      ? Result.succeed(file)
      : Usage.wrong(`--out: the folder ${folder} cannot be written to`)
  }
  const { type } = yield* Effect.orDie(fileSystem.stat(file))
  // A tape that cannot be begun is removed again, and a device must not be.
  if (type !== "File") return Usage.wrong(`--out: ${file} is not a regular file`)
  return ifExists === "replace"
    ? Result.succeed(file)
    : Usage.wrong(`--out: ${file} exists already; --force replaces it`)
})

/**
 * Begins a tape, which is ended when the scope is closed. An interruption leaves no tape without a
 * beginning.
 *
 * @since 0.1.0
 */
export const create = (file: string, header: TapeFile.Header, ifExists: IfExists) =>
  Effect.uninterruptible(TapeFile.create(file, header, { ifExists }))
