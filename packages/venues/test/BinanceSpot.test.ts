import { assert, describe, it } from "@effect/vitest"
import * as BinanceSpot from "@tapewire/venues/BinanceSpot"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const { venue } = BinanceSpot

const received = 1_672_515_782_140_123

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BNBBTC", symbol: "BNB-BTC" },
    { native: "BNBUSDT", symbol: "BNB-USDT" }
  ])
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "binance", symbol: "BNB-BTC", received }

// Payloads without another source are the examples of
// https://github.com/binance/binance-spot-api-docs (web-socket-streams.md, rest-api.md and
// filters.md) as of 2026-07-21.

const trade = `{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}`

const aggTrade = `{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}`

const kline = `{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}`

const ticker = `{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018","x":"0.0009","c":"0.0025","Q":"10","b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18","O":0,"C":86400000,"F":0,"L":18150,"n":18151}`

const bookTicker = `{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}`

const depthUpdate = `{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}`

/** Each kind of payload with the fields that are read of it. */
const payloads = [
  ["a trade", trade, "s t p q T m"],
  ["an aggregated trade", aggTrade, "s a p q f l T m"],
  ["a bar", kline, "E s t T i o c h l v n x q V"],
  ["a ticker", ticker, "E s w c b B a A o h l v q n"],
  // Without `A` it would be of another kind.
  ["a quote", bookTicker, "u s b B a"],
  ["an update of a book", depthUpdate, "E s U u b a"]
] as const

describe("a frame of Binance spot", () => {
  it("tells a trade, and that the taker sold where the buyer was the maker", () => {
    assert.deepStrictEqual(meaning(trade), [
      {
        _tag: "Trade",
        ...base,
        at: 1_672_515_782_136_000,
        id: 12_345,
        price: 0.001,
        size: 100,
        side: "sell"
      }
    ])
  })

  it("tells that the taker bought where the buyer was not the maker", () => {
    const [bought] = meaning(trade.replace(`"m":true`, `"m":false`))
    assert.deepInclude(bought, { _tag: "Trade", side: "buy" })
    const [bought2] = meaning(aggTrade.replace(`"m":true`, `"m":false`))
    assert.deepInclude(bought2, { _tag: "Trade", side: "buy" })
  })

  it("tells an aggregated trade, and which single trades it stands for", () => {
    assert.deepStrictEqual(meaning(aggTrade), [
      {
        _tag: "Trade",
        ...base,
        at: 1_672_515_782_136_000,
        id: 12_345,
        price: 0.001,
        size: 100,
        side: "sell",
        firstId: 100,
        lastId: 105
      }
    ])
  })

  it("tells a bar, whose end is the first instant after it", () => {
    assert.deepStrictEqual(meaning(kline), [
      {
        _tag: "Bar",
        ...base,
        at: 1_672_515_782_136_000,
        interval: "1m",
        openAt: 1_672_515_780_000_000,
        closeAt: 1_672_515_840_000_000,
        open: 0.001,
        high: 0.0025,
        low: 0.0015,
        close: 0.002,
        volume: 1000,
        quoteVolume: 1,
        takerBuyVolume: 500,
        trades: 100,
        closed: false
      }
    ])
  })

  it("tells that a bar is final", () => {
    assert.deepInclude(meaning(kline.replace(`"x":false`, `"x":true`))[0], { closed: true })
  })

  it("tells the figures of 24 hours", () => {
    assert.deepStrictEqual(meaning(ticker), [
      {
        _tag: "Ticker",
        ...base,
        at: 1_672_515_782_136_000,
        last: 0.0025,
        open: 0.001,
        high: 0.0025,
        low: 0.001,
        volume: 10_000,
        quoteVolume: 18,
        vwap: 0.0018,
        bid: 0.0024,
        bidSize: 10,
        ask: 0.0026,
        askSize: 100,
        trades: 18_151
      }
    ])
  })

  it("tells the best bid and ask, for which the venue gives no time", () => {
    assert.deepStrictEqual(meaning(bookTicker), [
      {
        _tag: "Quote",
        ...base,
        symbol: "BNB-USDT",
        at: undefined,
        bid: 25.3519,
        bidSize: 31.21,
        ask: 25.3652,
        askSize: 40.66,
        sequence: 400_900_217
      }
    ])
  })

  it("tells a side without orders by leaving it out", () => {
    const noBids = bookTicker.replace("25.35190000", "0.00000000").replace("31.21", "0.00")
    assert.deepInclude(meaning(noBids)[0], {
      bid: undefined,
      bidSize: undefined,
      ask: 25.3652,
      askSize: 40.66
    })
    const noAsks = ticker.replace(`"a":"0.0026","A":"100"`, `"a":"0","A":"0"`)
    assert.deepInclude(meaning(noAsks)[0], { bid: 0.0024, ask: undefined, askSize: undefined })
  })

  it("tells new sizes in a book, and which updates they cover", () => {
    assert.deepStrictEqual(meaning(depthUpdate), [
      {
        _tag: "BookDelta",
        ...base,
        at: 1_672_515_782_136_000,
        firstSequence: 157,
        sequence: 160,
        bids: [[0.0024, 10]],
        asks: [[0.0026, 100]]
      }
    ])
  })

  it("keeps a size of zero in a book, which removes a level", () => {
    const removal = depthUpdate.replace(`"10"`, `"0.00000000"`)
    assert.deepInclude(meaning(removal)[0], { bids: [[0.0024, 0]] })
  })

  it.for(payloads)("with %s means the same in a combined stream", ([, payload]) => {
    assert.deepStrictEqual(meaning(`{"stream":"bnbbtc@any","data":${payload}}`), meaning(payload))
  })

  it("has the same time in milliseconds and in microseconds", () => {
    // The last instant before the bar's end is a later one in microseconds.
    const inMicros = (payload: string) =>
      payload.replaceAll(
        /\b1672515\d{6}\b/g,
        (time) => time + (time.endsWith("999") ? "999" : "000")
      )
    for (const payload of [trade, aggTrade, kline, ticker, depthUpdate]) {
      assert.notStrictEqual(inMicros(payload), payload)
      assert.deepStrictEqual(meaning(inMicros(payload)), meaning(payload))
    }
  })

  it("acknowledges a request by its number", () => {
    assert.deepStrictEqual(meaning(`{"result":null,"id":1}`), [{ _tag: "Acknowledged", id: 1 }])
  })

  it("takes the list of what is subscribed to, as a probe asks for, for no acknowledgement", () => {
    const topics = ["btcusdt@aggTrade"]
    assert.deepStrictEqual(meaning(`{"result":["btcusdt@aggTrade"],"id":3}`), [
      { _tag: "Listed", topics }
    ])
    assert.deepStrictEqual(meaning(`{"result":[],"id":3}`), [{ _tag: "Listed", topics: [] }])
  })

  it.for([
    [`{"code":0,"msg":"Unknown property","id":4}`, 4, "Unknown property"],
    [
      `{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}`,
      undefined,
      "Invalid JSON: expected value at line 1 column 1"
    ],
    // As seen, not as documented.
    [
      `{"error":{"code":2,"msg":"Invalid request: unknown stream"},"id":1}`,
      1,
      "Invalid request: unknown stream"
    ],
    [`{"error":{"code":2,"msg":"Invalid request"},"id":null}`, undefined, "Invalid request"]
  ] as const)("refuses, nested or not: %s", ([payload, id, detail]) => {
    assert.deepStrictEqual(meaning(payload), [{ _tag: "Refused", id, detail }])
  })

  it.for([
    `{"e":"serverShutdown","E":1770123456789}`,
    `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}`
  ])("says that the server is leaving: %s", (payload) => {
    assert.deepStrictEqual(meaning(payload), [{ _tag: "Leaving" }])
  })

  it.for([
    [`{"e":"avgPrice","E":1693907033000,"s":"BTCUSDT","i":"5m","w":"25776.86","T":1}`, "avgPrice"],
    [`{"e":"constructor"}`, "constructor"],
    [`{"e":"__proto__"}`, "__proto__"],
    [`{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}`, "none"],
    [`{}`, "none"],
    [`{"e":1}`, "none"]
  ] as const)("of a kind that is not subscribed to is unrecognized: %s", ([payload, kind]) => {
    assert.deepStrictEqual(meaning(payload), [{ _tag: "Unrecognized", kind }])
  })

  it("about a symbol nobody asked for is unrecognized", () => {
    for (const payload of [trade, aggTrade, kline, ticker, depthUpdate]) {
      assert.deepStrictEqual(meaning(payload.replaceAll("BNBBTC", "ETHBTC")), [
        { _tag: "Unrecognized", kind: "ETHBTC" }
      ])
      assert.deepStrictEqual(meaning(payload.replaceAll("BNBBTC", "__proto__")), [
        { _tag: "Unrecognized", kind: "__proto__" }
      ])
    }
  })

  it("cannot reach what all objects inherit", () => {
    const poison = `"__proto__":{"e":"trade","polluted":true},"constructor":{"prototype":{}}`
    assert.deepStrictEqual(meaning(`{${poison}}`), [{ _tag: "Unrecognized", kind: "none" }])
    assert.deepStrictEqual(meaning(`{${poison},${trade.slice(1)}`), meaning(trade))
    assert.notProperty({}, "polluted")
  })

  it("counts a value that has more digits than a number holds", () => {
    const reader = makeReader()
    const long = trade.replace(`"0.001"`, `"0.12345678901234567"`)
    assert.isTrue(Result.isSuccess(venue.decode(long, reader)))
    assert.strictEqual(reader.takeInexact(), 1)
  })

  it.for([
    ["not JSON", "is not JSON"],
    ["", "is not JSON"],
    ["[]", "is not an object"],
    ["null", "is not an object"],
    [`"text"`, "is not an object"],
    [`{"stream":"!ticker@arr","data":[${ticker}]}`, "is not an object"],
    [`{"stream":"bnbbtc@trade"}`, "is not an object"]
  ] as const)("cannot be decoded where it is no object: %s", ([payload, detail]) => {
    const decoded = decode(payload)
    assert.isTrue(Result.isFailure(decoded))
    assert.deepInclude(Result.isFailure(decoded) ? decoded.failure : {}, {
      _tag: "Undecodable",
      detail
    })
  })

  it("cannot be decoded where it is binary", () => {
    assert.isTrue(Result.isFailure(venue.decode(new Uint8Array([123, 125]), makeReader())))
  })

  it.for(payloads)(
    "with %s cannot be decoded without a field, or with another type in it",
    ([, payload, names]) => {
      for (const name of names.split(" ")) {
        const field = new RegExp(`"${name}":`)
        assert.match(payload, field)
        assert.isTrue(Result.isFailure(decode(payload.replace(field, `"_":`))), `without ${name}`)
        const value = new RegExp(`("${name}":)("[^"]*"|\\d+|true|false|\\[\\[.*?\\]\\])`)
        for (const wrong of ["null", "{}", "1.5", `[["1"]]`]) {
          // The outer symbol of a bar is the one that counts.
          const broken = payload.replace(value, `$1${wrong}`)
          assert.notStrictEqual(broken, payload)
          assert.isTrue(Result.isFailure(decode(broken)), `${name}: ${wrong}`)
        }
      }
    }
  )

  it.for([`""`, `" 1"`, `"1e999"`, `"0x10"`, `"NaN"`, `"-"`, `"1,5"`])(
    "cannot be decoded with %s for a decimal",
    (wrong) => {
      const decimal = /"0\.00\d+"|"25\.3\d+"/g
      for (const payload of [trade, aggTrade, kline, ticker, bookTicker, depthUpdate]) {
        for (const { 0: found, index } of payload.matchAll(decimal)) {
          // Not read: the change of the price, and the first trade of the day before.
          if (/"[px]":$/.test(payload.slice(0, index)) && payload === ticker) continue
          const broken = payload.slice(0, index) + wrong + payload.slice(index + found.length)
          assert.isTrue(Result.isFailure(decode(broken)), broken)
        }
      }
    }
  )

  it.for([
    ["beside what is missing", `{"e":"depthUpdate","x":`],
    [
      "where a decimal belongs",
      `{"e":"trade","E":1,"s":"BNBBTC","t":1,"q":"1","T":1,"m":true,"p":`
    ],
    ["instead of an object", ``]
  ] as const)("cannot be decoded with 200,000 lists in each other %s", ([, before]) => {
    const text = `${before}${"[".repeat(200_000)}${"]".repeat(200_000)}${before === "" ? "" : "}"}`
    const decoded = decode(text)
    assert.isTrue(Result.isFailure(decoded))
    assert.isBelow(Result.isFailure(decoded) ? decoded.failure.message.length : 0, 500)
  })

  it("cannot be decoded with a decimal of a million digits, and says so in a line", () => {
    const decoded = decode(trade.replace("0.001", "1".repeat(1_000_000)))
    assert.isTrue(Result.isFailure(decoded))
    assert.isBelow(Result.isFailure(decoded) ? decoded.failure.message.length : 0, 500)
  })

  it.for([
    ["a trade", trade, "T"],
    ["an aggregated trade", aggTrade, "T"],
    ["a bar", kline, "E t T"],
    ["a ticker", ticker, "E"],
    ["an update of a book", depthUpdate, "E"]
  ] as const)(
    "with %s cannot be decoded at a time too far off to be told in whole microseconds",
    ([, payload, names]) => {
      for (const name of names.split(" ")) {
        const far = payload.replace(new RegExp(`("${name}":)\\d+`), "$150000000000000")
        assert.notStrictEqual(far, payload)
        assert.isTrue(Result.isFailure(decode(far)), name)
      }
    }
  )

  it("is decoded as if the bad one before it had not been", () => {
    const reader = makeReader()
    venue.decode(trade.replace("0.001", "bad"), reader)
    assert.isTrue(Result.isSuccess(venue.decode(trade, reader)))
  })

  it.prop(
    "never throws, whatever it is",
    { json: Schema.Json, text: Schema.String },
    ({ json, text }) => {
      for (const frame of [text, JSON.stringify(json), `{"data":${JSON.stringify(json)}}`]) {
        assert.isTrue(Result.isResult(decode(frame)))
      }
      for (const kind of ["trade", "aggTrade", "kline", "24hrTicker", "depthUpdate"]) {
        const frame = JSON.stringify({ s: json, k: json, b: json, a: json, e: kind })
        assert.isTrue(Result.isFailure(decode(frame)))
      }
    }
  )
})

describe("what Binance spot answers", () => {
  const { instruments, ping, snapshot, time } = venue.calls

  it("to a question for a book is where to start from", () => {
    const body = `{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}`
    assert.deepStrictEqual(Result.getOrThrow(snapshot.decode(body, makeReader(), "BNBBTC")), {
      _tag: "BookSnapshot",
      ...base,
      at: undefined,
      sequence: 1_027_024,
      bids: [[4, 431]],
      asks: [[4.000002, 12]]
    })
  })

  it("to a question for past trades is what each would have been live, told as asked for later", () => {
    const body = `[{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}]`
    assert.deepStrictEqual(
      Result.getOrThrow(venue.calls.trades.decode(body, makeReader(), "BNBBTC")),
      [
        {
          _tag: "Trade",
          ...base,
          at: 1_499_865_549_590_000,
          id: 28_457,
          price: 4.000001,
          size: 12,
          side: "sell",
          origin: "backfill"
        }
      ]
    )
    assert.strictEqual(
      venue.calls.trades.path("BNBBTC", 28_457),
      "/api/v3/historicalTrades?symbol=BNBBTC&fromId=28457&limit=1000"
    )
  })

  it.for([
    [
      "trades",
      `[{"id":1,"price":"4.0000010x","qty":"12.00000000","time":1499865549590,"isBuyerMaker":true}]`
    ],
    [
      "aggregatedTrades",
      `[{"a":1,"p":"0.01633102","q":"NaN","f":1,"l":1,"T":1498793709153,"m":true}]`
    ]
  ] as const)(
    "to a question for past %s cannot be read with a size or a price that is none",
    ([call, body]) => {
      const reader = makeReader()
      assert.isTrue(Result.isFailure(venue.calls[call].decode(body, reader, "BNBBTC")))
      assert.isTrue(Result.isSuccess(venue.decode(trade, reader)), "and spoils nothing after it")
    }
  )

  it("to a question for past aggregated trades is which single trades each stands for", () => {
    const body = `[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":true,"M":true}]`
    assert.deepStrictEqual(
      Result.getOrThrow(venue.calls.aggregatedTrades.decode(body, makeReader(), "BNBBTC")),
      [
        {
          _tag: "Trade",
          ...base,
          at: 1_498_793_709_153_000,
          id: 26_129,
          price: 0.01633102,
          size: 4.70443515,
          side: "sell",
          firstId: 27_781,
          lastId: 27_781,
          origin: "backfill"
        }
      ]
    )
    assert.isTrue(Result.isFailure(venue.calls.trades.decode(body, makeReader(), "BNBBTC")))
  })

  it("to a question for the instruments is what they are called and their smallest steps", () => {
    const body = `{"timezone":"UTC","serverTime":1565246363776,"rateLimits":[],"exchangeFilters":[],"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","baseAssetPrecision":8,"quoteAsset":"BTC","quotePrecision":8,"quoteAssetPrecision":8,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.00000100","maxPrice":"100000.00000000","tickSize":"0.00000100"},{"filterType":"LOT_SIZE","minQty":"0.00100000","maxQty":"100000.00000000","stepSize":"0.00100000"}],"permissions":[],"permissionSets":[["SPOT","MARGIN"]]}],"sors":[{"baseAsset":"BTC","symbols":["BTCUSDT","BTCUSDC"]}]}`
    assert.deepStrictEqual(Result.getOrThrow(instruments.decode(body, makeReader())), [
      {
        venue: "binance",
        symbol: "ETH-BTC",
        native: "ETHBTC",
        kind: "spot",
        base: "ETH",
        quote: "BTC",
        tickSize: 0.000001,
        lotSize: 0.001,
        status: "trading"
      }
    ])
  })

  const listing = (status: string, filters: string) =>
    `{"symbols":[{"symbol":"ETHBTC","status":"${status}","baseAsset":"ETH","quoteAsset":"BTC","filters":[${filters}]}]}`

  it.for([
    ["TRADING", "trading"],
    ["HALT", "halted"],
    ["BREAK", "halted"],
    ["END_OF_DAY", "halted"],
    ["CANCEL_ONLY", "halted"],
    ["PRE_TRADING", "unknown"],
    ["constructor", "unknown"],
    ["__proto__", "unknown"]
  ] as const)("of an instrument with the status %s means that it is %s", ([status, expected]) => {
    const [instrument] = Result.getOrThrow(instruments.decode(listing(status, ""), makeReader()))
    assert.deepInclude(instrument, { status: expected })
  })

  it("of an instrument without filters, or with filters switched off, means no smallest step", () => {
    const off = `{"filterType":"PRICE_FILTER","tickSize":"0.00000000"},{"filterType":"LOT_SIZE","stepSize":"0"}`
    for (const filters of ["", `{"filterType":"ICEBERG_PARTS","limit":10}`, off]) {
      const body = listing("TRADING", filters)
      const [instrument] = Result.getOrThrow(instruments.decode(body, makeReader()))
      assert.deepInclude(instrument, { tickSize: undefined, lotSize: undefined })
    }
  })

  it("to a question for the time is in microseconds, whichever unit it came in", () => {
    for (const body of [`{"serverTime":1499827319559}`, `{"serverTime":1499827319559000}`]) {
      assert.strictEqual(Result.getOrThrow(time.decode(body, makeReader())), 1_499_827_319_559_000)
    }
  })

  it("to a ping is empty", () => {
    assert.isTrue(Result.isSuccess(ping.decode("{}", makeReader())))
  })

  // A gateway in between may answer with a page, and a limit with an error.
  it.for([
    "<html><body>403 Forbidden</body></html>",
    `{"code":-1121,"msg":"Invalid symbol."}`,
    "[]",
    ""
  ])("cannot be decoded where it is something else: %s", (body) => {
    const answers = [
      snapshot.decode(body, makeReader(), "BNBBTC"),
      instruments.decode(body, makeReader()),
      time.decode(body, makeReader())
    ]
    assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Failure"]))
  })
})

describe("what Binance spot is asked", () => {
  const topic = (channel: "trades" | "quotes" | "book" | "bars" | "ticker", variant?: string) =>
    venue.topic({ venue: venue.id, channel, variant, symbol: "BNB-BTC" }, "BNBBTC")

  it("names each channel as the venue does", () => {
    assert.deepStrictEqual(
      [
        topic("trades"),
        topic("trades", "aggregated"),
        topic("quotes"),
        topic("book"),
        topic("ticker")
      ],
      [
        "bnbbtc@trade",
        "bnbbtc@aggTrade",
        "bnbbtc@bookTicker",
        "bnbbtc@depth@100ms",
        "bnbbtc@ticker"
      ]
    )
  })

  it("names the bars of every interval there is", () => {
    const intervals = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" ")
    assert.sameMembers([...venue.channels.bars], intervals)
    for (const interval of intervals) {
      assert.strictEqual(topic("bars", interval), `bnbbtc@kline_${interval}`)
      const [bar] = meaning(kline.replace(`"1m"`, `"${interval}"`))
      assert.deepInclude(bar, { _tag: "Bar", interval })
    }
  })

  it("is what the venue documents", () => {
    assert.strictEqual(
      venue.subscribe(["btcusdt@aggTrade", "btcusdt@depth"], 1),
      `{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}`
    )
    assert.strictEqual(
      venue.unsubscribe(["btcusdt@depth"], 312),
      `{"method":"UNSUBSCRIBE","params":["btcusdt@depth"],"id":312}`
    )
    assert.strictEqual(venue.probe(3), `{"method":"LIST_SUBSCRIPTIONS","id":3}`)
  })

  it("asks for the whole book that the venue gives, of a symbol in any letters", () => {
    assert.strictEqual(
      venue.calls.snapshot.path("BNBBTC", 0),
      "/api/v3/depth?symbol=BNBBTC&limit=5000"
    )
    assert.strictEqual(
      venue.calls.snapshot.path("币安&USDT", 5000),
      "/api/v3/depth?symbol=%E5%B8%81%E5%AE%89%26USDT&limit=5000"
    )
  })
})
