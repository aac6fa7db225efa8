import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/CoinbaseAdvanced"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const received = 1_786_309_548_642_865

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(
    venue.id,
    ["BTC-USD", "ETH-USD"].map((native) => ({ native, symbol: native }))
  )
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = (symbol: string, at?: number) => ({
  venue: "coinbase-advanced",
  symbol,
  at,
  received
})

// Recorded on 2026-08-09, where no other source is named.

const trades = `{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}`

const ticker = `{"channel":"ticker","timestamp":"2026-08-09T21:05:48.298032046Z","sequence_num":10,"events":[{"type":"update","tickers":[{"type":"ticker","product_id":"ETH-USD","price":"1919.41","volume_24_h":"19975.95927439","low_24_h":"1911.04","high_24_h":"1925","low_52_w":"1505","high_52_w":"4955.9","price_percent_chg_24_h":"0.02501394006035","best_bid":"1919.44","best_ask":"1919.49","best_bid_quantity":"0.02858092","best_ask_quantity":"0.07814824"}]}]}`

const update = `{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.506659391Z","sequence_num":15,"events":[{"type":"update","product_id":"BTC-USD","updates":[{"side":"offer","event_time":"2026-08-09T21:05:48.264069Z","price_level":"65106.54","new_quantity":"0.15361938"},{"side":"bid","event_time":"2026-08-09T21:05:48.264069Z","price_level":"65061.91","new_quantity":"0"}]}]}`

const candles = `{"channel":"candles","timestamp":"2026-08-09T21:05:51.491081826Z","sequence_num":138,"events":[{"type":"update","candles":[{"start":"1786309500","high":"1919.6","low":"1919.27","open":"1919.58","close":"1919.41","volume":"36.36630914","product_id":"ETH-USD"}]}]}`

const payloads = [
  ["trades", trades, "timestamp events type product_id trade_id price size time side"],
  ["a ticker", ticker, "timestamp events product_id price"],
  ["an update of a book", update, "product_id side event_time price_level new_quantity"],
  ["a candle", candles, "timestamp start high low open close volume product_id"]
] as const

describe("a frame of Coinbase Advanced", () => {
  it("tells a trade with the side of the taker, where the venue tells the maker's", () => {
    // It was at the price of the best ask, so the taker bought.
    const trade = {
      _tag: "Trade",
      ...base("BTC-USD", 1_786_309_548_167_634),
      id: 1_068_572_091,
      price: 65_083.67,
      size: 0.01034361,
      side: "buy"
    } as const
    assert.deepStrictEqual(meaning(trades), [trade])
    const other = trades.replace("SELL", "BUY")
    assert.deepStrictEqual(meaning(other), [{ ...trade, side: "sell" }])
  })

  it("tells the oldest of several trades first, and of those before the subscription that they are", () => {
    const one = trades.slice(trades.indexOf(`{"product_id"`), -4)
    const two = trades.replace(one, `${one},${one.replace("1068572091", "1068572090")}`)
    const ids = (text: string) =>
      meaning(text).map((tick) => (tick._tag === "Trade" ? [tick.id, tick.origin] : []))
    assert.deepStrictEqual(ids(two), [
      [1_068_572_090, undefined],
      [1_068_572_091, undefined]
    ])
    assert.deepStrictEqual(ids(two.replace("update", "snapshot")), [
      [1_068_572_090, "backfill"],
      [1_068_572_091, "backfill"]
    ])
  })

  it("keeps the id of a trade as text where a number would lose some of it", () => {
    for (const id of ["12345678901234567890", "007", "4f9e-11"]) {
      assert.deepInclude(meaning(trades.replace("1068572091", id))[0], { id })
    }
  })

  it("tells the best prices and the figures of a day at once", () => {
    const top = {
      ...base("ETH-USD", 1_786_309_548_298_032),
      bid: 1919.44,
      bidSize: 0.02858092,
      ask: 1919.49,
      askSize: 0.07814824
    }
    const day = { last: 1919.41, high: 1925, low: 1911.04, volume: 19_975.95927439 }
    assert.deepStrictEqual(meaning(ticker), [
      { _tag: "Quote", ...top },
      { _tag: "Ticker", ...top, ...day }
    ])
    const none = ticker.replace(`"1919.41"`, `"0"`).replace(`"1919.44"`, `""`)
    const [quote, ...others] = meaning(none)
    assert.deepInclude(quote, { _tag: "Quote", bid: undefined, ask: 1919.49 })
    assert.deepStrictEqual(others, [])
  })

  it("tells a book, and when it was so, if that is said", () => {
    const delta = {
      _tag: "BookDelta",
      ...base("BTC-USD", 1_786_309_548_264_069),
      bids: [[65_061.91, 0]],
      asks: [[65_106.54, 0.15361938]]
    } as const
    assert.deepStrictEqual(meaning(update), [delta])
    const whole = update.replace(`"type":"update"`, `"type":"snapshot"`)
    assert.deepStrictEqual(meaning(whole), [{ ...delta, _tag: "BookSnapshot" }])
    const epoch = whole.replaceAll("2026-08-09T21:05:48.264069Z", "1970-01-01T00:00:00Z")
    assert.deepInclude(meaning(epoch)[0], { at: undefined })
  })

  it("tells the bar of five minutes that is not over", () => {
    const bar = {
      _tag: "Bar",
      ...base("ETH-USD", 1_786_309_551_491_081),
      interval: "5m",
      openAt: 1_786_309_500_000_000,
      closeAt: 1_786_309_800_000_000,
      open: 1919.58,
      high: 1919.6,
      low: 1919.27,
      close: 1919.41,
      volume: 36.36630914,
      closed: false
    } as const
    assert.deepStrictEqual(meaning(candles), [bar])
    const one = candles.slice(candles.indexOf(`{"start"`), -4)
    const two = candles.replace(one, `${one.replace("1786309500", "1786309200")},${one}`)
    assert.deepStrictEqual(meaning(two.replace("update", "snapshot")), [bar])
    assert.strictEqual(meaning(two).length, 2)
  })

  it("answers with all that is subscribed to", () => {
    const frame = `{"channel":"subscriptions","timestamp":"2026-08-09T21:05:48.228846629Z","sequence_num":2,"events":[{"subscriptions":{"heartbeats":["heartbeats"],"level2":["BTC-USD"],"market_trades":["BTC-USD","ETH-USD"]}}]}`
    const topics = [
      "heartbeats:heartbeats",
      "level2:BTC-USD",
      "market_trades:BTC-USD",
      "market_trades:ETH-USD"
    ]
    assert.deepStrictEqual(meaning(frame), [
      { _tag: "Acknowledged", topics },
      { _tag: "Listed", topics }
    ])
  })

  it("refuses", () => {
    // The shape of the documentation.
    const frame = `{"type":"error","message":"channel is not supported"}`
    const expected = { _tag: "Refused", id: undefined, detail: "channel is not supported" } as const
    assert.deepStrictEqual(meaning(frame), [expected])
  })

  it("that keeps a connection alive means nothing else", () => {
    const frame = `{"channel":"heartbeats","timestamp":"2026-08-09T21:05:48.856364007Z","sequence_num":35,"events":[{"current_time":"2026-08-09 21:05:48.854840045 +0000 UTC m=+41691.260485341","heartbeat_counter":41691}]}`
    assert.deepStrictEqual(meaning(frame), [])
  })

  it.for([
    [`{"channel":"status","events":[]}`, "status"],
    [`{"channel":"__proto__"}`, "__proto__"],
    [`{}`, "none"],
    [trades.replace("BTC-USD", "SOL-USD"), "SOL-USD"],
    [ticker.replace("ETH-USD", "SOL-USD"), "SOL-USD"],
    [update.replace("BTC-USD", "constructor"), "constructor"],
    [candles.replace("ETH-USD", "SOL-USD"), "SOL-USD"]
  ] as const)("of what nobody asked for is unrecognized: %s", ([frame, kind]) => {
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Unrecognized", kind }])
  })

  it.for(payloads)("with %s cannot be decoded without a field, or with a wrong one", (payload) => {
    const [, text, names] = payload
    for (const name of names.split(" ")) {
      const field = new RegExp(`"${name}":("[^"]*"|\\[(?=\\{))`)
      assert.match(text, field)
      for (const to of [`"_":$1`, `"${name}":null,"_":$1`, `"${name}":1.5,"_":$1`]) {
        assert.isTrue(Result.isFailure(decode(text.replace(field, to))), text.replace(field, to))
      }
    }
  })

  it.for([`""`, `" 1"`, `"1e999"`, `"NaN"`])("cannot be decoded with %s for a price", (wrong) => {
    for (const [text, price] of [
      [trades, "65083.67"],
      [update, "65106.54"],
      [candles, "1919.58"]
    ] as const) {
      assert.isTrue(Result.isFailure(decode(text.replace(`"${price}"`, wrong))))
    }
  })

  it.prop("never throws, whatever it is", { json: Schema.Json }, ({ json }) => {
    for (const channel of ["market_trades", "ticker", "l2_data", "candles", "subscriptions"]) {
      for (const events of [json, [json], [{ type: "update", trades: json, updates: json }]]) {
        const frame = { channel, timestamp: "2026-08-09T21:05:48Z", events }
        assert.isTrue(Result.isResult(decode(JSON.stringify(frame))))
      }
    }
  })
})

// As recorded on 2026-08-09, without what is not read.
const product = `{"product_id":"BTC-USD","base_increment":"0.00000001","quote_increment":"0.01","is_disabled":false,"status":"online","cancel_only":false,"limit_only":false,"post_only":false,"trading_disabled":false,"auction_mode":false,"product_type":"SPOT","quote_currency_id":"USD","base_currency_id":"BTC","alias":"","alias_to":["BTC-USDC"],"price_increment":"0.01"}`

describe("what Coinbase Advanced answers", () => {
  const listed = (text: string) =>
    Result.getOrThrow(venue.calls.instruments.decode(`{"products":[${text}]}`, makeReader()))

  it("to a question for the products is what they are called and their smallest steps", () => {
    assert.deepStrictEqual(listed(product), [
      {
        venue: "coinbase-advanced",
        symbol: "BTC-USD",
        native: "BTC-USD",
        kind: "spot",
        base: "BTC",
        quote: "USD",
        tickSize: 0.01,
        lotSize: 0.00000001,
        status: "trading"
      }
    ])
  })

  it("leaves out what is another name of a product, and what is no spot market", () => {
    assert.deepStrictEqual(listed(product.replace(`"alias":""`, `"alias":"BTC-USD"`)), [])
    assert.deepStrictEqual(listed(product.replace("SPOT", "FUTURE")), [])
  })

  it.for([
    [`"trading_disabled":false`, `"trading_disabled":true`, "halted"],
    [`"cancel_only":false`, `"cancel_only":true`, "halted"],
    [`"is_disabled":false`, `"is_disabled":true`, "halted"],
    [`"online"`, `"delisted"`, "ended"],
    [`"online"`, `"else"`, "unknown"]
  ] as const)("of a product with %s as %s means that it is %s", ([from, to, status]) => {
    assert.deepInclude(listed(product.replace(from, to))[0], { status })
  })

  it("to a question for past trades is the takers' side, the oldest first", () => {
    const one = `{"trade_id":"7","product_id":"BTC-USD","price":"65083.67","size":"0.5","time":"2026-08-09T21:05:48.167634Z","side":"SELL","bid":"","ask":""}`
    const body = `{"trades":[${one.replace(`"7"`, `"8"`)},${one}],"best_bid":"1","best_ask":"2"}`
    const past = Result.getOrThrow(venue.calls.trades.decode(body, makeReader(), "BTC-USD"))
    assert.deepStrictEqual(past[0], {
      _tag: "Trade",
      ...base("BTC-USD", 1_786_309_548_167_634),
      id: 7,
      price: 65_083.67,
      size: 0.5,
      side: "buy",
      origin: "backfill"
    })
    assert.deepInclude(past[1], { id: 8 })
    assert.strictEqual(Result.getOrThrow(venue.calls.lastTrade.decode(body, makeReader())), "8")
  })

  it("to a question for the last update differs with every price and size", () => {
    const body = `{"pricebook":{"product_id":"BTC-USD","bids":[{"price":"1","size":"2"}],"asks":[{"price":"3","size":"4"}],"time":"2026-08-09T21:05:48Z"}}`
    const of = (body: string) =>
      Result.getOrThrow(venue.calls.lastUpdate.decode(body, makeReader()))
    assert.strictEqual(of(body.replace("05:48", "05:49")), of(body))
    for (const text of ["1", "2", "3", "4"]) {
      assert.notStrictEqual(of(body.replace(`"${text}"`, `"5"`)), of(body))
    }
  })

  it("to a question for the time is in microseconds", () => {
    const body = `{"iso":"2026-08-09T21:05:48Z","epochSeconds":"1786309548","epochMillis":"1786309548000"}`
    assert.strictEqual(
      Result.getOrThrow(venue.calls.time.decode(body, makeReader())),
      1_786_309_548_000_000
    )
  })

  it.for([`{"error":"not_found"}`, "<html></html>", ""])(
    "cannot be decoded where it is something else: %s",
    (body) => {
      for (const { decode } of Object.values(venue.calls)) {
        assert.isTrue(Result.isFailure<unknown, unknown>(decode(body, makeReader(), "BTC-USD")))
      }
    }
  )
})

describe("what Coinbase Advanced is asked", () => {
  const topic = (channel: keyof typeof venue.channels) =>
    venue.topic({ venue: venue.id, channel, symbol: "BTC-USD" }, "BTC-USD")

  it("is one frame for each channel, under the name that it is asked for by", () => {
    const names = (["trades", "quotes", "book", "bars", "ticker"] as const).map((channel) =>
      venue.group(topic(channel))
    )
    assert.deepStrictEqual(names, ["market_trades", "ticker", "level2", "candles", "ticker"])
    const frame = { product_ids: ["BTC-USD", "ETH-USD"], channel: "level2" }
    const topics = [topic("book"), "level2:ETH-USD"]
    assert.deepStrictEqual(JSON.parse(venue.subscribe(topics)), { type: "subscribe", ...frame })
    assert.deepStrictEqual(JSON.parse(venue.unsubscribe(topics)), { type: "unsubscribe", ...frame })
  })

  it("begins at once, and asks for what keeps every channel open", () => {
    const heartbeats = `{"type":"subscribe","channel":"heartbeats"}`
    assert.deepStrictEqual(venue.greeting, [heartbeats])
    assert.strictEqual(venue.probe(), heartbeats)
  })

  it("asks by HTTP for what anybody may ask", () => {
    const { lastTrade, lastUpdate, trades } = venue.calls
    const path = "/api/v3/brokerage/market"
    assert.strictEqual(trades.path("BTC-USD"), `${path}/products/BTC-USD/ticker?limit=1000`)
    assert.strictEqual(lastTrade.path("BTC-USD"), `${path}/products/BTC-USD/ticker?limit=1`)
    assert.strictEqual(
      lastUpdate.path("BTC-USD"),
      `${path}/product_book?product_id=BTC-USD&limit=1`
    )
  })
})
