import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/Okx"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Reader from "tapewire/Reader"
import type { Channel, Subscription } from "tapewire/Subscription"
import type { Message } from "tapewire/Venue"

const received = 1_652_459_225_507_000

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BTC-USDT", symbol: "BTC-USDT", kind: "spot" },
    { native: "BTC-USDT-SWAP", symbol: "BTC-USDT-PERP", kind: "perpetual", contractSize: 0.01 },
    { native: "WNCG-USDT-SWAP", symbol: "WNCG-USDT-PERP", kind: "perpetual", contractSize: 10 }
  ])
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const spot = { venue: "okx", symbol: "BTC-USDT", received }
const perpetual = { ...spot, symbol: "BTC-USDT-PERP" }

/** Recorded in March 2022, when `trades` carried what `trades-all` does today: each match. */
const trade = `{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"314161276","px":"43474.1","sz":"0.00373695","side":"buy","ts":"1646311839593"}]}`

/** Recorded on 2021-12-23, in contracts, and named as above. */
const contracts = `{"arg":{"channel":"trades-all","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"148266905","px":"48938.5","sz":"5","side":"sell","ts":"1640131236050"}]}`

/** Recorded in July 2022. */
const quote = `{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT-SWAP"},"data":[{"asks":[["20386.8","7","0","2"]],"bids":[["20386.7","50","0","5"]],"ts":"1656642503092"}]}`

/** The example of OKX's documentation of July 2026, less all but one level. */
const snapshot = `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","checksum":0,"prevSeqId":-1,"seqId":123456}]}`

/** The same, of an update. */
const update = `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["8476.98","0","0","0"]],"bids":[["8475.55","101.1","0","1"]],"ts":"1597026383185","checksum":0,"prevSeqId":123456,"seqId":123466}]}`

/** Recorded on 2022-09-09, with the last two elements as they have been since. */
const bar = `{"arg":{"channel":"candle1m","instId":"BTC-USDT-SWAP"},"data":[["1662716640000","20702.4","20710","20702.3","20703.8","4070","40.7","842716.3","0"]]}`

/** Recorded in June 2022. */
const ticker = `{"arg":{"channel":"tickers","instId":"BTC-USDT-SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","last":"29963","lastSz":"2","askPx":"29960","askSz":"12","bidPx":"29959.9","bidSz":"431","open24h":"31589.3","high24h":"31907.2","low24h":"29302","sodUtc0":"29805","sodUtc8":"30753.7","volCcy24h":"108540.53","vol24h":"10854053","ts":"1654166233877"}]}`

/** Recorded in March 2022. */
const funding = `{"arg":{"channel":"funding-rate","instId":"BTC-USDT-SWAP"},"data":[{"fundingRate":"0.0001534702159002","fundingTime":"1646323200000","instId":"BTC-USDT-SWAP","instType":"SWAP","nextFundingRate":"0.0001542145319804"}]}`

/** Recorded on 2021-12-22. */
const mark = `{"arg":{"channel":"mark-price","instId":"WNCG-USDT-SWAP"},"data":[{"instId":"WNCG-USDT-SWAP","instType":"SWAP","markPx":"2.1729","ts":"1640131259180"}]}`

/** Recorded on 2021-12-22. */
const openInterest = `{"arg":{"channel":"open-interest","instId":"WNCG-USDT-SWAP"},"data":[{"instId":"WNCG-USDT-SWAP","instType":"SWAP","oi":"64419","oiCcy":"644190","ts":"1640131258756"}]}`

/** Each kind of payload with the fields that are read of it. */
const payloads = [
  ["a trade", trade, "tradeId px sz side ts"],
  ["a quote", quote, "asks bids ts"],
  ["a book", snapshot, "asks bids ts"],
  ["an update of a book", update, "asks bids ts"],
  ["a ticker", ticker, "last askPx askSz bidPx bidSz open24h high24h low24h volCcy24h vol24h ts"],
  ["a funding rate", funding, "fundingRate fundingTime"],
  ["a mark price", mark, "markPx ts"],
  ["an open interest", openInterest, "oiCcy ts"]
] as const

describe("a frame of OKX", () => {
  it("tells a trade of spot, in the base asset", () => {
    assert.deepStrictEqual(meaning(trade), [
      {
        _tag: "Trade",
        ...spot,
        at: 1_646_311_839_593_000,
        id: 314_161_276,
        price: 43_474.1,
        size: 0.00373695,
        side: "buy"
      }
    ])
  })

  it("tells a trade of contracts in the base asset", () => {
    assert.deepStrictEqual(meaning(contracts), [
      {
        _tag: "Trade",
        ...perpetual,
        at: 1_640_131_236_050_000,
        id: 148_266_905,
        price: 48_938.5,
        size: 0.05,
        side: "sell"
      }
    ])
  })

  it("tells inverse contracts in the base asset, at the price they stand at", () => {
    const reader = makeReader()
    reader.add([
      { native: "BTC-USD-SWAP", symbol: "BTC-USD-PERP", contractSize: 100, inverse: true }
    ])
    const inverse = (payload: string) =>
      Result.getOrThrow(venue.decode(payload.replaceAll("BTC-USDT-SWAP", "BTC-USD-SWAP"), reader))
    // 500 dollars at 48,938.5, and 5,000 and 700 at two prices.
    assert.deepInclude(inverse(contracts)[0], { price: 48_938.5, size: 500 / 48_938.5 })
    assert.deepInclude(inverse(quote)[0], {
      bid: 20_386.7,
      bidSize: 5000 / 20_386.7,
      ask: 20_386.8,
      askSize: 700 / 20_386.8
    })
    assert.isTrue(
      Result.isFailure(
        venue.decode(contracts.replace("USDT-SWAP", "USD-SWAP").replace("48938.5", "0"), reader)
      )
    )
  })

  it("tells the side of the taker, as the venue does", () => {
    assert.deepInclude(meaning(trade)[0], { side: "buy" })
    assert.deepInclude(meaning(trade.replace(`"buy"`, `"sell"`))[0], { side: "sell" })
  })

  it("keeps an id that is no safe integer as it is", () => {
    const id = "9007199254740993"
    assert.deepInclude(meaning(trade.replace("314161276", id))[0], { id })
  })

  it("tells every trade that it has", () => {
    const two = trade.replace(/\[(\{.*\})\]/, (_, one: string) => {
      return `[${one},${one.replace("314161276", "314161277")}]`
    })
    assert.deepStrictEqual(
      meaning(two).map((tick) => tick._tag === "Trade" && tick.id),
      [314_161_276, 314_161_277]
    )
  })

  it("tells the best bid and ask", () => {
    assert.deepStrictEqual(meaning(quote), [
      {
        _tag: "Quote",
        ...perpetual,
        at: 1_656_642_503_092_000,
        bid: 20_386.7,
        bidSize: 0.5,
        ask: 20_386.8,
        askSize: 0.07,
        sequence: undefined
      }
    ])
    const numbered = quote.replace(`"ts"`, `"seqId":363996337,"ts"`)
    assert.deepInclude(meaning(numbered)[0], { sequence: 363_996_337 })
  })

  it("tells a side without orders by leaving it out", () => {
    const empty = quote.replace(`[["20386.7","50","0","5"]]`, "[]")
    assert.deepInclude(meaning(empty)[0], { bid: undefined, bidSize: undefined, ask: 20_386.8 })
    const none = ticker.replace(`"bidPx":"29959.9","bidSz":"431"`, `"bidPx":"","bidSz":""`)
    assert.deepInclude(meaning(none)[0], { bid: undefined, bidSize: undefined, ask: 29_960 })
  })

  it("tells a whole book, and the last update it includes", () => {
    assert.deepStrictEqual(meaning(snapshot), [
      {
        _tag: "BookSnapshot",
        ...spot,
        at: 1_597_026_383_085_000,
        sequence: 123_456,
        bids: [[8476.97, 256]],
        asks: [[8476.98, 415]]
      }
    ])
  })

  it("tells new sizes in a book, and that they follow on the update before", () => {
    assert.deepStrictEqual(meaning(update), [
      {
        _tag: "BookDelta",
        ...spot,
        at: 1_597_026_383_185_000,
        firstSequence: 123_457,
        sequence: 123_466,
        bids: [[8475.55, 101.1]],
        asks: [[8476.98, 0]]
      }
    ])
  })

  it("tells a bar, whose volume is in the base asset", () => {
    assert.deepStrictEqual(meaning(bar), [
      {
        _tag: "Bar",
        ...perpetual,
        at: undefined,
        interval: "1m",
        openAt: 1_662_716_640_000_000,
        closeAt: 1_662_716_700_000_000,
        open: 20_702.4,
        high: 20_710,
        low: 20_702.3,
        close: 20_703.8,
        volume: 40.7,
        quoteVolume: 842_716.3,
        closed: false
      }
    ])
    const ofSpot = bar.replace("BTC-USDT-SWAP", "BTC-USDT")
    assert.deepInclude(meaning(ofSpot)[0], { volume: 4070, quoteVolume: 842_716.3 })
    assert.deepInclude(meaning(bar.replace(`"0"]`, `"1"]`))[0], { closed: true })
  })

  it("tells the figures of 24 hours", () => {
    assert.deepStrictEqual(meaning(ticker), [
      {
        _tag: "Ticker",
        ...perpetual,
        at: 1_654_166_233_877_000,
        last: 29_963,
        open: 31_589.3,
        high: 31_907.2,
        low: 29_302,
        volume: 108_540.53,
        quoteVolume: undefined,
        bid: 29_959.9,
        bidSize: 4.31,
        ask: 29_960,
        askSize: 0.12
      }
    ])
    assert.deepInclude(meaning(ticker.replace("BTC-USDT-SWAP", "BTC-USDT"))[0], {
      volume: 10_854_053,
      quoteVolume: 108_540.53
    })
  })

  it("tells no figures of what was never traded", () => {
    assert.deepStrictEqual(meaning(ticker.replace(`"29963"`, `""`)), [])
  })

  it("tells the funding rate and when it is paid, the mark price and the open interest", () => {
    assert.deepStrictEqual(meaning(funding), [
      {
        _tag: "Funding",
        ...perpetual,
        at: undefined,
        rate: 0.0001534702159002,
        nextAt: 1_646_323_200_000_000
      }
    ])
    const wncg = { ...spot, symbol: "WNCG-USDT-PERP" }
    assert.deepStrictEqual(meaning(mark), [
      { _tag: "MarkPrice", ...wncg, at: 1_640_131_259_180_000, price: 2.1729 }
    ])
    assert.deepStrictEqual(meaning(openInterest), [
      { _tag: "OpenInterest", ...wncg, at: 1_640_131_258_756_000, size: 644_190 }
    ])
  })

  it("acknowledges one topic at a time", () => {
    const text = `{"id":"1512","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}`
    assert.deepStrictEqual(meaning(text), [{ _tag: "Acknowledged", topics: ["books:BTC-USDT"] }])
    assert.deepStrictEqual(meaning(text.replace(`"subscribe"`, `"unsubscribe"`)), [])
  })

  it("refuses, and says which request", () => {
    const text = `{"id":"1512","event":"error","code":"60012","msg":"Invalid request","connId":"a4d3ae55"}`
    const detail = "60012: Invalid request"
    assert.deepStrictEqual(meaning(text), [{ _tag: "Refused", id: 1512, topic: undefined, detail }])
    assert.deepStrictEqual(meaning(text.replace(`"id":"1512",`, "")), [
      { _tag: "Refused", id: undefined, topic: undefined, detail }
    ])
  })

  it("refuses what does not exist by its name", () => {
    const msg = "channel:tickers,instId:LTC-US does not exist"
    const text = `{"event":"error","code":"60018","msg":"${msg}","connId":"a4d3ae55"}`
    assert.deepStrictEqual(meaning(text), [
      { _tag: "Refused", id: undefined, topic: "tickers:LTC-US", detail: `60018: ${msg}` }
    ])
  })

  it("says that the venue will end the connection", () => {
    const text = `{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}`
    assert.deepStrictEqual(meaning(text), [{ _tag: "Leaving" }])
    assert.deepStrictEqual(meaning(text.replace("64008", "64999")), [
      { _tag: "Unrecognized", kind: "notice 64999" }
    ])
  })

  it("that answers a ping is no JSON", () => {
    assert.deepStrictEqual(meaning("pong"), [])
  })

  it.for(payloads)("with %s of what nobody asked for is unrecognized", ([, payload]) => {
    for (const kind of ["ETH-USDT", "__proto__"]) {
      const other = payload.replaceAll(/"instId":"[^"]*"/g, `"instId":"${kind}"`)
      assert.deepStrictEqual(meaning(other), [{ _tag: "Unrecognized", kind }])
    }
  })

  it.for([
    [`{"arg":{"channel":"estimated-price","instId":"BTC-USDT"},"data":[{}]}`, "estimated-price"],
    [`{"event":"constructor"}`, "constructor"],
    [`{"arg":null}`, "none"],
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
        const value = new RegExp(`("${name}":)("[^"]*"|\\[\\[.*?\\]\\])`)
        for (const wrong of ["null", "{}", "1.5", `[["1"]]`, `"x"`]) {
          // Of ids any text is one.
          if (wrong === `"x"` && name === "tradeId") continue
          // One of them is not read, depending on what it is a ticker of.
          if (wrong === `"x"` && name === "vol24h") continue
          const broken = payload.replace(value, `$1${wrong}`)
          assert.notStrictEqual(broken, payload)
          assert.isTrue(Result.isFailure(decode(broken)), `${name}: ${wrong}`)
        }
      }
    }
  )

  it("with a bar cannot be decoded with fewer elements, or with one that is no decimal", () => {
    assert.isTrue(Result.isFailure(decode(bar.replace(`,"842716.3","0"`, ""))))
    for (const element of ["20702.4", "20710", "40.7", "842716.3", "1662716640000"]) {
      assert.isTrue(Result.isFailure(decode(bar.replace(`"${element}"`, `"NaN"`))), element)
    }
  })

  it.for(["not JSON", "", "[]", "null", "ping", "pong "])(
    "cannot be decoded where it is no object: %s",
    (payload) => {
      assert.isTrue(Result.isFailure(decode(payload)))
    }
  )

  it.prop(
    "never throws, whatever it is",
    { json: Schema.Json, text: Schema.String },
    ({ json, text }) => {
      const arg = { channel: "trades-all", instId: "BTC-USDT" }
      for (const frame of [json, { arg: json }, { arg, data: json }, { event: "error", ...arg }]) {
        assert.isTrue(Result.isResult(decode(JSON.stringify(frame))))
      }
      assert.isTrue(Result.isResult(decode(text)))
    }
  )
})

describe("what OKX answers", () => {
  const { instruments, lastTrade, time, trades } = venue.calls
  const listed = (...list: ReadonlyArray<string>) =>
    instruments.decode(`{"code":"0","msg":"","data":[${list.join(",")}]}`, makeReader())

  // As recorded on 2021-07-22, less the fields that are not read.
  const listedSpot = `{"baseCcy":"BTC","ctMult":"","ctType":"","ctVal":"","ctValCcy":"","expTime":"","instId":"BTC-USDT","instType":"SPOT","lotSz":"0.00000001","quoteCcy":"USDT","settleCcy":"","state":"live","tickSz":"0.1"}`
  const listedSwap = `{"baseCcy":"","ctMult":"1","ctType":"linear","ctVal":"0.01","ctValCcy":"BTC","expTime":"","instId":"BTC-USDT-SWAP","instType":"SWAP","lotSz":"1","quoteCcy":"","settleCcy":"USDT","state":"live","tickSz":"0.1"}`
  const listedFuture = `{"baseCcy":"","ctMult":"1","ctType":"linear","ctVal":"0.01","ctValCcy":"BTC","expTime":"1627027200000","instId":"BTC-USDT-210723","instType":"FUTURES","lotSz":"1","quoteCcy":"","settleCcy":"USDT","state":"live","tickSz":"0.1"}`

  it("to a question for the instruments is what they are called and their steps, in the base asset", () => {
    const common = {
      venue: "okx",
      base: "BTC",
      quote: "USDT",
      tickSize: 0.1,
      status: "trading"
    } as const
    const contract = { ...common, contractSize: 0.01, lotSize: 0.01 }
    assert.deepStrictEqual(Result.getOrThrow(listed(listedSpot, listedSwap, listedFuture)), [
      {
        ...common,
        symbol: "BTC-USDT",
        native: "BTC-USDT",
        kind: "spot",
        lotSize: 0.00000001,
        contractSize: undefined
      },
      { ...contract, symbol: "BTC-USDT-PERP", native: "BTC-USDT-SWAP", kind: "perpetual" },
      { ...contract, symbol: "BTC-USDT-210723", native: "BTC-USDT-210723", kind: "future" }
    ])
  })

  it("of contracts over an amount of dollars is that they are inverse, and that no lot is fixed", () => {
    const inverse = listedSwap
      .replace("linear", "inverse")
      .replace(`"0.01","ctValCcy":"BTC"`, `"100","ctValCcy":"USD"`)
      .replace(`"settleCcy":"USDT"`, `"settleCcy":"BTC"`)
      .replaceAll("BTC-USDT-SWAP", "BTC-USD-SWAP")
    assert.deepStrictEqual(Result.getOrThrow(listed(inverse)), [
      {
        venue: "okx",
        symbol: "BTC-USD-PERP",
        native: "BTC-USD-SWAP",
        kind: "perpetual",
        base: "BTC",
        quote: "USD",
        tickSize: 0.1,
        lotSize: undefined,
        contractSize: 100,
        inverse: true,
        status: "trading"
      }
    ])
  })

  it("of a future without a last day cannot be decoded", () => {
    for (const wrong of ["", "x", "1e30", "99999999999999999"]) {
      const body = listedFuture.replace(`"1627027200000"`, `"${wrong}"`)
      assert.isTrue(Result.isFailure(listed(body)), wrong)
    }
  })

  it.for([
    ["live", "trading"],
    ["suspend", "halted"],
    ["preopen", "halted"],
    ["rebase", "halted"],
    ["post_only", "halted"],
    ["expired", "ended"],
    ["test", "unknown"],
    ["__proto__", "unknown"]
  ] as const)("of an instrument in the state %s means that it is %s", ([state, expected]) => {
    const [instrument] = Result.getOrThrow(listed(listedSpot.replace(`"live"`, `"${state}"`)))
    assert.deepInclude(instrument, { status: expected })
  })

  it("to a question for past trades is in the order of their ids, and told as asked for later", () => {
    // The example of OKX's documentation of July 2026, with a trade before it.
    const body = `{"code":"0","msg":"","data":[{"instId":"BTC-USDT","side":"sell","sz":"0.00001","px":"29963.2","source":"","tradeId":"242720720","ts":"1654161646974"},{"instId":"BTC-USDT","side":"buy","sz":"0.00002","px":"29963.1","source":"","tradeId":"242720719","ts":"1654161646973"}]}`
    assert.deepStrictEqual(Result.getOrThrow(trades.decode(body, makeReader(), "BTC-USDT")), [
      {
        _tag: "Trade",
        ...spot,
        at: 1_654_161_646_973_000,
        id: 242_720_719,
        price: 29_963.1,
        size: 0.00002,
        side: "buy",
        origin: "backfill"
      },
      {
        _tag: "Trade",
        ...spot,
        at: 1_654_161_646_974_000,
        id: 242_720_720,
        price: 29_963.2,
        size: 0.00001,
        side: "sell",
        origin: "backfill"
      }
    ])
    const [ofContracts] = Result.getOrThrow(trades.decode(body, makeReader(), "WNCG-USDT-SWAP"))
    assert.deepInclude(ofContracts, { symbol: "WNCG-USDT-PERP", size: 0.0002 })
  })

  it("to a question for the last trade is its id, and none where there was none", () => {
    const body = `{"code":"0","msg":"","data":[{"instId":"BTC-USDT","tradeId":"242720720"}]}`
    assert.strictEqual(Result.getOrThrow(lastTrade.decode(body, makeReader())), "242720720")
    const none = `{"code":"0","msg":"","data":[]}`
    assert.isUndefined(Result.getOrThrow(lastTrade.decode(none, makeReader())))
  })

  it("to a question for the time is in microseconds", () => {
    const body = `{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}`
    assert.strictEqual(Result.getOrThrow(time.decode(body, makeReader())), 1_597_026_383_085_000)
    assert.isTrue(Result.isFailure(time.decode(`{"code":"0","data":[]}`, makeReader())))
  })

  it.for([
    `{"code":"51001","msg":"Instrument ID does not exist","data":[]}`,
    "<html><body>403 Forbidden</body></html>",
    "[]",
    ""
  ])("cannot be decoded where it is something else: %s", (body) => {
    const answers = [
      instruments.decode(body, makeReader()),
      trades.decode(body, makeReader(), "BTC-USDT"),
      lastTrade.decode(body, makeReader()),
      time.decode(body, makeReader())
    ]
    assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Failure"]))
  })
})

describe("what OKX is asked", () => {
  const about = (channel: Channel, variant?: string): Subscription => ({
    venue: venue.id,
    channel,
    variant,
    symbol: "BTC-USDT-PERP"
  })
  const topic = (channel: Channel, variant?: string) =>
    venue.topic(about(channel, variant), "BTC-USDT-SWAP")

  it("names each channel as the venue does", () => {
    const channels = ["trades", "quotes", "book", "ticker", "funding", "mark", "openinterest"]
    assert.sameMembers([...channels, "bars"], Object.keys(venue.channels))
    assert.deepStrictEqual(
      [
        topic("trades"),
        topic("quotes"),
        topic("book"),
        topic("ticker"),
        topic("funding"),
        topic("mark"),
        topic("openinterest")
      ],
      [
        "trades-all:BTC-USDT-SWAP",
        "bbo-tbt:BTC-USDT-SWAP",
        "books:BTC-USDT-SWAP",
        "tickers:BTC-USDT-SWAP",
        "funding-rate:BTC-USDT-SWAP",
        "mark-price:BTC-USDT-SWAP",
        "open-interest:BTC-USDT-SWAP"
      ]
    )
  })

  it("names the bars of every interval there is, those of days by UTC", () => {
    const names = "1m 1s 3m 5m 15m 30m 1H 2H 4H 6Hutc 12Hutc 1Dutc 2Dutc 3Dutc 5Dutc 1Wutc"
    assert.deepStrictEqual(
      venue.channels.bars.map((interval) => topic("bars", interval)),
      names.split(" ").map((name) => `candle${name}:BTC-USDT-SWAP`)
    )
    for (const interval of venue.channels.bars) {
      const [channel = ""] = topic("bars", interval).split(":")
      const [tick] = meaning(bar.replace("candle1m", channel))
      assert.deepInclude(tick, { _tag: "Bar", interval })
      const [, count, unit = ""] = /^(\d+)(\w)$/.exec(interval) ?? []
      const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit] ?? 0
      assert.strictEqual(
        tick?._tag === "Bar" && tick.closeAt - tick.openAt,
        Number(count) * seconds * 1_000_000
      )
    }
  })

  it("is asked where the venue has it", () => {
    for (const channel of ["trades", "bars"] as const) {
      assert.strictEqual(venue.path(about(channel)), "/ws/v5/business")
    }
    for (const channel of ["quotes", "book", "ticker", "funding", "mark"] as const) {
      assert.strictEqual(venue.path(about(channel)), "/ws/v5/public")
    }
  })

  it("is what the venue documents", () => {
    assert.strictEqual(
      venue.subscribe(["books:BTC-USDT", "tickers:BTC-USDT-SWAP"], 1512),
      `{"id":"1512","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},{"channel":"tickers","instId":"BTC-USDT-SWAP"}]}`
    )
    assert.strictEqual(
      venue.unsubscribe(["books:BTC-USDT"], 2),
      `{"id":"2","op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}`
    )
    assert.strictEqual(venue.probe(), "ping")
  })

  it("fits into the 64 KB that a request may have", () => {
    const longest = `candle12Hutc:${"A".repeat(40)}`
    const frame = venue.subscribe(
      Array.from({ length: venue.limits.batch }, () => longest),
      1
    )
    assert.isBelow(frame.length, 65_536)
  })

  it("asks for the trades up to the last one that is missing", () => {
    assert.strictEqual(
      venue.calls.trades.path("BTC-USDT", 100, 149),
      "/api/v5/market/history-trades?instId=BTC-USDT&type=1&after=150&limit=100"
    )
  })
})
