import { assert, describe, it } from "@effect/vitest"
import * as Bitfinex from "@tapewire/venues/Bitfinex"
import * as Result from "effect/Result"
import * as Ladder from "tapewire/Ladder"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const { venue } = Bitfinex

const received = 1_617_643_607_461_997

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "tREQUSD", symbol: "REQ-USD" },
    { native: "tDOGE:USD", symbol: "DOGE-USD" }
  ])
  reader.received = received
  reader.topics = new Map([
    [1, "trades:tREQUSD"],
    [2, "book:tREQUSD"],
    [3, "ticker:tREQUSD"],
    [4, "candles:trade:1D:tDOGE:USD"],
    [5, "trades:tBTCUSD"]
  ])
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "bitfinex", symbol: "REQ-USD", received }

const numbered = (number: number) => ({ _tag: "Numbered", number }) as const

// Payloads are in the form of those on the wire on 2021-04-05, with short channel numbers.

describe("a frame of Bitfinex", () => {
  it("tells a trade once, with its number, and that the taker sold what is below zero", () => {
    const trade = {
      _tag: "Trade",
      ...base,
      at: 1_617_643_608_000_000,
      id: 658_733_920,
      price: 0.15187,
      size: 359.41744067
    } as const
    const sold = `[1,"te",[658733920,1617643608000,-359.41744067,0.15187],12]`
    assert.deepStrictEqual(meaning(sold), [numbered(12), { ...trade, side: "sell" }])
    assert.deepStrictEqual(meaning(sold.replace("-", "")), [
      numbered(12),
      { ...trade, side: "buy" }
    ])
    assert.deepStrictEqual(meaning(sold.replace("te", "tu")), [numbered(12)])
  })

  it("tells the latest trades before the subscription, the oldest first", () => {
    const trades = meaning(`[1,[[7,1617617932920,1,2],[6,1617617667296,1,2]],3]`)
    assert.deepStrictEqual(
      trades.flatMap((trade) => (trade._tag === "Trade" ? [trade.id] : [])),
      [6, 7]
    )
    assert.deepStrictEqual(meaning(`[1,[],3]`), [numbered(3)])
  })

  it("begins a book, in which asks are below zero", () => {
    assert.deepStrictEqual(meaning(`[2,[[0.151,2,10.5],[0.15,1,3],[0.152,1,-7.25]]]`), [
      {
        _tag: "BookSnapshot",
        ...base,
        bids: [
          [0.151, 10.5],
          [0.15, 3]
        ],
        asks: [[0.152, 7.25]]
      }
    ])
    assert.deepStrictEqual(meaning(`[2,[],1]`), [
      numbered(1),
      { _tag: "BookSnapshot", ...base, bids: [], asks: [] }
    ])
  })

  it.for([
    ["sets a bid", "[0.151,2,10.5]", [[0.151, 10.5]], []],
    ["sets an ask", "[0.152,1,-7.25]", [], [[0.152, 7.25]]],
    ["removes a bid", "[0.151,0,1]", [[0.151, 0]], []],
    ["removes an ask", "[0.152,0,-1]", [], [[0.152, 0]]]
  ] as const)("%s", ([, level, bids, asks]) => {
    assert.deepStrictEqual(meaning(`[2,${level},5]`), [
      numbered(5),
      { _tag: "BookDelta", ...base, bids, asks }
    ] as ReadonlyArray<unknown>)
  })

  it("tells a ticker, however many values it has come to have, without the sums of 25 levels", () => {
    const ticker = {
      _tag: "Ticker",
      ...base,
      last: 0.15187,
      high: 0.15606,
      low: 0.15087,
      volume: 121_758.22809635,
      bid: 0.15207,
      ask: 0.15427
    } as const
    const values =
      "0.15207,124002.31246871,0.15427,493534.588251,-0.00419,-0.0268,0.15187,121758.22809635,0.15606,0.15087"
    assert.deepStrictEqual(meaning(`[3,[${values}],2]`), [numbered(2), ticker])
    // As since 2026-04-10.
    assert.deepStrictEqual(meaning(`[3,[${values},null],2]`), [numbered(2), ticker])
  })

  it("tells a bar, whose close stands before its high", () => {
    const bar = {
      _tag: "Bar",
      ...base,
      symbol: "DOGE-USD",
      interval: "1d",
      openAt: 1_654_041_600_000_000,
      closeAt: 1_654_128_000_000_000,
      open: 1,
      close: 2,
      high: 3,
      low: 0.5,
      volume: 9.25,
      closed: false
    } as const
    assert.deepStrictEqual(meaning(`[4,[1654041600000,1,2,3,0.5,9.25]]`), [bar])
    const before = { ...bar, openAt: bar.openAt - 86_400e6, closeAt: bar.openAt }
    assert.deepStrictEqual(
      meaning(`[4,[[1654041600000,1,2,3,0.5,9.25],[1653955200000,1,2,3,0.5,9.25]]]`),
      [before, bar]
    )
  })

  it("gives a channel its number, and is taken for the confirmation", () => {
    for (const [told, topic] of [
      [
        `"channel":"book","chanId":81757,"symbol":"tXRPBTC","prec":"P0","freq":"F0","len":"25"`,
        "book:tXRPBTC"
      ],
      [`"channel":"candles","chanId":81757,"key":"trade:1m:tBTCUST"`, "candles:trade:1m:tBTCUST"]
    ] as const) {
      assert.deepStrictEqual(meaning(`{"event":"subscribed",${told}}`), [
        { _tag: "Named", name: 81_757, topic },
        { _tag: "Acknowledged", topics: [topic] }
      ])
    }
  })

  it("refuses a topic, save one that is there", () => {
    const error = `{"event":"error","channel":"trades","symbol":"tNONE","msg":"symbol: invalid","code":10300}`
    assert.deepStrictEqual(meaning(error), [
      { _tag: "Refused", id: undefined, topic: "trades:tNONE", detail: "symbol: invalid (10300)" }
    ])
    assert.deepStrictEqual(meaning(error.replace("10300", "10301")), [])
  })

  it("says that the server leaves, or wants to be asked anew, and else nothing of itself", () => {
    for (const code of [20_051, 20_061]) {
      assert.deepStrictEqual(meaning(`{"event":"info","code":${code},"msg":"x"}`), [
        { _tag: "Leaving" }
      ])
    }
    for (const quiet of [
      `{"event":"info","version":2,"serverId":"08c3ea49","platform":{"status":1}}`,
      `{"event":"info","code":20060,"msg":"x"}`,
      `{"event":"conf","status":"OK","flags":196608}`,
      `{"event":"pong","ts":1617643608000,"cid":1}`,
      `{"event":"unsubscribed","status":"OK","chanId":1}`,
      `[1,"hb"]`
    ]) {
      assert.deepStrictEqual(meaning(quiet), [], quiet)
    }
    assert.deepStrictEqual(meaning(`[1,"hb",93]`), [numbered(93)])
  })

  it("says what a book must add up to", () => {
    assert.deepStrictEqual(meaning(`[2,"cs",-1175357890,9]`), [
      numbered(9),
      { _tag: "Checksum", symbol: "REQ-USD", value: -1_175_357_890 }
    ])
  })

  it.for([
    `[1,"te",[658733920,1617643608000,"-359","0.15"],12]`,
    `[1,"te",[658733920,90000000000000000,1,0.15],12]`,
    `[1,"te",[658733920,1617643608000,1,1e999],12]`,
    `[1,"te"]`,
    `[1,5,7]`,
    `[1,"hb",1e309]`,
    `[2,[0.151,2,10.5],1.5]`,
    `[2,[0.151,2],5]`,
    `[2,[[0.151,2,10.5],[0.15]]]`,
    `[2,"cs","x"]`,
    `[3,[1,2,3]]`,
    `[4,[1654041600000,1,2,3,0.5]]`,
    `{"event":"subscribed","channel":"book"}`,
    `{"event":"error"}`,
    "5",
    "null"
  ])("cannot be decoded where it is not what it should be: %s", (frame) => {
    assert.isTrue(Result.isFailure(decode(frame)))
  })

  it("on a channel, of a pair or of a kind that nobody asked for is unrecognized", () => {
    for (const [frame, kind] of [
      [`[9,[1,2,3]]`, "channel"],
      [`[5,"te",[1,1617643608000,1,0.15]]`, "tBTCUSD"],
      [`{"event":"auth"}`, "auth"],
      [`{"event":"__proto__"}`, "__proto__"],
      [`{}`, "none"]
    ] as const) {
      assert.deepStrictEqual(meaning(frame), [{ _tag: "Unrecognized", kind }], frame)
    }
  })
})

describe("the checksum of Bitfinex", () => {
  it("is that of the best 25 of both sides, as JavaScript writes them, asks below zero", () => {
    const ladder = Ladder.make()
    Ladder.apply(ladder, {
      bids: [
        [7e-7, 10_000],
        [0.0000011, 266_122.94]
      ],
      asks: [[0.00000111, 4847.13]]
    })
    // CRC-32 of "0.0000011:266122.94:0.00000111:-4847.13:7e-7:10000", by zlib.
    assert.strictEqual(venue.checksum(ladder), 1670290392)
  })
})

describe("what Bitfinex answers", () => {
  it("to a question for the pairs is their names, by the names of its codes", () => {
    const body = `[["AAVE:USD","BTCUST","BCHN:USD","BCHUSD","AAABBB","ODD"],[["UST","USDt"],["BCHN","BCH"]]]`
    const listed = Result.getOrThrow(venue.calls.instruments.decode(body, makeReader()))
    assert.deepStrictEqual(
      listed.map(({ native, symbol }) => [native, symbol]),
      [
        ["tAAVE:USD", "AAVE-USD"],
        ["tBTCUST", "BTC-USDT"],
        // The name is that of another code.
        ["tBCHN:USD", "BCHN-USD"],
        ["tBCHUSD", "BCH-USD"],
        ["tAAABBB", "AAA-BBB"]
      ]
    )
    for (const wrong of ["{}", `["error",10020,"symbol: invalid"]`, ""]) {
      assert.isTrue(Result.isFailure(venue.calls.instruments.decode(wrong, makeReader())), wrong)
    }
  })

  it("to a question for the last trade is its id", () => {
    const { decode, path } = venue.calls.lastTrade
    assert.strictEqual(path("tDOGE:USD"), "/v2/trades/tDOGE%3AUSD/hist?limit=1")
    assert.strictEqual(Result.getOrThrow(decode(`[[7,1617617932920,1,2]]`, makeReader())), 7)
    assert.isUndefined(Result.getOrThrow(decode(`[]`, makeReader())))
  })
})

describe("what Bitfinex is asked", () => {
  const topic = (channel: "trades" | "book" | "bars" | "ticker", variant?: string) =>
    venue.topic({ venue: venue.id, channel, variant, symbol: "DOGE-USD" }, "tDOGE:USD")

  it("is one channel a frame", () => {
    assert.deepStrictEqual(
      [topic("trades"), topic("book"), topic("ticker"), topic("bars", "1d")].map((one): unknown =>
        JSON.parse(venue.subscribe([one]))
      ),
      [
        { event: "subscribe", channel: "trades", symbol: "tDOGE:USD" },
        {
          event: "subscribe",
          channel: "book",
          symbol: "tDOGE:USD",
          prec: "P0",
          freq: "F0",
          len: "250"
        },
        { event: "subscribe", channel: "ticker", symbol: "tDOGE:USD" },
        { event: "subscribe", channel: "candles", key: "trade:1D:tDOGE:USD" }
      ]
    )
    assert.strictEqual(venue.limits.batch, 1)
    assert.deepStrictEqual(venue.greeting, [`{"event":"conf","flags":196608}`])
  })

  it("is ended by the number of the channel, if it has one", () => {
    const names = new Map([["trades:tDOGE:USD", 17]])
    assert.strictEqual(
      venue.unsubscribe([topic("trades")], 1, names),
      `{"event":"unsubscribe","chanId":17}`
    )
    assert.isUndefined(venue.unsubscribe([topic("book")], 1, names))
  })
})
