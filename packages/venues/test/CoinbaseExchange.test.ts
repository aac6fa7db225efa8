import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/CoinbaseExchange"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const received = 1_618_677_817_061_845

const makeReader = (): Reader.Reader => {
  const natives = ["BTC-USD", "BAND-GBP", "BTC-EUR"]
  const reader = Reader.make(
    venue.id,
    natives.map((native) => ({ native, symbol: native }))
  )
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = (symbol: string, at?: number) => ({ venue: "coinbase", symbol, at, received })

// Recorded on 2021-04-17: the same trade as a match and as a ticker.
const match = `{"type":"last_match","trade_id":881613,"maker_order_id":"27fff20b-af29-4f45-8744-56dd1ef57dc0","taker_order_id":"1da6ce16-c8da-4732-9f71-6049f4c6aaf8","side":"sell","size":"0.04","price":"14.7775","product_id":"BAND-GBP","sequence":333938798,"time":"2021-04-17T16:43:30.244075Z"}`
const ticker = `{"type":"ticker","sequence":333938798,"product_id":"BAND-GBP","price":"14.7775","open_24h":"14.6647","volume_24h":"94381.28000000","low_24h":"14.3691","high_24h":"16.55","volume_30d":"2295579.57000000","best_bid":"14.7550","best_ask":"14.8060","side":"buy","time":"2021-04-17T16:43:30.244075Z","trade_id":881613,"last_size":"0.04"}`

// Recorded on 2021-04-17, shortened to its best levels.
const snapshot = `{"type":"snapshot","product_id":"BAND-GBP","asks":[["14.8024","12.77"],["14.8069","12.49"]],"bids":[["14.7550","3.10"]]}`

// As others took it from the wire in 2021.
const l2update = `{"type":"l2update","product_id":"BTC-EUR","changes":[["buy","9202.70","0.58667860"],["sell","9222.39","0.00459825"],["sell","9222.40","0.00000000"]],"time":"2019-08-01T00:00:03.818000Z"}`

const payloads = [
  ["a match", match, "trade_id side size price product_id time"],
  ["a ticker", ticker, "product_id price best_bid best_ask"],
  ["a book", snapshot, "product_id asks bids"],
  ["an update of a book", l2update, "product_id changes"]
] as const

describe("a frame of Coinbase Exchange", () => {
  it("tells a trade with the side of the taker, where the venue tells the maker's", () => {
    const trade = {
      _tag: "Trade",
      ...base("BAND-GBP", 1_618_677_810_244_075),
      id: 881_613,
      price: 14.7775,
      size: 0.04,
      // The ticker of the same trade says that the taker bought.
      side: "buy"
    } as const
    assert.deepStrictEqual(meaning(match), [trade])
    assert.deepStrictEqual(meaning(match.replace("last_match", "match")), [trade])
    const other = match.replace(`"side":"sell"`, `"side":"buy"`)
    assert.deepStrictEqual(meaning(other), [{ ...trade, side: "sell" }])
  })

  it("tells the best prices at a match and the figures of a day at once", () => {
    const top = {
      ...base("BAND-GBP", 1_618_677_810_244_075),
      bid: 14.755,
      bidSize: undefined,
      ask: 14.806,
      askSize: undefined
    }
    const day = { last: 14.7775, open: 14.6647, high: 16.55, low: 14.3691, volume: 94_381.28 }
    assert.deepStrictEqual(meaning(ticker), [
      { _tag: "Quote", ...top },
      { _tag: "Ticker", ...top, ...day }
    ])
    const sizes = `"best_bid_size":"3.10","best_ask_size":"0.00"`
    assert.deepInclude(meaning(ticker.replace(`"side"`, `${sizes},"side"`))[0], {
      bidSize: 3.1,
      askSize: undefined
    })
  })

  it("tells no figures of what was never traded", () => {
    const none = ticker.replace(`"price":"14.7775"`, `"price":"0"`).replace("14.7550", "0")
    const messages = meaning(none)
    assert.deepStrictEqual(
      messages.map(({ _tag }) => _tag),
      ["Quote"]
    )
    assert.deepInclude(messages[0], { bid: undefined, ask: 14.806 })
  })

  it("tells a whole book, and what changes in it", () => {
    assert.deepStrictEqual(meaning(snapshot), [
      {
        _tag: "BookSnapshot",
        ...base("BAND-GBP"),
        bids: [[14.755, 3.1]],
        asks: [
          [14.8024, 12.77],
          [14.8069, 12.49]
        ]
      }
    ])
    assert.deepStrictEqual(meaning(l2update), [
      {
        _tag: "BookDelta",
        ...base("BTC-EUR", 1_564_617_603_818_000),
        bids: [[9202.7, 0.5866786]],
        asks: [
          [9222.39, 0.00459825],
          [9222.4, 0]
        ]
      }
    ])
  })

  it("tells no time where the year 1 is sent", () => {
    const none = l2update.replace("2019-08-01T00:00:03.818000Z", "0001-01-01T00:00:00.000000Z")
    assert.deepInclude(meaning(none)[0], { _tag: "BookDelta", at: undefined })
  })

  it("answers with all that is subscribed to, under the names it was asked for with", () => {
    // Recorded on 2021-04-17, when the channel had the first of its names.
    const frame = `{"type":"subscriptions","channels":[{"name":"level2","product_ids":["BAND-GBP","BTC-USD"]},{"name":"ticker","product_ids":["BTC-USD"]}]}`
    const topics = ["level2_batch:BAND-GBP", "level2_batch:BTC-USD", "ticker:BTC-USD"]
    const expected = [
      { _tag: "Acknowledged", topics },
      { _tag: "Listed", topics }
    ] as const
    assert.deepStrictEqual(meaning(frame), expected)
    assert.deepStrictEqual(meaning(frame.replace("level2", "level2_50")), expected)
    const nulls = `{"type":"subscriptions","channels":[{"name":"status","product_ids":null,"account_ids":null}]}`
    assert.deepInclude(meaning(nulls)[0], { topics: [] })
  })

  it.for([
    [
      `{"type":"error","message":"Failed to subscribe","reason":"XYZ-USD is not a valid product"}`,
      "Failed to subscribe: XYZ-USD is not a valid product"
    ],
    [`{"type":"error","message":"Malformed JSON"}`, "Malformed JSON"]
  ] as const)("refuses: %s", ([frame, detail]) => {
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Refused", id: undefined, detail }])
  })

  it("that keeps a connection alive means nothing else", () => {
    const frame = `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}`
    assert.deepStrictEqual(meaning(frame), [])
  })

  it.for([
    [`{"type":"status","products":[]}`, "status"],
    [`{"type":"__proto__"}`, "__proto__"],
    [`{}`, "none"],
    [match.replace("BAND-GBP", "ETH-USD"), "ETH-USD"],
    [l2update.replace("BTC-EUR", "constructor"), "constructor"]
  ] as const)("of what nobody asked for is unrecognized: %s", ([frame, kind]) => {
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Unrecognized", kind }])
  })

  it.for(payloads)("with %s cannot be decoded without a field, or with a wrong one", (payload) => {
    const [, text, names] = payload
    for (const name of names.split(" ")) {
      const field = new RegExp(`"${name}":("[^"]*"|\\d+|\\[\\[.*?\\]\\])`)
      assert.match(text, field)
      for (const to of [`"_":$1`, `"${name}":null`, `"${name}":{}`, `"${name}":1.5`]) {
        // A book and its updates are read without a time too.
        assert.isTrue(Result.isFailure(decode(text.replace(field, to))), text.replace(field, to))
      }
    }
  })

  it.for([`""`, `" 1"`, `"1e999"`, `"NaN"`])("cannot be decoded with %s for a price", (wrong) => {
    for (const [text, price] of [
      [match, "14.7775"],
      [ticker, "14.7775"],
      [snapshot, "14.8024"],
      [l2update, "9202.70"]
    ] as const) {
      assert.isTrue(Result.isFailure(decode(text.replace(`"${price}"`, wrong))))
    }
  })

  it("cannot be decoded with a time that is none", () => {
    for (const text of [match, ticker, l2update]) {
      assert.isTrue(Result.isFailure(decode(text.replace(/"time":"\d+/, `"time":"x`))))
    }
  })

  it.prop("never throws, whatever it is", { json: Schema.Json }, ({ json }) => {
    for (const type of ["match", "ticker", "snapshot", "l2update", "subscriptions", "error"]) {
      const frame = { type, product_id: "BTC-USD", changes: json, bids: json, asks: json }
      assert.isTrue(Result.isResult(decode(JSON.stringify({ ...frame, channels: json }))))
    }
  })
})

// As recorded on 2021-04-17.
const product = `{"id":"SKL-EUR","base_currency":"SKL","quote_currency":"EUR","base_min_size":"5","base_max_size":"1000000","quote_increment":"0.0001","base_increment":"0.1","display_name":"SKL/EUR","min_market_funds":"5.0","max_market_funds":"100000","margin_enabled":false,"post_only":false,"limit_only":false,"cancel_only":false,"trading_disabled":false,"status":"online","status_message":""}`

describe("what Coinbase Exchange answers", () => {
  const instrument = (text: string) =>
    Result.getOrThrow(venue.calls.instruments.decode(`[${text}]`, makeReader()))[0]

  it("to a question for the products is what they are called and their smallest steps", () => {
    assert.deepStrictEqual(instrument(product), {
      venue: "coinbase",
      symbol: "SKL-EUR",
      native: "SKL-EUR",
      kind: "spot",
      base: "SKL",
      quote: "EUR",
      tickSize: 0.0001,
      lotSize: 0.1,
      status: "trading"
    })
  })

  it.for([
    [`"cancel_only":false`, `"cancel_only":true`, "halted"],
    [`"trading_disabled":false`, `"trading_disabled":true`, "halted"],
    [`"post_only":false`, `"post_only":true`, "halted"],
    [`"post_only"`, `"auction_mode":true,"post_only"`, "halted"],
    [`"online"`, `"delisted"`, "ended"],
    [`"online"`, `"internal"`, "unknown"]
  ] as const)("of a product with %s as %s means that it is %s", ([from, to, status]) => {
    assert.deepInclude(instrument(product.replace(from, to)), { status })
  })

  it("to a question for past trades is the takers' side, the oldest first", () => {
    // The example of the documentation.
    const body = `[{"time":"2014-11-07T22:19:28.578544Z","trade_id":74,"price":"10.00000000","size":"0.01000000","side":"buy"},{"time":"2014-11-07T01:08:43.642366Z","trade_id":73,"price":"100.00000000","size":"0.01000000","side":"sell"}]`
    const past = Result.getOrThrow(venue.calls.trades.decode(body, makeReader(), "BTC-USD"))
    assert.deepStrictEqual(past[0], {
      _tag: "Trade",
      ...base("BTC-USD", 1_415_322_523_642_366),
      id: 73,
      price: 100,
      size: 0.01,
      side: "buy",
      origin: "backfill"
    })
    assert.deepInclude(past[1], { id: 74, side: "sell" })
  })

  it("says what is the newest, and what time it is", () => {
    const { lastTrade, lastUpdate, time } = venue.calls
    const read = <A>(
      decode: (body: string, reader: Reader.Reader) => Result.Result<A, unknown>
    ) => {
      const body = `{"trade_id":86326522,"sequence":13051505638,"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}`
      return Result.getOrThrow(decode(body, makeReader()))
    }
    assert.strictEqual(read(lastTrade.decode), 86_326_522)
    assert.strictEqual(read(lastUpdate.decode), 13_051_505_638)
    assert.strictEqual(read(time.decode), 1_420_674_445_201_000)
  })

  it.for([`{"message":"NotFound"}`, "<html></html>", ""])(
    "cannot be decoded where it is something else: %s",
    (body) => {
      for (const { decode } of Object.values(venue.calls)) {
        assert.isTrue(Result.isFailure<unknown, unknown>(decode(body, makeReader(), "BTC-USD")))
      }
    }
  )
})

describe("what Coinbase Exchange is asked", () => {
  const topic = (channel: keyof typeof venue.channels) =>
    venue.topic({ venue: venue.id, channel, symbol: "BTC-USD" }, "BTC-USD")

  it("is one frame for all channels, none of which wants a login", () => {
    const topics = [topic("trades"), topic("book"), topic("ticker"), "matches:ETH-USD"]
    const channels = [
      { name: "matches", product_ids: ["BTC-USD", "ETH-USD"] },
      { name: "level2_batch", product_ids: ["BTC-USD"] },
      { name: "ticker", product_ids: ["BTC-USD"] }
    ]
    assert.deepStrictEqual(JSON.parse(venue.subscribe(topics)), { type: "subscribe", channels })
    assert.deepStrictEqual(JSON.parse(venue.unsubscribe(topics)), { type: "unsubscribe", channels })
    assert.strictEqual(topic("quotes"), topic("ticker"))
  })

  it("begins at once, as who asks for nothing within five seconds is cut off", () => {
    const heartbeat = `{"type":"subscribe","channels":[{"name":"heartbeat","product_ids":["BTC-USD"]}]}`
    assert.deepStrictEqual(venue.greeting, [heartbeat])
    assert.strictEqual(venue.probe(), heartbeat)
  })

  it("asks for as many missing trades as there are, from the newest of them", () => {
    const { trades } = venue.calls
    assert.strictEqual(trades.path("BTC-USD", 5, 7), "/products/BTC-USD/trades?limit=3&after=8")
    assert.strictEqual(
      trades.path("BTC-USD", 1, 5000),
      "/products/BTC-USD/trades?limit=1000&after=5001"
    )
  })
})
