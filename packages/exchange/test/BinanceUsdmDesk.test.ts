import { assert, describe, it } from "@effect/vitest"
import { desk } from "@tapewire/exchange/BinanceUsdmDesk"
import { venue } from "@tapewire/venues/BinanceUsdm"

const url = (path: string) => new URL(path, "http://exchange")

// Sent by fstream.binance.com on 2024-08-08, without most of its levels.
const depthUpdate = `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"]],"a":[]}}`

describe("the desk of Binance USD-M futures", () => {
  it("opens connections on its two routes only", () => {
    const topics = (path: string) => desk.door(url(path))?.topics
    assert.deepStrictEqual(topics("/public/stream?streams=btcusdt@bookTicker"), [
      "btcusdt@bookTicker"
    ])
    assert.deepStrictEqual(topics("/market/stream"), [])
    assert.isUndefined(topics("/stream"))
  })

  it("knows every call of the product, and weighs it alike", () => {
    const { snapshot, ...calls } = venue.calls
    for (const { path, weight } of Object.values(calls)) {
      assert.strictEqual(desk.call(url(path("BTCUSDT", 1)))?.weight, weight)
    }
    for (const { levels, weight } of venue.depths) {
      assert.strictEqual(desk.call(url(snapshot.path("BTCUSDT", levels)))?.weight, weight)
    }
  })

  it("has no past single trades for who has no key", () => {
    assert.isUndefined(desk.call(url("/fapi/v1/historicalTrades?symbol=BTCUSDT")))
    assert.isUndefined(desk.call(url("/api/v3/aggTrades?symbol=BTCUSDT")))
  })

  it("takes an update of a book for the one that follows the one it names", () => {
    assert.deepStrictEqual(desk.fact(depthUpdate), {
      _tag: "Updated",
      firstSequence: 5_123_107_831_938,
      sequence: 5_123_107_837_557,
      bids: [["58710.20", "0.014"]],
      asks: []
    })
  })
})
