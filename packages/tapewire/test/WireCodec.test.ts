import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Wire } from "tapewire/Wire"
import * as WireCodec from "tapewire/WireCodec"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const on = { venue: Schema.String, connection: Count, at: Schema.Int }
const Event = Schema.Union([
  Schema.TaggedStruct("Opened", { ...on, url: Schema.String }),
  Schema.TaggedStruct("Received", {
    ...on,
    data: Schema.Union([Schema.String, Schema.Uint8Array])
  }),
  Schema.TaggedStruct("Sent", { ...on, data: Schema.String }),
  Schema.TaggedStruct("Answered", {
    venue: Schema.String,
    at: Schema.Int,
    call: Schema.String,
    subject: Schema.String,
    url: Schema.String,
    status: Count,
    body: Schema.String
  }),
  Schema.TaggedStruct("Closed", { ...on, reason: Schema.String })
])

const isEvents = Schema.is(Schema.Array(Event))

const roundTrip = (events: ReadonlyArray<Wire>) =>
  Result.getOrThrow(WireCodec.decode(WireCodec.encode(events)))

const received = (data: string | Uint8Array): Wire => ({
  _tag: "Received",
  venue: "binance",
  connection: 1,
  at: 1_723_161_600_001_692,
  data
})

describe("WireCodec", () => {
  it.prop(
    "gives back events of every kind, one after the other, unchanged",
    { events: Schema.Array(Event) },
    ({ events }) => assert.deepStrictEqual(roundTrip(events), events),
    { arbitrary: { runs: 500 } }
  )

  it("gives back frames of any length and script to the letter", () => {
    const frames = ["", "{}", "\ufeff{}", "é".repeat(127), "漢字".repeat(9000), "\ud800x"]
    const events = [...frames.map(received), received(Uint8Array.of(0, 255, 128))]
    assert.deepStrictEqual(roundTrip(events), events)
  })

  it("gives back bytes that later changes to its input do not reach", () => {
    const bytes = WireCodec.encode([received(Uint8Array.of(1, 2, 3))])
    const events = Result.getOrThrow(WireCodec.decode(bytes))
    bytes.fill(0)
    assert.deepStrictEqual(events, [received(Uint8Array.of(1, 2, 3))])
  })

  it("refuses to write numbers that are not whole", () => {
    assert.throws(() => WireCodec.encode([{ ...received(""), at: 0.5 }]), TypeError)
  })

  it.prop(
    "makes events of damaged events or fails, and every event it makes is one",
    {
      events: Schema.Array(Event),
      at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
      flip: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 255 }))
    },
    ({ at, events, flip }) => {
      const bytes = WireCodec.encode([received("frame"), ...events])
      const index = at % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ flip
      const decoded = WireCodec.decode(bytes)
      assert.isTrue(Result.isFailure(decoded) || isEvents(decoded.success))
    },
    { arbitrary: { runs: 1000 } }
  )

  it("says at which byte it stopped", () => {
    const decoded = WireCodec.decode(Uint8Array.of(2, 99, 0))
    assert.isTrue(Result.isFailure(decoded) && decoded.failure.offset === 3)
  })
})
