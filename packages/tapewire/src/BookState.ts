/**
 * What is known of a book at a moment: all of it, or nothing.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BookSnapshot, Micros } from "./Tick.ts"

/**
 * Why a book is not known: it was not had yet (`start`); the connection that carried it ended, or
 * the feed was stopped (`disconnect`); updates are missing (`sequence`); it contradicted itself
 * (`crossed`) or the venue's checksum of it (`checksum`); the snapshots that came were older than
 * the updates that wait for one (`old`); or too many waited (`overflow`).
 *
 * @since 0.1.0
 */
export const Cause = Schema.Literals([
  "start",
  "disconnect",
  "sequence",
  "crossed",
  "checksum",
  "old",
  "overflow"
])

/**
 * @since 0.1.0
 */
export type Cause = typeof Cause.Type

/**
 * Every update was followed, and this is the book after the last one.
 *
 * @since 0.1.0
 */
export const Synced = Schema.TaggedStruct("Synced", { book: BookSnapshot })

/**
 * @since 0.1.0
 */
export type Synced = typeof Synced.Type

/**
 * The book is not known at present. A feed that is running is about to have it anew.
 *
 * @since 0.1.0
 */
export const Resyncing = Schema.TaggedStruct("Resyncing", {
  /** Since when, by our clock; `undefined` where nothing of the book came yet. */
  since: Schema.optional(Micros),
  cause: Cause
})

/**
 * @since 0.1.0
 */
export type Resyncing = typeof Resyncing.Type

/**
 * The book turned out wrong again and again, and is left alone for a while.
 *
 * @since 0.1.0
 */
export const Degraded = Schema.TaggedStruct("Degraded", {
  since: Micros,
  cause: Cause,
  /** When it is tried once more, with the next update. */
  until: Micros
})

/**
 * @since 0.1.0
 */
export type Degraded = typeof Degraded.Type

/**
 * @since 0.1.0
 */
export const BookState = Schema.Union([Synced, Resyncing, Degraded])

/**
 * @since 0.1.0
 */
export type BookState = typeof BookState.Type

/**
 * The state of a book of which nothing came yet.
 *
 * @since 0.1.0
 */
export const start: Resyncing = { _tag: "Resyncing", cause: "start" }

/**
 * The book, if it is true.
 *
 * @since 0.1.0
 */
export const snapshot = (state: BookState | undefined): BookSnapshot | undefined =>
  state?._tag === "Synced" ? state.book : undefined
