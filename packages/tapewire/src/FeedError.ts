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
 * The venue answered the opening handshake of a connection with something else than a connection.
 *
 * @since 0.1.0
 */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  url: Schema.String,
  /** The status of the HTTP answer. */
  status: Schema.Int,
  /** How long the venue is not to be asked again, in milliseconds; `undefined` where it does not say. */
  retryAfterMs: Schema.UndefinedOr(Schema.Finite)
}) {
  override get message() {
    const wait =
      this.retryAfterMs === undefined ? "" : `, not to be retried for ${this.retryAfterMs / 1000} s`
    return `${this.url} rejected the connection with status ${this.status}${wait}`
  }
}

/**
 * The connection ended.
 *
 * @since 0.1.0
 */
export class Lost extends Schema.TaggedError<Lost>()("Lost", {
  /**
   * The close code: the peer's, or ours where what it sent broke the protocol; 1006 where the
   * connection ended without one.
   */
  code: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `connection lost (${this.code}${this.detail === "" ? "" : `: ${this.detail}`})`
  }
}

/**
 * Too many attempts in a row had failed, so none was made.
 *
 * @since 0.1.0
 */
export class BreakerOpen extends Schema.TaggedError<BreakerOpen>()("BreakerOpen", {
  host: Schema.String,
  /** How long until one is; `undefined` while another is being made. */
  waitMs: Schema.UndefinedOr(Schema.Finite)
}) {
  override get message() {
    const until = this.waitMs === undefined ? "" : ` for ${Math.ceil(this.waitMs / 1000)} s`
    return `${this.host} is left alone${until} after too many failures`
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
 * A venue wants to know who we are, and the setting that says so is not there.
 *
 * @since 0.1.0
 */
export class MissingCredential extends Schema.TaggedError<MissingCredential>()(
  "MissingCredential",
  { setting: Schema.String }
) {
  override get message() {
    return `${this.setting} is not set`
  }
}

/**
 * The setting that says who we are holds what only stands in for it, as in an example.
 *
 * @since 0.1.0
 */
export class PlaceholderCredential extends Schema.TaggedError<PlaceholderCredential>()(
  "PlaceholderCredential",
  { setting: Schema.String }
) {
  override get message() {
    return `${this.setting} holds a placeholder`
  }
}

/**
 * More subscriptions than the venue serves on as many connections as may be had.
 *
 * @since 0.1.0
 */
export class TooMany extends Schema.TaggedError<TooMany>()("TooMany", {
  subscriptions: Schema.Int,
  most: Schema.Int
}) {
  override get message() {
    return `${this.subscriptions} subscriptions are too many; ${this.most} are possible`
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
  Rejected,
  Lost,
  BreakerOpen,
  Silent,
  Refused,
  UnknownSymbol,
  Unsupported,
  TooMany,
  MissingCredential,
  PlaceholderCredential,
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
      case "BreakerOpen":
      case "Silent":
        return true
      case "Rejected":
        return isPassing(this.reason.status)
      case "Refused":
      case "UnknownSymbol":
      case "Unsupported":
      case "TooMany":
      case "MissingCredential":
      case "PlaceholderCredential":
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
      case "TooMany":
      case "MissingCredential":
      case "PlaceholderCredential":
      case "BadEndpoint":
        return true
      case "Unreachable":
      case "BadAnswer":
      case "Rejected":
      case "Lost":
      case "BreakerOpen":
      case "Silent":
      case "Refused":
      case "BadTape":
        return false
    }
  }
}

/**
 * Whether a status speaks of a moment: asked too often (418 is a ban of minutes to days), or broken on
 * their side. All others, redirects among them, speak of what was asked or who asks.
 */
const isPassing = (status: number): boolean => status === 418 || status === 429 || status >= 500
