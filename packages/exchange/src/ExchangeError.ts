/**
 * Why a local exchange cannot be opened.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The tape holds nothing that passed on the wire, only ticks or nothing at all.
 *
 * @since 0.1.0
 */
export class NotWire extends Schema.TaggedError<NotWire>()("NotWire", {
  holds: Schema.Literals(["ticks", "nothing"])
}) {
  override get message() {
    return `holds ${this.holds}; an exchange plays frames, as \`tapewire record --level wire\` keeps them`
  }
}

/**
 * The tape holds frames of no venue whose protocol is known here.
 *
 * @since 0.1.0
 */
export class UnknownVenue extends Schema.TaggedError<UnknownVenue>()("UnknownVenue", {
  venues: Schema.Array(Schema.String)
}) {
  override get message() {
    return `holds nothing of a venue that can be played, only of ${this.venues.join(", ")}`
  }
}

/**
 * The faults are not written as they must be.
 *
 * @since 0.1.0
 */
export class BadFaults extends Schema.TaggedError<BadFaults>()("BadFaults", {
  detail: Schema.String
}) {
  override get message() {
    return `does not list faults: ${this.detail}`
  }
}

/**
 * The recording holds nothing that a fault is about.
 *
 * @since 0.1.0
 */
export class UnmetFaults extends Schema.TaggedError<UnmetFaults>()("UnmetFaults", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return `holds nothing that faults are about: ${this.problems.join("; ")}`
  }
}

/**
 * The port cannot be listened on.
 *
 * @since 0.1.0
 */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  port: Schema.Int,
  /** As the system names it, such as `EADDRINUSE`. */
  code: Schema.String
}) {
  override get message() {
    return this.code === "EADDRINUSE"
      ? `cannot be served: port ${this.port} on 127.0.0.1 is in use`
      : `cannot be served on port ${this.port}: ${this.code}`
  }
}

/**
 * @since 0.1.0
 */
export class ExchangeError extends Schema.TaggedError<ExchangeError>()("ExchangeError", {
  /** The tape, or the file of faults. */
  path: Schema.String,
  reason: Schema.Union([NotWire, UnknownVenue, BadFaults, UnmetFaults, CannotListen])
}) {
  override get message() {
    return `${this.path} ${this.reason.message}`
  }
}
