import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Offer from "@tapewire/server/Offer"
import * as Subscription from "tapewire/Subscription"
import { feed, subscriptions } from "./support/service.ts"

const feeds = [
  feed({ subscriptions: subscriptions("binance:trades:BTC-USDT", "binance:bars@1m:BTC-USDT") }),
  feed({
    venue: "kraken",
    provenance: "live",
    subscriptions: subscriptions("kraken:trades:BTC-USD")
  })
]

const choose = (...lists: ReadonlyArray<string>) =>
  Result.match(Offer.choose(feeds, lists), {
    onSuccess: (found) => found.map(Subscription.format),
    onFailure: ({ _tag }) => _tag
  })

describe("Offer", () => {
  it("lists are separated by commas, and a subscription counts once", () => {
    assert.deepStrictEqual(
      choose("binance:trades:btc-usdt, kraken:trades:BTC-USD", "binance:trades:BTC-USDT"),
      ["binance:trades:BTC-USDT", "kraken:trades:BTC-USD"]
    )
  })

  it("a subscription without a variant asks for all of a channel", () => {
    assert.deepStrictEqual(choose("binance:bars:BTC-USDT"), ["binance:bars:BTC-USDT"])
    assert.deepStrictEqual(choose("binance:bars@5m:BTC-USDT"), "NotServed")
  })

  it("none, too many, malformed and not served are told apart", () => {
    assert.strictEqual(choose(), "InvalidRequest")
    assert.strictEqual(choose(""), "InvalidRequest")
    assert.strictEqual(
      choose(Array(51).fill("binance:trades:BTC-USDT").join(",")),
      "InvalidRequest"
    )
    assert.strictEqual(choose("binance:trades"), "BadSubscription")
    assert.strictEqual(choose("binance:trades:BTC-USDT,"), "BadSubscription")
    assert.strictEqual(choose("binance:trades:ETH-USDT"), "NotServed")
    assert.strictEqual(choose("coinbase:trades:BTC-USDT"), "NotServed")
  })

  it("what comes of any recorded feed is recorded", () => {
    assert.strictEqual(Offer.provenance(feeds), "recorded")
    assert.strictEqual(Offer.provenance(feeds.slice(1)), "live")
  })
})
