/**
 * Which version of the program this is.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"

const Package = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/**
 * As in the package's own description.
 *
 * @since 0.1.0
 */
export const version = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = yield* path.fromFileUrl(new URL("../package.json", import.meta.url))
  const text = yield* fileSystem.readFileString(file)
  return (yield* Schema.decodeEffect(Package)(text)).version
}).pipe(Effect.orDie)
