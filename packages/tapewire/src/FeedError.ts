/**
 * Why a feed cannot go on.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * No connection or no answer could be had.
 *
 * @since 0.1.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  url: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `cannot reach ${this.url}: ${this.detail}`
  }
}

/**
 * The venue answered an HTTP request with something else than what was asked for.
 *
 * @since 0.1.0
 */
export class BadAnswer extends Schema.TaggedError<BadAnswer>()("BadAnswer", {
  url: Schema.String,
  status: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.url} answered ${this.status}: ${this.detail}`
  }
}

/**
 * The connection ended.
 *
 * @since 0.1.0
 */
export class Lost extends Schema.TaggedError<Lost>()("Lost", {
  /** The close code; 1006 where the connection ended without one. */
  code: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `connection lost (${this.code}${this.detail === "" ? "" : `: ${this.detail}`})`
  }
}

/**
 * Nothing came for longer than the venue is ever silent.
 *
 * @since 0.1.0
 */
export class Silent extends Schema.TaggedError<Silent>()("Silent", {
  seconds: Schema.Finite
}) {
  override get message() {
    return `nothing came for ${this.seconds} s`
  }
}

/**
 * The venue turned the subscriptions down. A new connection would not change its mind.
 *
 * @since 0.1.0
 */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  detail: Schema.String
}) {
  override get message() {
    return `subscription refused: ${this.detail}`
  }
}

/**
 * The venue does not list some of the symbols.
 *
 * @since 0.1.0
 */
export class UnknownSymbol extends Schema.TaggedError<UnknownSymbol>()("UnknownSymbol", {
  /** Each with the listed symbols spelt most like it, if any is. */
  symbols: Schema.Array(
    Schema.Struct({ symbol: Schema.String, nearest: Schema.Array(Schema.String) })
  )
}) {
  override get message() {
    return this.symbols
      .map(({ nearest, symbol }) => {
        const hint = nearest.length === 0 ? "" : `; did you mean ${nearest.join(", ")}?`
        return `unknown symbol ${symbol}${hint}`
      })
      .join("; ")
  }
}

/**
 * The venue does not offer the channel, or not in this variant.
 *
 * @since 0.1.0
 */
export class Unsupported extends Schema.TaggedError<Unsupported>()("Unsupported", {
  subscription: Schema.String,
  /** What it offers instead. */
  offers: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.subscription} is not offered; there are ${this.offers.join(" ")}`
  }
}

/**
 * The configured address of the venue cannot be used.
 *
 * @since 0.1.0
 */
export class BadEndpoint extends Schema.TaggedError<BadEndpoint>()("BadEndpoint", {
  /** The name of the setting. */
  setting: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.setting} ${this.detail}`
  }
}

/**
 * A tape cannot be read.
 *
 * @since 0.1.0
 */
export class BadTape extends Schema.TaggedError<BadTape>()("BadTape", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

/**
 * Every way in which a feed can fail.
 *
 * @since 0.1.0
 */
export const Reason = Schema.Union([
  Unreachable,
  BadAnswer,
  Lost,
  Silent,
  Refused,
  UnknownSymbol,
  Unsupported,
  BadEndpoint,
  BadTape
])

/**
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * A feed cannot go on.
 *
 * @since 0.1.0
 */
export class FeedError extends Schema.TaggedError<FeedError>()("FeedError", {
  venue: Schema.String,
  reason: Reason
}) {
  override get message() {
    return `${this.venue}: ${this.reason.message}`
  }

  /** Whether another attempt may do better. */
  get isRetryable(): boolean {
    switch (this.reason._tag) {
      case "Unreachable":
      case "BadAnswer":
      case "Lost":
      case "Silent":
        return true
      case "Refused":
      case "UnknownSymbol":
      case "Unsupported":
      case "BadEndpoint":
      case "BadTape":
        return false
    }
  }

  /** Whether it is for whoever asked or configured to mend, before anything is started. */
  get isUsage(): boolean {
    switch (this.reason._tag) {
      case "UnknownSymbol":
      case "Unsupported":
      case "BadEndpoint":
        return true
      case "Unreachable":
      case "BadAnswer":
      case "Lost":
      case "Silent":
      case "Refused":
      case "BadTape":
        return false
    }
  }
}
