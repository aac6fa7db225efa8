import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Health from "@tapewire/server/Health"
import type * as Feed from "tapewire/Feed"
import type { FeedStatus } from "tapewire/Tape"
import { subscriptions } from "./support/service.ts"

const feed = (provenance: Feed.Provenance, state: Feed.State): FeedStatus => ({
  venue: "binance",
  provenance,
  state,
  subscriptions: subscriptions("binance:bars@1m:BTC-USDT"),
  ticks: 7,
  lastTickAt: undefined,
  lagMs: undefined,
  losses: 1,
  counts: undefined
})

const status = (...feeds: ReadonlyArray<FeedStatus>) => Health.make(feeds, 1.5).status

describe("Health", () => {
  it("all feeds running is ok, some is degraded, none is failed", () => {
    const well = feed("live", "running")
    const ill = feed("live", "reconnecting")
    assert.strictEqual(status(well, well), "ok")
    assert.strictEqual(status(well, ill), "degraded")
    assert.strictEqual(status(ill, feed("live", "failed")), "failed")
    assert.strictEqual(status(feed("live", "connecting")), "failed")
    assert.strictEqual(status(), "ok")
  })

  it("a tape may end, an exchange may not", () => {
    assert.strictEqual(status(feed("recorded", "ended")), "ok")
    assert.strictEqual(status(feed("live", "ended")), "failed")
  })

  it("a subscription that is mute is named, and is enough to be degraded", () => {
    const mute = ["binance:trades:BTC-USDT"]
    const health = Health.make([{ ...feed("live", "running"), mute }], 1.5)
    assert.strictEqual(health.status, "degraded")
    assert.deepStrictEqual(health.feeds[0]?.mute, mute)
    assert.strictEqual(status({ ...feed("live", "running"), mute: [] }), "ok")
  })

  it("a venue that is left alone is said to be", () => {
    const [said] = Health.make([{ ...feed("live", "reconnecting"), breaker: "open" }], 1.5).feeds
    assert.strictEqual(said?.breaker, "open")
  })

  it("what is not known is null, and subscriptions are as written", () => {
    const health = Health.make([feed("recorded", "running")], 1.5)
    assert.deepStrictEqual(
      Schema.encodeSync(Health.Healthy)(health as typeof Health.Healthy.Type),
      {
        status: "ok",
        uptimeSeconds: 1.5,
        feeds: [
          {
            venue: "binance",
            provenance: "recorded",
            state: "running",
            subscriptions: ["binance:bars@1m:BTC-USDT"],
            ticks: 7,
            lastTickAt: null,
            lagMs: null,
            losses: 1,
            gaps: 0,
            duplicates: 0,
            undecodable: 0
          }
        ]
      }
    )
  })
})
