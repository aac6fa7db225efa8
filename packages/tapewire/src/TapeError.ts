/**
 * Why a tape could not be made, written or read.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * A file is there already, and a tape never replaces one unasked.
 *
 * @since 0.1.0
 */
export class Exists extends Schema.TaggedError<Exists>()("Exists", {}) {
  override get message() {
    return "exists already"
  }
}

/**
 * There is no file.
 *
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {
  override get message() {
    return "does not exist"
  }
}

/**
 * The file does not begin as tapes do.
 *
 * @since 0.1.0
 */
export class NotATape extends Schema.TaggedError<NotATape>()("NotATape", {}) {
  override get message() {
    return "is not a tape: byte 0 does not begin the signature of one"
  }
}

/**
 * The tape was written in a version of the format this reader does not know.
 *
 * @since 0.1.0
 */
export class UnsupportedVersion extends Schema.TaggedError<UnsupportedVersion>()(
  "UnsupportedVersion",
  { version: Schema.Int }
) {
  override get message() {
    return `is a tape of version ${this.version} (byte 7), of which only version 1 can be read`
  }
}

/**
 * The header is cut off, damaged, or does not say what a header must.
 *
 * @since 0.1.0
 */
export class BadHeader extends Schema.TaggedError<BadHeader>()("BadHeader", {
  /** Where the header block begins, in bytes. */
  offset: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `has no readable header at byte ${this.offset}: ${this.detail}`
  }
}

/**
 * A record, or a header, is larger than a block may be.
 *
 * @since 0.1.0
 */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {
  /** In bytes, at most. */
  size: Schema.Int,
  /** In bytes. */
  limit: Schema.Int
}) {
  override get message() {
    return `cannot hold a record of up to ${this.size} bytes; the limit is ${this.limit}`
  }
}

/**
 * The disk, or what its owner may use of it, is full. What was accepted is kept and written once
 * there is room.
 *
 * @since 0.1.0
 */
export class NoSpace extends Schema.TaggedError<NoSpace>()("NoSpace", {
  /** Where the tape ends for now, in bytes. */
  offset: Schema.Int
}) {
  override get message() {
    return `cannot grow beyond byte ${this.offset}: no space left`
  }
}

/**
 * The file system refused for another reason.
 *
 * @since 0.1.0
 */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", {
  operation: Schema.Literals(["open", "read", "write", "sync", "truncate"]),
  /** In bytes. */
  offset: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message() {
    const cause = Predicate.isError(this.cause) ? this.cause.message : String(this.cause)
    return `could not be used (${this.operation} at byte ${this.offset}): ${cause}`
  }
}

/**
 * The tape was ended before, and an ended tape takes nothing more.
 *
 * @since 0.1.0
 */
export class AlreadyEnded extends Schema.TaggedError<AlreadyEnded>()("AlreadyEnded", {}) {
  override get message() {
    return "was ended and takes nothing more"
  }
}

/**
 * @since 0.1.0
 */
export class TapeError extends Schema.TaggedError<TapeError>()("TapeError", {
  path: Schema.String,
  reason: Schema.Union([
    Exists,
    NotFound,
    NotATape,
    UnsupportedVersion,
    BadHeader,
    TooLarge,
    NoSpace,
    FileFailed,
    AlreadyEnded
  ])
}) {
  override get message() {
    return `${this.path} ${this.reason.message}`
  }
}

/**
 * What a failure of the file system means for a tape.
 *
 * @since 0.1.0
 */
export const fromPlatform =
  (path: string, operation: FileFailed["operation"], offset: number) =>
  (error: PlatformError): TapeError =>
    new TapeError({ path, reason: platformReason(error, operation, offset) })

const platformReason = (
  error: PlatformError,
  operation: FileFailed["operation"],
  offset: number
): TapeError["reason"] => {
  if (error.reason._tag === "NotFound") return new NotFound()
  if (error.reason._tag === "AlreadyExists") return new Exists()
  const cause = error.reason.cause
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  // The platform has no tag for a full disk, only the system's own code.
  return code === "ENOSPC" || code === "EDQUOT"
    ? new NoSpace({ offset })
    : new FileFailed({ operation, offset, cause: error })
}
