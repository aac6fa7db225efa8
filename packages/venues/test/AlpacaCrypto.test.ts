import { assert, describe, it } from "@effect/vitest"
import * as AlpacaCrypto from "@tapewire/venues/AlpacaCrypto"
import * as Result from "effect/Result"
import * as BookState from "tapewire/BookState"
import type { Instrument } from "tapewire/Instrument"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import type { Trade } from "tapewire/Tick"
import type { Message } from "tapewire/Venue"

const { venue } = AlpacaCrypto

const received = 1_711_000_000_000_000

const instrument = (native: string): Instrument => {
  const [base = "", quote = ""] = native.split("/")
  const symbol = `${base}-${quote}`
  return { venue: venue.id, symbol, native, kind: "spot", base, quote, status: "trading" }
}

const instruments = ["AVAX/USD", "BAT/USD", "BTC/USD", "MKR/USD"].map(instrument)

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, instruments)
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const of = (symbol: string) => ({ venue: "alpaca-crypto", symbol, received })

// Frames are the examples of https://docs.alpaca.markets/docs/real-time-crypto-pricing-data of
// 2024-03-12, in the list that a frame is, if nothing else is said.

const trade = `[{"T":"t","S":"AVAX/USD","p":47.299,"s":29.205707815,"t":"2024-03-12T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"}]`

const quote = `[{"T":"q","S":"BAT/USD","bp":0.35718,"bs":13445.46,"ap":0.3581,"as":13561.902,"t":"2024-03-12T10:29:43.111588173Z"}]`

const bar = `[{"T":"b","S":"BTC/USD","o":71856.1435,"h":71856.1435,"l":71856.1435,"c":71856.1435,"v":0,"t":"2024-03-12T10:37:00Z","n":0,"vw":0}]`

const whole = `[{"T":"o","S":"BTC/USD","t":"2024-03-12T10:38:50.79613221Z","b":[{"p":71859.53,"s":0.27994},{"p":71849.4,"s":0.553986},{"p":71820.469,"s":0.83495}],"a":[{"p":71939.7,"s":0.83953},{"p":71940.4,"s":0.28025},{"p":71950.715,"s":0.555928}],"r":true}]`

const change = `[{"T":"o","S":"MKR/USD","t":"2024-03-12T10:39:39.445492807Z","b":[],"a":[{"p":2614.587,"s":12.5308}]}]`

describe("a frame of crypto by Alpaca", () => {
  it("tells a trade, its whole id and the side of the taker", () => {
    const told: Trade = {
      _tag: "Trade",
      ...of("AVAX-USD"),
      at: 1_710_239_268_858_228,
      id: "3447222699101865076",
      price: 47.299,
      size: 29.205707815,
      side: "sell"
    }
    assert.deepStrictEqual(meaning(trade), [told])
    assert.deepStrictEqual(meaning(trade.replace(`"tks":"S"`, `"tks":"B"`)), [
      { ...told, side: "buy" }
    ])
    assert.deepStrictEqual(meaning(trade.replace(`,"tks":"S"`, "")), [{ ...told, side: undefined }])
    // 2021-11-22, by HTTP
    assert.deepInclude(meaning(trade.replace("3447222699101865076", "17209535"))[0], {
      id: 17_209_535
    })
    assert.deepInclude(meaning(trade.replace("3447222699101865076", "9007199254740991"))[0], {
      id: 9_007_199_254_740_991
    })
    assert.deepInclude(meaning(trade.replace("3447222699101865076", "9007199254740993"))[0], {
      id: "9007199254740993"
    })
  })

  it("tells the best bid and ask", () => {
    assert.deepStrictEqual(meaning(quote), [
      {
        _tag: "Quote",
        ...of("BAT-USD"),
        at: 1_710_239_383_111_588,
        bid: 0.35718,
        bidSize: 13_445.46,
        ask: 0.3581,
        askSize: 13_561.902
      }
    ])
  })

  it("tells the bar of a minute in which nothing was traded", () => {
    assert.deepStrictEqual(meaning(bar), [
      {
        _tag: "Bar",
        ...of("BTC-USD"),
        at: undefined,
        interval: "1m",
        // 2024-03-12T10:37:00Z
        openAt: 1_710_239_820_000_000,
        closeAt: 1_710_239_880_000_000,
        open: 71_856.1435,
        high: 71_856.1435,
        low: 71_856.1435,
        close: 71_856.1435,
        volume: 0,
        trades: 0,
        closed: true
      }
    ])
  })

  it("tells the whole book where it says so, and else what changed", () => {
    assert.deepStrictEqual(meaning(whole), [
      {
        _tag: "BookSnapshot",
        ...of("BTC-USD"),
        at: 1_710_239_930_796_132,
        bids: [
          [71_859.53, 0.27994],
          [71_849.4, 0.553986],
          [71_820.469, 0.83495]
        ],
        asks: [
          [71_939.7, 0.83953],
          [71_940.4, 0.28025],
          [71_950.715, 0.555928]
        ]
      }
    ])
    assert.deepStrictEqual(meaning(change), [
      {
        _tag: "BookDelta",
        ...of("MKR-USD"),
        at: 1_710_239_979_445_492,
        bids: [],
        asks: [[2614.587, 12.5308]]
      }
    ])
  })

  it.each([
    ["a trade", trade],
    ["a quote", quote],
    ["a bar", bar],
    ["a book", change]
  ])("is none where a field of %s is of another type", (_name, frame) => {
    const read = new Set("S i p s t bp bs ap as o h l c v b a".split(" "))
    for (const [field, name = ""] of frame.matchAll(/"(\w+)":(?:"[^"]*"|[\d.]+|\[\])/g)) {
      if (!read.has(name)) continue
      for (const wrong of ["null", "{}", "true", "1e999"]) {
        const bad = decode(frame.replace(field, `"${name}":${wrong}`))
        assert.isTrue(Result.isFailure(bad), `${name}: ${wrong}`)
      }
    }
  })
})

describe("a book of crypto by Alpaca", () => {
  const book = (bids: string, asks: string, rest = "") =>
    `[{"T":"o","S":"BTC/USD","t":"2024-03-12T10:39:40.501160019Z","b":[${bids}],"a":[${asks}]${rest}}]`

  const talk = () => {
    const session = Session.make(venue, instruments)
    session.step([
      { _tag: "Opened", venue: venue.id, connection: 1, at: 1, url: venue.endpoints.websocket }
    ])
    const say = (data: string) =>
      session.step([{ _tag: "Received", venue: venue.id, connection: 1, at: 2, data }])
    return { say, session }
  }

  it("begins with the whole of it and follows each change, of which size zero removes a level", () => {
    const { say, session } = talk()
    say(whole)
    say(book(`{"p":71859.53,"s":0}`, `{"p":71939.7,"s":0.5},{"p":71900,"s":1}`))
    const shown = BookState.snapshot(session.book("BTC-USD"))
    assert.deepStrictEqual(shown?.bids, [
      [71_849.4, 0.553986],
      [71_820.469, 0.83495]
    ])
    assert.deepStrictEqual(shown?.asks, [
      [71_900, 1],
      [71_939.7, 0.5],
      [71_940.4, 0.28025],
      [71_950.715, 0.555928]
    ])
  })

  it("that bids what it asks is withheld and asked for anew", () => {
    const { say, session } = talk()
    say(whole)
    const { commands, ticks } = say(book(`{"p":71939.7,"s":1}`, ""))
    assert.deepStrictEqual(
      ticks.map((tick) => tick._tag === "Gap" && tick.cause),
      ["crossed"]
    )
    assert.deepStrictEqual(commands, [{ _tag: "Renew", symbol: "BTC-USD", attempt: 0 }])
    assert.isUndefined(BookState.snapshot(session.book("BTC-USD")))
    say(whole)
    assert.isDefined(BookState.snapshot(session.book("BTC-USD")))
  })
})

describe("a conversation with Alpaca about crypto", () => {
  it("asks for books under their own name, and is told of them under it", () => {
    const topic = venue.topic({ venue: venue.id, channel: "book", symbol: "BTC-USD" }, "BTC/USD")
    assert.deepStrictEqual(JSON.parse(venue.subscribe([topic, "trades/BTC/USD"])), {
      action: "subscribe",
      orderbooks: ["BTC/USD"],
      trades: ["BTC/USD"]
    })
    // 2024-07-24, with other channels
    const [acknowledged] = meaning(
      `[{"T":"subscription","trades":["BTC/USD"],"quotes":["ETH/USD"],"orderbooks":["BTC/USD"],"bars":[],"updatedBars":[],"dailyBars":[]}]`
    )
    assert.deepStrictEqual(acknowledged, {
      _tag: "Acknowledged",
      topics: ["trades/BTC/USD", "quotes/ETH/USD", topic]
    })
  })

  it("wants the credentials of Alpaca", () => {
    assert.isTrue(venue.needsCredentials)
    assert.deepStrictEqual(venue.credentials, { kind: "pair", of: "alpaca" })
  })
})

describe("what Alpaca answers about crypto by HTTP", () => {
  // https://docs.alpaca.markets/docs/crypto-trading, as of 2026-02
  it("lists pairs with the steps of their prices and sizes", () => {
    const { decode, path } = venue.calls.instruments
    assert.strictEqual(path("", 0, 0), "/v2/assets?status=active&asset_class=crypto")
    const assets = `[{"id":"276e2673-764b-4ab6-a611-caf665ca6340","class":"crypto","exchange":"ALPACA","symbol":"BTC/USD","name":"BTC/USD pair","status":"active","tradable":true,"marginable":false,"shortable":false,"easy_to_borrow":false,"fractionable":true,"min_order_size":"0.0001","min_trade_increment":"0.0001","price_increment":"1"},{"symbol":"ODD","status":"active","tradable":true}]`
    assert.deepStrictEqual(Result.getOrThrow(decode(assets, makeReader(), "")), [
      { ...instrument("BTC/USD"), tickSize: 1, lotSize: 0.0001 }
    ])
  })

  // 2026-04-04, the trade alone.
  it("tells the last trade by its whole id", () => {
    const { decode, path } = venue.calls.lastTrade
    assert.strictEqual(path("BTC/USD"), "/v1beta3/crypto/us/latest/trades?symbols=BTC%2FUSD")
    const body = `{"trades":{"BTC/USD":{"i":7456836641300628344,"p":66832.6,"s":0.000946,"t":"2026-04-04T04:14:32.161121311Z","tks":"B"}}}`
    assert.strictEqual(
      Result.getOrThrow(decode(body, makeReader(), "BTC/USD")),
      "7456836641300628344"
    )
    assert.isUndefined(Result.getOrThrow(decode(`{"trades":{}}`, makeReader(), "BTC/USD")))
  })

  // 2022-06-24
  it("tells the last change of a book by its time", () => {
    const { decode, path } = venue.calls.lastUpdate
    assert.strictEqual(path("BTC/USD"), "/v1beta3/crypto/us/latest/orderbooks?symbols=BTC%2FUSD")
    const body = `{"orderbooks":{"BTC/USD":{"t":"2022-06-24T08:00:14.137Z","b":[{"p":20846,"s":0.1902}],"a":[{"p":20902,"s":0.0097}]}}}`
    assert.strictEqual(
      Result.getOrThrow(decode(body, makeReader(), "BTC/USD")),
      "2022-06-24T08:00:14.137Z"
    )
  })
})
