import { assert, describe, it } from "@effect/vitest"
import { venue } from "@tapewire/venues/BybitLinear"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"
import type { Channel } from "tapewire/Subscription"
import type { Message } from "tapewire/Venue"

const received = 1_786_310_819_000_000

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "ETHUSDT", symbol: "ETH-USDT-PERP" },
    { native: "ROSEUSDT", symbol: "ROSE-USDT-PERP" }
  ])
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "bybit-linear", symbol: "ETH-USDT-PERP", received }

// What is not said to be from elsewhere was recorded on 2026-08-09.

const trade = `{"topic":"publicTrade.ETHUSDT","type":"snapshot","ts":1786310820347,"data":[{"T":1786310820346,"s":"ETHUSDT","S":"Buy","v":"0.01","p":"1922.50","L":"PlusTick","i":"19d7df56-4f10-5290-a969-d9d9f2c74cc3","BT":false,"RPI":false,"seq":430879434439},{"T":1786310820346,"s":"ETHUSDT","S":"Sell","v":"1.30","p":"1922.50","L":"ZeroPlusTick","i":"4d4ad26c-901f-5146-adc0-1db29b6b9ab6","BT":false,"RPI":false,"seq":430879434439}]}`

const whole = `{"topic":"tickers.ETHUSDT","type":"snapshot","data":{"symbol":"ETHUSDT","tickDirection":"ZeroPlusTick","price24hPcnt":"0.001004","lastPrice":"1922.48","prevPrice24h":"1920.55","highPrice24h":"1926.73","lowPrice24h":"1911.52","prevPrice1h":"1919.00","markPrice":"1922.43","indexPrice":"1923.16","openInterest":"830090.65","openInterestValue":"1595791168.28","turnover24h":"512937803.5941","volume24h":"267231.1900","fundingIntervalHour":"8","fundingCap":"0.005","singleOpenInterest":"415045.33","singleOpenInterestValue":"797895593.75","nextFundingTime":"1786320000000","fundingRate":"0.00004617","bid1Price":"1922.49","bid1Size":"148.82","ask1Price":"1922.50","ask1Size":"1.36","preOpenPrice":"","preQty":"","curPreListingPhase":""},"cs":430879416065,"ts":1786310818974}`

const changed = (data: string) =>
  `{"topic":"tickers.ETHUSDT","type":"delta","data":{"symbol":"ETHUSDT",${data}},"cs":430879421964,"ts":1786310819274}`

/** The example of Bybit's documentation as of 2026-07-24. */
const liquidation = `{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]}`

const at = 1_786_310_819_274_000

describe("a frame of Bybit's linear contracts", () => {
  it("tells trades, and the side of the taker", () => {
    const match = { _tag: "Trade", ...base, at: 1_786_310_820_346_000, price: 1922.5 } as const
    assert.deepStrictEqual(meaning(trade), [
      { ...match, id: "19d7df56-4f10-5290-a969-d9d9f2c74cc3", size: 0.01, side: "buy" },
      { ...match, id: "4d4ad26c-901f-5146-adc0-1db29b6b9ab6", size: 1.3, side: "sell" }
    ])
  })

  it("tells the figures of 24 hours, the funding rate, the mark price and the open interest", () => {
    const first = { ...base, at: 1_786_310_818_974_000 }
    assert.deepStrictEqual(meaning(whole), [
      {
        _tag: "Ticker",
        ...first,
        last: 1922.48,
        open: 1920.55,
        high: 1926.73,
        low: 1911.52,
        volume: 267_231.19,
        quoteVolume: 512_937_803.5941,
        bid: 1922.49,
        bidSize: 148.82,
        ask: 1922.5,
        askSize: 1.36
      },
      { _tag: "Funding", ...first, rate: 0.00004617, nextAt: 1_786_320_000_000_000 },
      { _tag: "MarkPrice", ...first, price: 1922.43, index: 1923.16 },
      { _tag: "OpenInterest", ...first, size: 830_090.65 }
    ])
  })

  it("tells of what changed no more than was sent", () => {
    assert.deepStrictEqual(meaning(changed(`"lastPrice":"1922.49","volume24h":"267232"`)), [
      {
        _tag: "Ticker",
        ...base,
        at,
        last: 1922.49,
        open: undefined,
        high: undefined,
        low: undefined,
        volume: 267_232,
        quoteVolume: undefined,
        bid: undefined,
        bidSize: undefined,
        ask: undefined,
        askSize: undefined
      }
    ])
    assert.deepStrictEqual(meaning(changed(`"fundingRate":"0.0001"`)), [
      { _tag: "Funding", ...base, at, rate: 0.0001, nextAt: undefined }
    ])
    assert.deepStrictEqual(meaning(changed(`"markPrice":"1922.44"`)), [
      { _tag: "MarkPrice", ...base, at, price: 1922.44, index: undefined }
    ])
    assert.deepStrictEqual(meaning(changed(`"openInterest":"830091"`)), [
      { _tag: "OpenInterest", ...base, at, size: 830_091 }
    ])
  })

  it("tells nothing where only what stands beside a value changed", () => {
    assert.deepStrictEqual(meaning(changed(`"bid1Price":"1922.49","bid1Size":"153.59"`)), [])
    assert.deepStrictEqual(meaning(changed(`"indexPrice":"1923.17"`)), [])
    assert.deepStrictEqual(meaning(changed(`"fundingRate":"","lastPrice":""`)), [])
  })

  it("cannot be decoded with a figure that is no decimal", () => {
    const read =
      "lastPrice prevPrice24h highPrice24h lowPrice24h volume24h turnover24h bid1Price bid1Size ask1Price ask1Size markPrice indexPrice openInterest fundingRate nextFundingTime"
    for (const name of read.split(" ")) {
      const value = new RegExp(`("${name}":)"[^"]*"`)
      for (const wrong of [`"x"`, "null", "1"]) {
        const broken = whole.replace(value, `$1${wrong}`)
        assert.notStrictEqual(broken, whole)
        assert.isTrue(Result.isFailure(decode(broken)), `${name}: ${wrong}`)
      }
    }
  })

  it("tells a liquidation by the side of the order that closes the position", () => {
    const rose = { ...base, symbol: "ROSE-USDT-PERP" }
    // A short is closed by buying.
    assert.deepStrictEqual(meaning(liquidation), [
      {
        _tag: "Liquidation",
        ...rose,
        at: 1_739_502_302_929_000,
        price: 0.04499,
        size: 20_000,
        side: "buy"
      }
    ])
    assert.deepInclude(meaning(liquidation.replace(`"Sell"`, `"Buy"`))[0], { side: "sell" })
    assert.isTrue(Result.isFailure(decode(liquidation.replace(`"Sell"`, `"Long"`))))
    assert.isTrue(Result.isFailure(decode(liquidation.replace(`"0.04499"`, `"x"`))))
  })
})

describe("what Bybit answers of its linear contracts", () => {
  const { instruments } = venue.calls
  const listing = (...list: ReadonlyArray<string>) =>
    instruments.decode(`{"retCode":0,"result":{"list":[${list.join(",")}]}}`, makeReader())

  // As recorded on 2026-08-09, less the fields that are not read, and, of the second, another coin.
  const perpetual = `{"symbol":"0GUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"0G","quoteCoin":"USDT","deliveryTime":"0","priceFilter":{"minPrice":"0.0001","maxPrice":"1999.9998","tickSize":"0.0001"},"lotSizeFilter":{"maxOrderQty":"350000.0","minOrderQty":"0.1","qtyStep":"0.1"},"settleCoin":"USDT"}`
  const inUsdc = perpetual
    .replace("0GUSDT", "BTCPERP")
    .replace(`"0G"`, `"BTC"`)
    .replace(`"USDT"`, `"USDC"`)
  const future = `{"symbol":"BTCUSDT-14AUG26","contractType":"LinearFutures","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","deliveryTime":"1786694400000","priceFilter":{"tickSize":"0.1"},"lotSizeFilter":{"qtyStep":"0.001"},"settleCoin":"USDT"}`

  it("to a question for the instruments is what they are called and their smallest steps", () => {
    const common = { venue: "bybit-linear", status: "trading" } as const
    assert.deepStrictEqual(Result.getOrThrow(listing(perpetual, future)), [
      {
        ...common,
        symbol: "0G-USDT-PERP",
        native: "0GUSDT",
        kind: "perpetual",
        base: "0G",
        quote: "USDT",
        tickSize: 0.0001,
        lotSize: 0.1
      },
      {
        ...common,
        symbol: "BTC-USDT-260814",
        native: "BTCUSDT-14AUG26",
        kind: "future",
        base: "BTC",
        quote: "USDT",
        tickSize: 0.1,
        lotSize: 0.001
      }
    ])
    assert.deepInclude(Result.getOrThrow(listing(inUsdc))[0], {
      symbol: "BTC-USDC-PERP",
      native: "BTCPERP"
    })
  })

  it("of a future without a last day cannot be decoded", () => {
    for (const wrong of ["", "x", "1e30"]) {
      const broken = future.replace("1786694400000", wrong)
      assert.isTrue(Result.isFailure(listing(broken)), wrong)
    }
  })
})

describe("what Bybit is asked of its linear contracts", () => {
  const topic = (channel: Channel) =>
    venue.topic({ venue: venue.id, channel, symbol: "ETH-USDT-PERP" }, "ETHUSDT")

  it("carries the figures of 24 hours and three more channels on one topic", () => {
    const figures = ["ticker", "funding", "mark", "openinterest"] as const
    assert.deepStrictEqual(new Set(figures.map(topic)), new Set(["tickers.ETHUSDT"]))
    assert.strictEqual(topic("liquidations"), "allLiquidation.ETHUSDT")
  })

  it("asks about its own market", () => {
    assert.strictEqual(venue.path, "/v5/public/linear")
    const { instruments, lastTrade, lastUpdate } = venue.calls
    for (const path of [
      instruments.path(),
      lastTrade.path("ETHUSDT"),
      lastUpdate.path("ETHUSDT")
    ]) {
      assert.include(path, "?category=linear&")
    }
  })
})
