import { assert, describe, it } from "@effect/vitest"
import * as BinanceUs from "@tapewire/venues/BinanceUs"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"

const { venue } = BinanceUs

const received = 1_618_677_413_800_000

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BCHUSDT", symbol: "BCH-USDT" },
    { native: "OMGUSD", symbol: "OMG-USD" }
  ])
  reader.received = received
  return reader
}

const meaning = (text: string) => Result.getOrThrow(venue.decode(text, makeReader()))

const base = { venue: "binance-us", symbol: "BCH-USDT", received }

// Payloads were sent by stream.binance.us on 2021-04-17.

const aggTrade = `{"stream":"bchusdt@aggTrade","data":{"e":"aggTrade","E":1618677413758,"s":"BCHUSDT","a":724813,"p":"1053.21000000","q":"0.42507000","f":736392,"l":736392,"T":1618677413757,"m":false,"M":true}}`

const bookTicker = `{"stream":"omgusd@bookTicker","data":{"u":66532560,"s":"OMGUSD","b":"9.5356","B":"94.04000000","a":"9.5584","A":"259.47000000"}}`

const depthUpdate = `{"stream":"bchusdt@depth@100ms","data":{"e":"depthUpdate","E":1618677408520,"s":"BCHUSDT","U":123517964,"u":123517964,"b":[["990.79000000","0.02524000"]],"a":[]}}`

describe("a frame of Binance.US", () => {
  it("tells that the taker bought where the buyer was not the maker", () => {
    assert.deepStrictEqual(meaning(aggTrade), [
      {
        _tag: "Trade",
        ...base,
        at: 1_618_677_413_757_000,
        id: 724_813,
        price: 1053.21,
        size: 0.42507,
        side: "buy",
        firstId: 736_392,
        lastId: 736_392
      }
    ])
    const [sold] = meaning(aggTrade.replace(`"m":false`, `"m":true`))
    assert.deepInclude(sold, { side: "sell" })
  })

  it("tells the best bid and ask without a time, and an update of a book by its numbers", () => {
    assert.deepStrictEqual(meaning(bookTicker), [
      {
        _tag: "Quote",
        ...base,
        symbol: "OMG-USD",
        at: undefined,
        bid: 9.5356,
        bidSize: 94.04,
        ask: 9.5584,
        askSize: 259.47,
        sequence: 66_532_560
      }
    ])
    assert.deepStrictEqual(meaning(depthUpdate), [
      {
        _tag: "BookDelta",
        ...base,
        at: 1_618_677_408_520_000,
        firstSequence: 123_517_964,
        sequence: 123_517_964,
        bids: [[990.79, 0.02524]],
        asks: []
      }
    ])
  })
})

describe("what Binance.US is asked", () => {
  it("is no time in microseconds, which it is not known to have", () => {
    assert.strictEqual(venue.path, "/stream")
    assert.notProperty(venue, "headers")
  })

  it("is a snapshot of 1000 levels at most", () => {
    const { snapshot } = venue.calls
    const path = "/api/v3/depth?symbol=BCHUSDT&limit="
    assert.strictEqual(snapshot.path("BCHUSDT", 0), `${path}1000`)
    assert.strictEqual(snapshot.path("BCHUSDT", 100), `${path}100`)
    assert.strictEqual(Math.max(...venue.depths.map(({ levels }) => levels)), 1000)
  })

  it("is about past trades only for aggregated ones, for which it wants no key", () => {
    assert.notProperty(venue.calls, "trades")
    assert.strictEqual(
      venue.calls.aggregatedTrades.path("BCHUSDT", 724_814),
      "/api/v3/aggTrades?symbol=BCHUSDT&fromId=724814&limit=1000"
    )
  })

  it("names no bars of a second", () => {
    assert.notInclude(venue.channels.bars, "1s")
    const topic = venue.topic(
      { venue: venue.id, channel: "bars", variant: "1m", symbol: "BCH-USDT" },
      "BCHUSDT"
    )
    assert.strictEqual(topic, "bchusdt@kline_1m")
  })
})
