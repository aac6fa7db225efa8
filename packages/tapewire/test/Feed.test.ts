import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import * as Feed from "tapewire/Feed"
import { BadTape, FeedError, Lost, Refused, Unsupported } from "tapewire/FeedError"
import { venue } from "./support/venue.ts"

const offers = ["trades", "trades@aggregated", "quotes", "book", "bars@1m", "bars@5m"]

describe("Feed", () => {
  it("offers every channel in every variant, written as in subscriptions", () => {
    assert.deepStrictEqual(Feed.offers(venue), offers)
  })

  it("subscribes to each topic once, whatever its case", () => {
    const topics = [
      "trades:AAA-USD",
      "trades@aggregated:AAA-USD",
      "bars@5m:BBB-USD",
      "trades:aaa-usd"
    ] as const
    const on = { venue: "testing" } as const
    assertSuccess(Feed.subscriptions(venue, topics), [
      { ...on, channel: "trades", symbol: "AAA-USD" },
      { ...on, channel: "trades", variant: "aggregated", symbol: "AAA-USD" },
      { ...on, channel: "bars", variant: "5m", symbol: "BBB-USD" }
    ])
    assertSuccess(Feed.subscriptions(venue, []), [])
  })

  it.for([
    "bars@9m:AAA-USD",
    "quotes@fast:AAA-USD",
    "trades:",
    "trades:AAA USD",
    "trades:AAA-USD:x"
  ] as const)("%s is not offered, and the error says what is", (topic) => {
    const reason = new Unsupported({ subscription: topic, offers })
    assertFailure(
      Feed.subscriptions(venue, ["trades:AAA-USD", topic]),
      new FeedError({ venue: "testing", reason })
    )
    assert.strictEqual(reason.message, `${topic} is not offered; there are ${offers.join(" ")}`)
  })

  it("a channel that the venue does not have is not offered", () => {
    const { quotes } = venue.channels
    const less: Parameters<typeof Feed.subscriptions>[0] = { id: "testing", channels: { quotes } }
    const reason = new Unsupported({ subscription: "trades:AAA-USD", offers: ["quotes"] })
    assertFailure(
      Feed.subscriptions(less, ["trades:AAA-USD"]),
      new FeedError({ venue: "testing", reason })
    )
  })

  it("an error says whether another attempt may help, and whose it is to mend", () => {
    const of = (reason: FeedError["reason"]) => {
      const { isRetryable, isUsage } = new FeedError({ venue: "testing", reason })
      return { isRetryable, isUsage }
    }
    assert.deepStrictEqual(of(new Lost({ code: 1006, detail: "" })), {
      isRetryable: true,
      isUsage: false
    })
    assert.deepStrictEqual(of(new Refused({ detail: "" })), { isRetryable: false, isUsage: false })
    assert.deepStrictEqual(of(new BadTape({ detail: "" })), { isRetryable: false, isUsage: false })
    assert.deepStrictEqual(of(new Unsupported({ subscription: "", offers: [] })), {
      isRetryable: false,
      isUsage: true
    })
  })
})
