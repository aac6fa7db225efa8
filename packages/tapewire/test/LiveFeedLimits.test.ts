import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Venue } from "tapewire/Venue"
import { pass, settle, start } from "./support/live.ts"
import { venue } from "./support/venue.ts"

/** A venue whose frames and answers come from one host. */
const endpoints = { websocket: "wss://one.testing", rest: "https://one.testing" }

describe("LiveFeed, of the limits of a host", () => {
  it.effect(
    "makes no more attempts in five minutes than it allows, and each feed gets through, when twenty lose their connections at once",
    () =>
      Effect.gen(function* () {
        const limits = { ...venue.limits, connections: { count: 10, per: "5 minutes" } } as const
        const feeds = yield* Effect.forEach(Array.from({ length: 20 }), () =>
          start({ speaks: { ...venue, limits } })
        )
        const tries = () => feeds.reduce((sum, { peer }) => sum + peer.tries, 0)
        const open = new Set<unknown>()
        /** The attempts up to each second. */
        const upTo: Array<number> = [tries()]
        const seconds = Effect.fnUntraced(function* (count: number) {
          for (let second = 0; second < count; second++) {
            for (const { peer } of feeds) {
              const line = peer.lines.at(-1)
              if (line === undefined) continue
              if (!open.has(line)) line.open()
              open.add(line)
              line.say("news")
            }
            yield* pass("1 second")
            upTo.push(tries())
          }
        })
        yield* seconds(600)
        assert.strictEqual(tries(), 20)
        for (const { peer } of feeds) peer.last().end(1006, "")
        yield* settle
        yield* seconds(900)
        assert.strictEqual(tries(), 40)
        for (const [second, count] of upTo.entries()) {
          assert.isAtMost(count - (upTo[second - 300] ?? 0), 10, `until second ${second}`)
        }
        for (const { feed } of feeds) assert.deepInclude(yield* feed.status, { state: "running" })
      })
  )

  it.effect("asks nothing over HTTP of one that turned a connection away, until it may", () =>
    Effect.gen(function* () {
      const speaks: Venue = { ...venue, endpoints }
      const first = yield* start({ speaks })
      first.peer.last().fail("", { status: 418, retryAfter: "90" })
      yield* settle
      const second = yield* start({ speaks, answers: { "/instruments": [[200, "A B"]] } })
      yield* pass("89 seconds")
      assert.deepStrictEqual(second.site.asked, [])
      yield* pass("2 seconds")
      assert.strictEqual(second.site.asked.length, 1)
    })
  )

  it.effect.each([429, 418])(
    "makes no connection to one that answered %d over HTTP, until it may",
    (status) =>
      Effect.gen(function* () {
        const speaks: Venue = { ...venue, endpoints }
        const first = yield* start({
          speaks,
          answers: {
            "/instruments": [
              [status, ""],
              [200, "A B"]
            ]
          }
        })
        assert.strictEqual(first.site.asked.length, 1)
        const second = yield* start({ speaks })
        yield* pass("59 seconds")
        assert.strictEqual(second.peer.tries, 0)
        yield* pass("2 seconds")
        assert.strictEqual(second.peer.tries, 1)
      })
  )
})
