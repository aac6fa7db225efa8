import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Instrument from "tapewire/Instrument"

const Json = Schema.fromJsonString(Instrument.Instrument)
const encode = Schema.encodeSync(Json)
const decode = Schema.decodeSync(Json)
const isInstrument = Schema.is(Instrument.Instrument)

const btc = {
  venue: "binance",
  symbol: "BTC-USDT",
  native: "BTCUSDT",
  kind: "spot",
  base: "BTC",
  quote: "USDT",
  status: "trading"
}

describe("Instrument", () => {
  it.prop(
    "every instrument is the same after JSON",
    { instrument: Instrument.Instrument },
    ({ instrument }) => {
      const text = encode(instrument)
      assert.strictEqual(encode(decode(text)), text)
    },
    { arbitrary: { runs: 500 } }
  )

  it("the steps of price and size are absent where the venue does not say them", () => {
    assert.isTrue(isInstrument(btc))
    assert.isTrue(isInstrument({ ...btc, tickSize: 0.01, lotSize: 0.00001 }))
  })

  it.for<[string, Readonly<Record<string, unknown>>]>([
    ["null for a step", { tickSize: null }],
    ["a step that is not a number", { lotSize: Number.NaN }],
    ["a status of the venue's own", { status: "BREAK" }],
    ["a kind of the venue's own", { kind: "SPOT" }],
    ["no name at the venue", { native: undefined }]
  ])("nothing with %s is an instrument", ([, fields]) => {
    assert.isFalse(isInstrument({ ...btc, ...fields }))
  })
})
