import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as BookState from "tapewire/BookState"
import type { BookSnapshot } from "tapewire/Tick"

const book: BookSnapshot = {
  _tag: "BookSnapshot",
  venue: "testing",
  symbol: "AAA-USD",
  received: 1,
  bids: [[99, 1]],
  asks: [[101, 1]]
}

const synced: BookState.BookState = { _tag: "Synced", book }
const resyncing: BookState.BookState = { _tag: "Resyncing", since: 2, cause: "sequence" }
const degraded: BookState.BookState = { _tag: "Degraded", since: 2, cause: "crossed", until: 3 }

describe("BookState", () => {
  it("has a book only while it is true", () => {
    assert.deepStrictEqual(BookState.snapshot(synced), book)
    for (const state of [resyncing, degraded, BookState.start, undefined]) {
      assert.isUndefined(BookState.snapshot(state))
    }
  })

  it("reads a state that was written as JSON, and no book that is said to be untrue", () => {
    const codec = Schema.fromJsonString(BookState.BookState)
    for (const state of [synced, resyncing, degraded, BookState.start]) {
      const text = Schema.encodeSync(codec)(state)
      assert.deepStrictEqual(Schema.decodeSync(codec)(text), state)
    }
    const text = JSON.stringify({ ...resyncing, book })
    assert.deepStrictEqual(Schema.decodeSync(codec)(text), resyncing)
  })
})
