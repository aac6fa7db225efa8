import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/Bybit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Reader from "tapewire/Reader"
import type { Channel } from "tapewire/Subscription"
import type { Message } from "tapewire/Venue"

const received = 1_786_310_819_000_000

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [{ native: "BTCUSDT", symbol: "BTC-USDT" }])
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "bybit", symbol: "BTC-USDT", received }

// Payloads without another source are the examples of Bybit's documentation as of 2026-07-24, the
// turnover with two digits less, which a number would not keep.

const trade = `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"2290000000036455162","BT":false,"RPI":false,"seq":1783284617}]}`

/** Recorded on 2023-04-05. */
const quote = `{"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1680673820717,"data":{"s":"BTCUSDT","b":[["28552.00","0.047"]],"a":[["28552.10","25.433"]],"u":7003305,"seq":50193540681}}`

/** Recorded on 2026-08-09, less most of its levels. */
const snapshot = `{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1786310818129,"data":{"s":"BTCUSDT","b":[["65114.20","6.054"],["65114.10","0.002"]],"a":[["65114.30","10.488"]],"u":15076952,"seq":753843908711},"cts":1786310818125}`

/** The same. */
const delta = `{"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818328,"data":{"s":"BTCUSDT","b":[["65103.90","0.094"],["65092.40","0"]],"a":[["65116.80","0"]],"u":15076955,"seq":753843918854},"cts":1786310818327}`

/** Recorded on 2026-08-09. */
const bar = `{"topic":"kline.1.BTCUSDT","data":[{"start":1786310760000,"end":1786310819999,"interval":"1","open":"65119.9","close":"65114.3","high":"65120.1","low":"65114.2","volume":"1.576","turnover":"102627.995","confirm":false,"timestamp":1786310818440}],"ts":1786310818440,"type":"snapshot"}`

const ticker = `{"topic":"tickers.BTCUSDT","ts":1673853746003,"type":"snapshot","cs":2588407389,"data":{"symbol":"BTCUSDT","lastPrice":"21109.77","highPrice24h":"21426.99","lowPrice24h":"20575","prevPrice24h":"20704.93","volume24h":"6780.866843","turnover24h":"141946527.229071","price24hPcnt":"0.0196","usdIndexPrice":"21120.2400136"}}`

/** Each kind of payload with the fields that are read of it. */
const payloads = [
  ["a trade", trade, "T S v p i"],
  ["a quote", quote, "ts b a u type"],
  ["a book", snapshot, "ts b a u type"],
  ["an update of a book", delta, "ts b a u type"],
  ["a bar", bar, "start end interval open close high low volume turnover confirm ts"],
  ["a ticker", ticker, "ts lastPrice highPrice24h lowPrice24h prevPrice24h volume24h turnover24h"]
] as const

describe("a frame of Bybit spot", () => {
  it("tells a trade, whose id is no safe integer", () => {
    assert.deepStrictEqual(meaning(trade), [
      {
        _tag: "Trade",
        ...base,
        at: 1_672_304_486_865_000,
        id: "2290000000036455162",
        price: 16_578.5,
        size: 0.001,
        side: "buy"
      }
    ])
  })

  it("tells the side of the taker, as the venue does", () => {
    assert.deepInclude(meaning(trade)[0], { side: "buy" })
    assert.deepInclude(meaning(trade.replace(`"Buy"`, `"Sell"`))[0], { side: "sell" })
  })

  it("tells every trade that it has", () => {
    const two = trade.replace(/\[(\{.*\})\]/, "[$1,$1]")
    assert.deepStrictEqual(meaning(two), [...meaning(trade), ...meaning(trade)])
  })

  it("tells the best bid and ask, and leaves out a side without orders", () => {
    assert.deepStrictEqual(meaning(quote), [
      {
        _tag: "Quote",
        ...base,
        at: 1_680_673_820_717_000,
        bid: 28_552,
        bidSize: 0.047,
        ask: 28_552.1,
        askSize: 25.433,
        sequence: 7_003_305
      }
    ])
    assert.deepInclude(meaning(quote.replace(`[["28552.00","0.047"]]`, "[]"))[0], {
      bid: undefined,
      bidSize: undefined,
      ask: 28_552.1
    })
  })

  it("cannot tell one level by what changed, since a side that is not there may be unchanged", () => {
    assert.isTrue(Result.isFailure(decode(quote.replace("snapshot", "delta"))))
  })

  it("tells a whole book at the time the engine was done", () => {
    assert.deepStrictEqual(meaning(snapshot), [
      {
        _tag: "BookSnapshot",
        ...base,
        at: 1_786_310_818_125_000,
        sequence: 15_076_952,
        bids: [
          [65_114.2, 6.054],
          [65_114.1, 0.002]
        ],
        asks: [[65_114.3, 10.488]]
      }
    ])
  })

  it("tells new sizes in a book, each update one after the last", () => {
    assert.deepStrictEqual(meaning(delta), [
      {
        _tag: "BookDelta",
        ...base,
        at: 1_786_310_818_327_000,
        firstSequence: 15_076_955,
        sequence: 15_076_955,
        bids: [
          [65_103.9, 0.094],
          [65_092.4, 0]
        ],
        asks: [[65_116.8, 0]]
      }
    ])
  })

  it("tells a whole book where the numbers begin anew, whatever it is called", () => {
    assert.deepInclude(meaning(delta.replace(`"u":15076955`, `"u":1`))[0], {
      _tag: "BookSnapshot",
      sequence: 1
    })
  })

  it("tells a bar, whose end is the first instant after it", () => {
    assert.deepStrictEqual(meaning(bar), [
      {
        _tag: "Bar",
        ...base,
        at: 1_786_310_818_440_000,
        interval: "1m",
        openAt: 1_786_310_760_000_000,
        closeAt: 1_786_310_820_000_000,
        open: 65_119.9,
        high: 65_120.1,
        low: 65_114.2,
        close: 65_114.3,
        volume: 1.576,
        quoteVolume: 102_627.995,
        closed: false
      }
    ])
    assert.deepInclude(meaning(bar.replace(`"confirm":false`, `"confirm":true`))[0], {
      closed: true
    })
    assert.deepStrictEqual(meaning(bar.replace(`"interval":"1"`, `"interval":"7"`)), [
      { _tag: "Unrecognized", kind: "kline 7" }
    ])
  })

  it("tells the figures of 24 hours", () => {
    assert.deepStrictEqual(meaning(ticker), [
      {
        _tag: "Ticker",
        ...base,
        at: 1_673_853_746_003_000,
        last: 21_109.77,
        open: 20_704.93,
        high: 21_426.99,
        low: 20_575,
        volume: 6780.866843,
        quoteVolume: 141_946_527.229071
      }
    ])
  })

  it("acknowledges a request by its number, and nothing else", () => {
    const text = `{"success":true,"ret_msg":"subscribe","conn_id":"2324d924","req_id":"7","op":"subscribe"}`
    assert.deepStrictEqual(meaning(text), [{ _tag: "Acknowledged", id: 7 }])
    assert.deepStrictEqual(meaning(text.replace(`"req_id":"7"`, `"req_id":""`)), [
      { _tag: "Acknowledged", id: undefined }
    ])
    assert.deepStrictEqual(meaning(text.replace(`"op":"subscribe"`, `"op":"unsubscribe"`)), [])
  })

  it.for([
    `{"success":true,"ret_msg":"pong","conn_id":"0970e817","req_id":"1","op":"ping"}`,
    `{"req_id":"1","op":"pong","args":["1675418560633"],"conn_id":"cfcb4ocsvfriu23r3er0"}`
  ])("that answers a ping says nothing more: %s", (text) => {
    assert.deepStrictEqual(meaning(text), [])
  })

  it("refuses a request by its number, save for what is had already", () => {
    const refused = (detail: string) =>
      `{"success":false,"ret_msg":"${detail}","conn_id":"2324d924","req_id":"7","op":"subscribe"}`
    const detail = "error:handler not found,topic:publicTrade.NONE"
    assert.deepStrictEqual(meaning(refused(detail)), [{ _tag: "Refused", id: 7, detail }])
    const had = refused("error:already subscribed,topic:publicTrade.BTCUSDT")
    assert.deepStrictEqual(meaning(had), [{ _tag: "Acknowledged", id: 7 }])
  })

  it.for(payloads)("with %s of what nobody asked for is unrecognized", ([, payload]) => {
    for (const kind of ["ETHUSDT", "__proto__"]) {
      const other = payload.replaceAll("BTCUSDT", kind)
      assert.deepStrictEqual(meaning(other), [{ _tag: "Unrecognized", kind }])
    }
  })

  it.for([
    [`{"topic":"lt.BTC3SUSDT","data":{}}`, "lt"],
    [`{"op":"auth"}`, "auth"],
    [`{"topic":"constructor.BTCUSDT"}`, "constructor"],
    [`{}`, "none"]
  ] as const)("of a kind that is not subscribed to is unrecognized: %s", ([payload, kind]) => {
    assert.deepStrictEqual(meaning(payload), [{ _tag: "Unrecognized", kind }])
  })

  it.for(payloads)(
    "with %s cannot be decoded without a field, or with another type in it",
    ([, payload, names]) => {
      for (const name of names.split(" ")) {
        const field = new RegExp(`"${name}":`)
        assert.match(payload, field)
        assert.isTrue(Result.isFailure(decode(payload.replace(field, `"_":`))), `without ${name}`)
        const value = new RegExp(`("${name}":)("[^"]*"|\\d+|true|false|\\[\\[.*?\\]\\])`)
        for (const wrong of ["null", "{}", "1.5", `[["1"]]`, `[["1","x"]]`]) {
          const broken = payload.replace(value, `$1${wrong}`)
          assert.notStrictEqual(broken, payload)
          assert.isTrue(Result.isFailure(decode(broken)), `${name}: ${wrong}`)
        }
      }
    }
  )

  it.for([`""`, `" 1"`, `"1e999"`, `"NaN"`])("cannot be decoded with %s for a decimal", (wrong) => {
    const decimal = /"\d+\.\d+"/g
    for (const payload of [trade, quote, snapshot, delta, bar, ticker]) {
      for (const { 0: found, index } of payload.matchAll(decimal)) {
        // Not read.
        if (/(Pcnt|usdIndexPrice)":$/.test(payload.slice(0, index))) continue
        const broken = payload.slice(0, index) + wrong + payload.slice(index + found.length)
        assert.isTrue(Result.isFailure(decode(broken)), broken)
      }
    }
  })

  it.for(["not JSON", "", "[]", "null"])("cannot be decoded where it is no object: %s", (text) => {
    assert.isTrue(Result.isFailure(decode(text)))
  })

  it.prop(
    "never throws, whatever it is",
    { json: Schema.Json, text: Schema.String },
    ({ json, text }) => {
      for (const topic of [text, "publicTrade.BTCUSDT", "orderbook.1.BTCUSDT", "tickers.BTCUSDT"]) {
        assert.isTrue(Result.isResult(decode(JSON.stringify({ topic, data: json }))))
      }
      assert.isTrue(Result.isResult(decode(JSON.stringify(json))))
      assert.isTrue(Result.isResult(decode(text)))
    }
  )
})

describe("what Bybit spot answers", () => {
  const { instruments, lastTrade, lastUpdate, time } = venue.calls
  const listing = (status: string) =>
    `{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","innovation":"0","status":"${status}","marginTrading":"both","lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.00000001","minOrderQty":"0.000048"},"priceFilter":{"tickSize":"0.01"}}]},"retExtInfo":{},"time":1672712468011}`

  it("to a question for the instruments is what they are called and their smallest steps", () => {
    assert.deepStrictEqual(
      Result.getOrThrow(instruments.decode(listing("Trading"), makeReader())),
      [
        {
          venue: "bybit",
          symbol: "BTC-USDT",
          native: "BTCUSDT",
          kind: "spot",
          base: "BTC",
          quote: "USDT",
          tickSize: 0.01,
          lotSize: 0.000001,
          status: "trading"
        }
      ]
    )
  })

  it.for([
    ["Trading", "trading"],
    ["PreLaunch", "halted"],
    ["PendingOpen", "halted"],
    ["Delivering", "halted"],
    ["Settling", "halted"],
    ["Closed", "ended"],
    ["Other", "unknown"],
    ["__proto__", "unknown"]
  ] as const)("of an instrument with the status %s means that it is %s", ([status, expected]) => {
    const [instrument] = Result.getOrThrow(instruments.decode(listing(status), makeReader()))
    assert.deepInclude(instrument, { status: expected })
  })

  it("to a question for the last trade is its id, and for the last update its number", () => {
    const trades = `{"retCode":0,"result":{"category":"spot","list":[{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy","time":"1672052955758","isBlockTrade":false}]}}`
    assert.strictEqual(
      Result.getOrThrow(lastTrade.decode(trades, makeReader())),
      "2100000000007764263"
    )
    const none = `{"retCode":0,"result":{"category":"spot","list":[]}}`
    assert.isUndefined(Result.getOrThrow(lastTrade.decode(none, makeReader())))
    const book = `{"retCode":0,"result":{"s":"BTCUSDT","a":[["65557.7","16.606"]],"b":[["65485.47","47.081"]],"ts":1716863719031,"u":230704,"seq":1432604333,"cts":1716863718905}}`
    assert.strictEqual(Result.getOrThrow(lastUpdate.decode(book, makeReader())), 230_704)
  })

  it("to a question for the time is in whole microseconds", () => {
    const body = `{"retCode":0,"retMsg":"OK","result":{"timeSecond":"1688639403","timeNano":"1688639403423213947"},"retExtInfo":{},"time":1688639403423}`
    assert.strictEqual(Result.getOrThrow(time.decode(body, makeReader())), 1_688_639_403_423_213)
  })

  it.for([
    `{"retCode":10001,"retMsg":"params error: Symbol Invalid","result":{}}`,
    `{"retCode":0,"result":{}}`,
    "<html><body>403 Forbidden</body></html>",
    "[]",
    ""
  ])("cannot be decoded where it is something else: %s", (body) => {
    const answers = [
      instruments.decode(body, makeReader()),
      lastTrade.decode(body, makeReader()),
      lastUpdate.decode(body, makeReader()),
      time.decode(body, makeReader())
    ]
    assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Failure"]))
  })
})

describe("what Bybit spot is asked", () => {
  const topic = (channel: Channel, variant?: string) =>
    venue.topic({ venue: venue.id, channel, variant, symbol: "BTC-USDT" }, "BTCUSDT")

  it("names each channel as the venue does", () => {
    assert.deepStrictEqual(
      [topic("trades"), topic("quotes"), topic("book"), topic("ticker")],
      ["publicTrade.BTCUSDT", "orderbook.1.BTCUSDT", "orderbook.200.BTCUSDT", "tickers.BTCUSDT"]
    )
  })

  it("names the bars of every interval there is", () => {
    const names = "1 3 5 15 30 60 120 240 360 720 D W M".split(" ")
    assert.deepStrictEqual(
      venue.channels.bars.map((interval) => topic("bars", interval)),
      names.map((name) => `kline.${name}.BTCUSDT`)
    )
    const told = names.flatMap((name) =>
      meaning(bar.replace(`"interval":"1"`, `"interval":"${name}"`)).map(
        (tick) => tick._tag === "Bar" && tick.interval
      )
    )
    assert.deepStrictEqual<ReadonlyArray<unknown>>(told, venue.channels.bars)
  })

  it("is what the venue documents", () => {
    assert.strictEqual(
      venue.subscribe(["orderbook.1.BTCUSDT", "publicTrade.BTCUSDT"], 1),
      `{"req_id":"1","op":"subscribe","args":["orderbook.1.BTCUSDT","publicTrade.BTCUSDT"]}`
    )
    assert.strictEqual(
      venue.unsubscribe(["publicTrade.BTCUSDT"], 2),
      `{"req_id":"2","op":"unsubscribe","args":["publicTrade.BTCUSDT"]}`
    )
    assert.strictEqual(venue.probe(3), `{"req_id":"3","op":"ping"}`)
  })

  it("keeps to ten topics in a request and to 21,000 characters on a connection", () => {
    assert.isAtMost(venue.limits.batch, 10)
    const longest = "allLiquidation.10000000AAAAAAAAAUSDT-26DEC26"
    assert.isAtMost(longest.length * venue.limits.streams, 21_000)
  })

  it("asks about its own market", () => {
    assert.strictEqual(venue.path, "/v5/public/spot")
    const { instruments, lastTrade, lastUpdate } = venue.calls
    assert.strictEqual(instruments.path(), "/v5/market/instruments-info?category=spot")
    assert.strictEqual(
      lastTrade.path("BTCUSDT"),
      "/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=1"
    )
    assert.strictEqual(
      lastUpdate.path("BTCUSDT"),
      "/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=1"
    )
  })
})
