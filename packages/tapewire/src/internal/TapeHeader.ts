import * as Schema from "effect/Schema"
import { Instrument } from "../Instrument.ts"
import { Subscription } from "../Subscription.ts"

/**
 * What a tape says of itself before its first record.
 *
 * @since 0.1.0
 */
export const Header = Schema.Struct({
  version: Schema.Literal(1),
  provenance: Schema.Struct({
    /** Where the data comes from, in words. */
    source: Schema.String,
    /** When it was captured, as far as known, in words or ISO 8601. */
    capturedAt: Schema.optional(Schema.String),
    /** The program that wrote the tape. */
    writtenBy: Schema.String
  }),
  feeds: Schema.Array(
    Schema.Struct({
      /** The id of the venue, as on the command line. */
      venue: Schema.String,
      subscriptions: Schema.Array(Subscription),
      /** What the symbols meant when the tape was written. */
      instruments: Schema.Array(Instrument)
    })
  )
})

/**
 * @since 0.1.0
 */
export type Header = typeof Header.Type

export const json = Schema.fromJsonString(Header)
