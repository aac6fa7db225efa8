import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Book from "tapewire/Book"
import * as BookState from "tapewire/BookState"
import type { FeedEvent } from "tapewire/FeedEvent"
import * as Session from "tapewire/Session"
import type { Tick, Trade } from "tapewire/Tick"
import { type Call, Undecodable, type Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import * as PlainBook from "./support/PlainBook.ts"
import { between, change, levelsOf, split } from "./support/random.ts"
import { answered, closed, instruments, opened, received, venue } from "./support/venue.ts"

const make = (speaks: Venue = venue) => Session.make(speaks, instruments)

/** What follows from some events, all in one batch. */
const after = (...events: ReadonlyArray<Wire>) => {
  const session = make()
  const outcome = session.step(events)
  return { session, ...outcome }
}

const tags = (items: ReadonlyArray<Tick | FeedEvent>) => items.map(({ _tag }) => _tag)

/** The subjects of the snapshots asked for, and how often each had been asked for in vain. */
const fetches = (commands: ReadonlyArray<Session.Command>) =>
  commands.flatMap((command) =>
    command._tag === "Fetch" ? [`${command.subject} ${command.attempt}`] : []
  )

const bookOf = (session: Session.Session, symbol: string) =>
  BookState.snapshot(session.book(symbol))

const ids = (ticks: ReadonlyArray<Tick>) =>
  ticks.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : []))

const gaps = (ticks: ReadonlyArray<Tick>) => ticks.filter((tick) => tick._tag === "Gap")

const minute = 60_000_000

/** When a trade has waited long enough for one that cannot be asked for, in microseconds. */
const late = 250_001

const gap = { _tag: "Gap", venue: "testing", symbol: "AAA-USD" } as const

/** The beginning of a conversation after which the book of A is true up to update 5. */
const synced = [
  opened(1),
  received("delta A 6-6 b99=1", 2),
  answered("A", "5 b98=1,a101=1", 3)
] as const

describe("Session", () => {
  it("gives every tick the time at which its frame was received", () => {
    const { ticks } = after(received("trade A 7 100.5 2 sell", 11), received("quote B 1 2 3 4", 12))
    assert.deepStrictEqual(ticks, [
      {
        _tag: "Trade",
        venue: "testing",
        symbol: "AAA-USD",
        received: 11,
        id: 7,
        price: 100.5,
        size: 2,
        side: "sell"
      },
      {
        _tag: "Quote",
        venue: "testing",
        symbol: "BBB-USD",
        received: 12,
        bid: 1,
        bidSize: 2,
        ask: 3,
        askSize: 4
      }
    ])
  })

  it("drops a frame it cannot read, tells of it once, and goes on before and after it", () => {
    const bad = `?${"x".repeat(10)}`
    const { events, session, ticks } = after(
      received("trade A 7 1 1 buy", 1),
      received(`trade A 8 1 1 buy\n${bad}`, 2),
      received("trade A 8 1 1 buy", 3)
    )
    assert.deepStrictEqual(ids(ticks), [7, 8])
    assert.deepStrictEqual(events, [
      {
        _tag: "Undecodable",
        venue: "testing",
        at: 2,
        detail: "is not a line of words",
        sample: bad
      }
    ])
    assert.deepInclude(session.counts, { frames: 3, ticks: 2, undecodable: 1, gaps: 0 })
  })

  it("reads frames of bytes as frames", () => {
    const { events } = after(received(Uint8Array.of(1), 5))
    assert.deepInclude(events[0], { _tag: "Undecodable", at: 5 })
  })

  it("hands on what the venue says of a connection, and replies on the one that asked", () => {
    const { commands, events } = after(received("ping x\nack 1\nbye\nno 2 because", 5, 3))
    assert.deepStrictEqual(commands, [
      { _tag: "Send", connection: 3, frame: "pong x" },
      { _tag: "Note", connection: 3, notice: { _tag: "Acknowledged", id: 1 } },
      { _tag: "Note", connection: 3, notice: { _tag: "Leaving" } },
      { _tag: "Note", connection: 3, notice: { _tag: "Refused", id: 2, detail: "because" } }
    ])
    assert.deepStrictEqual(events, [])
  })

  it("cuts a connection on which more than five frames in ten seconds mean nothing", () => {
    const nonsense = (at: number, connection = 1) => received("?", at * 1e6, connection)
    const { session, commands } = after(
      ...[0, 1, 2, 3, 9].map((at) => nonsense(at)),
      nonsense(9, 2)
    )
    assert.deepStrictEqual(commands, [])
    assert.deepStrictEqual(session.step([nonsense(10.5)]).commands, [])
    assert.deepStrictEqual(session.step([nonsense(10.6)]).commands, [
      { _tag: "Cut", connection: 1, code: 1007, detail: "too many frames without a meaning" }
    ])
  })

  it("counts kinds it does not know, and symbols nobody asked for, without a word", () => {
    const { commands, events, session, ticks } = after(received("news\ntrade Z 1 1 1 buy"))
    assert.deepStrictEqual([...ticks, ...events, ...commands], [])
    assert.deepInclude(session.counts, { frames: 1, unrecognized: 2, undecodable: 0 })
  })

  it("says of missing trades which kind they are, and when they were made by the venue's time", () => {
    const timed: Venue = {
      ...venue,
      decode: (frame, reader) =>
        Result.map(venue.decode(frame, reader), (messages) =>
          messages.map((message) =>
            message._tag === "Trade" ? { ...message, at: message.received - 1000 } : message
          )
        )
    }
    const { ticks } = make(timed).step([
      received("agg A 1 1 1 buy 1 1\ntrade A 2 1 1 buy", 5000),
      received("trade A 3 1 1 buy\nagg A 4 1 1 buy 9 9", 7000),
      received("news", 7000 + late)
    ])
    assert.deepStrictEqual(gaps(ticks), [
      {
        ...gap,
        received: 7000 + late,
        channel: "trades",
        variant: "aggregated",
        from: 2,
        to: 3,
        since: 4000,
        until: 6000,
        cause: "sequence"
      }
    ])
  })

  it("tells of missing trades where they are missing, and drops those that came before", () => {
    const frames = [7, 8, 8, 6, 11, 12].map((id) => received(`trade A ${id} 1 1 buy`, id))
    const { events, session, ticks } = after(...frames, received("news", 11 + late))
    assert.deepStrictEqual(ids(ticks), [7, 8, 11, 12])
    assert.deepStrictEqual(ticks[2], {
      ...gap,
      received: 11 + late,
      channel: "trades",
      from: 9,
      to: 10,
      since: 8,
      until: 11,
      cause: "sequence"
    })
    const place = { venue: "testing", at: 11 + late, symbol: "AAA-USD" }
    assert.deepStrictEqual(events, [{ _tag: "GapFound", ...place, from: 9, to: 10 }])
    assert.deepInclude(session.counts, { duplicates: 2, gaps: 1, ticks: 5 })
  })

  it("waits a quarter of a second for what may only be out of order, and a thousand trades", () => {
    const session = make()
    session.step([received("trade A 1 1 1 buy", 1), received("trade A 3 1 1 buy", 2)])
    assert.deepStrictEqual(session.step([received("news", 1 + late)]).ticks, [])
    assert.deepStrictEqual(
      ids(session.step([received("trade A 2 1 1 buy", 1 + late)]).ticks),
      [2, 3]
    )
    const many = Array.from({ length: 1000 }, (_, id) => received(`trade A ${id + 5} 1 1 buy`, 9))
    assert.deepStrictEqual(session.step(many).ticks, [])
    const { ticks } = session.step([received("trade A 1005 1 1 buy", 9)])
    assert.strictEqual(ticks[0]?._tag, "Gap")
    assert.strictEqual(ticks.length, 1002)
  })

  it("finds trades that were missed while there was no connection", () => {
    const { ticks } = after(
      opened(1),
      received("trade A 7 1 1 buy", 2),
      closed(3),
      opened(4, 2),
      received("trade A 7 1 1 buy\ntrade A 9 1 1 buy", 5, 2),
      received("news", 5 + late, 2)
    )
    assert.deepStrictEqual(tags(ticks), ["Trade", "Gap", "Trade"])
    assert.deepInclude(ticks[1], { from: 8, to: 8, cause: "sequence" })
  })

  it("passes on every trade once, in any order, where ids do not follow one another", () => {
    const session = make({ ...venue, trades: "opaque" })
    const { ticks } = session.step([9, 7, 7].map((id) => received(`trade A ${id} 1 1 buy`)))
    assert.deepStrictEqual(ids(ticks), [9, 7])
  })

  it("flags what came of a value with more digits than a float64 holds, and nothing else", () => {
    const { session, ticks } = after(
      received("trade A 7 1 1 buy"),
      received("trade A 8 0.12345678901234567 1 buy"),
      received("trade A 9 1 1 buy")
    )
    assert.deepStrictEqual(
      ticks.map(({ inexact }) => inexact),
      [undefined, true, undefined]
    )
    assert.strictEqual(session.counts.inexact, 1)
  })

  it("flags an inexact update of a book also where it had to wait for the snapshot", () => {
    const { session, ticks } = after(
      received("delta A 6-6 b99=0.12345678901234567"),
      received("delta A 7-7 b98=1"),
      answered("A", "5 a101=1")
    )
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta", "BookDelta"])
    assert.deepStrictEqual(
      ticks.map(({ inexact }) => inexact),
      [undefined, true, undefined]
    )
    assert.strictEqual(session.counts.inexact, 1)
  })

  it("flags an inexact snapshot, and not the updates that waited for it", () => {
    const { ticks } = after(
      received("delta A 6-6 b99=1"),
      answered("A", "5 a101=0.12345678901234567")
    )
    assert.deepStrictEqual(
      ticks.map(({ inexact }) => inexact),
      [true, undefined]
    )
  })

  it("holds a rounded value of a frame it dropped against no other frame", () => {
    const { session, ticks } = after(
      received("trade A 7 0.12345678901234567 1 buy\n?"),
      received("trade A 8 1 1 buy")
    )
    assert.deepStrictEqual(
      ticks.map(({ inexact }) => inexact),
      [undefined]
    )
    assert.strictEqual(session.counts.inexact, 0)
  })

  it("asks for a snapshot at the first update of a book, once, and is then in step with it", () => {
    const { commands, events, session, ticks } = after(
      received("delta A 6-6 b99=1", 1),
      received("delta A 7-7 a101=2", 2),
      answered("A", "5 b98=1,a101=1", 3),
      received("delta A 8-8 b99=0", 4)
    )
    assert.deepStrictEqual(fetches(commands), ["A 0"])
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta", "BookDelta", "BookDelta"])
    assert.deepStrictEqual(events, [{ _tag: "Synced", venue: "testing", at: 3, symbol: "AAA-USD" }])
    assert.deepInclude(bookOf(session, "AAA-USD"), {
      sequence: 8,
      received: 4,
      bids: [[98, 1]],
      asks: [[101, 2]]
    })
    assert.isUndefined(bookOf(session, "BBB-USD"))
    assert.isUndefined(bookOf(session, "CCC-USD"))
  })

  it.for([
    [0, "no answer within 10 s"],
    [429, "slow down"],
    [200, "<html>"]
  ] as const)(
    "asks again after the answer %d %s, later each time, until there is a book",
    ([status, body]) => {
      const bad = answered("A", body, 3, status)
      const { commands, events, session } = after(
        received("delta A 6-6 b99=1"),
        bad,
        bad,
        bad,
        answered("A", "5 a101=1", 4)
      )
      assert.deepStrictEqual(fetches(commands), ["A 0", "A 1", "A 2", "A 3"])
      assert.strictEqual(session.counts.undecodable, status === 200 ? 3 : 0)
      assert.strictEqual(tags(events).at(-1), "Synced")
    }
  )

  it("asks again for a snapshot older than the updates, later each time, and tells of no gap", () => {
    const { commands, ticks } = after(
      received("delta A 6-6 b99=1"),
      answered("A", "4 b98=1"),
      answered("A", "4 b98=1"),
      answered("A", "5 b98=1")
    )
    assert.deepStrictEqual(fetches(commands), ["A 0", "A 1", "A 2"])
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
  })

  it.for(["5 b99=1,a98=1", "5 b99=1,a99=1", "5 b99=-1"])(
    "asks again for a snapshot that contradicts itself, %s, and tells of no gap",
    (wrong) => {
      const bad = answered("A", wrong)
      const { commands, session, ticks } = after(received("delta A 6-6 b99=1"), bad, bad)
      assert.deepStrictEqual(fetches(commands), ["A 0", "A 1", "A 2"])
      assert.deepStrictEqual(ticks, [])
      assert.deepInclude(session.book("AAA-USD"), { _tag: "Resyncing", cause: "crossed" })
    }
  )

  /** Updates from a number on that follow on one another. */
  const run = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      received(`delta A ${from + index}-${from + index} b99=1`)
    )

  it("asks later each time for a book that crosses again and again, however often it is had", () => {
    const { session } = after(...synced)
    const asked = Array.from({ length: 4 }, (_, round) => {
      const from = 7 + round * 10
      const { commands } = session.step([
        ...run(from, 9),
        received(`delta A ${from + 9}-${from + 9} b101=1`, round * 5 * minute)
      ])
      session.step([answered("A", `${from + 9} b98=1,a101=1`)])
      return fetches(commands)
    })
    assert.deepStrictEqual(asked, [["A 1"], ["A 2"], ["A 3"], ["A 4"]])
  })

  it.for([
    [98, "A 3"],
    [99, "A 0"]
  ] as const)(
    "a book that was had late and then followed %d more updates is asked for as %s",
    ([count, expected]) => {
      const bad = answered("A", "", 3, 429)
      const { session } = after(received("delta A 6-6 b99=1"), bad, bad, answered("A", "5 a101=1"))
      const { commands } = session.step([...run(7, count), received("delta A 900-900 b1=1")])
      assert.deepStrictEqual(fetches(commands), [expected])
    }
  )

  it("asks later each time for a book that was long true and is now not had", () => {
    const { session } = after(...synced, ...run(7, 200))
    const bad = answered("A", "", 3, 429)
    const { commands } = session.step([
      ...run(300, 2),
      bad,
      ...run(302, 2),
      bad,
      closed(4),
      opened(5, 2),
      ...run(400, 2),
      bad,
      ...run(402, 2),
      bad
    ])
    assert.deepStrictEqual(fetches(commands), ["A 0", "A 1", "A 2", "A 0", "A 1"])
  })

  it("mends a book with a hole by itself, and leaves the others alone", () => {
    const { session } = after(
      ...synced,
      received("delta B 2-2 b9=1"),
      answered("B", "1 b8=1,a10=1")
    )
    const { commands, events, ticks } = session.step([
      received("delta A 9-10 b97=1", 7),
      received("delta B 3-3 b7=1", 8)
    ])
    assert.deepStrictEqual(fetches(commands), ["A 1"])
    assert.deepStrictEqual(ticks[0], {
      ...gap,
      received: 7,
      channel: "book",
      from: 7,
      to: 8,
      since: 2,
      until: 7,
      cause: "sequence"
    })
    assert.deepStrictEqual(tags(ticks), ["Gap", "BookDelta"])
    assert.deepInclude(events[0], { _tag: "Resyncing", symbol: "AAA-USD", cause: "sequence" })
    assert.isUndefined(bookOf(session, "AAA-USD"))
    assert.isDefined(bookOf(session, "BBB-USD"))
    const mended = session.step([answered("A", "8 b98=1,a101=1", 9)])
    assert.deepStrictEqual(tags(mended.ticks), ["BookSnapshot", "BookDelta"])
    assert.deepInclude(bookOf(session, "AAA-USD"), { sequence: 10 })
    assert.strictEqual(session.counts.gaps, 1)
  })

  it("hands on no crossed book, and tells of the gap it leaves", () => {
    const { session } = after(...synced)
    const { commands, ticks } = session.step([received("delta A 7-7 b101=1", 7)])
    assert.deepInclude(ticks[0], { _tag: "Gap", channel: "book", cause: "crossed" })
    assert.strictEqual(ticks.length, 1)
    assert.deepStrictEqual(fetches(commands), ["A 1"])
    assert.isUndefined(bookOf(session, "AAA-USD"))
  })

  describe("with a book that turns out wrong", () => {
    /** Follows the book of A from update 6 on until it crosses, and has it anew. */
    const cross = (session: Session.Session, sequence: number, at: number) => {
      const { commands, events, ticks } = session.step([
        received(`delta A ${sequence}-${sequence} b101=1`, at)
      ])
      const again = session.step([answered("A", `${sequence} b98=1,a101=1`, at + 1)])
      return { asked: fetches(commands), events, ticks, again: tags(again.ticks) }
    }

    it("a third time within 5 minutes, leaves it alone for 5 minutes", () => {
      const { session } = after(...synced)
      assert.deepStrictEqual(cross(session, 7, minute).again, ["BookSnapshot"])
      assert.deepStrictEqual(cross(session, 8, 2 * minute).again, ["BookSnapshot"])
      const third = cross(session, 9, 6 * minute)
      assert.deepStrictEqual(third.asked, [])
      assert.deepStrictEqual(third.again, [])
      assert.deepInclude(third.ticks[0], { _tag: "Gap", cause: "crossed", received: 6 * minute })
      assert.strictEqual(third.ticks.length, 1)
      const until = 11 * minute
      assert.deepStrictEqual(third.events, [
        {
          _tag: "Quarantined",
          venue: "testing",
          at: 6 * minute,
          symbol: "AAA-USD",
          cause: "crossed",
          until
        }
      ])
      const degraded = { _tag: "Degraded", since: 6 * minute, cause: "crossed", until } as const
      assert.deepStrictEqual(session.book("AAA-USD"), degraded)
      const meanwhile = session.step([
        received("delta A 10-10 b97=1", 7 * minute),
        received("snapshot A 11 b97=1", 8 * minute),
        closed(9 * minute),
        opened(9 * minute, 2),
        received("delta A 12-12 b97=1", until - 1, 2)
      ])
      assert.deepStrictEqual([...meanwhile.ticks, ...meanwhile.events], [])
      assert.deepStrictEqual(fetches(meanwhile.commands), [])
      assert.deepStrictEqual(session.book("AAA-USD"), degraded)
    })

    it("leaves the others alone, and does not count what was long ago", () => {
      const { session } = after(
        ...synced,
        received("delta B 2-2 b9=1"),
        answered("B", "1 b8=1,a10=1")
      )
      cross(session, 7, minute)
      cross(session, 8, 2 * minute)
      const later = cross(session, 9, 6 * minute + 1)
      assert.deepStrictEqual(later.again, ["BookSnapshot"])
      const third = cross(session, 10, 7 * minute)
      assert.deepStrictEqual(tags(third.events), ["Quarantined"])
      assert.deepStrictEqual(tags(session.step([received("delta B 3-3 b9=2")]).ticks), [
        "BookDelta"
      ])
    })

    it("tries it once more after that, and leaves it alone again if that fails", () => {
      const { session } = after(...synced)
      for (const sequence of [7, 8, 9]) cross(session, sequence, minute)
      const { commands } = session.step([received("delta A 20-20 b97=1", 6 * minute)])
      assert.deepStrictEqual(fetches(commands), ["A 0"])
      assert.deepStrictEqual(session.book("AAA-USD"), {
        _tag: "Resyncing",
        since: minute,
        cause: "crossed"
      })
      const had = session.step([answered("A", "19 b98=1,a101=1", 6 * minute + 1)])
      assert.deepStrictEqual(tags(had.ticks), ["BookSnapshot", "BookDelta"])
      assert.deepStrictEqual(tags(had.events), ["Synced"])
      const again = cross(session, 21, 7 * minute)
      assert.deepStrictEqual(tags(again.events), ["Quarantined"])
      assert.deepInclude(session.book("AAA-USD"), { _tag: "Degraded", until: 12 * minute })
    })

    it("and then proves right, it may fail twice again", () => {
      const { session } = after(...synced)
      for (const sequence of [7, 8, 9]) cross(session, sequence, minute)
      session.step([
        received("delta A 20-20 b97=1", 6 * minute),
        answered("A", "19 b98=1,a101=1", 6 * minute + 1)
      ])
      assert.deepStrictEqual(cross(session, 21, 12 * minute).again, ["BookSnapshot"])
      assert.deepStrictEqual(cross(session, 22, 13 * minute).again, ["BookSnapshot"])
      assert.deepStrictEqual(cross(session, 23, 14 * minute).again, [])
    })

    it("does nothing with an answer that was on its way when it was left alone", () => {
      const bad = "5 b99=1,a98=1"
      const { session } = after(received("delta A 6-6 b99=1"), answered("A", bad, 1))
      session.step([answered("A", bad, 2)])
      session.step([received("snapshot A 7 b99=1,a98=1", 3)])
      const { commands, ticks } = session.step([answered("A", "8 b98=1", 4)])
      assert.deepStrictEqual([...commands, ...ticks], [])
      assert.deepInclude(session.book("AAA-USD"), { _tag: "Degraded" })
    })

    it("leaves it alone after ten snapshots in a row that were older than the updates", () => {
      const { session } = after(received("delta A 6-6 b99=1", 1))
      const old = (at: number) => session.step([answered("A", "4 b98=1", at)])
      for (let at = 2; at <= 10; at++) assert.strictEqual(fetches(old(at).commands).length, 1)
      const tenth = old(11)
      assert.deepStrictEqual(tenth.commands, [])
      assert.deepInclude(tenth.events[0], { _tag: "Quarantined", cause: "old" })
      assert.deepInclude(session.book("AAA-USD"), { _tag: "Degraded", since: 11, cause: "old" })
    })
  })

  it("says since when a book is not known, and why", () => {
    const { session } = after(opened(1))
    assert.isUndefined(session.book("AAA-USD"))
    session.step([received("delta A 6-6 b99=1", 2)])
    assert.deepStrictEqual(session.book("AAA-USD"), { _tag: "Resyncing", since: 2, cause: "start" })
    session.step([answered("A", "5 b98=1,a101=1", 3)])
    assert.deepInclude(session.book("AAA-USD"), { _tag: "Synced" })
    session.step([received("delta A 9-9 b97=1", 4)])
    const state = { _tag: "Resyncing", since: 4, cause: "sequence" } as const
    assert.deepStrictEqual(session.book("AAA-USD"), state)
    session.step([received("delta A 10-10 b97=1", 5)])
    assert.deepStrictEqual(session.book("AAA-USD"), state)
    session.step([answered("A", "7 b98=1,a101=1", 6)])
    assert.deepStrictEqual(session.book("AAA-USD"), { ...state, cause: "old" })
    session.step([answered("A", "8 b98=1,a101=1", 7), closed(8)])
    assert.deepStrictEqual(session.book("AAA-USD"), {
      _tag: "Resyncing",
      since: 8,
      cause: "disconnect"
    })
  })

  it("begins to hold anew when too many updates wait, which is no second gap", () => {
    const updates = Array.from({ length: Book.maxHeld + 1 }, (_, index) =>
      received(`delta A ${index + 6}-${index + 6} b99=1`)
    )
    const { commands, events, ticks } = after(...updates)
    assert.deepStrictEqual(ticks, [])
    assert.deepInclude(events[0], { _tag: "Resyncing", cause: "overflow" })
    assert.deepStrictEqual(fetches(commands), ["A 0"])
  })

  it("tells of each true book that a lost connection makes unknown, and only of those", () => {
    const { session } = after(...synced, received("delta B 2-2 b9=1"))
    const { ticks } = session.step([closed(8), opened(9, 2)])
    assert.deepStrictEqual(ticks, [
      {
        ...gap,
        received: 8,
        channel: "book",
        since: 2,
        cause: "disconnect"
      }
    ])
    assert.isUndefined(bookOf(session, "AAA-USD"))
    const again = session.step([received("delta A 20-20 b99=1", 10, 2)])
    assert.deepStrictEqual(fetches(again.commands), ["A 0"])
  })

  it("takes no book for true while there is no connection to follow it on", () => {
    const { session } = after(opened(1), received("delta A 6-6 b99=1", 2), closed(3))
    const { commands, events, ticks } = session.step([answered("A", "6 b98=1", 4)])
    assert.deepStrictEqual([...ticks, ...events, ...commands], [])
    assert.isUndefined(bookOf(session, "AAA-USD"))
    const again = session.step([opened(5, 2), received("delta A 9-9 b97=1", 6, 2)])
    assert.deepStrictEqual(fetches(again.commands), ["A 0"])
    assert.deepStrictEqual(gaps(again.ticks), [])
  })

  it("waits for an answer that was on its way when the connection was lost", () => {
    const { session } = after(opened(1), received("delta A 6-6 b99=1", 2), closed(3), opened(4, 2))
    const { commands, ticks } = session.step([
      received("delta A 9-9 b97=1", 5, 2),
      answered("A", "8 b98=1", 6)
    ])
    assert.deepStrictEqual(fetches(commands), [])
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
  })

  it("has no use for answers it did not ask for", () => {
    const { commands, events, ticks } = after(
      { ...answered("", "A B"), call: "instruments" },
      answered("Z", "5 b1=1")
    )
    assert.deepStrictEqual([...ticks, ...events, ...commands], [])
  })

  describe("with a book on two connections", () => {
    /** The book of A, true up to update 5 and brought by connection 1; connection 2 is open. */
    const start = () => after(...synced, opened(4, 2)).session

    it("passes on each update once, whichever connection brings it first", () => {
      const { events, commands, ticks } = start().step([
        received("delta A 7-7 b97=1", 5, 2),
        received("delta A 7-7 b97=1", 6, 1),
        received("delta A 8-8 b96=1", 7, 1),
        received("delta A 8-8 b96=1", 8, 2)
      ])
      assert.deepStrictEqual(
        ticks.map((tick) => tick._tag === "BookDelta" && [tick.sequence, tick.received]),
        [
          [7, 5],
          [8, 7]
        ]
      )
      assert.deepStrictEqual([...events, ...commands], [])
    })

    it("takes an update of which it has a part, for sizes are absolute", () => {
      const session = start()
      const { ticks } = session.step([
        received("delta A 7-8 b97=2", 5, 1),
        received("delta A 8-9 b97=3", 6, 2)
      ])
      assert.deepStrictEqual(tags(ticks), ["BookDelta", "BookDelta"])
      assert.deepInclude(bookOf(session, "AAA-USD"), {
        sequence: 9,
        bids: [
          [99, 1],
          [98, 1],
          [97, 3]
        ]
      })
    })

    it("lets a fast one wait for a slow one, which tells nobody of a gap that is none", () => {
      const session = start()
      const fast = session.step([
        received("delta A 9-9 b95=1", 5, 2),
        received("delta A 10-10 b94=1", 5, 2)
      ])
      assert.deepStrictEqual(fast.ticks, [])
      const slow = session.step([
        received("delta A 7-7 b97=1", 6, 1),
        received("delta A 8-8 b96=1", 7, 1)
      ])
      assert.deepStrictEqual(
        slow.ticks.map((tick) => tick._tag === "BookDelta" && tick.sequence),
        [7, 8, 9, 10]
      )
      assert.strictEqual(session.counts.gaps, 0)
    })

    it("tells of a gap as soon as neither can bring what is missing", () => {
      const session = start()
      assert.deepStrictEqual(session.step([received("delta A 9-9 b95=1", 5, 2)]).ticks, [])
      const { commands, ticks } = session.step([received("delta A 8-8 b96=1", 6, 1)])
      assert.deepInclude(ticks[0], { _tag: "Gap", from: 7, to: 7, cause: "sequence" })
      assert.strictEqual(ticks.length, 1)
      assert.deepStrictEqual(fetches(commands), ["A 1"])
      const mended = session.step([answered("A", "7 b98=1,a101=1", 7)])
      assert.deepStrictEqual(tags(mended.ticks), ["BookSnapshot", "BookDelta", "BookDelta"])
      assert.deepInclude(bookOf(session, "AAA-USD"), { sequence: 9 })
    })

    it("waits for a slow one no longer than 5 seconds", () => {
      const session = start()
      const { ticks } = session.step([
        received("delta A 8-8 b95=1", 5, 2),
        received("delta A 9-9 b95=1", 5_000_005, 2)
      ])
      assert.deepStrictEqual(ticks, [])
      const late = session.step([received("delta A 10-10 b95=1", 5_000_006, 2)])
      assert.deepInclude(late.ticks[0], { _tag: "Gap", from: 7, to: 7, cause: "sequence" })
    })

    it("goes on when either ends, and misses updates when both have", () => {
      for (const [first, second] of [
        [1, 2],
        [2, 1]
      ] as const) {
        const session = start()
        session.step([received("delta A 7-7 b97=1", 5, 1), received("delta A 7-7 b97=1", 5, 2)])
        const { commands, ticks } = session.step([
          closed(6, first),
          received("delta A 8-8 b97=1", 7, second)
        ])
        assert.deepStrictEqual(tags(ticks), ["BookDelta"])
        assert.deepStrictEqual(commands, [])
        const end = session.step([closed(8, second)])
        assert.deepInclude(end.ticks[0], { _tag: "Gap", received: 8, cause: "disconnect" })
        assert.strictEqual(end.ticks.length, 1)
      }
    })

    it("finds what a connection took with it missing, also where the other was beyond it", () => {
      const session = start()
      session.step([received("delta A 9-9 b95=1", 5, 2)])
      const { ticks } = session.step([closed(6, 1)])
      assert.deepInclude(ticks[0], { _tag: "Gap", from: 7, to: 8, cause: "sequence" })
    })

    it("follows the slow one when the fast one ends", () => {
      const session = start()
      session.step([received("delta A 6-6 b99=1", 5, 2), received("delta A 9-9 b95=1", 5, 1)])
      const { ticks } = session.step([
        closed(6, 1),
        ...[7, 8, 9, 10].map((id) => received(`delta A ${id}-${id} b90=${id}`, 7, 2))
      ])
      assert.deepStrictEqual(tags(ticks), ["BookDelta", "BookDelta", "BookDelta", "BookDelta"])
      assert.strictEqual(session.counts.gaps, 0)
    })

    it("loses only the books that the other connection does not carry", () => {
      const session = start()
      session.step([received("delta B 2-2 b9=1", 5, 2), answered("B", "1 b8=1,a10=1", 6)])
      const { ticks } = session.step([closed(7, 1)])
      assert.deepStrictEqual(
        gaps(ticks).map(({ symbol }) => symbol),
        ["AAA-USD"]
      )
      assert.isUndefined(bookOf(session, "AAA-USD"))
      assert.deepInclude(bookOf(session, "BBB-USD"), { sequence: 2 })
    })

    it("goes back to no older snapshot that the new one begins with", () => {
      const session = start()
      const { ticks } = session.step([
        received("snapshot A 4 b1=1", 5, 2),
        received("delta A 7-7 b97=1", 6, 1),
        closed(7, 1),
        received("delta A 5-8 b96=1", 8, 2)
      ])
      assert.deepStrictEqual(tags(ticks), ["BookDelta", "BookDelta"])
      assert.deepInclude(bookOf(session, "AAA-USD"), { sequence: 8 })
    })

    it("takes updates without numbers of one at a time: of the newer from its snapshot on", () => {
      const session = after(
        opened(1),
        received("snapshot A - b90=1", 2),
        received("unnumbered A b91=1", 3),
        opened(4, 2)
      ).session
      const before = session.step([
        received("unnumbered A b92=9", 5, 2),
        received("unnumbered A b92=1", 6, 1)
      ])
      assert.deepStrictEqual(
        before.ticks.map((tick) => tick._tag === "BookDelta" && tick.received),
        [6]
      )
      const { ticks } = session.step([
        received("snapshot A - b93=1", 7, 2),
        received("unnumbered A b94=9", 8, 1),
        received("snapshot A - b95=9", 9, 1),
        closed(10, 1),
        received("unnumbered A b94=1", 11, 2)
      ])
      assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
      assert.deepInclude(bookOf(session, "AAA-USD"), {
        bids: [
          [94, 1],
          [93, 1]
        ]
      })
    })

    it("loses a book without numbers with the connection it was followed on", () => {
      const session = after(
        opened(1),
        received("snapshot A - b90=1", 2),
        opened(3, 2),
        received("unnumbered A b91=1", 4, 2)
      ).session
      const { ticks } = session.step([closed(5, 1)])
      assert.deepInclude(ticks[0], { _tag: "Gap", cause: "disconnect" })
      assert.isUndefined(bookOf(session, "AAA-USD"))
    })

    it("follows none of what came before, where the numbers of connections begin again", () => {
      const { session } = after(...synced, opened(4, 2), received("delta A 7-7 b97=1", 5, 2))
      const { ticks } = session.step([opened(6, 1)])
      assert.deepStrictEqual(
        gaps(ticks).map(({ cause }) => cause),
        ["disconnect"]
      )
      session.step([received("delta A 30-30 b97=1", 7, 1), answered("A", "29 b98=1,a101=1", 8)])
      assert.deepInclude(bookOf(session, "AAA-USD"), { sequence: 30 })
      assert.deepInclude(session.step([closed(9, 1)]).ticks[0], { cause: "disconnect" })
    })

    it.prop(
      "however two connections interleave, the book is that of one, and no update is said missing",
      {
        changes: Arbitrary.array(change, { minLength: 1, maxLength: 40 }),
        widths: Arbitrary.array(Arbitrary.schema(between(1, 3))),
        otherWidths: Arbitrary.array(Arbitrary.schema(between(1, 3))),
        turns: Arbitrary.array(Arbitrary.schema(Schema.Literals([1, 2]))),
        joins: between(0, 20),
        answer: between(0, 40)
      },
      ({ answer, changes, joins, otherWidths, turns, widths }) => {
        const frames = (widths: ReadonlyArray<number>, connection: number) => {
          let sequence = 0
          return split(changes, widths).flatMap((some) => {
            if (some.length === 0) return []
            const levels = some.map(({ level, side }) => `${side[0]}${level.join("=")}`)
            const numbers = `${sequence + 1}-${(sequence += some.length)}`
            return [received(`delta A ${numbers} ${levels.join(",")}`, 1, connection)]
          })
        }
        const one = frames(widths, 1)
        const two = frames(otherWidths, 2).slice(joins)
        const left = { 1: one.slice(1), 2: [...two] }
        const rest = [...turns, ...one.map(() => 1 as const), ...two.map(() => 2 as const)]
        const wire: Array<Wire> = rest.flatMap((turn) => left[turn].shift() ?? [])
        wire.splice(answer, 0, answered("A", "0 b1=1,a1000=1", 1))
        const session = make()
        const { ticks } = session.step([opened(0, 1), opened(0, 2), ...one.slice(0, 1), ...wire])
        assert.deepStrictEqual(gaps(ticks), [])
        const plain = PlainBook.levels(PlainBook.apply(PlainBook.empty, levelsOf(changes)))
        const now = bookOf(session, "AAA-USD")
        assert.deepStrictEqual(now?.bids.slice(0, -1), plain.bids)
        assert.deepStrictEqual(now?.asks.slice(0, -1), plain.asks)
        const given = ticks.flatMap((tick) => (tick._tag === "BookDelta" ? [tick] : []))
        const followed = given.reduce(PlainBook.follow, PlainBook.empty)
        assert.deepStrictEqual(PlainBook.levels(followed), plain)
      },
      { arbitrary: { runs: 500, size: 40 } }
    )
  })

  const word = Schema.Literals([
    "quote A 99 1 101 1",
    "trade A 5 0.12345678901234567 1 buy",
    "news",
    "?",
    "ack 1",
    "ping x",
    "no 1 because",
    "bye"
  ])
  const event = Arbitrary.all({
    kind: Arbitrary.schema(
      Schema.Literals(["word", "trade", "delta", "delta", "delta", "answer", "opened", "closed"])
    ),
    word: Arbitrary.schema(word),
    native: Arbitrary.schema(Schema.Literals(["A", "B"])),
    number: Arbitrary.schema(between(0, 12)),
    width: Arbitrary.schema(between(0, 3)),
    level: Arbitrary.schema(
      Schema.Literals(["b99=1", "b98=1", "a101=1", "a102=1", "b99=0", "b102=1"])
    ),
    status: Arbitrary.schema(Schema.Literals([200, 200, 200, 429, 0]))
  })
  const conversation = Arbitrary.array(event).pipe(
    Arbitrary.map((steps) =>
      steps.map(({ kind, level, native, number, status, width, word }, at): Wire => {
        switch (kind) {
          case "word":
            return received(word, at)
          case "trade":
            return received(`trade ${native} ${number} 1 1 buy`, at)
          case "delta":
            return received(`delta ${native} ${number}-${number + width} ${level}`, at)
          case "answer":
            return answered(native, `${number} ${level}`, at, status)
          case "opened":
            return opened(at)
          case "closed":
            return closed(at)
        }
      })
    )
  )

  it.prop(
    "the same events make the same of it, however they are cut into batches",
    { conversation, cuts: Arbitrary.array(Arbitrary.schema(between(0, 5))) },
    ({ conversation, cuts }) => {
      const whole = make()
      const expected = whole.step(conversation)
      const cut = make()
      const outcomes = split(conversation, cuts).map((batch) => cut.step(batch))
      assert.deepStrictEqual(
        {
          ticks: outcomes.flatMap(({ ticks }) => ticks),
          commands: outcomes.flatMap(({ commands }) => commands),
          events: outcomes.flatMap(({ events }) => events)
        },
        expected
      )
      assert.deepStrictEqual(cut.counts, whole.counts)
      assert.deepStrictEqual(bookOf(cut, "AAA-USD"), bookOf(whole, "AAA-USD"))
    },
    { arbitrary: { runs: 500, size: 40 } }
  )

  it.prop(
    "whatever is said, a snapshot is asked for only once at a time, and every update passed on follows",
    { conversation },
    ({ conversation }) => {
      const session = make()
      const asked = new Set<string>()
      const last = new Map<string, number>()
      for (const event of conversation) {
        if (event._tag === "Answered") asked.delete(event.subject)
        const { commands, ticks } = session.step([event])
        for (const command of commands) {
          if (command._tag !== "Fetch") continue
          assert.isFalse(asked.has(command.subject))
          asked.add(command.subject)
        }
        for (const tick of ticks) {
          if (tick._tag === "Gap" && tick.channel === "book") last.delete(tick.symbol)
          if (tick._tag === "BookSnapshot") last.set(tick.symbol, tick.sequence ?? 0)
          if (tick._tag !== "BookDelta") continue
          const before = last.get(tick.symbol) ?? -1
          assert.isAtLeast(before + 1, tick.firstSequence ?? 0)
          assert.isAbove(tick.sequence ?? 0, before)
          last.set(tick.symbol, tick.sequence ?? 0)
        }
        for (const symbol of ["AAA-USD", "BBB-USD"]) {
          assert.strictEqual(bookOf(session, symbol)?.sequence, last.get(symbol))
        }
      }
    },
    { arbitrary: { runs: 500, size: 60 } }
  )

  describe("asks for trades that are missing", () => {
    const past = (text: string, at: number, status = 200): Wire => ({
      ...answered("A", text, at, status),
      call: "trades"
    })
    const start = () => {
      const session = make(withHistory)
      const { commands, ticks } = session.step([
        opened(1),
        received("trade A 1 9 1 buy", 2),
        received("trade A 5 9 1 buy", 3),
        received("trade A 6 9 1 buy", 4)
      ])
      return { session, commands, ticks }
    }

    it("once, from the first that is missing, and holds back those after it", () => {
      const { commands, ticks } = start()
      assert.deepStrictEqual(ids(ticks), [1])
      assert.deepStrictEqual(
        commands.filter(({ _tag }) => _tag === "Fetch"),
        [{ _tag: "Fetch", call: "trades", subject: "A", from: 2, to: 4, attempt: 0 }]
      )
    })

    it("and gives them in their place, told as asked for later, before those that waited", () => {
      const { session } = start()
      // Trade 5 came live as well, and counts as live.
      const { events, ticks } = session.step([past("2 3 4 5", 5)])
      assert.deepStrictEqual(ids(ticks), [2, 3, 4, 5, 6])
      assert.deepStrictEqual(
        ticks.map((tick) => tick._tag === "Trade" && tick.origin),
        ["backfill", "backfill", "backfill", undefined, undefined]
      )
      assert.deepStrictEqual(events, [
        { _tag: "Filled", venue: "testing", at: 5, symbol: "AAA-USD", trades: 3 }
      ])
      assert.strictEqual(session.counts.gaps, 0)
    })

    it("and flags those of an answer in which a value was rounded", () => {
      const { session } = start()
      const { ticks } = session.step([past("2 3 4", 5)])
      assert.isTrue(ticks.every(({ inexact }) => inexact === undefined))
      const rounded = make({
        ...withHistory,
        calls: {
          ...withHistory.calls,
          trades: {
            ...history,
            decode: (body, reader, native) => {
              reader.decimal("0.12345678901234567")
              return history.decode(body, reader, native)
            }
          }
        }
      })
      rounded.step([opened(1), received("trade A 1 9 1 buy", 2), received("trade A 3 9 1 buy", 3)])
      assert.deepStrictEqual(
        rounded.step([past("2", 5)]).ticks.map(({ inexact }) => inexact),
        [true, undefined]
      )
    })

    it("again for what an answer left out", () => {
      const { session } = start()
      const { commands, ticks } = session.step([past("2", 5)])
      assert.deepStrictEqual(ids(ticks), [2])
      assert.deepInclude(commands[0], { _tag: "Fetch", from: 3, attempt: 0 })
    })

    it("three times in vain, then tells the gap and goes on", () => {
      const { session } = start()
      const first = session.step([past("", 5)])
      assert.deepInclude(first.commands[0], { _tag: "Fetch", from: 2, attempt: 1 })
      const second = session.step([past("2 3 4", 6, 404)])
      assert.deepInclude(second.commands[0], { _tag: "Fetch", from: 2, attempt: 2 })
      const third = session.step([past("nonsense", 7)])
      assert.deepStrictEqual(third.commands, [])
      assert.deepStrictEqual(ids(third.ticks), [5, 6])
      assert.deepStrictEqual(third.ticks[0], {
        ...gap,
        received: 7,
        channel: "trades",
        from: 2,
        to: 4,
        since: 2,
        until: 3,
        cause: "sequence"
      })
      assert.deepStrictEqual(ids(session.step([received("trade A 7 9 1 buy", 8)]).ticks), [7])
    })

    it("for as long as a trade may wait where the venue does not answer", () => {
      const { session } = start()
      for (const [attempt, status] of [0, 429, 418, 500, 503, 0].entries()) {
        const { commands, ticks } = session.step([past("", 5, status)])
        assert.deepStrictEqual(ticks, [])
        assert.deepInclude(commands[0], { _tag: "Fetch", from: 2, attempt: attempt + 1 })
      }
      const { ticks } = session.step([past("2 3 4", 6)])
      assert.deepStrictEqual(ids(ticks), [2, 3, 4, 5, 6])
      assert.deepStrictEqual(gaps(ticks), [])
    })

    it("across a lost connection as well", () => {
      const session = make(withHistory)
      session.step([opened(1), received("trade A 1 9 1 buy", 2), closed(3), opened(4, 2)])
      const { commands } = session.step([received("trade A 3 9 1 buy", 5, 2)])
      assert.deepInclude(commands[0], { _tag: "Fetch", call: "trades", from: 2 })
      assert.deepStrictEqual(ids(session.step([past("2", 6)]).ticks), [2, 3])
    })

    it.for([3_600_000_000, -3_600_000_000])("though the clock is set by %d µs meanwhile", (by) => {
      const { session } = start()
      assert.deepStrictEqual(session.step([received("news", 1_000_000 + by)]).ticks, [])
      const held = session.step([received("trade A 8 9 1 buy", 2_000_000 + by)])
      assert.deepStrictEqual(held.ticks, [])
      const { ticks } = session.step([past("2 3 4", 3_000_000 + by)])
      assert.deepStrictEqual(ids(ticks), [2, 3, 4, 5, 6])
      const late = session.step([received("news", 33_000_000 + by)])
      assert.deepStrictEqual(tags(late.ticks), ["Gap", "Trade"])
    })

    it("at once for the next hole, whatever becomes of a question about one given up", () => {
      const { session } = start()
      session.step([received("trade A 9 9 1 buy", 5)])
      const given = session.step([received("news", 31_000_000)])
      assert.deepStrictEqual(tags(given.ticks), ["Gap", "Trade", "Trade", "Gap", "Trade"])
      const next = session.step([received("trade A 12 9 1 buy", 31_000_001)])
      assert.deepInclude(next.commands[0], { _tag: "Fetch", from: 10, attempt: 0 })
      const stale = session.step([past("", 31_000_002), past("10 11", 31_000_003)])
      assert.deepStrictEqual(ids(stale.ticks), [10, 11, 12])
    })

    it("but lets no trade wait for longer than half a minute", () => {
      const { session } = start()
      const late = 3 + 30_000_001
      const { ticks } = session.step([received("trade A 8 9 1 buy", late)])
      assert.deepStrictEqual(ids(ticks), [5, 6])
      assert.strictEqual(gaps(ticks).length, 1)
    })

    it("and gives up at the end what is still missing", () => {
      const { session } = start()
      const { ticks } = session.end()
      assert.deepStrictEqual(ids(ticks), [5, 6])
      assert.deepInclude(gaps(ticks)[0], { from: 2, to: 4 })
      assert.deepStrictEqual(session.end().ticks, [])
    })
  })
})

/** The venue, with past trades in answers that are lists of ids. */
const history: Call<ReadonlyArray<Trade>> = {
  path: (native, from) => `/trades/${native}/${from}`,
  weight: 1,
  decode: (body, { received: at, symbol, venue }, native) =>
    body === "nonsense"
      ? Result.fail(new Undecodable({ detail: "is no list", sample: body }))
      : Result.succeed(
          body.split(" ").flatMap((id): ReadonlyArray<Trade> =>
            id === ""
              ? []
              : [
                  {
                    _tag: "Trade",
                    venue,
                    symbol: symbol(native) ?? native,
                    received: at,
                    id: Number(id),
                    price: 9,
                    size: 1,
                    side: "buy",
                    origin: "backfill"
                  }
                ]
          )
        )
}

const withHistory: Venue = { ...venue, calls: { ...venue.calls, trades: history } }
