import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Instant from "tapewire/Instant"

/** Every hour or so between the years 1 and 9999. */
const millis = Schema.Int.check(
  Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 })
)

describe("a time as text", () => {
  it.prop("is read as the platform reads it", { millis }, ({ millis }) => {
    // @effect-diagnostics-next-line globalDate:off
    const text = new Date(millis).toISOString()
    assert.strictEqual(Instant.read(text), millis * 1000)
  })

  it.for([
    ["2026-08-01T02:53:53.184174Z", 1_785_552_833_184_174],
    ["2026-08-01T02:53:53Z", 1_785_552_833_000_000],
    ["2026-08-01T02:53:53.1Z", 1_785_552_833_100_000],
    // Below a microsecond it is cut off.
    ["2026-08-01T02:53:53.184174999Z", 1_785_552_833_184_174],
    ["1970-01-01T00:00:00.000001Z", 1],
    ["0001-01-01T00:00:00.000000Z", -62_135_596_800_000_000]
  ] as const)("is in microseconds: %s", ([text, expected]) => {
    assert.strictEqual(Instant.read(text), expected)
  })

  it.for([
    "",
    "2026-08-01",
    "2026-08-01T02:53:53",
    "2026-08-01T02:53:53.Z",
    "2026-08-01T02:53:53.1234567890Z",
    "2026-08-01T02:53:53.12x456Z",
    "2026-08-01T02:53:53.123456xxxZ",
    "2026-08-01T02:53:53+00:00",
    "2026-13-01T02:53:53Z",
    "2026-00-01T02:53:53Z",
    "2026-02-29T02:53:53Z",
    "2026-02-00T02:53:53Z",
    "2026-08-01T24:00:00Z",
    "2026-08-01T02:60:53Z",
    "2026-08-01T02:53:61Z",
    "2026-08-01 02:53:53Z",
    "x026-08-01T02:53:53Z"
  ])("is none where it is %j", (text) => {
    assert.isNaN(Instant.read(text))
  })

  it.for([
    [0, "700101"],
    [1_766_736_000_000_000, "251226"],
    [1_766_793_599_999_999, "251226"],
    [Number.NaN, ""],
    [1e30, ""]
  ] as const)("of %d microseconds is on the day %s", ([micros, day]) => {
    assert.strictEqual(Instant.day(micros), day)
  })
})
