import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Decimal from "tapewire/Decimal"
import type { Wire } from "tapewire/Wire"
import { ofCapture, ofCollector, ofLog } from "./support/Recording.ts"
import { binanceSpot, hasRecordings } from "./support/recordings.ts"

describe("a capture", () => {
  const socket = "wss://stream.example/ws"
  const api = "https://api.example/depth?symbol=BTCUSDT"
  const read = (...files: ReadonlyArray<string>) =>
    ofCapture(
      files.map((text, index) => ({ name: `file.${index}`, text })),
      {
        venue: "example",
        call: (url) => (url === api ? { call: "snapshot", subject: "BTCUSDT" } : undefined)
      }
    )

  it("tells what was opened, sent, received and answered, in the order of time", () => {
    const wires = read(
      `configuration: {"trades":["BTC-USDT"]}\n${api} -> 1618677372.5: {"lastUpdateId":1}\n\n`,
      [
        `${socket} <-> 1618677371.364407`,
        `${socket} <- 1618677371.4: {"op":"subscribe"}`,
        `1618677372.499999: {"text":"a: b -> c"}`,
        `1618677372.5: {"u":2}`,
        ``
      ].join("\n")
    )
    const venue = "example"
    const connection = 1
    const expected: ReadonlyArray<Wire> = [
      { _tag: "Opened", venue, connection, at: 1_618_677_371_364_407, url: socket },
      { _tag: "Sent", venue, connection, at: 1_618_677_371_400_000, data: `{"op":"subscribe"}` },
      {
        _tag: "Received",
        venue,
        connection,
        at: 1_618_677_372_499_999,
        data: `{"text":"a: b -> c"}`
      },
      {
        _tag: "Answered",
        venue,
        at: 1_618_677_372_500_000,
        call: "snapshot",
        subject: "BTCUSDT",
        url: api,
        status: 200,
        body: `{"lastUpdateId":1}`
      },
      { _tag: "Received", venue, connection, at: 1_618_677_372_500_000, data: `{"u":2}` }
    ]
    assert.deepStrictEqual(wires, expected)
  })

  it.for([
    ["1618677371", 1_618_677_371_000_000],
    ["1618677371.4", 1_618_677_371_400_000],
    ["1618677371.000001", 1_618_677_371_000_001],
    // In floating point the product is one microsecond more.
    ["1618677371.3386219", 1_618_677_371_338_621]
  ] as const)("%s seconds are %d whole microseconds", ([seconds, at]) => {
    assert.strictEqual(read(`${socket} <-> ${seconds}`)[0]?.at, at)
  })

  it("numbers the connections of all its files", () => {
    const file = `${socket} <-> 1618677371.1\n1618677371.2: {}\n`
    const received = read(file, file).filter((wire) => wire._tag === "Received")
    assert.deepStrictEqual(
      received.map((wire) => wire.connection),
      [1, 2]
    )
  })

  it.for([
    ["nonsense", "not a line of a capture: nonsense"],
    ["161867737: {}", "not a line of a capture: 161867737: {}"],
    [`${socket} >< 1618677371.1`, `not a line of a capture: ${socket} >< 1618677371.1`],
    [
      "https://api.example/time -> 1618677371.1: {}",
      "the answer to an unknown call: https://api.example/time"
    ]
  ] as const)("with the line %j is malformed", ([line, why]) => {
    assert.throws(() => read("", `${socket} <-> 1618677371.0\n${line}`), `file.1:2: ${why}`)
  })

  it("is malformed where a frame has no connection", () => {
    const connected = `${socket} <-> 1618677371.0`
    assert.throws(
      () => read(connected, "1618677371.1: {}"),
      "file.1:1: a frame before any connection"
    )
  })
})

describe("a log", () => {
  const socket = "wss://stream.example/ws"
  const capture = {
    venue: "example",
    call: (url: string) => (url === "https://api.example/all" ? instruments : undefined)
  }
  const instruments = { call: "instruments", subject: "" } as const
  const read = (...lines: ReadonlyArray<string>) =>
    ofLog({ name: "log", text: lines.join("\n") }, capture)
  const connect = `{"t":"connect","conn":"a.2","ts":1786310818.2235148,"addr":"${socket}"}`

  it("tells what was opened, sent, received and answered, in the order of time", () => {
    const url = "https://api.example/all"
    const venue = "example"
    assert.deepStrictEqual(
      read(
        `{"t":"header","format":2}`,
        `{"t":"http","ts":1786310818.5,"url":"${url}","data":"{\\"b\\":1}"}`,
        connect,
        `{"t":"send","conn":"a.2","ts":1786310819.1,"addr":"${socket}","data":"sent"}`,
        `{"t":"recv","conn":"a.2","ts":1786310819.0000019,"data":"received"}`
      ),
      [
        { _tag: "Opened", venue, connection: 1, at: 1_786_310_818_223_514, url: socket },
        {
          _tag: "Answered",
          venue,
          at: 1_786_310_818_500_000,
          ...instruments,
          url,
          status: 200,
          body: `{"b":1}`
        },
        { _tag: "Received", venue, connection: 1, at: 1_786_310_819_000_001, data: "received" },
        { _tag: "Sent", venue, connection: 1, at: 1_786_310_819_100_000, data: "sent" }
      ]
    )
  })

  it("is malformed where a frame has no connection, or an answer is to an unknown call", () => {
    const frame = `{"t":"recv","conn":"b","ts":1786310819.1,"data":""}`
    assert.throws(() => read(connect, frame), "log:2: a frame before any connection")
    const answer = `{"t":"http","ts":1786310819.1,"url":"https://x.example","data":""}`
    assert.throws(() => read(answer), "log:1: the answer to an unknown call: https://x.example")
  })
})

describe("a collector's file", () => {
  const read = (text: string, name = "btcusdt_20240808.gz") =>
    ofCollector(
      { name, text },
      { venue: "example", socketUrl: "wss://example", snapshotUrl: (native) => `https://${native}` }
    )

  it("opens with its first line, and its snapshot is of the symbol in its name", () => {
    const wires = read(
      `1723161253937085768 {"stream":"a"}\n1723161254206652067 {"lastUpdateId":1}\n`
    )
    const venue = "example"
    const expected: ReadonlyArray<Wire> = [
      { _tag: "Opened", venue, connection: 1, at: 1_723_161_253_937_085, url: "wss://example" },
      {
        _tag: "Received",
        venue,
        connection: 1,
        at: 1_723_161_253_937_085,
        data: `{"stream":"a"}`
      },
      {
        _tag: "Answered",
        venue,
        at: 1_723_161_254_206_652,
        call: "snapshot",
        subject: "BTCUSDT",
        url: "https://BTCUSDT",
        status: 200,
        body: `{"lastUpdateId":1}`
      }
    ]
    assert.deepStrictEqual(wires, expected)
  })

  it("tells microseconds where it has no nanoseconds", () => {
    assert.strictEqual(read("1680652800004107 {}")[0]?.at, 1_680_652_800_004_107)
  })

  it.for(["nonsense", "1680652800 {}", "1680652800004107 [", `1680652800004107 {"stream":"a`])(
    "with the line %j is malformed",
    (line) => {
      const text = `1680652800004107 {}\n${line}\n`
      assert.throws(() => read(text), `btcusdt_20240808.gz:2: not a line of a collector: ${line}`)
    }
  )

  it("is named after its symbol and its day", () => {
    assert.throws(() => read("", "btcusdt.gz"), "btcusdt.gz: not a collector's name")
  })
})

/** Counted by others, in the table beside the recordings. */
const counts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "2021-04-04": { "depth@100ms": 2688, aggTrade: 1910, kline_1m: 118, snapshot: 3 },
  "2021-04-17": {
    "depth@100ms": 614,
    bookTicker: 570,
    aggTrade: 24,
    kline_1m: 20,
    snapshot: 10,
    instruments: 1
  },
  "2021-10-11": { "depth@100ms": 177, bookTicker: 84, aggTrade: 2, kline_1m: 2, snapshot: 4 },
  btcusdt_20230405: { bookTicker: 8015, "depth@100ms": 3929, trade: 3144 },
  btcusdt_20240808: { bookTicker: 28040, trade: 9757, "depth@100ms": 3451, snapshot: 1 },
  btcusdt_20240809: { bookTicker: 45134, trade: 10147, "depth@100ms": 3044 }
}

const decodeFrame = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ stream: Schema.String }))
)

const decodeDepth = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      data: Schema.Struct({ s: Schema.String, U: Schema.Int, u: Schema.Int })
    })
  )
)

const decodeSnapshot = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ lastUpdateId: Schema.Int }))
)

const textOf = (wire: Wire): string => {
  switch (wire._tag) {
    case "Received":
      return String(wire.data)
    case "Answered":
      return wire.call === "snapshot" ? wire.body : ""
    default:
      return ""
  }
}

/** What the table counts a wire as. */
const kindOf = (wire: Wire): string | undefined => {
  switch (wire._tag) {
    case "Received":
      return decodeFrame(wire.data).stream.replace(/^[^@]*@/, "")
    case "Answered":
      return wire.call
    default:
      return undefined
  }
}

const decimals = /"[pqbBaAohlcvVQ]":"([^"]*)"|\["([^"]*)","([^"]*)"(?:,\[\])?\]/g

/** The texts of prices, sizes and volumes in a message. */
const decimalsOf = (message: string): ReadonlyArray<string> =>
  [...message.matchAll(decimals)].flatMap(([, field, price = "", size = ""]) =>
    field === undefined ? [price, size] : [field]
  )

const withoutTrailingZeros = (decimal: string): string =>
  decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal

describe.skipIf(!hasRecordings)("the recordings of Binance's spot market", () => {
  it("are those that were counted", () => {
    assert.deepStrictEqual(
      binanceSpot.map(({ name }) => name),
      Object.keys(counts)
    )
  })

  it.for(binanceSpot)("$name has as many messages of every kind as were counted", (recording) => {
    const seen: Record<string, number> = {}
    for (const wire of recording.read()) {
      const kind = kindOf(wire)
      if (kind !== undefined) seen[kind] = (seen[kind] ?? 0) + 1
    }
    assert.deepStrictEqual(seen, counts[recording.name])
  })

  it.for(binanceSpot)("$name is in the order of whole microseconds", ({ read }) => {
    let last = 0
    for (const { at } of read()) {
      assert.isTrue(Number.isSafeInteger(at) && at >= last && at > 1.6e15 && at < 1.8e15)
      last = at
    }
  })

  it.for(binanceSpot)("$name opens one connection before its first frame", ({ read }) => {
    const tags = read().map(({ _tag }) => _tag)
    assert.strictEqual(tags.filter((tag) => tag === "Opened").length, 1)
    assert.isBelow(tags.indexOf("Opened"), tags.indexOf("Received"))
  })

  const withSnapshots = binanceSpot.filter(({ name }) => counts[name]?.["snapshot"] !== undefined)

  // The update that follows may begin before the snapshot, and may have come before it.
  it.for(withSnapshots)("every snapshot of $name is continued by its frames", ({ read }) => {
    const wires = read()
    const updates = wires.flatMap((wire) =>
      kindOf(wire) === "depth@100ms" ? [decodeDepth(textOf(wire)).data] : []
    )
    for (const wire of wires) {
      if (kindOf(wire) !== "snapshot" || wire._tag !== "Answered") continue
      const { lastUpdateId } = decodeSnapshot(wire.body)
      const next = updates.find(({ s, u }) => s === wire.subject && u > lastUpdateId)
      assert.isDefined(next, wire.subject)
      assert.isAtMost(next.U, lastUpdateId + 1, wire.subject)
    }
  })

  it("keep every price, size and volume digit for digit", () => {
    let checked = 0
    for (const { name, read } of binanceSpot) {
      for (const wire of read()) {
        for (const decimal of decimalsOf(textOf(wire))) {
          const text = Decimal.text(Decimal.read(decimal))
          if (text !== withoutTrailingZeros(decimal)) assert.fail(`${name}: ${decimal} is ${text}`)
          checked++
        }
      }
    }
    // As many as a parse of the JSON finds; the longest have 15 significant digits.
    assert.strictEqual(checked, 1_143_890)
  })
})
