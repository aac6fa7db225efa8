import { assert, describe, it } from "@effect/vitest"
import * as BinanceUsdm from "@tapewire/venues/BinanceUsdm"
import * as Result from "effect/Result"
import * as Book from "tapewire/Book"
import * as Reader from "tapewire/Reader"
import type { Channel } from "tapewire/Subscription"
import type { BookDelta, BookSnapshot } from "tapewire/Tick"

const { venue } = BinanceUsdm

const received = 1_723_161_256_400_000

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BTCUSDT", symbol: "BTC-USDT-PERP" },
    { native: "BTCUSDT_220624", symbol: "BTC-USDT-220624" }
  ])
  reader.received = received
  return reader
}

const meaning = (text: string) => Result.getOrThrow(venue.decode(text, makeReader()))

const base = { venue: "binance-usdm", symbol: "BTC-USDT-PERP", received }

// Sent by fstream.binance.com on 2024-08-08, unless something else is said.

const bookTicker = `{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}}`

const trade = `{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}`

const depthUpdate = `{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[]}}`

// 2021-03-20 and 2022-05-29.

const aggTrade = `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1616202009196,"a":389551486,"s":"BTCUSDT","p":"58665.00","q":"0.043","f":621622993,"l":621622993,"T":1616202009188,"m":false}}`

const ticker = `{"stream":"btcusdt_220624@ticker","data":{"e":"24hrTicker","E":1653814783325,"s":"BTCUSDT_220624","p":"196.5","P":"0.679","w":"29043.7","c":"29122.5","Q":"0.004","o":"28926.0","h":"29335.0","l":"28834.4","v":"1047.859","q":"30433679.16","O":1653728340000,"C":1653814783320,"F":2872692,"L":2893528,"n":20837}}`

// 2023-04-04, 2021-01-05 and 2020-03-13.

const markPrice = `{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1680652701000,"s":"BTCUSDT","p":"28147.27373413","P":"28142.15563565","i":"28159.75642857","r":"0.00002754","T":1680652800000}}`

const datedMarkPrice = `{"stream":"btcusdt_220624@markPrice@1s","data":{"e":"markPriceUpdate","E":1609830121004,"s":"BTCUSDT_220624","p":"31799.27730000","P":"31235.82439517","i":"31307.03400000","r":"0.00000000","T":0}}`

const forceOrder = `{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1584059031426,"o":{"s":"BTCUSDT","S":"BUY","o":"LIMIT","f":"IOC","q":"0.014","p":"4793.91","ap":"4706.04","X":"FILLED","l":"0.015","z":"0.014","T":1584059031421}}}`

describe("a frame of Binance USD-M futures", () => {
  it("tells an aggregated trade, and that the taker bought where the buyer was not the maker", () => {
    assert.deepStrictEqual(meaning(aggTrade), [
      {
        _tag: "Trade",
        ...base,
        at: 1_616_202_009_188_000,
        id: 389_551_486,
        price: 58_665,
        size: 0.043,
        side: "buy",
        firstId: 621_622_993,
        lastId: 621_622_993
      }
    ])
    const [sold] = meaning(aggTrade.replace(`"m":false`, `"m":true`))
    assert.deepInclude(sold, { side: "sell" })
  })

  it("tells no single trade, and so no print of the insurance fund for one", () => {
    for (const kind of ["MARKET", "INSURANCE_FUND", "ADL", "NA"]) {
      const printed = meaning(trade.replace(`"X":"MARKET"`, `"X":"${kind}"`))
      assert.deepStrictEqual(printed, [{ _tag: "Unrecognized", kind: "trade" }])
    }
  })

  it("tells the best bid and ask, and when they were so", () => {
    assert.deepStrictEqual(meaning(bookTicker), [
      {
        _tag: "Quote",
        ...base,
        at: 1_723_161_256_313_000,
        bid: 61_800.2,
        bidSize: 2.507,
        ask: 61_800.3,
        askSize: 2.51,
        sequence: 5_123_107_839_020
      }
    ])
  })

  it("tells an update of a book by the one it follows, and when it happened", () => {
    assert.deepStrictEqual(meaning(depthUpdate), [
      {
        _tag: "BookDelta",
        ...base,
        at: 1_723_161_256_298_000,
        firstSequence: 5_123_107_831_938,
        sequence: 5_123_107_837_557,
        bids: [
          [58_710.2, 0.014],
          [61_510.9, 0]
        ],
        asks: []
      }
    ])
  })

  it("tells the mark price with its index, and the funding rate with when it is paid next", () => {
    const at = 1_680_652_701_000_000
    assert.deepStrictEqual(meaning(markPrice), [
      { _tag: "MarkPrice", ...base, at, price: 28_147.27373413, index: 28_159.75642857 },
      { _tag: "Funding", ...base, at, rate: 0.00002754, nextAt: 1_680_652_800_000_000 }
    ])
  })

  it("tells no funding of a contract that expires", () => {
    assert.deepStrictEqual(
      meaning(datedMarkPrice).map(({ _tag }) => _tag),
      ["MarkPrice"]
    )
    const empty = datedMarkPrice.replace(`"0.00000000","T":0`, `"","T":1609862400000`)
    assert.strictEqual(meaning(empty).length, 1)
  })

  it("tells a liquidation at the price it was filled at, on the side of the order that closes", () => {
    assert.deepStrictEqual(meaning(forceOrder), [
      {
        _tag: "Liquidation",
        ...base,
        at: 1_584_059_031_421_000,
        price: 4706.04,
        size: 0.014,
        side: "buy"
      }
    ])
    const long = forceOrder.replace(`"S":"BUY"`, `"S":"SELL"`)
    assert.deepInclude(meaning(long)[0], { side: "sell" })
  })

  it("tells no liquidation of an order that filled nothing", () => {
    const none = forceOrder.replace(`"z":"0.014"`, `"z":"0"`).replace("4706.04", "0")
    assert.deepStrictEqual(meaning(none), [])
  })

  it("tells the figures of 24 hours, in which there are no best prices", () => {
    assert.deepStrictEqual(meaning(ticker), [
      {
        _tag: "Ticker",
        ...base,
        symbol: "BTC-USDT-220624",
        at: 1_653_814_783_325_000,
        last: 29_122.5,
        open: 28_926,
        high: 29_335,
        low: 28_834.4,
        volume: 1047.859,
        quoteVolume: 30_433_679.16,
        vwap: 29_043.7,
        trades: 20_837
      }
    ])
  })

  it.for([
    ["a mark price", markPrice, `"p":"28147.27373413"`, `"p":"-"`],
    ["a funding rate", markPrice, `"r":"0.00002754"`, `"r":"?"`],
    ["a liquidation without a side", forceOrder, `"S":"BUY"`, `"S":"NONE"`],
    ["a liquidation of no size", forceOrder, `"z":"0.014"`, `"z":"much"`],
    ["a liquidation that is none", forceOrder, /"o":\{.*\}\}\}/, `"o":7}}`],
    ["an update that follows nothing", depthUpdate, `"pu":5123107831937`, `"pu":"1"`]
  ] as const)("with %s that cannot be read fails", ([, frame, from, to]) => {
    assert.isTrue(Result.isFailure(venue.decode(frame.replace(from, to), makeReader())))
  })
})

describe("a book of Binance USD-M futures", () => {
  // The numbers are those of the first updates after the snapshot of 2024-08-08, made smaller.
  const update = (U: number, u: number, pu: number) => {
    const frame = `{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":${U},"u":${u},"pu":${pu},"b":[["61800.20","${u}"]],"a":[]}`
    return meaning(frame).filter((one): one is BookDelta => one._tag === "BookDelta")
  }
  const snapshot = (body: string): BookSnapshot =>
    Result.getOrThrow(venue.calls.snapshot.decode(body, makeReader(), "BTCUSDT"))
  const whole = snapshot(
    `{"lastUpdateId":100,"E":1723161256501,"T":1723161256493,"bids":[["61800.10","1"]],"asks":[["61800.30","1"]]}`
  )
  const follow = (...deltas: ReadonlyArray<BookDelta>) => {
    const book = Book.make()
    const out: Array<BookSnapshot | BookDelta> = []
    const needs = [...deltas.slice(0, 1), whole, ...deltas.slice(1)].map(
      (one) => Book.step(book, one, out)?.cause
    )
    return { needs: needs.slice(1), passed: out.map(({ sequence }) => sequence) }
  }

  it("says when the snapshot was taken", () => {
    assert.deepInclude(whole, { at: 1_723_161_256_493_000, symbol: "BTC-USDT-PERP" })
  })

  it.for([
    ["whose first update spans it", [95, 105, 90]],
    ["whose first update follows right on it", [103, 105, 100]],
    ["that falls between two updates", [103, 105, 98]]
  ] as const)("goes on from a snapshot %s", ([, [U, u, pu]]) => {
    const { needs, passed } = follow(...update(U, u, pu), ...update(u + 7, u + 9, u))
    assert.deepStrictEqual(needs, [undefined, undefined])
    assert.deepStrictEqual(passed, [100, u, u + 9])
  })

  it("takes nothing that its snapshot includes", () => {
    const { needs, passed } = follow(...update(95, 100, 90), ...update(103, 105, 100))
    assert.deepStrictEqual(needs, [undefined, undefined])
    assert.deepStrictEqual(passed, [100, 105])
  })

  it("misses an update where one does not follow on the last, whatever it begins with", () => {
    const { needs } = follow(...update(95, 105, 90), ...update(106, 109, 107))
    assert.deepStrictEqual(needs, [undefined, "sequence"])
  })
})

describe("what Binance USD-M futures are asked", () => {
  const subscription = (channel: Channel, variant?: string) => ({
    venue: venue.id,
    channel,
    variant,
    symbol: "BTC-USDT-PERP"
  })

  it.for([
    ["trades", "aggregated", "aggTrade", "/market/stream"],
    ["quotes", undefined, "bookTicker", "/public/stream"],
    ["book", undefined, "depth@100ms", "/public/stream"],
    ["bars", "1m", "kline_1m", "/market/stream"],
    ["ticker", undefined, "ticker", "/market/stream"],
    ["mark", undefined, "markPrice@1s", "/market/stream"],
    ["funding", undefined, "markPrice@1s", "/market/stream"],
    ["liquidations", undefined, "forceOrder", "/market/stream"]
  ] as const)(
    "for %s is the stream that carries it, on its route",
    ([channel, variant, name, path]) => {
      const asked = subscription(channel, variant)
      assert.strictEqual(venue.topic(asked, "BTCUSDT"), `btcusdt@${name}`)
      assert.strictEqual(venue.path(asked), path)
    }
  )

  it("is no more than half of what the two markets of futures share", () => {
    const { count, per } = venue.limits.requests
    assert.isAtMost(count * 2, 2400)
    assert.strictEqual(per, "1 minute")
  })

  it("for past trades is the aggregated ones, for which it wants no key", () => {
    assert.notProperty(venue.calls, "trades")
    assert.strictEqual(
      venue.calls.aggregatedTrades.path("BTCUSDT", 389_551_487),
      "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=389551487&limit=1000"
    )
  })

  it("for a book is a depth that it has", () => {
    const { lastUpdate, snapshot } = venue.calls
    const path = "/fapi/v1/depth?symbol=BTCUSDT&limit="
    const offered = [5, 10, 20, 50, 100, 500, 1000].map((limit) => `${path}${limit}`)
    assert.include(offered, lastUpdate.path("BTCUSDT"))
    for (const levels of [0, ...venue.depths.map(({ levels }) => levels)]) {
      assert.include(offered, snapshot.path("BTCUSDT", levels))
    }
  })

  // Listed by fapi.binance.com on 2021-04-17, without what is not read of it.
  const listing = (contractType: string, deliveryDate: number, status = "TRADING") =>
    `{"symbols":[{"symbol":"BTCUSDT_210625","pair":"BTCUSDT","contractType":"${contractType}","deliveryDate":${deliveryDate},"status":"${status}","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","filters":[{"minPrice":"0.01","maxPrice":"1000000","filterType":"PRICE_FILTER","tickSize":"0.01"},{"stepSize":"0.001","filterType":"LOT_SIZE","maxQty":"1000","minQty":"0.001"}]}]}`

  const instruments = (body: string) =>
    Result.getOrThrow(venue.calls.instruments.decode(body, makeReader()))

  it("lists a contract that expires by its day, and a perpetual as one", () => {
    assert.deepStrictEqual(instruments(listing("CURRENT_QUARTER", 1_624_608_000_000)), [
      {
        venue: "binance-usdm",
        symbol: "BTC-USDT-210625",
        native: "BTCUSDT_210625",
        kind: "future",
        base: "BTC",
        quote: "USDT",
        tickSize: 0.01,
        lotSize: 0.001,
        status: "trading"
      }
    ])
    for (const type of ["PERPETUAL", "TRADIFI_PERPETUAL"]) {
      const [perpetual] = instruments(listing(type, 4_133_404_800_000))
      assert.deepInclude(perpetual, { symbol: "BTC-USDT-PERP", kind: "perpetual" })
    }
  })

  it("does not list what has no kind yet, as before it is opened, or no day that is one", () => {
    assert.deepStrictEqual(instruments(listing("", 4_133_404_800_000, "PENDING_TRADING")), [])
    assert.deepStrictEqual(instruments(listing("CURRENT_QUARTER", 9e15)), [])
  })

  it.for([
    ["PENDING_TRADING", "halted"],
    ["SETTLING", "halted"],
    ["DELIVERED", "ended"],
    ["CLOSE", "ended"],
    ["SOMETHING", "unknown"]
  ] as const)("of a contract with the status %s means that it is %s", ([status, expected]) => {
    const [contract] = instruments(listing("PERPETUAL", 4_133_404_800_000, status))
    assert.deepInclude(contract, { status: expected })
  })
})
