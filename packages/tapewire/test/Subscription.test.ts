import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Subscription from "tapewire/Subscription"
import type { Tick } from "tapewire/Tick"

/** A subscription to which an absent variant and an `undefined` one are the same. */
const told = ({ channel, symbol, variant, venue }: Subscription.Subscription) => [
  venue,
  channel,
  variant,
  symbol
]

describe("Subscription", () => {
  it.prop(
    "every subscription can be written and read back",
    { subscription: Subscription.Subscription },
    ({ subscription }) => {
      const again = Subscription.parse(Subscription.format(subscription))
      assertSuccess(Result.map(again, told), told(subscription))
    },
    { arbitrary: { runs: 2000, size: 20 } }
  )

  it.prop(
    "what was read is a subscription and is written as it was, capitals aside",
    { venue: Schema.String, channel: Subscription.Channel, symbol: Schema.String },
    ({ channel, symbol, venue }) => {
      const text = `${venue}:${channel}:${symbol}`
      Result.match(Subscription.parse(text), {
        onFailure: (error) => assert.strictEqual(error.text, text),
        onSuccess: (subscription) => {
          assert.isTrue(Schema.is(Subscription.Subscription)(subscription))
          assert.strictEqual(
            Subscription.format(subscription),
            `${venue}:${channel}:${symbol.toUpperCase()}`
          )
        }
      })
    },
    { arbitrary: { runs: 2000, size: 3 } }
  )

  it.for(Subscription.Channel.literals)("%s is a channel", (channel) => {
    const subscription = { venue: "binance", channel, symbol: "BTC-USDT" }
    assertSuccess(Subscription.parse(`binance:${channel}:BTC-USDT`), subscription)
  })

  it("the interval of bars stands after an @", () => {
    assertSuccess(Subscription.parse("kraken-futures:bars@1m:ETH-USD-PERP"), {
      venue: "kraken-futures",
      channel: "bars",
      variant: "1m",
      symbol: "ETH-USD-PERP"
    })
  })

  it("an interval keeps its case, for 1M is a month and 1m a minute", () => {
    const month = Result.map(Subscription.parse("binance:bars@1M:BTC-USDT"), told)
    assertSuccess(month, ["binance", "bars", "1M", "BTC-USDT"])
  })

  it("a symbol may be given in small letters", () => {
    const subscription = { venue: "binance", channel: "trades", symbol: "BTC-USDT" } as const
    assertSuccess(Subscription.parse("binance:trades:btc-usdt"), subscription)
  })

  it.for([
    ["", "form"],
    ["binance", "form"],
    ["binance:trades", "form"],
    ["binance/trades/BTC-USDT", "form"],
    ["binance:trades:BTC-USDT:1m", "form"],
    [":trades:BTC-USDT", "venue"],
    [" binance:trades:BTC-USDT", "venue"],
    ["Binance:trades:BTC-USDT", "venue"],
    ["binance-:trades:BTC-USDT", "venue"],
    ["binance--us:trades:BTC-USDT", "venue"],
    ["bin_ance:trades:BTC-USDT", "venue"],
    ["binance::BTC-USDT", "channel"],
    ["binance:trade:BTC-USDT", "channel"],
    ["binance:TRADES:BTC-USDT", "channel"],
    ["binance:toString:BTC-USDT", "channel"],
    ["binance:@1m:BTC-USDT", "channel"],
    ["binance:bars@:BTC-USDT", "variant"],
    ["binance:bars@1m@5m:BTC-USDT", "variant"],
    ["binance:bars@1 m:BTC-USDT", "variant"],
    ["binance:bars@123456789012345678901:BTC-USDT", "variant"],
    ["binance:trades:", "symbol"],
    ["binance:trades:BTC USDT", "symbol"],
    ["binance:trades:BTC-USDT\n", "symbol"],
    ["binance:trades:BTC-USDT,ETH-USDT", "symbol"],
    ["binance:trades:BTC\u001B[2J", "symbol"],
    ["binance:trades:12345678901234567890123456789012345678901", "symbol"]
  ] as const)("%j is malformed in its %s", ([text, reason]) => {
    assertFailure(Subscription.parse(text), new Subscription.SubscriptionError({ text, reason }))
  })

  it("a gap is what is asked for where what is missing would have been", () => {
    const asks = (text: string, tick: Tick) =>
      Subscription.matches(Result.getOrThrow(Subscription.parse(text)), tick)
    const base = { _tag: "Gap", venue: "binance", symbol: "BTC-USDT", received: 0 } as const
    const single: Tick = { ...base, channel: "trades", cause: "sequence" }
    const aggregated: Tick = { ...single, variant: "aggregated" }
    const book: Tick = { ...single, channel: "book" }
    const told = [single, aggregated, book]
    assert.deepStrictEqual(
      ["trades", "trades@aggregated", "book", "quotes"].map((channel) =>
        told.map((gap) => asks(`binance:${channel}:BTC-USDT`, gap))
      ),
      [
        [true, true, false],
        [false, true, false],
        [false, false, true],
        [false, false, false]
      ]
    )
  })

  it.prop(
    "the error is one short line, whatever was typed",
    { text: Schema.String, reason: Subscription.SubscriptionError.fields.reason },
    ({ reason, text }) => {
      const { message } = new Subscription.SubscriptionError({ text: text.repeat(1000), reason })
      assert.notMatch(message, /[\n\r]/)
      assert.isAtMost(message.length, 1000)
    },
    { arbitrary: { runs: 1000 } }
  )

  it.for([
    ["binance", "is not of the form venue:channel:SYMBOL"],
    ["B:trades:BTC-USDT", "does not begin with a venue's id"],
    ["binance:trade:BTC-USDT", "names no channel; channels are trades quotes book"],
    ["binance:bars@:BTC-USDT", "bars take an interval, such as bars@1m"],
    ["binance:trades:", "symbols look like BTC-USDT"]
  ] as const)("the error of %j says that it %s", ([text, hint]) => {
    const message = Result.match(Subscription.parse(text), {
      onFailure: (error) => error.message,
      onSuccess: Subscription.format
    })
    assert.isTrue(message.startsWith(JSON.stringify(text)), message)
    assert.include(message, hint)
  })
})
