import { assert, describe, it } from "@effect/vitest"
import * as WebSocket from "@tapewire/cli/WebSocket"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Tls from "node:tls"
import * as Connection from "tapewire/Connection"
import { FeedError, type Lost } from "tapewire/FeedError"
import * as Inbox from "tapewire/Inbox"
import { vi } from "vitest"
import * as Baseline from "./support/Baseline.ts"
import * as FaultServer from "./support/FaultServer.ts"

Baseline.hold()

/**
 * Breaks off what takes longer. Only time in which this process runs is counted, in tenths: a machine
 * that is busy with something else says nothing of us.
 */
const within =
  (deadline: Duration.Input) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.sleep(Duration.divideUnsafe(Duration.fromInputUnsafe(deadline), 10)).pipe(
      Effect.repeat({ times: 9 }),
      Effect.andThen(Effect.die(new Cause.TimeoutError(`not within ${deadline}`))),
      Effect.raceFirst(self)
    )

const connect = (
  url: string,
  receive: (frame: string | Uint8Array) => void,
  timeout: Duration.Input = "5 seconds"
) =>
  Effect.provide(Connection.open(url, timeout, { now: () => 7, receive }), [
    WebSocket.layer,
    Baseline.layer
  ])

/** Nobody is still connected to a server once the longest wait for a close is over. */
const isDeserted = ({ deserted }: FaultServer.FaultServer) => within("3 seconds")(deserted)

const at = ({ port }: FaultServer.FaultServer, name: FaultServer.Name) =>
  `ws://127.0.0.1:${port}/${name}`

interface Ending {
  readonly title: string
  readonly fault: FaultServer.Name
  readonly deadline?: Duration.Input
  readonly code: number
  readonly detail: string
  /** What came before the end; a greeting by default. */
  readonly frames?: ReadonlyArray<string>
}

/** Nothing but bytes on the loopback interface is waited for. */
const atOnce = "500 millis"

const closed = (code: 1000 | 1001 | 1008 | 1011 | 1012 | 1013 | 4000): Ending => ({
  title: `is told Lost ${code} and why when the peer closes with ${code}`,
  fault: `close${code}`,
  code,
  detail: "why"
})

const broken = (what: string, fault: FaultServer.Name, code: number, detail: string): Ending => ({
  title: `is told Lost ${code} at once, after what came before, when the peer sends ${what}`,
  fault,
  code,
  detail
})

const invalid = (what: string, fault: FaultServer.Name, detail: string): Ending =>
  broken(what, fault, 1002, `Invalid WebSocket frame: ${detail}`)

const endings: ReadonlyArray<Ending> = [
  {
    title: "is told Lost 1006 within 100 ms when the peer resets the connection",
    fault: "reset",
    deadline: "100 millis",
    code: 1006,
    detail: "read ECONNRESET"
  },
  {
    title: "is told Lost 1006 within 100 ms when the peer hangs up without a Close frame",
    fault: "fin",
    deadline: "100 millis",
    code: 1006,
    detail: ""
  },
  {
    title: "is told Lost 1006, and nothing of half a frame, when the peer hangs up amid one",
    fault: "partial",
    code: 1006,
    detail: ""
  },
  closed(1000),
  closed(1001),
  closed(1008),
  closed(1011),
  closed(1012),
  closed(1013),
  closed(4000),
  {
    title: "is told Lost 1005 when the peer closes without a code",
    fault: "closeWithout",
    code: 1005,
    detail: ""
  },
  {
    title: "is told Lost within 2 s and leaves when the peer sends Close and keeps TCP open",
    fault: "closeAndStay",
    deadline: "2200 millis",
    code: 1001,
    detail: "why"
  },
  invalid("an impossible close code", "close999", "invalid status code 999"),
  invalid("reserved bits", "rsv2", "RSV2 and RSV3 must be clear"),
  invalid("an opcode that means nothing", "opcode3", "invalid opcode 3"),
  invalid("a masked frame", "masked", "MASK must be clear"),
  invalid("the rest of no message", "orphan", "invalid opcode 0"),
  invalid("a message amid another", "interleaved", "invalid opcode 1"),
  invalid("a ping of 126 bytes", "longPing", "invalid payload length 126"),
  invalid("64 MiB as 64 kB of compressed bytes", "bomb", "RSV1 must be clear"),
  broken("invalid UTF-8", "utf8", 1007, "Invalid WebSocket frame: invalid UTF-8 sequence"),
  broken("a frame of a byte more than 4 MiB", "large", 1009, "Max payload size exceeded"),
  broken("more than 4 MiB in parts", "largeInParts", 1009, "Max payload size exceeded"),
  broken("a length of 2^40 bytes", "length40", 1009, "Max payload size exceeded"),
  broken(
    "a length of 2^63 - 1 bytes",
    "length63",
    1009,
    "Unsupported WebSocket frame: payload length > 2^53 - 1"
  ),
  {
    title: "is given a message in parts as one, and answers the ping between them",
    fault: "fragments",
    code: 1000,
    detail: "",
    frames: [FaultServer.whole]
  },
  {
    title: "is given a message that drips in by a byte every 15 ms as one",
    fault: "drip",
    deadline: "3 seconds",
    code: 1000,
    detail: "",
    frames: [FaultServer.whole]
  }
]

describe("a client whose connection ends", () => {
  for (const row of endings) {
    it.live(row.title, () =>
      Effect.gen(function* () {
        const frames: Array<string | Uint8Array> = []
        const server = yield* FaultServer.make()
        const { code, detail } = yield* Effect.gen(function* () {
          const connection = yield* connect(at(server, row.fault), (frame) => frames.push(frame))
          yield* connection.send("go")
          return yield* within(row.deadline ?? atOnce)(Effect.flip(connection.ended))
        }).pipe(Effect.scoped)
        yield* isDeserted(server)
        assert.deepStrictEqual(
          { frames, code, detail },
          { frames: row.frames ?? [FaultServer.hello], code: row.code, detail: row.detail }
        )
      })
    )
  }

  it.live("is connected before it is given what came in one piece with the answer", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const server = yield* FaultServer.make()
      yield* connect(at(server, "close1000"), () => seen.push("frame")).pipe(
        Effect.tap(() => Effect.sync(() => seen.push("connected"))),
        Effect.flatMap(({ ended }) => Effect.flip(ended)),
        within("1 second"),
        Effect.scoped
      )
      assert.deepStrictEqual(seen, ["connected", "frame"])
    })
  )

  it.live("is given a message of 4 MiB", () =>
    Effect.gen(function* () {
      const sizes: Array<number> = []
      const server = yield* FaultServer.make()
      const { code } = yield* connect(at(server, "largest"), (frame) =>
        sizes.push(frame.length)
      ).pipe(
        Effect.flatMap(({ ended }) => Effect.flip(ended)),
        within("1 second"),
        Effect.scoped
      )
      assert.deepStrictEqual(sizes, [FaultServer.hello.length, FaultServer.largest])
      assert.strictEqual(code, 1000)
      yield* isDeserted(server)
    })
  )

  for (const [how, name, code] of [
    ["a Close frame", "flood", 1000],
    ["none", "floodAndFin", 1006]
  ] as const) {
    it.live(`is given all that came before the end, with ${how}, though it reads slowly`, () =>
      Effect.gen(function* () {
        const server = yield* FaultServer.make()
        const inbox = Inbox.make<string | Uint8Array, Lost>()
        let come = 0
        const connection = yield* connect(at(server, name), (frame) => {
          come++
          inbox.push(frame)
        })
        inbox.source = connection
        yield* connection.ended.pipe(
          Effect.catch((lost) => Effect.sync(() => inbox.fail(lost))),
          Effect.forkScoped
        )
        let seen = 0
        let most = 0
        const lost = yield* inbox.take.pipe(
          Effect.tap((frames) => {
            most = Math.max(most, come - seen)
            for (const frame of frames) assert.match(String(frame), new RegExp(`^${seen++}\\.`))
            return Effect.yieldNow
          }),
          Effect.forever,
          Effect.flip,
          within("3 seconds")
        )
        assert.deepInclude({ code: lost.code, seen }, { code, seen: FaultServer.floodSize })
        // What one read brings, of 64 KiB, still comes when it is told to pause.
        assert.isAtLeast(most, Inbox.capacity)
        assert.isBelow(most, Inbox.capacity + 2 * 640)
        yield* isDeserted(server)
      })
    )
  }
})

describe("a client that leaves", () => {
  it.live("waits for nobody, and is gone after 2 s where its Close is not answered", () =>
    Effect.gen(function* () {
      const server = yield* FaultServer.make()
      yield* connect(at(server, "neverCloses"), () => {}).pipe(Effect.scoped, within(atOnce))
      yield* within("2200 millis")(server.deserted)
    })
  )

  it.live("reads past what it has held back, to the answer to its Close", () =>
    Effect.gen(function* () {
      const server = yield* FaultServer.make()
      yield* connect(at(server, "flood"), () => {}).pipe(
        Effect.tap(({ pause }) => Effect.sync(pause)),
        Effect.scoped
      )
      yield* within("1 second")(server.deserted)
    })
  )

  it.live("is gone at once where its handshake was not answered yet", () =>
    Effect.gen(function* () {
      const server = yield* FaultServer.make()
      yield* connect(at(server, "none"), () => {}).pipe(
        Effect.scoped,
        Effect.timeoutOption("100 millis")
      )
      yield* within(atOnce)(server.deserted)
    })
  )
})

/** Connects to where that fails, and gives the reason. */
const failure = (url: string) =>
  connect(url, () => {}, "300 millis").pipe(Effect.flip, Effect.scoped, within("1 second"))

describe("a client that is turned down", () => {
  for (const [title, name, retryAfterMs, isRetryable] of [
    ["to wait 7 s, on 429 with Retry-After: 7", "http429", 7000, true],
    ["to wait 2 min, on 418 with Retry-After: 120", "http418", 120_000, true],
    ["nothing of a wait, on 503 with a Retry-After that is none", "http503", undefined, true],
    ["not to come back, on 302, which it does not follow", "http302", undefined, false],
    ["not to come back, on 401", "http401", undefined, false],
    ["not to come back, on 403", "http403", undefined, false],
    ["not to come back, on 404", "http404", undefined, false],
    ["not to come back, on 451", "http451", undefined, false]
  ] as const) {
    it.live(`is told Rejected and ${title}`, () =>
      Effect.gen(function* () {
        const server = yield* FaultServer.make()
        const reason = yield* failure(at(server, name))
        yield* isDeserted(server)
        assert.deepInclude(reason, {
          _tag: "Rejected",
          url: at(server, name),
          status: Number(name.slice(4)),
          retryAfterMs
        })
        assert.strictEqual(new FeedError({ venue: "testing", reason }).isRetryable, isRetryable)
      })
    )
  }
})

describe("a client that cannot connect", () => {
  const unreachable = Effect.fnUntraced(function* (url: string, detail: string | RegExp) {
    const reason = yield* failure(url)
    assert.deepInclude(reason, { _tag: "Unreachable", url })
    assert.match("detail" in reason ? reason.detail : "", new RegExp(detail))
    assert.isTrue(new FeedError({ venue: "testing", reason }).isRetryable)
  })

  for (const [when, name, detail] of [
    ["its handshake is not answered in time", "none", "^no answer to the opening handshake$"],
    ["the answer is no HTTP", "garbage", "^Parse Error: Expected HTTP/"],
    ["the answer is to another handshake", "badAccept", "^Invalid Sec-WebSocket-Accept header$"],
    ["the peer hangs up instead of an answer", "hangsUp", "^socket hang up$"],
    ["the answer imposes compression", "deflates", "^Server sent a Sec-WebSocket-Extensions"]
  ] as const) {
    it.live(`is told Unreachable when ${when}`, () =>
      Effect.gen(function* () {
        const server = yield* FaultServer.make()
        yield* unreachable(at(server, name), detail)
        yield* isDeserted(server)
      })
    )
  }

  it.live("is told Unreachable in time when a peer without TLS is asked for it", () =>
    Effect.gen(function* () {
      const server = yield* FaultServer.make()
      yield* unreachable(`wss://127.0.0.1:${server.port}/none`, "^no answer to the opening")
      yield* isDeserted(server)
    })
  )

  it.live("is told Unreachable when nobody listens", () =>
    Effect.gen(function* () {
      const port = yield* FaultServer.closedPort
      yield* unreachable(`ws://127.0.0.1:${port}/`, `^connect ECONNREFUSED 127.0.0.1:${port}$`)
    })
  )

  it.live("is told Unreachable when the name is not known", () =>
    unreachable(
      "ws://nobody.invalid/",
      "^(getaddrinfo (ENOTFOUND|EAI_AGAIN) nobody.invalid|no answer)"
    )
  )
})

/** Has this process believe a certificate, as if it were of a known authority. */
const trust = ({ certificate }: FaultServer.Identity) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Tls.getCACertificates("default")
      Tls.setDefaultCACertificates([...before, certificate])
      return before
    }),
    (before) => Effect.sync(() => Tls.setDefaultCACertificates(before))
  )

describe("a client that is shown a certificate", () => {
  const own = FaultServer.identity({ address: [127, 0, 0, 1], until: "21200101000000Z" })
  const foreign = FaultServer.identity({ address: [127, 0, 0, 2], until: "21200101000000Z" })
  const expired = FaultServer.identity({ address: [127, 0, 0, 1], until: "20210101000000Z" })

  const secure = Effect.fnUntraced(function* (identity: FaultServer.Identity) {
    const server = yield* FaultServer.make(identity)
    return { server, url: `wss://127.0.0.1:${server.port}/close1000` }
  })

  it.live("connects where it is believed, valid and of the address", () =>
    Effect.gen(function* () {
      yield* trust(own)
      const { server, url } = yield* secure(own)
      const { code } = yield* connect(url, () => {}).pipe(
        Effect.flatMap(({ ended }) => Effect.flip(ended)),
        within("1 second"),
        Effect.scoped
      )
      assert.strictEqual(code, 1000)
      yield* isDeserted(server)
    })
  )

  for (const [what, identity, detail] of [
    ["of another address", foreign, /^Hostname\/IP does not match certificate's altnames/],
    ["that has expired", expired, /^certificate has expired$/]
  ] as const) {
    it.live(`is told Unreachable when it is one ${what}`, () =>
      Effect.gen(function* () {
        yield* trust(identity)
        const { server, url } = yield* secure(identity)
        const reason = yield* failure(url)
        assert.match("detail" in reason ? reason.detail : "", detail)
        yield* isDeserted(server)
      })
    )
  }

  it.live("is told Unreachable when nobody vouches for it, whatever the environment says", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0")),
        () => Effect.sync(() => vi.unstubAllEnvs())
      )
      const { server, url } = yield* secure(own)
      const reason = yield* failure(url)
      assert.match("detail" in reason ? reason.detail : "", /^self-signed certificate/)
      yield* isDeserted(server)
    })
  )
})
