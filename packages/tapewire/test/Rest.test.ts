import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { BadAnswer, Unreachable } from "tapewire/FeedError"
import * as Rest from "tapewire/Rest"
import type { Rate, Venue } from "tapewire/Venue"
import type { Answered } from "tapewire/Wire"
import * as Site from "./support/Site.ts"
import { venue } from "./support/venue.ts"

const make = Effect.fnUntraced(function* (
  answers: Parameters<typeof Site.make>[0],
  requests: Rate = venue.limits.requests
) {
  const site = Site.make(answers)
  const { ask } = yield* Rest.make(
    { ...venue, limits: { ...venue.limits, requests } },
    "https://host/base"
  ).pipe(Effect.provideService(HttpClient.HttpClient, site.client))
  return { ask, asked: site.asked }
})

const answer = (status: number, body: string): Answered => ({
  _tag: "Answered",
  venue: "testing",
  at: 5,
  call: "snapshot",
  subject: "A",
  url: "https://host/base/book/A",
  status,
  body
})

describe("Rest", () => {
  it.effect("gives the answer with the time it came and what it is about", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* make({ "/book/A": [[200, "5 b1=1"]] })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* ask("snapshot", "A"), {
        ...answer(200, "5 b1=1"),
        at: 3_000_000
      })
      assert.deepStrictEqual(asked, ["https://host/base/book/A"])
    })
  )

  it.effect("sends what a call is asked for with, where the venue wants that", () =>
    Effect.gen(function* () {
      const site = Site.make({ "/info": [[200, "5"]], "/ping": [[200, ""]] })
      const time = { ...venue.calls.time, path: () => "/info", body: () => `{"type":"time"}` }
      const { ask } = yield* Rest.make(
        { ...venue, calls: { ...venue.calls, time } },
        "https://host"
      ).pipe(Effect.provideService(HttpClient.HttpClient, site.client))
      assert.deepInclude(yield* ask("time", ""), { url: "https://host/info", body: "5" })
      assert.deepStrictEqual(site.sent, [`POST application/json {"type":"time"}`])
      yield* ask("ping", "")
      assert.strictEqual(site.sent.length, 1)
    })
  )

  it.effect.each([204, 404, 418, 429, 500])("gives an answer of status %d as it is", (status) =>
    Effect.gen(function* () {
      const body = status === 204 ? "" : "because"
      const { ask, asked } = yield* make({ "/ping": [[status, body]] })
      assert.deepInclude(yield* ask("ping", ""), { status, body })
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("says why nobody answers, and does not ask again", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* make({ "/ping": ["down"] })
      const error = yield* Effect.flip(ask("ping", ""))
      assert.deepStrictEqual(
        error,
        new Unreachable({ url: "https://host/base/ping", detail: "refused" })
      )
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("waits ten seconds for an answer, and no longer", () =>
    Effect.gen(function* () {
      const { ask } = yield* make({ "/ping": ["mute"] })
      const fiber = yield* Effect.forkChild(Effect.flip(ask("ping", "")))
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).detail, "no answer within 10 s")
    })
  )

  it.effect(
    "asks elsewhere what is answered elsewhere, but not where all addresses are replaced",
    () =>
      Effect.gen(function* () {
        const site = Site.make({ "/ping": [[200, ""]], "/time": [[200, "5"]] })
        const ping = { ...venue.calls.ping, base: () => "https://elsewhere" }
        const speaks: Venue = { ...venue, calls: { ...venue.calls, ping } }
        for (const base of [venue.endpoints.rest, "http://127.0.0.1:8080"]) {
          const { ask } = yield* Rest.make(speaks, base).pipe(
            Effect.provideService(HttpClient.HttpClient, site.client)
          )
          yield* ask("ping", "")
          yield* ask("time", "")
        }
        assert.deepStrictEqual(site.asked, [
          "https://elsewhere/ping",
          "https://rest.testing/time",
          "http://127.0.0.1:8080/ping",
          "http://127.0.0.1:8080/time"
        ])
      })
  )

  it.effect("keeps to the venue's rate, in which every call has its weight", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* make(
        { "/book/A": [[200, ""]], "/ping": [[200, ""]] },
        { count: 26, per: "1 minute" }
      )
      yield* Effect.forEach(["snapshot", "snapshot", "ping", "ping", "snapshot"] as const, (call) =>
        Effect.forkChild(ask(call, "A"))
      )
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(asked.length, 3)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(asked.length, 5)
    })
  )

  it("reads what an answer means, at the time it came", () => {
    const read = Rest.read(venue.calls.snapshot, answer(200, "7 b1=2"))
    assertSuccess(
      Result.map(read, ({ bids, received, sequence }) => ({ bids, received, sequence })),
      { bids: [[1, 2]], received: 5, sequence: 7 }
    )
  })

  it("an answer of another status, or that is none to the question, is a bad answer", () => {
    const url = "https://host/base/book/A"
    assertFailure(
      Rest.read(venue.calls.snapshot, answer(503, "x".repeat(500))),
      new BadAnswer({ url, status: 503, detail: "x".repeat(200) })
    )
    assertFailure(
      Rest.read(venue.calls.snapshot, answer(200, "<html>")),
      new BadAnswer({ url, status: 200, detail: "is not a line of words in <html>" })
    )
  })
})
