/** Generated values that several laws are about. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Level } from "tapewire/Tick"

export const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** One level of a book that never crosses: bids below 100, asks above it. */
export interface Change {
  readonly side: "bids" | "asks"
  readonly level: Level
}

export const change = Arbitrary.all({
  side: Arbitrary.schema(Schema.Literals(["bids", "asks"])),
  distance: Arbitrary.schema(between(1, 6)),
  size: Arbitrary.schema(between(0, 3))
}).pipe(
  Arbitrary.map(({ distance, side, size }): Change => ({
    side,
    level: [side === "bids" ? 100 - distance : 100 + distance, size]
  }))
)

/** Changes as the levels of one update. */
export const levelsOf = (changes: ReadonlyArray<Change>) => ({
  bids: changes.flatMap(({ level, side }) => (side === "bids" ? [level] : [])),
  asks: changes.flatMap(({ level, side }) => (side === "asks" ? [level] : []))
})

/** The items cut into pieces of the given lengths, and what is left as the last piece. */
export const split = <A>(
  items: ReadonlyArray<A>,
  lengths: ReadonlyArray<number>
): ReadonlyArray<ReadonlyArray<A>> => {
  const pieces: Array<ReadonlyArray<A>> = []
  let from = 0
  for (const length of lengths) {
    pieces.push(items.slice(from, from + length))
    from += length
  }
  pieces.push(items.slice(from))
  return pieces
}
