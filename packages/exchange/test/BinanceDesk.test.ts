import { assert, describe, it } from "@effect/vitest"
import { desk } from "@tapewire/exchange/BinanceDesk"
import { venue } from "@tapewire/venues/BinanceSpot"

const url = (path: string) => new URL(path, "http://exchange")

// Examples of https://github.com/binance/binance-spot-api-docs (web-socket-streams.md, rest-api.md)
// as of 2026-07-21.
const aggTrade = `{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}`

const wrapped = (topic: string, data: string) => `{"stream":"${topic}","data":${data}}`

describe("the desk of Binance", () => {
  it("opens connections where Binance does, with the topics of the address", () => {
    const topics = (path: string) => desk.door(url(path))?.topics
    assert.deepStrictEqual(topics("/stream?streams=bnbbtc@aggTrade/bnbbtc@trade"), [
      "bnbbtc@aggTrade",
      "bnbbtc@trade"
    ])
    assert.deepStrictEqual(topics("/ws/bnbbtc@trade"), ["bnbbtc@trade"])
    assert.deepStrictEqual([topics("/ws"), topics("/stream")], [[], []])
    assert.isUndefined(topics("/elsewhere"))
  })

  it("sends what is wrapped without its wrapping over a raw connection", () => {
    const frame = wrapped("bnbbtc@aggTrade", aggTrade)
    assert.strictEqual(desk.door(url("/ws"))?.form(frame), aggTrade)
    assert.strictEqual(desk.door(url("/stream"))?.form(frame), frame)
  })

  it("takes every request that the product makes", () => {
    const heard = desk.hear(venue.subscribe(["a@trade", "b@trade"], 7), new Set())
    assert.deepStrictEqual(heard, {
      subscribe: ["a@trade", "b@trade"],
      unsubscribe: [],
      replies: [`{"result":null,"id":7}`]
    })
    assert.deepStrictEqual(desk.hear(venue.unsubscribe(["a@trade"], 8), new Set()).unsubscribe, [
      "a@trade"
    ])
    assert.deepStrictEqual(desk.hear(venue.probe(9), new Set(["b@trade"])).replies, [
      `{"result":["b@trade"],"id":9}`
    ])
  })

  it("knows every call of the product, and weighs it alike", () => {
    const { snapshot, ...calls } = venue.calls
    const weights = Object.values(calls).map(({ path, weight }) => ({
      product: weight,
      desk: desk.call(url(path("BNBBTC", 1)))?.weight
    }))
    for (const { levels, weight } of venue.depths) {
      const path = snapshot.path("BNBBTC", levels)
      weights.push({ product: weight, desk: desk.call(url(path))?.weight })
    }
    assert.isNotEmpty(weights)
    for (const weight of weights) assert.strictEqual(weight.desk, weight.product)
    assert.isUndefined(desk.call(url("/api/v3/account")))
  })

  it("weighs a book by its depth", () => {
    const weight = (limit: string) => desk.call(url(`/api/v3/depth?symbol=BNBBTC${limit}`))?.weight
    assert.deepStrictEqual(
      ["", "&limit=100", "&limit=500", "&limit=1000", "&limit=5000"].map(weight),
      [5, 5, 25, 50, 250]
    )
  })

  it("lists an aggregated trade in the form of past trades, without name and event", () => {
    const fact = desk.fact(wrapped("bnbbtc@aggTrade", aggTrade))
    assert.deepInclude(fact, { _tag: "Traded", call: "aggregatedTrades" })
    assert.strictEqual(
      fact?._tag === "Traded" ? fact.trade.listed : "",
      `{"a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}`
    )
  })

  it("renames a symbol wherever a frame names it", () => {
    assert.strictEqual(
      desk.rename(wrapped("bnbbtc@aggTrade", aggTrade), "BNBBTC", "X01BTC"),
      wrapped("x01btc@aggTrade", aggTrade.replace("BNBBTC", "X01BTC"))
    )
  })
})
