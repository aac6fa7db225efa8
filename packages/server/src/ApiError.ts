/**
 * What the service answers when it cannot give what was asked for.
 *
 * Each is a JSON object with a `_tag` to tell them apart and a `message` for people.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Degraded, Resyncing } from "tapewire/BookState"

/**
 * A parameter is missing, malformed or out of range.
 *
 * @since 0.1.0
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()(
  "InvalidRequest",
  { message: Schema.String },
  { httpApiStatus: 400 }
) {}

/**
 * A text is not a subscription.
 *
 * @since 0.1.0
 */
export class BadSubscription extends Schema.TaggedError<BadSubscription>()(
  "BadSubscription",
  {
    message: Schema.String,
    subscription: Schema.String,
    /** What the feeds of this service give. */
    available: Schema.Array(Schema.String)
  },
  { httpApiStatus: 400 }
) {}

/**
 * No feed of this service gives what a subscription asks for.
 *
 * @since 0.1.0
 */
export class NotServed extends Schema.TaggedError<NotServed>()(
  "NotServed",
  {
    message: Schema.String,
    subscription: Schema.String,
    /** What the feeds of this service give. */
    available: Schema.Array(Schema.String)
  },
  { httpApiStatus: 404 }
) {}

/**
 * There are no bars of the interval.
 *
 * @since 0.1.0
 */
export class UnknownInterval extends Schema.TaggedError<UnknownInterval>()(
  "UnknownInterval",
  {
    message: Schema.String,
    interval: Schema.String,
    known: Schema.Array(Schema.String)
  },
  { httpApiStatus: 400 }
) {}

/**
 * The book is followed, but is not true at present.
 *
 * @since 0.1.0
 */
export class BookUnsynced extends Schema.TaggedError<BookUnsynced>()(
  "BookUnsynced",
  {
    message: Schema.String,
    venue: Schema.String,
    symbol: Schema.String,
    state: Schema.Union([Resyncing, Degraded])
  },
  { httpApiStatus: 503 }
) {}

/**
 * As many streams are open as the service gives at a time.
 *
 * @since 0.1.0
 */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()(
  "TooManyStreams",
  { message: Schema.String, limit: Schema.Int },
  { httpApiStatus: 503 }
) {}

/**
 * There is nothing at the path.
 *
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>()(
  "NotFound",
  { message: Schema.String },
  { httpApiStatus: 404 }
) {}

/**
 * The service is only read: with GET or HEAD.
 *
 * @since 0.1.0
 */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()(
  "MethodNotAllowed",
  { message: Schema.String },
  { httpApiStatus: 405 }
) {}

/**
 * The request was meant for another host, or came from a page of another one.
 *
 * @since 0.1.0
 */
export class ForeignHost extends Schema.TaggedError<ForeignHost>()(
  "ForeignHost",
  { message: Schema.String },
  { httpApiStatus: 403 }
) {}

/**
 * Something went wrong here.
 *
 * @since 0.1.0
 */
export class InternalError extends Schema.TaggedError<InternalError>()(
  "InternalError",
  { message: Schema.String },
  { httpApiStatus: 500 }
) {}

/**
 * What may be answered at any path.
 *
 * @since 0.1.0
 */
export type Refusal = NotFound | MethodNotAllowed | ForeignHost | InternalError
