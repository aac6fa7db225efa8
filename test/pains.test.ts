import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import { Effect, Stream } from "effect"
import * as Decimal from "tapewire/Decimal"
import * as BookState from "tapewire/BookState"
import * as Session from "tapewire/Session"
import * as TapeFile from "tapewire/TapeFile"
import type { BookDelta, BookSnapshot, Level, Tick } from "tapewire/Tick"
import type { Venue } from "tapewire/Venue"
import type { Wire } from "tapewire/Wire"
import { vi } from "vitest"
import * as BinanceFrames from "./support/BinanceFrames.ts"

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

/** What the bundled tape has: recorded on 2021-04-04 and on 2024-08-08. */
const recorded = Effect.scoped(
  Effect.gen(function* () {
    const { blocks, header } = yield* TapeFile.open(path)
    const all = yield* Stream.runCollect(blocks)
    const ticks = all.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
    return { instruments: header.feeds[0]?.instruments ?? [], ticks }
  })
)

const start = 1_723_161_600_000_000

/** A conversation, a millisecond after another. */
const talk = (instruments: Parameters<typeof Session.make>[1], speaks: Venue = venue) => {
  const session = Session.make(speaks, instruments)
  const on = { venue: venue.id }
  let at = start
  let connection = 1
  const step = (wire: (at: number) => Wire) => session.step([wire((at += 1000))])
  return {
    session,
    hear: (data: string) => step((at) => ({ _tag: "Received", ...on, connection, at, data })),
    answer: (subject: string, body: string, call = "snapshot") => {
      const known = { call, subject, url: "", status: 200, body }
      return step((at) => ({ _tag: "Answered", ...on, at, ...known }))
    },
    reconnect: () => {
      step((at) => ({ _tag: "Closed", ...on, connection, at, reason: "gone" }))
      connection++
      return step((at) => ({ _tag: "Opened", ...on, connection, at, url: "" }))
    }
  }
}

const frameOf = (tick: Tick): string => {
  const [frame] = BinanceFrames.frames([tick])
  return frame ?? assert.fail(`no frame of a ${tick._tag}`)
}

const isDelta = (tick: Tick): tick is BookDelta => tick._tag === "BookDelta"
const isSnapshot = (tick: Tick): tick is BookSnapshot => tick._tag === "BookSnapshot"

/** The plainest book there is: sizes by price. */
const truth = (snapshot: BookSnapshot, deltas: ReadonlyArray<BookDelta>) => {
  const sides = { bids: new Map(snapshot.bids), asks: new Map(snapshot.asks) }
  for (const delta of deltas) {
    for (const side of ["bids", "asks"] as const) {
      for (const [price, size] of delta[side]) {
        if (size === 0) sides[side].delete(price)
        else sides[side].set(price, size)
      }
    }
  }
  const bids: ReadonlyArray<Level> = [...sides.bids].toSorted(([one], [other]) => other - one)
  const asks: ReadonlyArray<Level> = [...sides.asks].toSorted(([one], [other]) => one - other)
  return { bids, asks }
}

/** A book as the tape has it: where it starts, and an unbroken run of updates after that. */
const bookOf = (ticks: ReadonlyArray<Tick>, symbol: string) => {
  const of = ticks.filter((tick) => tick.symbol === symbol)
  const first = of.findIndex(isSnapshot)
  const snapshot = of[first]
  if (snapshot === undefined || !isSnapshot(snapshot)) return assert.fail(`no book of ${symbol}`)
  const rest = of.slice(first + 1)
  const next = rest.findIndex(isSnapshot)
  const deltas = rest.slice(0, next === -1 ? undefined : next).filter(isDelta)
  assert.isAbove(deltas.length, 60)
  return { snapshot, deltas: deltas.slice(0, 60) }
}

const answerOf = (sequence: number | undefined, { asks, bids }: ReturnType<typeof truth>) =>
  JSON.stringify({
    lastUpdateId: sequence,
    bids: BinanceFrames.levels(bids),
    asks: BinanceFrames.levels(asks)
  })

const idOf = (tick: Tick) => (tick._tag === "Trade" ? tick.id : tick._tag)

/** What was said, whenever it was read. */
const timeless = (tick: Tick) => Object.assign({}, tick, { received: 0 })

/** Single trades of BTC-USDT, of 2024-08-08. */
const singles = (ticks: ReadonlyArray<Tick>) =>
  ticks.filter(
    (tick) => tick._tag === "Trade" && tick.firstId === undefined && tick.symbol === "BTC-USDT"
  )

/** How many steps are made in maps, sets and lists. */
const steps = (act: () => void): number => {
  let count = 0
  const counted = (owner: object, name: PropertyKey) => {
    const original: unknown = Reflect.get(owner, name)
    if (typeof original !== "function") return assert.fail(`no ${String(name)}`)
    Reflect.set(owner, name, function (this: unknown, ...given: ReadonlyArray<unknown>) {
      count++
      return Reflect.apply(original, this, given)
    })
    return () => Reflect.set(owner, name, original)
  }
  const restore = [
    ...["get", "has", "set", "delete", "forEach"].map((name) => counted(Map.prototype, name)),
    ...["has", "add", "delete", "forEach"].map((name) => counted(Set.prototype, name)),
    ...[new Map().values(), new Set().values(), [].values()].map((iterator) =>
      counted(Object.getPrototypeOf(iterator), "next")
    )
  ]
  try {
    act()
  } finally {
    for (const one of restore) one()
  }
  return count
}

layer(NodeServices.layer, { excludeTestServices: true })("nobody suffers from", (it) => {
  it.effect("levels of a book that were taken back while there was no connection", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const { deltas, snapshot } = bookOf(ticks, "BTC-USDT")
      const { answer, hear, reconnect, session } = talk(instruments)
      const [before, missed, after] = [deltas.slice(0, 20), deltas.slice(20, 40), deltas.slice(40)]
      reconnect()
      const [first, ...others] = before.map(frameOf)
      hear(first ?? "")
      answer("BTCUSDT", answerOf(snapshot.sequence, truth(snapshot, [])))
      for (const frame of others) hear(frame)
      assert.deepInclude(BookState.snapshot(session.book("BTC-USDT")), truth(snapshot, before))

      reconnect()
      assert.isUndefined(BookState.snapshot(session.book("BTC-USDT")))
      for (const delta of after) hear(frameOf(delta))
      const known = [...before, ...missed]
      answer("BTCUSDT", answerOf(known.at(-1)?.sequence, truth(snapshot, known)))
      const now = truth(snapshot, deltas)
      assert.deepInclude(BookState.snapshot(session.book("BTC-USDT")), now)
      // Some levels were taken back meanwhile, or this would have shown nothing.
      const prices = new Set([...now.bids, ...now.asks].map(([price]) => price))
      const old = truth(snapshot, before)
      assert.isTrue([...old.bids, ...old.asks].some(([price]) => !prices.has(price)))
    })
  )

  it.effect("a book that is broken, but those who asked for it", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const [btc, eth] = [bookOf(ticks, "BTC-USDT"), bookOf(ticks, "ETH-USDT")]
      const { answer, hear, reconnect, session } = talk(instruments)
      reconnect()
      for (const [native, { deltas, snapshot }] of [
        ["BTCUSDT", btc],
        ["ETHUSDT", eth]
      ] as const) {
        for (const delta of deltas.slice(0, 1)) hear(frameOf(delta))
        answer(native, answerOf(snapshot.sequence, truth(snapshot, [])))
      }
      // One update of ETH is unreadable, so that the next does not follow.
      hear(eth.deltas.slice(1, 2).map(frameOf).join().replace(`"u":`, `"u":"x`))
      const told = eth.deltas.slice(2, 3).map((delta) => hear(frameOf(delta)))
      assert.deepStrictEqual(
        told.flatMap(({ events }) => events.map(({ _tag }) => _tag)),
        ["Resyncing"]
      )
      assert.isUndefined(BookState.snapshot(session.book("ETH-USDT")))
      const given = btc.deltas.slice(1).flatMap((delta) => hear(frameOf(delta)).ticks)
      assert.strictEqual(given.length, btc.deltas.length - 1)
      assert.deepInclude(
        BookState.snapshot(session.book("BTC-USDT")),
        truth(btc.snapshot, btc.deltas)
      )
    })
  )

  it.effect("trades that a venue sends again and again", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const trades = ticks
        .filter((tick) => tick._tag === "Trade" && tick.firstId === undefined)
        .slice(0, 50)
      const { hear, reconnect, session } = talk(instruments)
      reconnect()
      const given: Array<Tick> = []
      const frames = trades.map(frameOf)
      for (const [index, frame] of frames.entries()) {
        given.push(...hear(frame).ticks)
        // The last ones are sent again, as after a new subscription.
        for (let back = 0; back < 28; back++)
          given.push(...hear(frames[index - back] ?? frame).ticks)
        if (index % 10 === 9) reconnect()
      }
      assert.deepStrictEqual(
        given.map((tick) => (tick._tag === "Trade" ? tick.id : tick._tag)),
        trades.map((tick) => (tick._tag === "Trade" ? tick.id : tick._tag))
      )
      assert.deepInclude(session.counts, { duplicates: 28 * trades.length, gaps: 0 })
    })
  )

  it.effect("trades that come out of their order, by up to a thousand messages", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const trades = singles(ticks).slice(0, 1200)
      const frames = trades.map(frameOf)
      for (const late of [1, 2, 50, 1000]) {
        const { hear, session } = talk(instruments)
        const order = [...frames]
        order.splice(100 + late, 0, ...order.splice(100, 1))
        const given = order.flatMap((frame) => hear(frame).ticks)
        assert.deepStrictEqual(given.map(idOf), trades.map(idOf), `late by ${late}`)
        assert.deepInclude(session.counts, { duplicates: 0, gaps: 0 })
      }
    })
  )

  it.effect("trades that come late, where they cannot be asked for, for up to 250 ms", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const trades = singles(ticks).slice(0, 500)
      const { aggregatedTrades: _, trades: __, ...calls } = venue.calls
      for (const [late, gaps] of [
        [200, 0],
        [300, 1]
      ] as const) {
        const { hear, session } = talk(instruments, { ...venue, calls })
        const order = trades.map(frameOf)
        order.splice(100 + late, 0, ...order.splice(100, 1))
        const given = order.flatMap((frame) => hear(frame).ticks)
        assert.deepStrictEqual(
          given.map(idOf),
          trades.map((tick, index) => (index === 100 && gaps > 0 ? "Gap" : idOf(tick)))
        )
        assert.deepInclude(session.counts, { gaps })
      }
    })
  )

  it.effect("trades that are missing, of which nobody says which", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const trades = singles(ticks).slice(0, 60)
      const { answer, hear } = talk(instruments)
      const given: Array<Tick> = []
      for (const frame of [...trades.slice(0, 20), ...trades.slice(25)].map(frameOf)) {
        given.push(...hear(frame).ticks)
      }
      assert.strictEqual(given.length, 20)
      for (let count = 0; count < 3; count++) {
        given.push(...answer("BTCUSDT", "[]", "trades").ticks)
      }
      assert.deepStrictEqual(given.map(idOf), [
        ...trades.slice(0, 20).map(idOf),
        "Gap",
        ...trades.slice(25).map(idOf)
      ])
      const gap = given[20]
      assert.deepStrictEqual<ReadonlyArray<unknown>>(
        gap?._tag === "Gap" ? [gap.from, gap.to] : [],
        [...trades.slice(20, 21), ...trades.slice(24, 25)].map(idOf)
      )
    })
  )

  it.effect("three hundred other symbols: a frame takes no more steps for them", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const { deltas, snapshot } = bookOf(ticks, "ETH-USDT")
      const frames = [...singles(ticks).slice(0, 200), ...deltas.slice(1)].map(frameOf)
      const [first = "", opening = ""] = [singles(ticks).slice(0, 1), deltas.slice(0, 1)].map(
        (some) => some.map(frameOf).join()
      )
      const body = answerOf(snapshot.sequence, truth(snapshot, []))
      const costs = [0, 300].map((others) => {
        const natives = Array.from({ length: others }, (_, index) => `X${index}USDT`)
        const more = natives.flatMap((native) =>
          instruments
            .slice(0, 1)
            .map((one) => Object.assign({}, one, { native, symbol: `X-${native}` }))
        )
        const { answer, hear, session } = talk([...instruments, ...more])
        for (const native of [...natives, "ETHUSDT"]) {
          hear(first.replace("BTCUSDT", native))
          hear(opening.replace("ETHUSDT", native))
          answer(native, body)
        }
        const cost = steps(() => frames.forEach(hear))
        // All of it was of use, and so were the others.
        assert.strictEqual(session.counts.ticks, frames.length + 3 * (others + 1))
        return cost
      })
      const [few = 0, many = 0] = costs
      assert.isAbove(few, frames.length)
      assert.isAtMost(many, few * 1.01)
    })
  )

  it.effect("digits that are lost: a price and a size are told as they came, or it is said", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const [frame = ""] = singles(ticks).slice(0, 1).map(frameOf)
      const hear = (text: string) =>
        talk(instruments).hear(
          frame.replace(/"p":"[^"]*","q":"[^"]*"/, `"p":"${text}","q":"${text}"`)
        ).ticks[0]
      const exact = [
        "61837.63000000",
        "0.00000001",
        "0.10000000",
        "0.30000000",
        "1.00000001",
        "9999999.99999999",
        "100000000000000.0"
      ]
      for (const text of exact) {
        const tick = hear(text)
        const plain = text.replace(/\.?0+$/, "")
        assert.strictEqual(tick?._tag === "Trade" && Decimal.text(tick.price), plain)
        assert.strictEqual(tick?._tag === "Trade" && Decimal.text(tick.size), plain)
        assert.isUndefined(tick?.inexact)
      }
      for (const text of ["92233720368.54775807", "0.1000000000000000055"]) {
        assert.isTrue(hear(text)?.inexact)
      }
    })
  )

  it.effect("a venue that goes over from milliseconds to microseconds, or local time", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const some = [
        ...singles(ticks).slice(0, 20),
        ...ticks.filter(({ _tag }) => _tag === "Bar").slice(0, 20)
      ]
      const millis = some.map(frameOf)
      const micros = millis.map((frame) => frame.replaceAll(/("[ETt]":\d{13})(?=[,}])/g, "$1000"))
      assert.isTrue(micros.every((frame, index) => frame !== millis[index]))
      const times = (frames: ReadonlyArray<string>) => {
        const { hear } = talk(instruments)
        return frames.map((frame) => hear(frame).ticks.map(timeless))
      }
      const expected = times(millis)
      assert.deepStrictEqual(
        expected.map(([tick]) => tick?.at),
        some.map(({ at = 0 }) => Math.floor(at / 1000) * 1000)
      )
      // A bar ends with the instant before the next, which is told in the unit of the rest.
      assert.deepStrictEqual(times(micros.slice(0, 20)), expected.slice(0, 20))
      for (const zone of ["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]) {
        vi.stubEnv("TZ", zone)
        assert.deepStrictEqual(times(millis), expected, zone)
      }
      vi.unstubAllEnvs()
    })
  )

  it.effect("fields and kinds of messages that a venue adds", () =>
    Effect.gen(function* () {
      const { instruments, ticks } = yield* recorded
      const groups = Map.groupBy(ticks, (tick) => [tick._tag, "firstId" in tick].join())
      const frames = BinanceFrames.frames(
        Array.from(groups.values(), (group) => group.slice(0, 10)).flat()
      )
      const plain = talk(instruments)
      const given = frames.flatMap((frame) => plain.hear(frame).ticks)
      const added = talk(instruments)
      const same = frames.flatMap((frame) => {
        const { commands } = added.hear(`{"e":"new","schema":[3,5],"s":"BTCUSDT"}`)
        assert.deepStrictEqual(commands, [])
        return added.hear(frame.replace("{", `{"added":{"s":[1,"2"]},"2":null,`)).ticks
      })
      assert.isAbove(given.length, 20)
      assert.deepStrictEqual(same.map(timeless), given.map(timeless))
      assert.deepInclude(added.session.counts, { undecodable: 0, unrecognized: frames.length })
    })
  )
})
