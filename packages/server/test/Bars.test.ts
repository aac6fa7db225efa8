import { assert, describe, it } from "@effect/vitest"
import * as Bars from "@tapewire/server/Bars"
import * as BarSeries from "@tapewire/server/BarSeries"
import type { Bar } from "tapewire/Tick"
import { subscriptions, trade } from "./support/service.ts"

const minute = 60_000_000
const openAt = 1_723_161_240_000_000

/** Test values around one recorded price. */
const bar = (index: number, close = 61837.63): Bar => ({
  _tag: "Bar",
  venue: "binance",
  symbol: "BTC-USDT",
  received: trade.received,
  interval: "1m",
  openAt: openAt + index * minute,
  closeAt: openAt + (index + 1) * minute,
  open: 61837.63,
  high: 61837.63,
  low: 61837.63,
  close,
  volume: 0.02,
  closed: false
})

const tail = (found: Bars.Found | undefined, limit = 5) =>
  found === undefined ? undefined : BarSeries.tail(found.series, limit)

describe("Bars", () => {
  it("a later update replaces the bar of the same interval", () => {
    const store = Bars.make(subscriptions("binance:bars@1m:BTC-USDT"))
    store.add([bar(0), bar(1), bar(0, 61837.64)])
    const found = store.find("binance", "BTC-USDT", "1m")
    assert.deepStrictEqual(tail(found), [bar(0, 61837.64), bar(1)])
    assert.strictEqual(found?.derived, false)
  })

  it("no more than a day of minutes is kept", () => {
    const store = Bars.make(subscriptions("binance:bars@1m:BTC-USDT"))
    store.add(Array.from({ length: Bars.keep + 10 }, (_, index) => bar(index)))
    const kept = tail(store.find("binance", "BTC-USDT", "1m"), 10_000)
    assert.strictEqual(kept?.length, 1440)
    assert.strictEqual(kept?.at(0)?.openAt, openAt + 10 * minute)
  })

  it("a venue's own bars come before those made of trades", () => {
    const store = Bars.make(subscriptions("binance:trades:BTC-USDT", "binance:bars@1m:BTC-USDT"))
    store.add([trade, bar(0)])
    assert.strictEqual(store.find("binance", "BTC-USDT", "1m")?.derived, false)
    assert.strictEqual(store.find("binance", "BTC-USDT", "5m")?.derived, true)
    assert.sameMembers([...store.intervals("binance", "BTC-USDT")], ["1s", "1m", "5m", "15m", "1h"])
  })

  it("single trades and the aggregates of them are not both counted", () => {
    const both = subscriptions("binance:trades:BTC-USDT", "binance:trades@aggregated:BTC-USDT")
    const aggregate = { ...trade, id: 3_120_000_001, firstId: 3_735_683_259, lastId: 3_735_683_260 }
    const count = (store: ReturnType<typeof Bars.make>) => {
      store.add([trade, aggregate])
      return tail(store.find("binance", "BTC-USDT", "1m"))?.at(0)?.trades
    }
    assert.strictEqual(count(Bars.make(both)), 1)
    assert.strictEqual(count(Bars.make(both.slice(1))), 2)
  })

  it("an instrument nobody subscribed to has no intervals", () => {
    const store = Bars.make(subscriptions("binance:book:BTC-USDT", "binance:trades:ETH-USDT"))
    store.add([trade])
    assert.deepStrictEqual(store.intervals("binance", "BTC-USDT"), [])
    assert.deepStrictEqual(store.intervals("kraken", "ETH-USDT"), [])
    assert.isUndefined(store.find("binance", "BTC-USDT", "1m"))
  })
})
