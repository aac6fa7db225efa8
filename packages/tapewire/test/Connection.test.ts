import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import * as TestClock from "effect/testing/TestClock"
import * as Connection from "tapewire/Connection"
import { FeedError, Rejected } from "tapewire/FeedError"
import * as Peer from "./support/Peer.ts"

const url = "wss://ws.testing/feed"

const listener: Connection.Listener = { now: () => 7, receive: () => {} }

/** A socket of which the test says what it tells, and is told how it was treated. */
const make = () => {
  const treated: Array<string> = []
  const listeners = new Map<string, (event: Socket.WebSocketEvent) => void>()
  const socket = {
    readyState: 0,
    addEventListener: (kind: string, listener: (event: Socket.WebSocketEvent) => void) =>
      void listeners.set(kind, listener),
    removeEventListener: (kind: string) => void listeners.delete(kind),
    close: (code?: number) => void treated.push(`close ${code}`),
    send: () => {},
    pause: () => void treated.push("pause"),
    resume: () => void treated.push("resume")
  }
  return {
    treated,
    tell: (kind: string, event: Connection.Trouble | Socket.WebSocketEvent) =>
      listeners.get(kind)?.(event),
    connect: Effect.provideService(
      Connection.open(url, "5 seconds", listener),
      Socket.WebSocketConstructor,
      () => socket
    )
  }
}

/** The reason why a client cannot connect that tells this of an error. */
const refused = (trouble: Connection.Trouble) =>
  Effect.gen(function* () {
    const { connect, tell } = make()
    const fiber = yield* Effect.forkChild(Effect.flip(connect), { startImmediately: true })
    tell("error", trouble)
    return yield* Fiber.join(fiber)
  })

const message = "Unexpected server response"

describe("Connection", () => {
  it.effect("is rejected with the status, and for how long", () =>
    Effect.gen(function* () {
      const reason = yield* refused({ message, status: 429, retryAfter: "7" })
      assert.deepInclude(reason, { _tag: "Rejected", url, status: 429, retryAfterMs: 7000 })
      assert.strictEqual(
        reason.message,
        "wss://ws.testing/feed rejected the connection with status 429, not to be retried for 7 s"
      )
    })
  )

  it.effect("is rejected until a date", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 20, 12, 0, 0))
      const retryAfter = "Fri, 20 Nov 2026 12:01:30 GMT"
      assert.deepInclude(yield* refused({ message, status: 503, retryAfter }), {
        status: 503,
        retryAfterMs: 90_000
      })
    })
  )

  it.effect("is rejected without a word of when to come back", () =>
    Effect.gen(function* () {
      const reason = yield* refused({ message, status: 403 })
      assert.deepInclude(reason, { _tag: "Rejected", status: 403, retryAfterMs: undefined })
      assert.strictEqual(
        reason.message,
        "wss://ws.testing/feed rejected the connection with status 403"
      )
    })
  )

  it.effect("is unreachable where the client tells no status", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* refused({ message: "connect ECONNREFUSED" }), {
        _tag: "Unreachable",
        detail: "connect ECONNREFUSED"
      })
    })
  )

  it.effect("is lost at once where the peer broke the protocol, before the socket is closed", () =>
    Effect.gen(function* () {
      const { connect, tell } = make()
      const fiber = yield* Effect.forkChild(connect, { startImmediately: true })
      tell("open", {})
      const { ended } = yield* Fiber.join(fiber)
      const lost = yield* Effect.forkChild(Effect.flip(ended), { startImmediately: true })
      tell("error", { message: "something that ends nothing" })
      assert.isUndefined(lost.pollUnsafe())
      tell("error", { message: "invalid UTF-8 sequence", code: 1007 })
      tell("close", { code: 1006 })
      assert.deepInclude(yield* Fiber.join(lost), { code: 1007, detail: "invalid UTF-8 sequence" })
    })
  )

  it.effect("closes with its scope, and reads on to the answer", () =>
    Effect.gen(function* () {
      const { connect, tell, treated } = make()
      const scope = yield* Scope.make()
      const fiber = yield* Effect.forkChild(Scope.provide(connect, scope), {
        startImmediately: true
      })
      tell("open", {})
      const { pause } = yield* Fiber.join(fiber)
      pause()
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(treated, ["pause", "close 1000", "resume"])
    })
  )

  it.effect("is unreachable where nobody answers in time, and leaves", () =>
    Effect.gen(function* () {
      const peer = Peer.make()
      const fiber = yield* Connection.open(url, "5 seconds", listener).pipe(
        Effect.provideService(Socket.WebSocketConstructor, peer.construct),
        Effect.flip,
        Effect.scoped,
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "Unreachable" })
      assert.strictEqual(peer.last().closedWith(), 1000)
    })
  )
})

describe("Connection.retryAfter", () => {
  const now = Date.UTC(2026, 10, 20, 12, 0, 0)

  for (const [header, millis] of [
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7000],
    ["Fri, 20 Nov 2026 12:00:10 GMT", 10_000],
    ["Fri, 20 Nov 2026 11:59:50 GMT", 0],
    ["9".repeat(1000), Number.MAX_SAFE_INTEGER],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["2026-11-20T12:00:10Z", undefined]
  ] as const) {
    it(`reads ${header.length > 40 ? "a thousand digits" : `"${header}"`} as ${millis} ms`, () => {
      assert.strictEqual(Connection.retryAfter(header, now), millis)
    })
  }
})

describe("a rejection", () => {
  for (const [status, isRetryable] of [
    [200, false],
    [302, false],
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [418, true],
    [429, true],
    [451, false],
    [500, true],
    [503, true]
  ] as const) {
    it(`with ${status} is ${isRetryable ? "" : "not "}worth another attempt`, () => {
      const reason = new Rejected({ url, status, retryAfterMs: undefined })
      const error = new FeedError({ venue: "testing", reason })
      assert.deepStrictEqual(
        { isRetryable: error.isRetryable, isUsage: error.isUsage },
        { isRetryable, isUsage: false }
      )
    })
  }
})
