import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Book from "tapewire/Book"
import type { BookDelta, BookSnapshot, Level } from "tapewire/Tick"
import * as PlainBook from "./support/PlainBook.ts"
import { between, type Change, change, levelsOf } from "./support/random.ts"

const base = { venue: "testing", symbol: "AAA-USD", at: undefined, received: 0 }

interface Levels {
  readonly bids?: ReadonlyArray<Level>
  readonly asks?: ReadonlyArray<Level>
}

const delta = (firstSequence: number, sequence: number, levels?: Levels): BookDelta => ({
  _tag: "BookDelta",
  ...base,
  firstSequence,
  sequence,
  bids: levels?.bids ?? [],
  asks: levels?.asks ?? []
})

const snapshot = (sequence: number, levels?: Levels): BookSnapshot => ({
  _tag: "BookSnapshot",
  ...base,
  sequence,
  bids: levels?.bids ?? [],
  asks: levels?.asks ?? []
})

/** A book, what it needed and what it passed on, after some updates. */
const after = (...updates: ReadonlyArray<BookSnapshot | BookDelta>) => {
  const book = Book.make()
  const out: Array<BookSnapshot | BookDelta> = []
  const needs = updates.map((update) => Book.step(book, update, out))
  return { book, out, needs, need: needs.at(-1) }
}

const levelsNow = (book: Book.Book) => {
  const now = Book.snapshot(book)
  return now === undefined ? undefined : { bids: now.bids, asks: now.asks }
}

/** What a book with these changes shows. */
const shown = (changes: ReadonlyArray<Change>) =>
  PlainBook.levels(PlainBook.apply(PlainBook.empty, levelsOf(changes)))

/** The updates that tell of some changes, so many at a time. */
const chain = (changes: ReadonlyArray<Change>, widths: ReadonlyArray<number>) => {
  const updates: Array<BookDelta> = []
  for (let from = 0, index = 0; from < changes.length; index++) {
    const to = Math.min(changes.length, from + (widths[index] ?? 1))
    updates.push(delta(from + 1, to, levelsOf(changes.slice(from, to))))
    from = to
  }
  return updates
}

const history = {
  changes: Arbitrary.array(change, { minLength: 1, maxLength: 60 }),
  widths: Arbitrary.array(Arbitrary.schema(between(1, 4)))
}
const many = { arbitrary: { runs: 500, size: 40 } }

describe("Book", () => {
  it("needs a snapshot at its first update, and passes nothing on before it has one", () => {
    const { book, needs, out } = after(delta(1, 1), delta(2, 2))
    assert.deepStrictEqual(needs, [{ cause: "start" }, undefined])
    assert.deepStrictEqual(out, [])
    assert.isUndefined(Book.snapshot(book))
  })

  it("refuses a snapshot that is older than the first update held", () => {
    const { book, need, out } = after(delta(7, 8), snapshot(5))
    assert.deepStrictEqual(need, { cause: "old" })
    assert.deepStrictEqual(out, [])
    assert.isFalse(book.synced)
    assert.isUndefined(Book.step(book, snapshot(6), out))
    assert.deepStrictEqual(out, [snapshot(6), delta(7, 8)])
  })

  it("drops the updates that the snapshot includes", () => {
    const { out } = after(delta(4, 5), delta(6, 7), delta(8, 9), snapshot(7))
    assert.deepStrictEqual(out, [snapshot(7), delta(8, 9)])
  })

  it("takes an update that begins before the end of the snapshot and ends after it", () => {
    const straddling = delta(6, 9, { bids: [[1, 2]] })
    const { book, need, out } = after(straddling, snapshot(7, { bids: [[1, 1]] }))
    assert.isUndefined(need)
    assert.deepStrictEqual(out, [snapshot(7, { bids: [[1, 1]] }), straddling])
    assert.deepStrictEqual(levelsNow(book), { bids: [[1, 2]], asks: [] })
    assert.strictEqual(book.last, 9)
  })

  it("drops an update that it already has, also once it is synced", () => {
    const { need, out } = after(snapshot(7), delta(8, 9), delta(8, 9), delta(7, 7), delta(10, 10))
    assert.isUndefined(need)
    assert.deepStrictEqual(out, [snapshot(7), delta(8, 9), delta(10, 10)])
  })

  it("goes on where the numbers begin anew with an update that follows on the last one", () => {
    const anew = delta(10, 3, { bids: [[1, 1]] })
    const { book, need, out } = after(snapshot(9), anew, delta(4, 4))
    assert.isUndefined(need)
    assert.deepStrictEqual(out, [snapshot(9), anew, delta(4, 4)])
    assert.strictEqual(book.last, 4)
  })

  it("drops an update with a lower number that follows on none", () => {
    const { book, out } = after(snapshot(9), delta(8, 3))
    assert.deepStrictEqual(out, [snapshot(9)])
    assert.strictEqual(book.last, 9)
  })

  it("drops an update that tells only that nothing happened", () => {
    const { need, out } = after(snapshot(9), delta(10, 9), delta(10, 10))
    assert.isUndefined(need)
    assert.deepStrictEqual(out, [snapshot(9), delta(10, 10)])
  })

  it("finds updates missing by one that tells only that nothing happened", () => {
    const { need } = after(snapshot(9), delta(13, 12))
    assert.deepStrictEqual(need, { cause: "sequence", from: 10, to: 12 })
  })

  it("tells which updates are missing, and keeps what comes after them for the next snapshot", () => {
    const { book, need, out } = after(snapshot(7), delta(10, 11), delta(12, 12))
    assert.isUndefined(need)
    assert.isFalse(book.synced)
    assert.isUndefined(Book.snapshot(book))
    out.length = 0
    assert.isUndefined(Book.step(book, snapshot(10), out))
    assert.deepStrictEqual(out, [snapshot(10), delta(10, 11), delta(12, 12)])
    assert.deepStrictEqual(after(snapshot(7), delta(10, 11)).need, {
      cause: "sequence",
      from: 8,
      to: 9
    })
  })

  it("finds updates missing among those held, and keeps what comes after them", () => {
    const { book, need, out } = after(delta(5, 6), delta(9, 9), delta(10, 10), snapshot(5))
    assert.deepStrictEqual(need, { cause: "sequence", from: 7, to: 8 })
    assert.deepStrictEqual(out, [snapshot(5), delta(5, 6)])
    out.length = 0
    assert.isUndefined(Book.step(book, snapshot(8), out))
    assert.deepStrictEqual(out, [snapshot(8), delta(9, 9), delta(10, 10)])
  })

  it("never passes on an update by which somebody bids what somebody asks", () => {
    const crossing = delta(8, 8, { bids: [[3, 1]] })
    const { book, need, out } = after(snapshot(7, { asks: [[3, 1]] }), crossing)
    assert.deepStrictEqual(need, { cause: "crossed" })
    assert.deepStrictEqual(out, [snapshot(7, { asks: [[3, 1]] })])
    assert.isUndefined(Book.snapshot(book))
    assert.isUndefined(Book.step(book, delta(9, 9), out))
    out.length = 0
    assert.isUndefined(Book.step(book, snapshot(8, { bids: [[3, 1]] }), out))
    assert.deepStrictEqual(out, [snapshot(8, { bids: [[3, 1]] }), delta(9, 9)])
  })

  it("never passes on a size below zero, of a level that is there or not", () => {
    const level = { bids: [[3, 1]] } as const
    for (const bad of [delta(8, 8, { bids: [[3, -1]] }), delta(8, 8, { asks: [[4, -1]] })]) {
      const { book, need, out } = after(snapshot(7, level), bad)
      assert.deepStrictEqual(need, { cause: "crossed" })
      assert.deepStrictEqual(out, [snapshot(7, level)])
      assert.isUndefined(Book.snapshot(book))
    }
    const { need, out } = after(snapshot(7, { asks: [[3, -1]] }))
    assert.deepStrictEqual(need, { cause: "crossed" })
    assert.deepStrictEqual(out, [])
  })

  it("never passes on a crossed snapshot, and keeps the updates held for a better one", () => {
    const bad = snapshot(7, { bids: [[3, 1]], asks: [[3, 1]] })
    const { book, need, out } = after(delta(8, 8), bad)
    assert.deepStrictEqual(need, { cause: "crossed" })
    assert.deepStrictEqual(out, [])
    assert.isUndefined(Book.snapshot(book))
    assert.isUndefined(Book.step(book, snapshot(7), out))
    assert.deepStrictEqual(out, [snapshot(7), delta(8, 8)])
  })

  it("holds no more than so many updates, and begins anew with the one too many", () => {
    const book = Book.make()
    const needs = Array.from({ length: Book.maxHeld + 2 }, (_, index) =>
      Book.step(book, delta(index + 1, index + 1), [])
    )
    assert.deepStrictEqual(needs[0], { cause: "start" })
    assert.isTrue(needs.slice(1, Book.maxHeld).every((need) => need === undefined))
    assert.deepStrictEqual(needs.slice(Book.maxHeld), [{ cause: "overflow" }, undefined])
    const out: Array<BookSnapshot | BookDelta> = []
    assert.deepStrictEqual(Book.step(book, snapshot(Book.maxHeld - 1), out), { cause: "old" })
    assert.isUndefined(Book.step(book, snapshot(Book.maxHeld), out))
    assert.strictEqual(out.length, 3)
  })

  it("follows updates without numbers as they come", () => {
    const plain: BookDelta = {
      _tag: "BookDelta",
      ...base,
      bids: [[1, 1]],
      asks: []
    }
    const { need, out } = after(snapshot(7), plain, plain)
    assert.isUndefined(need)
    assert.strictEqual(out.length, 3)
  })

  it("takes updates without numbers that came before the snapshot for included in it", () => {
    const plain: BookDelta = { _tag: "BookDelta", ...base, bids: [[1, 1]], asks: [] }
    const { book, out } = after(plain, snapshot(7), plain)
    assert.deepStrictEqual(out, [snapshot(7), plain])
    assert.deepStrictEqual(levelsNow(book), { bids: [[1, 1]], asks: [] })
  })

  it("has never too many updates without numbers waiting", () => {
    const plain: BookDelta = { _tag: "BookDelta", ...base, bids: [[1, 1]], asks: [] }
    const { needs } = after(...Array.from({ length: 2 * Book.maxHeld }, () => plain))
    assert.deepStrictEqual(needs[0], { cause: "start" })
    assert.isTrue(needs.slice(1).every((need) => need === undefined))
  })

  it("a later snapshot replaces the book", () => {
    const { book } = after(snapshot(7, { bids: [[1, 1]] }), snapshot(9, { asks: [[2, 2]] }))
    assert.deepStrictEqual(levelsNow(book), { bids: [], asks: [[2, 2]] })
  })

  it("knows nothing after a reset, and then needs a snapshot again", () => {
    const { book } = after(snapshot(7, { bids: [[1, 1]] }))
    Book.reset(book)
    assert.isUndefined(Book.snapshot(book))
    assert.deepStrictEqual(Book.step(book, delta(8, 8), []), { cause: "start" })
  })

  it("its snapshot is of the last update passed on", () => {
    const { book } = after(snapshot(7, { bids: [[1, 1]] }), {
      ...delta(8, 9, { asks: [[2, 2]] }),
      at: 5,
      received: 6
    })
    assert.deepStrictEqual(Book.snapshot(book), {
      ...snapshot(9, { bids: [[1, 1]], asks: [[2, 2]] }),
      at: 5,
      received: 6
    })
  })

  it("is inexact from the first rounded value on, until its next snapshot", () => {
    const inexact = true as const
    const now = (...updates: ReadonlyArray<BookSnapshot | BookDelta>) =>
      Book.snapshot(after(...updates).book)?.inexact
    assert.isUndefined(now(snapshot(7), delta(8, 8)))
    assert.isTrue(now({ ...snapshot(7), inexact }, delta(8, 8)))
    assert.isTrue(now(snapshot(7), { ...delta(8, 8), inexact }, delta(9, 9)))
    assert.isTrue(now({ ...delta(8, 8), inexact }, delta(9, 9), snapshot(7)))
    assert.isUndefined(now({ ...snapshot(7), inexact }, { ...delta(8, 8), inexact }, snapshot(9)))
    // Included in the snapshot, so not passed on.
    assert.isUndefined(now({ ...delta(8, 8), inexact }, snapshot(8)))
  })

  it.prop(
    "wherever the snapshot comes among the updates, the book is all changes in one map",
    { ...history, begin: between(0, 60), state: between(0, 60), arrival: between(0, 60) },
    ({ arrival, begin, changes, state, widths }) => {
      const updates = chain(changes, widths)
      const heard = updates.slice(Math.min(begin, updates.length - 1))
      const sequence = Math.min(state, changes.length)
      const book = Book.make()
      const out: Array<BookSnapshot | BookDelta> = []
      const full = snapshot(sequence, shown(changes.slice(0, sequence)))
      const stream: Array<BookSnapshot | BookDelta> = [...heard]
      stream.splice(arrival, 0, full)
      const needs = stream.map((update) => {
        const need = Book.step(book, update, out)
        const now = Book.snapshot(book)
        if (now !== undefined) {
          const { bids, asks } = now
          assert.deepStrictEqual({ bids, asks }, shown(changes.slice(0, now.sequence)))
        }
        return need
      })
      const first = heard[0]?.firstSequence ?? 0
      if (sequence < first - 1) {
        // The updates between the snapshot and the first one heard are nowhere.
        assert.isTrue(needs.some((need) => need?.cause === "old" || need?.cause === "sequence"))
        assert.isUndefined(Book.snapshot(book))
        return
      }
      assert.isTrue(book.synced)
      assert.deepStrictEqual(levelsNow(book), shown(changes))
      const plain = out.reduce(PlainBook.follow, PlainBook.empty)
      assert.deepStrictEqual(PlainBook.levels(plain), shown(changes))
    },
    many
  )

  it.prop(
    "an update that is lost is told exactly, and the next snapshot makes the book true again",
    { ...history, lost: between(1, 60) },
    ({ changes, lost, widths }) => {
      const updates = chain(changes, widths)
      const at = lost % updates.length
      const missing = updates[at]
      const { book, needs, out } = after(snapshot(0), ...updates.toSpliced(at, 1))
      if (missing === undefined || at === updates.length - 1) {
        assert.isTrue(needs.every((need) => need === undefined))
        return
      }
      const { firstSequence: from = 0, sequence: to = 0 } = missing
      const found = needs.filter((need) => need !== undefined)
      assert.deepStrictEqual(found, [{ cause: "sequence", from, to }])
      assert.deepStrictEqual(out, [snapshot(0), ...updates.slice(0, at)])
      const full = snapshot(to, shown(changes.slice(0, to)))
      assert.isUndefined(Book.step(book, full, out))
      assert.deepStrictEqual(out.slice(at + 1), [full, ...updates.slice(at + 1)])
      assert.deepStrictEqual(levelsNow(book), shown(changes))
    },
    many
  )
})
