import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinm from "@tapewire/venues/BinanceCoinm"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"

const { venue } = BinanceCoinm

const received = 1_723_161_257_700_000

const inverse = { inverse: true } as const

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BTCUSD_PERP", symbol: "BTC-USD-PERP", contractSize: 100, ...inverse },
    { native: "BTCUSD_200925", symbol: "BTC-USD-200925", contractSize: 100, ...inverse },
    { native: "ETHUSD_PERP", symbol: "ETH-USD-PERP", contractSize: 10, ...inverse }
  ])
  reader.received = received
  return reader
}

const meaning = (text: string) => Result.getOrThrow(venue.decode(text, makeReader()))

const base = { venue: "binance-coinm", symbol: "BTC-USD-PERP", received }

// Sent by dstream.binance.com on 2024-08-08, 2021-03-20, 2022-05-29 and 2020-06-15.

const bookTicker = `{"stream":"btcusd_perp@bookTicker","data":{"u":1007198632021,"e":"bookTicker","s":"BTCUSD_PERP","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}}`

const depthUpdate = `{"stream":"btcusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","U":1007198631260,"u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"],["61778.7","0"]],"a":[]}}`

const aggTrade = `{"stream":"btcusd_perp@aggTrade","data":{"e":"aggTrade","E":1616201883458,"a":41045788,"s":"BTCUSD_PERP","p":"58570.1","q":"58","f":91864326,"l":91864327,"T":1616201883304,"m":true}}`

const kline = `{"stream":"ethusd_perp@kline_1m","data":{"e":"kline","E":1653818962599,"s":"ETHUSD_PERP","k":{"t":1653818940000,"T":1653818999999,"s":"ETHUSD_PERP","i":"1m","f":413873402,"L":413874164,"o":"1786.56","c":"1788.67","h":"1789.24","l":"1785.25","v":"401601","n":763,"x":false,"q":"2246.59444657","V":"254246","Q":"1422.31905487","B":"0"}}}`

const ticker = `{"stream":"btcusd_200925@ticker","data":{"e":"24hrTicker","E":1592265616654,"s":"BTCUSD_200925","ps":"BTCUSD","p":"72.9","P":"0.773","w":"9271.96027324","c":"9504.9","Q":"1","o":"9432.0","h":"9769.5","l":"8621.4","v":"1967607","q":"21221.04648872","O":1592179200000,"C":1592265616653,"F":100191,"L":173906,"n":73715}}`

const markPrice = `{"stream":"btcusd_200925@markPrice@1s","data":{"e":"markPriceUpdate","E":1592265602000,"s":"BTCUSD_200925","p":"9501.15723333","P":"9429.39675000"}}`

const forceOrder = `{"stream":"btcusd_200925@forceOrder","data":{"e":"forceOrder","E":1594622954023,"o":{"s":"BTCUSD_200925","ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"3","p":"9314.5","ap":"9352.7","X":"FILLED","l":"3","z":"3","T":1594622954021}}}`

/** So many dollars of bitcoin at a price, by hand. */
const bitcoin = (dollars: number, price: number) => dollars / price

describe("a frame of Binance COIN-M futures", () => {
  it("tells a trade in bitcoin that the venue counts in contracts of 100 dollars", () => {
    const [trade] = meaning(aggTrade)
    assert.deepStrictEqual(trade, {
      _tag: "Trade",
      ...base,
      at: 1_616_201_883_304_000,
      id: 41_045_788,
      price: 58_570.1,
      size: bitcoin(5800, 58_570.1),
      side: "sell",
      firstId: 91_864_326,
      lastId: 91_864_327
    })
    const [bought] = meaning(aggTrade.replace(`"m":true`, `"m":false`))
    assert.deepInclude(bought, { side: "buy" })
  })

  it("tells what waits at each price in bitcoin at that price, and nothing where nothing waits", () => {
    assert.deepStrictEqual(meaning(depthUpdate), [
      {
        _tag: "BookDelta",
        ...base,
        at: 1_723_161_257_432_000,
        firstSequence: 1_007_198_631_199,
        sequence: 1_007_198_631_565,
        bids: [
          [61_773.6, bitcoin(100_100, 61_773.6)],
          [61_778.7, 0]
        ],
        asks: []
      }
    ])
    assert.deepInclude(meaning(bookTicker)[0], {
      bidSize: bitcoin(3500, 61_804.7),
      askSize: bitcoin(164_500, 61_804.8)
    })
  })

  it("tells no quote of a side without orders", () => {
    const bare = bookTicker.replace(`"b":"61804.7","B":"35"`, `"b":"0","B":"0"`)
    assert.deepInclude(meaning(bare)[0], { bid: undefined, bidSize: undefined, ask: 61_804.8 })
  })

  it("fails where contracts stand at no price", () => {
    for (const frame of [
      aggTrade.replace(`"p":"58570.1"`, `"p":"0"`),
      depthUpdate.replace(`"61773.6"`, `"0.0"`)
    ]) {
      assert.isTrue(Result.isFailure(venue.decode(frame, makeReader())))
    }
  })

  it("tells the volumes that the venue itself gives in the base asset", () => {
    assert.deepInclude(meaning(kline)[0], {
      volume: 2246.59444657,
      takerBuyVolume: 1422.31905487,
      quoteVolume: 4_016_010,
      trades: 763,
      closed: false
    })
    assert.deepInclude(meaning(ticker)[0], {
      last: 9504.9,
      volume: 21_221.04648872,
      quoteVolume: 196_760_700,
      vwap: 9271.96027324
    })
  })

  it("tells the mark price of a contract that expires, which has no funding", () => {
    assert.deepStrictEqual(meaning(markPrice), [
      {
        _tag: "MarkPrice",
        ...base,
        symbol: "BTC-USD-200925",
        at: 1_592_265_602_000_000,
        price: 9501.15723333,
        index: undefined
      }
    ])
  })

  it("tells a liquidation in bitcoin, on the side of the order that closes", () => {
    assert.deepStrictEqual(meaning(forceOrder), [
      {
        _tag: "Liquidation",
        ...base,
        symbol: "BTC-USD-200925",
        at: 1_594_622_954_021_000,
        price: 9352.7,
        size: bitcoin(300, 9352.7),
        side: "sell"
      }
    ])
  })
})

describe("what Binance COIN-M futures are asked", () => {
  it("goes over one route", () => {
    assert.strictEqual(venue.path, "/stream")
  })

  it("for a snapshot is answered in contracts, which are told in the base asset", () => {
    // Answered by dapi.binance.com on 2022-06-03, without most of its levels.
    const body = `{"lastUpdateId":466437000380,"E":1654232451449,"T":1654232451434,"symbol":"BTCUSD_PERP","pair":"BTCUSD","bids":[["30401.8","12984"]],"asks":[["30401.9","1788"]]}`
    const { snapshot } = venue.calls
    assert.deepStrictEqual(Result.getOrThrow(snapshot.decode(body, makeReader(), "BTCUSD_PERP")), {
      _tag: "BookSnapshot",
      ...base,
      at: 1_654_232_451_434_000,
      sequence: 466_437_000_380,
      bids: [[30_401.8, bitcoin(1_298_400, 30_401.8)]],
      asks: [[30_401.9, bitcoin(178_800, 30_401.9)]]
    })
    assert.strictEqual(
      snapshot.path("BTCUSD_PERP", 1000),
      "/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000"
    )
  })

  it("for past trades is answered in contracts, which are told in the base asset", () => {
    const body = `[{"a":41045788,"p":"58570.1","q":"58","f":91864326,"l":91864327,"T":1616201883304,"m":true}]`
    const [past] = Result.getOrThrow(
      venue.calls.aggregatedTrades.decode(body, makeReader(), "BTCUSD_PERP")
    )
    const [live] = meaning(aggTrade)
    assert.deepStrictEqual<unknown>(past, { ...live, origin: "backfill" })
  })

  it("lists its contracts as inverse, with what each stands for and no smallest size", () => {
    // Listed by dapi.binance.com on 2021-07-21, without what is not read of it.
    const body = `{"symbols":[{"symbol":"BTCUSD_210924","pair":"BTCUSD","contractType":"CURRENT_QUARTER","deliveryDate":1632470400000,"onboardDate":1616745600000,"contractStatus":"TRADING","contractSize":100,"marginAsset":"BTC","baseAsset":"BTC","quoteAsset":"USD","filters":[{"minPrice":"1000","maxPrice":"1000000","filterType":"PRICE_FILTER","tickSize":"0.1"},{"stepSize":"1","filterType":"LOT_SIZE","maxQty":"1000000","minQty":"1"}]}]}`
    assert.deepStrictEqual(Result.getOrThrow(venue.calls.instruments.decode(body, makeReader())), [
      {
        venue: "binance-coinm",
        symbol: "BTC-USD-210924",
        native: "BTCUSD_210924",
        kind: "future",
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
})
