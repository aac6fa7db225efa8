import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { venue } from "@tapewire/venues/BinanceSpot"
import { Effect, Stream } from "effect"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import * as TapeFile from "tapewire/TapeFile"
import type { Tick } from "tapewire/Tick"
import type { Wire } from "tapewire/Wire"
import * as BinanceFrames from "./support/BinanceFrames.ts"

const path = `${import.meta.dirname}/../examples/tapes/binance.tape`

/** What was recorded of BTC-USDT on 2021-04-04 and 2024-08-08, as the bundled tape has it. */
const recorded = Effect.scoped(
  Effect.gen(function* () {
    const { blocks, header } = yield* TapeFile.open(path)
    const all = yield* Stream.runCollect(blocks)
    const ticks = all.flatMap((block) => (block._tag === "Ticks" ? block.ticks : []))
    const single = ticks.filter((tick) => tick.symbol === "BTC-USDT" && !("firstId" in tick))
    return { instruments: header.feeds[0]?.instruments ?? [], ticks: single }
  })
)

const start = 1_723_161_600_000_000

type Kind = "trades" | "quotes" | "book" | "bars@1m"

/** Frames of one kind, and a conversation about it. */
const about = (kind: Kind) =>
  Effect.map(recorded, ({ instruments, ticks }) => {
    const tags = { trades: "Trade", quotes: "Quote", book: "BookDelta", "bars@1m": "Bar" } as const
    const of = ticks.filter(({ _tag }) => _tag === tags[kind]).slice(0, 20)
    const frames = BinanceFrames.of(of).frames.flatMap((frame) =>
      typeof frame === "string" && /^\{"[eu]":.*"s":"BTCUSDT"/.test(frame) ? [frame] : []
    )
    const reader = Reader.make(venue.id, instruments)
    const talk = () => {
      const session = Session.make(venue, instruments)
      let at = start
      return {
        session,
        hear: (...data: ReadonlyArray<string | Uint8Array>) =>
          session.step(
            data.map((frame): Wire => {
              at += 1000
              return { _tag: "Received", venue: venue.id, connection: 1, at, data: frame }
            })
          ),
        answer: (body: string) =>
          session.step([
            {
              _tag: "Answered",
              venue: venue.id,
              at,
              call: "trades",
              subject: "BTCUSDT",
              url: "",
              status: 200,
              body
            }
          ])
      }
    }
    return { frames, talk, read: (frame: string) => Result.getOrThrow(venue.decode(frame, reader)) }
  })

const ids = (ticks: ReadonlyArray<Tick>) =>
  ticks.flatMap((tick) => (tick._tag === "Trade" ? [tick.id] : []))

const idOf = (frame: string): number => Number(/"t":(\d+)/.exec(frame)?.[1])

/** A trade as the answer to the question for past ones has it. */
const past = (frame: string): string => {
  const [, id, price, qty, time, isBuyerMaker] =
    /"t":(\d+),"p":"([^"]+)","q":"([^"]+)","T":(\d+),"m":(\w+)/.exec(frame) ?? []
  return `[{"id":${id},"price":"${price}","qty":"${qty}","time":${time},"isBuyerMaker":${isBuyerMaker}}]`
}

const three = (frames: ReadonlyArray<string>): readonly [string, string, string] => {
  const [one, two, three] = frames
  return one === undefined || two === undefined || three === undefined
    ? assert.fail("fewer than three frames were recorded")
    : [one, two, three]
}

const kinds = ["trades", "quotes", "book", "bars@1m"] as const

/** Every place in a text where an object begins. */
const objects = (text: string): ReadonlyArray<number> =>
  Array.from(text.matchAll(/\{/g), ({ index }) => index + 1)

/** Every decimal of a frame: the text of it, and where it begins. */
const decimals = (text: string) =>
  Array.from(text.matchAll(/(?<=[":[,])"-?[\d.]+"/g), ({ 0: found, index }) => ({ found, index }))

const noDecimals: ReadonlyArray<readonly [what: string, text: string]> = [
  ["nothing", `""`],
  ["spaces around it", `" 12 "`],
  ["a hexadecimal number", `"0x10"`],
  ["an octal number", `"0o17"`],
  ["a number beyond all", `"1e309"`],
  ["an exponent of nine digits", `"1e999999999"`],
  ["an exponent of 31", `"1e31"`],
  ["31 digits", `"${"1".repeat(31)}"`],
  ["61 decimal places", `"0.${"0".repeat(60)}1"`],
  ["NaN", `"NaN"`],
  ["Infinity", `"-Infinity"`],
  ["a comma", `"1,5"`],
  ["two points", `"1.2.3"`],
  ["no digit before the point", `".5"`],
  ["no digit after the point", `"1."`],
  ["a plus", `"+1"`],
  ["a zero before it", `"007"`],
  ["digits of another script", `"١٢"`],
  ["a number instead of a text", `12`],
  ["null", `null`]
]

layer(NodeServices.layer, { excludeTestServices: true })("a payload", (it) => {
  it.effect(
    "that is no JSON is counted, told in a sample, dropped alone, and asked for again",
    () =>
      Effect.gen(function* () {
        const { frames, talk } = yield* about("trades")
        const [one, two, three_] = three(frames)
        const { answer, hear, session } = talk()
        const broken = two.slice(0, -5)
        const heard = hear(one, broken, three_)
        assert.deepStrictEqual(ids(heard.ticks), [idOf(one)])
        assert.deepInclude(session.counts, { frames: 3, undecodable: 1, gaps: 0 })
        assert.deepStrictEqual(heard.events, [
          {
            _tag: "Undecodable",
            venue: "binance",
            at: start + 2000,
            detail: "is not JSON",
            sample: broken
          }
        ])
        assert.deepInclude(heard.commands, {
          _tag: "Fetch",
          call: "trades",
          subject: "BTCUSDT",
          from: idOf(two),
          to: idOf(two),
          attempt: 0
        })
        assert.deepStrictEqual(ids(answer(past(two)).ticks), [idOf(two), idOf(three_)])
      })
  )

  it.effect("that is no JSON is shown no further than in 200 characters", () =>
    Effect.gen(function* () {
      const { frames, talk } = yield* about("trades")
      const [one] = three(frames)
      const { events } = talk().hear(one.slice(0, -1) + " ".repeat(1_000_000))
      const [event] = events
      assert.strictEqual(event?._tag === "Undecodable" ? event.sample.length : 0, 201)
    })
  )

  for (const kind of kinds) {
    it.effect(`of ${kind} means the same with names all objects inherit at any level of it`, () =>
      Effect.gen(function* () {
        const { frames, read } = yield* about(kind)
        const [frame] = three(frames)
        const poison = [
          `"__proto__":{"s":"ETHUSDT","polluted":true},`,
          `"constructor":{"prototype":{"polluted":true}},`,
          `"prototype":null,"toString":1,"hasOwnProperty":2,`
        ]
        for (const text of [frame, `{"stream":"recorded","data":${frame}}`]) {
          const clean = read(text)
          assert.strictEqual(clean.length, 1)
          for (const at of objects(text)) {
            for (const extra of poison) {
              const found = read(text.slice(0, at) + extra + text.slice(at))
              assert.deepStrictEqual(found, clean)
              assert.strictEqual(Object.getPrototypeOf(found[0]), Object.prototype)
            }
          }
        }
        assert.notProperty({}, "polluted")
      })
    )

    it.effect(
      `of ${kind} with 200,000 lists in each other is dropped, whatever is their place`,
      () =>
        Effect.gen(function* () {
          const { frames, talk } = yield* about(kind)
          const [frame, next] = three(frames)
          const deep = "[".repeat(200_000) + "]".repeat(200_000)
          const { hear, session } = talk()
          const places = decimals(frame)
          for (const { found, index } of places.slice(0, 3)) {
            hear(frame.slice(0, index) + deep + frame.slice(index + found.length))
          }
          assert.deepInclude(session.counts, { undecodable: Math.min(3, places.length) })
          // Nobody reads what is not known.
          const { events } = hear(`{"new":${deep},${next.slice(1)}`)
          assert.deepStrictEqual(events, [])
        })
    )

    it.effect(`of ${kind} is dropped with any text for a decimal that is none`, () =>
      Effect.gen(function* () {
        const { frames, talk } = yield* about(kind)
        const [frame] = three(frames)
        const places = decimals(frame)
        assert.isAtLeast(places.length, 2)
        for (const [what, text] of noDecimals) {
          for (const { found, index } of places) {
            const { hear, session } = talk()
            const { ticks } = hear(frame.slice(0, index) + text + frame.slice(index + found.length))
            assert.deepStrictEqual(ticks, [], what)
            assert.deepInclude(session.counts, { undecodable: 1 }, `${what} at ${index}`)
          }
        }
      })
    )

    it.effect(`of ${kind} with a whole number that is too large to be exact is dropped`, () =>
      Effect.gen(function* () {
        const { frames, talk } = yield* about(kind)
        const [frame] = three(frames)
        const read = { trades: ["t", "T"], quotes: ["u"], book: ["U", "u"], "bars@1m": ["n"] }
        for (const name of read[kind]) {
          for (const large of ["9007199254740993", "1e309", "1e17", "0.5", `"12"`]) {
            const { hear, session } = talk()
            const text = frame.replace(new RegExp(`"${name}":\\d+`), `"${name}":${large}`)
            assert.notStrictEqual(text, frame)
            assert.deepStrictEqual(hear(text).ticks, [])
            assert.deepInclude(session.counts, { undecodable: 1 }, `${name}: ${large}`)
          }
        }
      })
    )

    it.effect(`of ${kind} means the same with fields the venue has added`, () =>
      Effect.gen(function* () {
        const { frames, read } = yield* about(kind)
        const [frame] = three(frames)
        const clean = read(frame)
        assert.deepInclude(clean[0], { symbol: "BTC-USDT" })
        for (const at of objects(frame)) {
          const added = `"added":{"deeper":[1,"2",null]},"é":true,`
          assert.deepStrictEqual(read(frame.slice(0, at) + added + frame.slice(at)), clean)
        }
      })
    )
  }

  it.effect("of a kind the venue has added is counted, and nothing beside it is lost", () =>
    Effect.gen(function* () {
      const { frames, talk } = yield* about("trades")
      const [one, two] = three(frames)
      const { hear, session } = talk()
      const heard = hear(
        one,
        two.replace(`"e":"trade"`, `"e":"tradeV2"`).replace(/"t":\d+,/, ""),
        two
      )
      assert.deepStrictEqual(ids(heard.ticks), [idOf(one), idOf(two)])
      assert.deepStrictEqual(heard.events, [])
      assert.deepInclude(session.counts, { undecodable: 0, unrecognized: 1 })
    })
  )

  for (const hours of [-1, 1]) {
    it.effect(
      `whose time jumps by ${hours} h carries that time, and nothing else follows of it`,
      () =>
        Effect.gen(function* () {
          const { frames, talk } = yield* about("trades")
          const shifted = frames.map((frame, index) =>
            frame.replaceAll(
              /"([ET])":(\d+)/g,
              (_, name: string, time: string) =>
                `"${name}":${Number(time) + (index >= 3 && index < 7 ? hours * 3_600_000 : 0)}`
            )
          )
          const { hear, session } = talk()
          const heard = hear(...shifted)
          const plain = talk().hear(...frames)
          assert.deepStrictEqual(heard.commands, plain.commands)
          assert.deepStrictEqual(heard.events, plain.events)
          assert.deepInclude(session.counts, { gaps: 0, duplicates: 0 })
          const jump = hours * 3_600_000_000
          for (const [index, tick] of plain.ticks.entries()) {
            const at = (tick.at ?? 0) + (index >= 3 && index < 7 ? jump : 0)
            assert.deepStrictEqual(heard.ticks[index], { ...tick, at })
          }
          assert.strictEqual(heard.ticks.length, frames.length)
        })
    )
  }
})
