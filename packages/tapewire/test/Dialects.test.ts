import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ladder from "tapewire/Ladder"
import * as Session from "tapewire/Session"
import type { BookDelta, Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { connected, ids, pass, settle, start, tags } from "./support/live.ts"
import { closed, instruments, opened, received, venue } from "./support/venue.ts"

/** Books that begin in the stream. */
const streaming: Venue = { ...venue, books: "stream" }

/** Adds up the sizes of the best two levels. */
const summing: Venue = {
  ...streaming,
  checksum: (ladder) => {
    const { asks, bids } = Ladder.top(ladder, 2)
    return [...asks, ...bids].reduce((sum, [, size]) => sum + size, 0)
  }
}

const after = (speaks: Venue, ...frames: ReadonlyArray<string>) => {
  const session = Session.make(speaks, instruments)
  const wires: ReadonlyArray<Wire> = frames.map((frame, index) => received(frame, index + 2))
  return { session, ...session.step([opened(1), ...wires]) }
}

describe("a book that begins in the stream", () => {
  it("is true from its first message on, without a question by HTTP", () => {
    const { commands, ticks } = after(streaming, "snapshot A 5 b98=1,a101=1", "delta A 6-6 b99=1")
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
    assert.deepStrictEqual(commands, [])
  })

  it("is asked for anew where an update is missing, once, and is then true again", () => {
    const { commands, session, ticks } = after(
      streaming,
      "snapshot A 5 b98=1,a101=1",
      "delta A 8-8 b99=1",
      "delta A 9-9 b99=2"
    )
    assert.deepStrictEqual(commands, [{ _tag: "Renew", symbol: "AAA-USD", attempt: 0 }])
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "Gap"])
    const again = session.step([received("snapshot A 10 b97=1\ndelta A 11-11 b98=1", 9)])
    assert.deepStrictEqual(tags(again.ticks), ["BookSnapshot", "BookDelta"])
  })

  it.effect("is asked for anew on its connection, and nothing else is", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected({
        speaks: streaming,
        topics: ["trades:AAA-USD", "book:AAA-USD"]
      })
      peer.last().say("snapshot A 5 b98=1,a101=1\ndelta A 8-8 b99=1")
      yield* pass("2 seconds")
      assert.deepStrictEqual(peer.last().sent.slice(1), [
        "unsubscribe 2 book/A",
        "subscribe 3 book/A"
      ])
    })
  )
})

describe("a book that must add up", () => {
  it("is passed on as long as it does", () => {
    const { ticks } = after(
      summing,
      "snapshot A 5 b98=1,a101=1\nsum A 2",
      "delta A 6-6 b99=3\nsum A 5"
    )
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta"])
  })

  it("is taken back with the update that makes it wrong, told as a gap, and asked for anew", () => {
    const { commands, events, session, ticks } = after(
      summing,
      "snapshot A 5 b98=1,a101=1\nsum A 2",
      "delta A 6-6 b99=3\nsum A 7"
    )
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "Gap"])
    assert.deepInclude(ticks[1], { channel: "book", cause: "checksum" })
    assert.deepInclude(session.book("AAA-USD"), { _tag: "Resyncing", cause: "checksum" })
    assert.deepInclude(events.at(-1), { _tag: "Resyncing", cause: "checksum" })
    assert.deepStrictEqual(commands, [{ _tag: "Renew", symbol: "AAA-USD", attempt: 0 }])
  })

  it("is passed on where its numbers cannot tell what it adds up to", () => {
    const { ticks } = after(
      { ...summing, checksum: () => undefined },
      "snapshot A 5 b98=1,a101=1\nsum A 3"
    )
    assert.deepStrictEqual(tags(ticks), ["BookSnapshot"])
  })

  it("is left alone at the third time within five minutes", () => {
    const wrong = ["snapshot A 5 b98=1,a101=1\nsum A 3"]
    const { commands, events, session } = after(summing, ...wrong, ...wrong, ...wrong)
    assert.strictEqual(commands.length, 2)
    assert.strictEqual(events.at(-1)?._tag, "Quarantined")
    assert.deepInclude(session.book("AAA-USD"), { _tag: "Degraded", cause: "checksum" })
  })
})

describe("a book of so many levels", () => {
  it("tells those who follow it what its new levels push out", () => {
    const { session, ticks } = after(
      { ...streaming, bookDepth: 2 },
      "snapshot A 5 b98=1,b97=1,a101=1",
      "delta A 6-6 b99=3"
    )
    const isDelta = (tick: Tick): tick is BookDelta => tick._tag === "BookDelta"
    assert.deepStrictEqual(ticks.find(isDelta)?.bids, [
      [99, 3],
      [97, 0]
    ])
    const state = session.book("AAA-USD")
    assert.deepStrictEqual(state?._tag === "Synced" && state.book.bids, [
      [99, 3],
      [98, 1]
    ])
  })
})

describe("a venue that gives topics short names", () => {
  it("is understood on the connection on which it did, until that ends", () => {
    const session = Session.make(venue, instruments)
    const step = (...wires: ReadonlyArray<Wire>) => session.step(wires).ticks
    step(opened(1), received("name 7 trade", 2))
    assert.deepStrictEqual(ids(step(received("named 7 A 1 1 1 buy", 3))), [1])
    assert.deepStrictEqual(ids(step(opened(4, 2), received("named 7 A 2 1 1 buy", 5, 2))), [])
    step(closed(6), opened(7))
    assert.deepStrictEqual(ids(step(received("named 7 A 2 1 1 buy", 8))), [])
  })
})

describe("a venue that ends topics by their short names", () => {
  it.effect("is told those it gave, and nothing of what it gave none", () =>
    Effect.gen(function* () {
      const { feed, peer } = yield* connected({
        speaks: {
          ...venue,
          limits: { ...venue.limits, batch: 1 },
          unsubscribe: ([topic = ""], _, names) => {
            const name = names.get(topic)
            return name === undefined ? undefined : `end ${name}`
          }
        },
        topics: ["trades:AAA-USD", "quotes:AAA-USD", "trades:BBB-USD"]
      })
      peer.last().say("name 7 trades/A")
      yield* settle
      yield* feed.unsubscribe(["trades:AAA-USD", "quotes:AAA-USD"])
      yield* pass("5 seconds")
      assert.deepStrictEqual(peer.last().sent.slice(3), ["end 7"])
    })
  )
})

describe("a venue that numbers its frames", () => {
  const step = (...frames: ReadonlyArray<string>) => {
    const session = Session.make(venue, instruments)
    return session.step([
      opened(1),
      opened(1, 2),
      ...frames.map((frame, index) => received(frame, index + 2)),
      received("number 40", 9, 2)
    ]).commands
  }

  it("is taken at its word while none is missing, wherever it begins", () => {
    assert.deepStrictEqual(step("number 5", "number 6", "number 7"), [])
  })

  it("is left on the connection on which one is missing, and only there", () => {
    assert.deepStrictEqual(step("number 5", "number 7", "number 8"), [
      { _tag: "Cut", connection: 1, code: 1007, detail: "frame 7 came after 5" }
    ])
  })
})

describe("a venue that answers for topics", () => {
  it.effect("is taken at its word for each", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "quotes:AAA-USD"]
      })
      peer.last().say("took trades/A\nrefused quotes/A because")
      yield* settle
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Subscribed" ? event.topics : [])),
        ["testing:trades:AAA-USD"]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ channel }) => channel),
        ["trades"]
      )
    })
  )

  it.effect("turned down what it leaves out of the answer to a request", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "quotes:AAA-USD"]
      })
      peer.last().say("took trades/A 1")
      yield* settle
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Refused" ? [event.topic] : [])),
        ["testing:quotes:AAA-USD"]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ channel }) => channel),
        ["trades"]
      )
    })
  )
})

describe("a venue that answers for the symbols of a request", () => {
  it.effect("is taken at its word for each, and not asked for the others again", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        topics: ["trades:AAA-USD", "trades:BBB-USD"]
      })
      peer.last().say("no 1 because A")
      peer.last().say("took trades/B")
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 trades/A trades/B"])
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Refused" ? [event.topic] : [])),
        ["testing:trades:AAA-USD"]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["BBB-USD"]
      )
    })
  )
})

describe("a topic that carries several subscriptions", () => {
  const speaks: Venue = { ...venue, topic: (_, native) => `all/${native}` }
  const all = "trade A 1 1 1 buy\nquote A 99 1 101 1\nbar A 1m 5"

  it.effect("is asked for once, and gives of what it carries what was subscribed to", () =>
    Effect.gen(function* () {
      const { events, peer, ticks } = yield* connected({
        speaks,
        topics: ["trades:AAA-USD", "quotes:AAA-USD"]
      })
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 all/A"])
      peer.last().say(`ack 1\nsnapshot A 1 b1=1\n${all}`)
      yield* settle
      assert.deepStrictEqual(tags(ticks), ["Trade", "Quote"])
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Subscribed" ? event.topics : [])),
        ["testing:trades:AAA-USD", "testing:quotes:AAA-USD"]
      )
    })
  )

  it.effect("is not asked for again by one more, and ends with the last", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected({ speaks })
      peer.last().say("ack 1")
      yield* settle
      yield* feed.subscribe(["quotes:AAA-USD"])
      yield* feed.unsubscribe(["trades:AAA-USD"])
      peer.last().say(all)
      yield* settle
      assert.deepStrictEqual(peer.last().sent, ["subscribe 1 all/A"])
      assert.deepStrictEqual(tags(ticks), ["Quote"])
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Subscribed" ? event.topics : [])),
        ["testing:trades:AAA-USD", "testing:quotes:AAA-USD"]
      )
      yield* feed.unsubscribe(["quotes:AAA-USD"])
      yield* settle
      assert.deepStrictEqual(peer.last().sent.slice(1), ["unsubscribe 2 all/A"])
    })
  )

  it.effect("is refused with all it carries", () =>
    Effect.gen(function* () {
      const { events, feed, peer } = yield* connected({
        speaks,
        topics: ["trades:AAA-USD", "quotes:AAA-USD", "trades:BBB-USD"]
      })
      peer.last().say("refused all/A because")
      yield* settle
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "Refused" ? [event.topic] : [])),
        ["testing:trades:AAA-USD", "testing:quotes:AAA-USD"]
      )
      assert.deepStrictEqual(
        feed.subscriptions.map(({ symbol }) => symbol),
        ["BBB-USD"]
      )
    })
  )
})

describe("a venue with several paths", () => {
  it.effect("is connected to on each that is needed", () =>
    Effect.gen(function* () {
      const { peer } = yield* start({
        topics: ["trades:AAA-USD", "quotes:AAA-USD", "trades:BBB-USD"],
        speaks: { ...venue, path: ({ channel }) => `/${channel}` }
      })
      for (const line of peer.lines) line.open()
      yield* settle
      assert.deepStrictEqual(
        peer.lines.map(({ sent, url }) => [url].concat(sent)),
        [
          ["wss://ws.testing/trades", "subscribe 1 trades/A trades/B"],
          ["wss://ws.testing/quotes", "subscribe 1 quotes/A"]
        ]
      )
    })
  )
})

describe("a venue that takes only topics of a kind in one frame", () => {
  it.effect("is asked for each kind apart", () =>
    Effect.gen(function* () {
      const { peer } = yield* connected({
        topics: ["trades:AAA-USD", "quotes:AAA-USD", "trades:BBB-USD"],
        speaks: { ...venue, group: (topic) => topic.split("/")[0] ?? "" }
      })
      assert.deepStrictEqual(peer.last().sent, [
        "subscribe 1 trades/A trades/B",
        "subscribe 2 quotes/A"
      ])
    })
  )
})

describe("a venue that says that it serves a connection no longer", () => {
  it.effect("is connected to anew, after the wait for the code it said", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks: { ...venue, closeWaits: { 406: "20 seconds" } }
      })
      peer.last().say("over 406 enough")
      yield* settle
      assert.deepInclude(
        events.find(({ _tag }) => _tag === "Lost"),
        { code: 406, detail: "connection lost (406: enough)" }
      )
      yield* pass("19 seconds")
      assert.strictEqual(peer.lines.length, 1)
      yield* pass("2 seconds")
      assert.strictEqual(peer.lines.length, 2)
    })
  )
})

describe("a venue that takes one connection at a time", () => {
  it.effect("has the old one closed before another is opened in its place", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({ speaks: { ...venue, single: true } })
      const [first] = peer.lines
      first?.say("bye")
      yield* settle
      assert.strictEqual(peer.lines.length, 1)
      assert.strictEqual(first?.closedWith(), 1000)
      assert.deepInclude(
        events.find(({ _tag }) => _tag === "Lost"),
        { code: 1000 }
      )
      yield* pass("2 seconds")
      assert.strictEqual(peer.lines.length, 2)
    })
  )
})

describe("a venue that wants to be greeted and to know who we are", () => {
  const speaks: Venue = {
    ...venue,
    greeting: ["hello"],
    login: ({ key, secret }) => `login ${Redacted.value(key)} ${Redacted.value(secret)}`
  }
  const credentials = { key: Redacted.make("name"), secret: Redacted.make("open sesame") }

  it.effect("is asked for nothing before it knows, and what proves it is shown to nobody", () =>
    Effect.gen(function* () {
      const passed: Array<Wire> = []
      const { peer } = yield* connected({
        speaks,
        credentials,
        tap: (wire) => Effect.sync(() => passed.push(...wire))
      })
      assert.deepStrictEqual(peer.last().sent, ["login name open sesame", "hello"])
      peer.last().say("in")
      yield* settle
      assert.deepStrictEqual(peer.last().sent.slice(2), ["subscribe 1 trades/A"])
      assert.notInclude(JSON.stringify(passed), "sesame")
    })
  )

  it.effect("is not asked again where it does not take it", () =>
    Effect.gen(function* () {
      const { failure, peer } = yield* connected({ speaks, credentials })
      peer.last().say("no 1 because")
      assert.strictEqual((yield* failure)._tag, "Refused")
    })
  )
})
