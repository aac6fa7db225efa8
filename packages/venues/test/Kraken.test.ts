import { assert, describe, it } from "@effect/vitest"
import * as Kraken from "@tapewire/venues/Kraken"
import * as Venues from "@tapewire/venues/Venues"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Instrument } from "tapewire/Instrument"
import * as Ladder from "tapewire/Ladder"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const { venue } = Kraken

const received = 1_785_552_833_693_000

const natives = ["BTC/USD", "ALGO/USD", "ANETx/USD"]

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(
    venue.id,
    natives.map((native) => ({ native, symbol: native.replace("/", "-").toUpperCase() }))
  )
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = (symbol: string) => ({ venue: "kraken", symbol, received })

// Payloads are the examples of https://docs.kraken.com/exchange/api-reference/spot-websocket-v2 as
// of July 2026, where no other source is named.

const trade = `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.2,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,"timestamp":"2023-10-06T17:35:55.440295Z"}]}`

const ticker = `{"channel":"ticker","type":"update","data":[{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10035,"ask_qty":740.0,"last":0.10035,"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,"timestamp":"2023-09-25T09:04:31.742648Z"}]}`

const ohlc = `{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:01.806315597Z","data":[{"symbol":"ALGO/USD","open":0.09875,"high":0.0988,"low":0.09874,"close":0.09876,"trades":13,"volume":16255.46368,"vwap":0.09879,"interval_begin":"2023-10-04T15:30:00.000000000Z","interval":5,"timestamp":"2023-10-04T15:35:00.000000Z"}]}`

// Recorded on 2026-08-01.
const update = `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":63005.9,"qty":0.00000000},{"price":63008.6,"qty":0.00039677}],"checksum":3629011692,"timestamp":"2026-08-01T02:53:54.966086Z"}]}`

const payloads = [
  ["a trade", trade, "symbol side price qty trade_id timestamp"],
  ["a ticker", ticker, "symbol bid bid_qty ask ask_qty"],
  ["a bar", ohlc, "symbol open high low close trades volume interval_begin interval"],
  ["an update of a book", update, "symbol bids asks checksum price qty"]
] as const

describe("a frame of Kraken", () => {
  it("tells a trade with the side of the taker, as it was sent", () => {
    const bought = {
      _tag: "Trade",
      ...base("BTC-USD"),
      at: 1_696_613_755_440_295,
      id: 10_218_208,
      price: 105_944.2,
      size: 0.00027625,
      side: "buy"
    } as const
    assert.deepStrictEqual(meaning(trade), [bought])
    assert.deepStrictEqual(meaning(trade.replace(`"buy"`, `"sell"`)), [{ ...bought, side: "sell" }])
  })

  it("tells several trades in their order", () => {
    const one = trade.slice(trade.indexOf(`{"symbol"`), -2)
    const ids = meaning(trade.replace(one, `${one},${one.replace("208", "209")}`)).map((tick) =>
      tick._tag === "Trade" ? tick.id : undefined
    )
    assert.deepStrictEqual(ids, [10_218_208, 10_218_209])
  })

  it("tells the best prices and the figures of a day at once", () => {
    const top = {
      ...base("ALGO-USD"),
      at: 1_695_632_671_742_648,
      bid: 0.10025,
      bidSize: 740,
      ask: 0.10035,
      askSize: 740
    }
    assert.deepStrictEqual(meaning(ticker), [
      { _tag: "Quote", ...top },
      {
        _tag: "Ticker",
        ...top,
        last: 0.10035,
        high: 0.10285,
        low: 0.09979,
        volume: 997_038.98383185,
        vwap: 0.10148
      }
    ])
  })

  it("tells nothing of what has no price, no trade and no time", () => {
    // As others took it from the wire in July 2026.
    const empty = `{"channel":"ticker","type":"update","data":[{"symbol":"ANETx/USD","bid":0,"bid_qty":0,"ask":0,"ask_qty":0,"timestamp":"1970-01-01T00:00:00.000000Z"}]}`
    const none = { at: undefined, bid: undefined, bidSize: undefined }
    assert.deepStrictEqual(meaning(empty), [
      { _tag: "Quote", ...base("ANETX-USD"), ...none, ask: undefined, askSize: undefined }
    ])
  })

  it("tells an update of a book and what the book must add up to then", () => {
    const delta = {
      _tag: "BookDelta",
      ...base("BTC-USD"),
      at: 1_785_552_834_966_086,
      bids: [],
      asks: [
        [63_005.9, 0],
        [63_008.6, 0.00039677]
      ]
    } as const
    const sum = { _tag: "Checksum", symbol: "BTC-USD", value: 3_629_011_692 } as const
    assert.deepStrictEqual(meaning(update), [delta, sum])
    assert.deepStrictEqual(meaning(update.replace("update", "snapshot")), [
      { ...delta, _tag: "BookSnapshot" },
      sum
    ])
  })

  it("tells a bar, of which it never says that it is over", () => {
    assert.deepStrictEqual(meaning(ohlc), [
      {
        _tag: "Bar",
        ...base("ALGO-USD"),
        at: 1_696_436_761_806_315,
        interval: "5m",
        openAt: 1_696_433_400_000_000,
        closeAt: 1_696_433_700_000_000,
        open: 0.09875,
        high: 0.0988,
        low: 0.09874,
        close: 0.09876,
        volume: 16_255.46368,
        trades: 13,
        closed: false
      }
    ])
  })

  it.for([
    // Recorded on 2026-08-01.
    `{"channel":"heartbeat"}`,
    `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":7204881492680171915}]}`,
    `{"method":"unsubscribe","result":{"channel":"book","depth":10,"symbol":"BTC/USD"},"success":true,"time_in":"2026-08-01T02:53:56.345070Z","time_out":"2026-08-01T02:53:56.345138Z"}`,
    // Shapes of the documentation.
    `{"method":"pong","req_id":1,"time_in":"2026-08-01T02:53:56.345070Z","time_out":"2026-08-01T02:53:56.345138Z"}`,
    `{"error":"Subscription Not Found","method":"unsubscribe","success":false,"symbol":"BTC/USD"}`
  ])("that keeps a connection alive, or is news of it, means nothing else: %s", (frame) => {
    assert.deepStrictEqual(meaning(frame), [])
  })

  it("takes a subscription by the name it was asked for with", () => {
    const ack = (result: string) =>
      meaning(`{"method":"subscribe","req_id":7,"success":true,"result":{${result}}}`)
    const symbol = `"symbol":"BTC/USD"`
    assert.deepStrictEqual(
      [
        // Recorded on 2026-08-01, but for the id.
        ack(`"channel":"book","depth":10,"snapshot":true,${symbol}`),
        ack(`"channel":"ticker","event_trigger":"bbo","snapshot":true,${symbol}`),
        ack(`"channel":"ohlc","interval":5,"snapshot":false,${symbol}`),
        ack(`"channel":"ohlc","snapshot":false,${symbol}`)
      ].flat(),
      [
        { _tag: "Acknowledged", topics: ["book:BTC/USD"] },
        { _tag: "Acknowledged", topics: ["ticker:BTC/USD"] },
        { _tag: "Acknowledged", topics: ["ohlc-5:BTC/USD"] },
        { _tag: "Acknowledged", id: 7 }
      ]
    )
  })

  it.for([
    [
      `{"error":"Currency pair not supported BTC/USD","method":"subscribe","req_id":7,"success":false,"symbol":"BTC/USD"}`,
      { id: 7, symbol: "BTC-USD", detail: "Currency pair not supported BTC/USD" }
    ],
    [
      `{"error":"Exceeded msg rate","method":"subscribe","req_id":7,"success":false}`,
      { id: 7, symbol: undefined, detail: "Exceeded msg rate" }
    ],
    [
      `{"error":"Malformed request","method":"error","success":false}`,
      { id: undefined, symbol: undefined, detail: "Malformed request" }
    ]
  ] as const)("refuses, and says of which symbol where it does: %s", ([frame, expected]) => {
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Refused", ...expected }])
  })

  it("takes what it says is subscribed to already", () => {
    const frame = `{"error":"Already subscribed","method":"subscribe","req_id":7,"success":false,"symbol":"BTC/USD"}`
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Acknowledged", id: 7 }])
  })

  it.for([
    [`{"channel":"instrument","type":"snapshot","data":{}}`, "instrument"],
    [`{"channel":"constructor"}`, "constructor"],
    [`{"method":"__proto__"}`, "__proto__"],
    [`{}`, "none"],
    [ohlc.replace(`"interval":5,`, `"interval":7,`), "ohlc-7"],
    [trade.replace("BTC/USD", "ETH/USD"), "ETH/USD"],
    [update.replace("BTC/USD", "__proto__"), "__proto__"]
  ] as const)("of what nobody asked for is unrecognized: %s", ([frame, kind]) => {
    assert.deepStrictEqual(meaning(frame), [{ _tag: "Unrecognized", kind }])
  })

  it.for(payloads)("with %s cannot be decoded without a field, or with a wrong one", (payload) => {
    const [, text, names] = payload
    for (const name of names.split(" ")) {
      const data = text.indexOf(`"data"`)
      const field = new RegExp(`"${name}":("[^"]*"|[\\d.]+|\\[[^\\]]*\\])`)
      const broken = (to: string) => text.slice(0, data) + text.slice(data).replace(field, to)
      assert.match(text.slice(data), field)
      for (const to of [`"_":$1`, `"${name}":null`, `"${name}":{}`, `"${name}":true`]) {
        assert.isTrue(Result.isFailure(decode(broken(to))), broken(to))
      }
    }
  })

  it.for([`"105944.2"`, "1e999", `"buy"`])("cannot be decoded with %s for a price", (wrong) => {
    assert.isTrue(Result.isFailure(decode(trade.replace("105944.2", wrong))))
  })

  it.for(["2023-10-06", "2023-13-06T17:35:55.440295Z", ""])(
    "cannot be decoded with %j for a time",
    (wrong) => {
      assert.isTrue(Result.isFailure(decode(trade.replace("2023-10-06T17:35:55.440295Z", wrong))))
    }
  )

  it("counts a number with more digits than are surely the venue's", () => {
    const reader = makeReader()
    venue.decode(trade.replace("0.00027625", "12345678.12345678"), reader)
    assert.strictEqual(reader.takeInexact(), 1)
  })

  it.prop("never throws, whatever it is", { json: Schema.Json }, ({ json }) => {
    for (const channel of ["trade", "book", "ticker", "ohlc"]) {
      for (const data of [json, [json]]) {
        const frame = JSON.stringify({ channel, type: "update", data })
        assert.isTrue(Result.isResult(decode(frame)))
      }
    }
    assert.isTrue(Result.isResult(decode(JSON.stringify(json))))
  })
})

const listed = (body: string) =>
  Result.getOrThrow(venue.calls.instruments.decode(body, makeReader()))

// As recorded on 2021-04-17, without what is not read.
const pairs = `{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT\\/USD","aclass_base":"currency","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,"ordermin":"0.0002"},"XXBTZUSD.d":{"altname":"XBTUSD.d","base":"XXBT","quote":"ZUSD","pair_decimals":3,"lot_decimals":8},"XXDGXXBT":{"altname":"XDGXBT","wsname":"XDG\\/XBT","base":"XXDG","quote":"XXBT","pair_decimals":8,"lot_decimals":8}}}`

describe("what a book of Kraken adds up to", () => {
  const instrument: Instrument = {
    venue: "kraken",
    symbol: "BTC-USD",
    native: "BTC/USD",
    kind: "spot",
    base: "BTC",
    quote: "USD",
    priceDigits: 1,
    sizeDigits: 8,
    status: "trading"
  }

  const ladderOf = (asks: string, bids: string) => {
    const levels = (text: string) =>
      text.split(" ").map((level): readonly [number, number] => {
        const [price, size] = level.split("/").map(Number)
        return [price ?? 0, size ?? 0]
      })
    const ladder = Ladder.make()
    Ladder.apply(ladder, { asks: levels(asks), bids: levels(bids) })
    return ladder
  }

  // The example of https://docs.kraken.com/exchange/guides/websockets/book-checksum-v2, of which
  // only ten levels of each side count.
  const asks =
    "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827"
  const bids =
    "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238"

  it("is what the venue documents", () => {
    assert.strictEqual(venue.checksum(ladderOf(asks, bids), instrument), 3_310_070_434)
    const more = ladderOf(`${asks} 45300.1/1.00000000`, `${bids} 45270.1/1.00000000`)
    assert.strictEqual(venue.checksum(more, instrument), 3_310_070_434)
    const other = ladderOf(asks.replace("1.54571953", "1.54571954"), bids)
    assert.notStrictEqual(venue.checksum(other, instrument), 3_310_070_434)
  })

  it("cannot be told without the digits of the pair, or of a size with too many", () => {
    const { priceDigits: _, ...less } = instrument
    assert.isUndefined(venue.checksum(ladderOf(asks, bids), less))
    const huge = ladderOf(asks.replace("1.54571953", "123456789.12345678"), bids)
    assert.isUndefined(venue.checksum(huge, instrument))
  })
})

describe("what Kraken answers", () => {
  it("to a question for the pairs is how WebSockets call them, and their digits", () => {
    const [bitcoin, dogecoin, ...others] = listed(pairs)
    assert.deepStrictEqual(bitcoin, {
      venue: "kraken",
      symbol: "BTC-USD",
      native: "BTC/USD",
      kind: "spot",
      base: "BTC",
      quote: "USD",
      tickSize: 0.1,
      lotSize: 1e-8,
      priceDigits: 1,
      sizeDigits: 8,
      status: "unknown"
    })
    assert.deepInclude(dogecoin, { symbol: "DOGE-BTC", native: "DOGE/BTC", tickSize: 1e-8 })
    assert.deepStrictEqual(others, [])
  })

  it.for([
    ["online", "trading"],
    ["limit_only", "trading"],
    ["reduce_only", "trading"],
    ["post_only", "halted"],
    ["cancel_only", "halted"],
    ["constructor", "unknown"]
  ] as const)("of a pair with the status %s means that it is %s", ([status, expected]) => {
    const body = pairs.replace(
      `"pair_decimals":1`,
      `"status":"${status}","tick_size":"0.5","pair_decimals":1`
    )
    assert.deepInclude(listed(body)[0], { status: expected, tickSize: 0.5 })
  })

  it("to a question for past trades is the newest ones, told as asked for later", () => {
    // Recorded by others on 2025-11-10, of another pair.
    const body = `{"error":[],"result":{"XBTUSDT":[["105383.70000","0.00007235",1762795483.306824,"s","l","",10218212],["105433.60000","0.00027625",1762795433.9717445,"b","l","",10218208]],"last":"1762820035982277754"}}`
    const past = Result.getOrThrow(venue.calls.trades.decode(body, makeReader(), "BTC/USD"))
    assert.deepStrictEqual(past[0], {
      _tag: "Trade",
      ...base("BTC-USD"),
      at: 1_762_795_483_306_824,
      id: 10_218_212,
      price: 105_383.7,
      size: 0.00007235,
      side: "sell",
      origin: "backfill"
    })
    assert.deepInclude(past[1], { id: 10_218_208, side: "buy" })
    assert.strictEqual(
      Result.getOrThrow(venue.calls.lastTrade.decode(body, makeReader())),
      "1762820035982277754"
    )
  })

  it("to a question for the last update differs with every price, size and time", () => {
    const body = `{"error":[],"result":{"XXBTZUSD":{"asks":[["29727.10000","0.420",1654302625]],"bids":[["29727.00000","3.127",1654302625]]}}}`
    const of = (body: string) =>
      Result.getOrThrow(venue.calls.lastUpdate.decode(body, makeReader()))
    assert.strictEqual(of(body), of(body))
    for (const [from, to] of [
      ["29727.10000", "29727.20000"],
      ["3.127", "3.128"],
      ["1654302625", "1654302626"]
    ] as const) {
      assert.notStrictEqual(of(body.replace(from, to)), of(body))
    }
  })

  it("to a question for the time is in microseconds", () => {
    const body = `{"error":[],"result":{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}}`
    assert.strictEqual(
      Result.getOrThrow(venue.calls.time.decode(body, makeReader())),
      1_688_669_448_000_000
    )
  })

  it.for([`{"error":["EGeneral:Too many requests"]}`, "<html></html>", "[]"])(
    "cannot be decoded where it is something else: %s",
    (body) => {
      for (const { decode } of Object.values(venue.calls)) {
        assert.isTrue(Result.isFailure<unknown, unknown>(decode(body, makeReader(), "BTC/USD")))
      }
    }
  )
})

describe("what Kraken is asked", () => {
  const topic = (channel: keyof typeof venue.channels, variant?: string) =>
    venue.topic({ venue: venue.id, channel, variant, symbol: "BTC-USD" }, "BTC/USD")

  it("is one frame for each channel, as the venue documents", () => {
    const asked = (...topics: ReadonlyArray<string>) => JSON.parse(venue.subscribe(topics, 7))
    const frame = (params: object) => ({ method: "subscribe", params, req_id: 7 })
    const symbol = ["BTC/USD"]
    assert.deepStrictEqual(asked(topic("trades"), "trade:ETH/USD"), {
      ...frame({ channel: "trade", symbol: ["BTC/USD", "ETH/USD"], snapshot: false })
    })
    assert.deepStrictEqual(
      asked(topic("book")),
      frame({ channel: "book", symbol, depth: 1000, snapshot: true })
    )
    assert.deepStrictEqual(
      asked(topic("quotes")),
      frame({ channel: "ticker", symbol, event_trigger: "bbo", snapshot: true })
    )
    assert.deepStrictEqual(
      asked(topic("bars", "4h")),
      frame({ channel: "ohlc", symbol, interval: 240, snapshot: false })
    )
    assert.strictEqual(topic("quotes"), topic("ticker"))
    assert.deepStrictEqual(JSON.parse(venue.unsubscribe(["book:BTC/USD"], 8)), {
      method: "unsubscribe",
      params: { channel: "book", symbol, depth: 1000 },
      req_id: 8
    })
    assert.deepStrictEqual(JSON.parse(venue.probe(9)), { method: "ping", req_id: 9 })
  })

  it("shares no frame between channels, or bars of two intervals", () => {
    const groups = [
      topic("trades"),
      topic("book"),
      topic("ticker"),
      topic("bars", "1m"),
      topic("bars", "5m")
    ].map(venue.group)
    assert.strictEqual(new Set(groups).size, groups.length)
    assert.strictEqual(venue.group("book:BTC/USD"), venue.group("book:ETH/USD"))
  })

  it("names the bars of every interval there is", () => {
    const minutes = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600]
    assert.deepStrictEqual(
      venue.channels.bars.map((interval) => topic("bars", interval)),
      minutes.map((length) => `ohlc-${length}:BTC/USD`)
    )
    for (const [index, interval] of venue.channels.bars.entries()) {
      const frame = ohlc.replace(`"interval":5,`, `"interval":${minutes[index]},`)
      assert.deepInclude(meaning(frame)[0], { _tag: "Bar", interval })
    }
  })

  it("asks by HTTP with the names of HTTP", () => {
    const { lastTrade, lastUpdate, trades } = venue.calls
    assert.strictEqual(trades.path("BTC/USD"), "/0/public/Trades?pair=XBTUSD&count=1000")
    assert.strictEqual(lastTrade.path("DOGE/BTC"), "/0/public/Trades?pair=XDGXBT&count=1")
    assert.strictEqual(lastUpdate.path("AAPLx/USD"), "/0/public/Depth?pair=AAPLxUSD&count=1")
  })

  it("is known by its name", () => {
    assert.strictEqual(Venues.byId("kraken"), venue)
  })
})
