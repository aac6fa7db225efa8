import { assert, describe, it } from "@effect/vitest"
import * as Hyperliquid from "@tapewire/venues/Hyperliquid"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"
import type { Channel } from "tapewire/Subscription"
import type { Message } from "tapewire/Venue"

const { venue } = Hyperliquid

const received = 1_790_232_216_200_123

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, [
    { native: "BTC", symbol: "BTC-USD-PERP" },
    { native: "MOODENG", symbol: "MOODENG-USD-PERP" }
  ])
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "hyperliquid", symbol: "BTC-USD-PERP", received }

// As on the wire on 2026-09-24, with the hash and the users cut short.
const trades = `{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"84143.0","sz":"0.00036","time":1790232216193,"hash":"0x7ab6","tid":1045359869404765,"users":["0x9aa5","0x8269"]},{"coin":"BTC","side":"B","px":"84144.0","sz":"0.5","time":1790232216194,"hash":"0x7ab7","tid":45359869404766,"users":["0x9aa5","0x8269"]}]}`

// As on the wire on 2025-06-26, with an ask.
const bbo = `{"channel":"bbo","data":{"coin":"BTC","time":1750948919838,"bbo":[{"px":"107575.0","sz":"3.87947","n":17},{"px":"107576.0","sz":"0.1","n":1}]}}`

// As on the wire on 2025-01-26, with two levels of twenty.
const l2Book = `{"channel":"l2Book","data":{"coin":"BTC","levels":[[{"n":5,"px":"105055.0","sz":"3.03622"},{"n":1,"px":"105054.0","sz":"0.1428"}],[{"n":3,"px":"105056.0","sz":"0.5"}]],"time":1737918842868}}`

// As on the wire on 2026-09-25.
const candle = `{"channel":"candle","data":{"t":1790358600000,"T":1790358659999,"s":"BTC","i":"1m","o":"83765.0","c":"83766.0","h":"83770.0","l":"83756.0","v":"0.3317","n":36}}`

// As on the wire on 2024-10-29.
const context = `{"channel":"activeAssetCtx","data":{"coin":"MOODENG","ctx":{"funding":"0.00004863","openInterest":"18617460.0","prevDayPx":"0.20296","dayNtlVlm":"7665220.55613","premium":"0.00008521","oraclePx":"0.1995","markPx":"0.19963","midPx":"0.19957","impactPxs":["0.199517","0.199725"]}}}`

describe("a frame of Hyperliquid", () => {
  it("tells trades, and that the taker sold with side A and bought with side B", () => {
    const [sold, bought] = meaning(trades)
    assert.deepStrictEqual(sold, {
      _tag: "Trade",
      ...base,
      at: 1_790_232_216_193_000,
      id: 1_045_359_869_404_765,
      price: 84_143,
      size: 0.00036,
      side: "sell"
    })
    assert.deepInclude(bought, { side: "buy", id: 45_359_869_404_766 })
  })

  it("tells the best prices, and that a side is empty", () => {
    const quote = { _tag: "Quote", ...base, at: 1_750_948_919_838_000 } as const
    const bid = { bid: 107_575, bidSize: 3.87947 }
    assert.deepStrictEqual(meaning(bbo), [{ ...quote, ...bid, ask: 107_576, askSize: 0.1 }])
    const empty = bbo.replace(`{"px":"107576.0","sz":"0.1","n":1}`, "null")
    assert.deepStrictEqual(meaning(empty), [
      { ...quote, ...bid, ask: undefined, askSize: undefined }
    ])
  })

  it("tells the whole book each time, also of a coin that nobody trades any more", () => {
    const book = { _tag: "BookSnapshot", ...base, at: 1_737_918_842_868_000 } as const
    assert.deepStrictEqual(meaning(l2Book), [
      {
        ...book,
        bids: [
          [105_055, 3.03622],
          [105_054, 0.1428]
        ],
        asks: [[105_056, 0.5]]
      }
    ])
    const empty = `{"channel":"l2Book","data":{"coin":"BTC","time":1737918842868,"levels":[[],[]]}}`
    assert.deepStrictEqual(meaning(empty), [{ ...book, bids: [], asks: [] }])
  })

  it("tells a bar, of which nothing says that it is over", () => {
    assert.deepStrictEqual(meaning(candle), [
      {
        _tag: "Bar",
        ...base,
        interval: "1m",
        openAt: 1_790_358_600_000_000,
        closeAt: 1_790_358_660_000_000,
        open: 83_765,
        high: 83_770,
        low: 83_756,
        close: 83_766,
        volume: 0.3317,
        trades: 36,
        closed: false
      }
    ])
  })

  it("tells the funding of an hour, the mark price with the oracle's, and open interest", () => {
    const moodeng = { ...base, symbol: "MOODENG-USD-PERP" }
    assert.deepStrictEqual(meaning(context), [
      { _tag: "Funding", ...moodeng, rate: 0.00004863 },
      { _tag: "MarkPrice", ...moodeng, price: 0.19963, index: 0.1995 },
      { _tag: "OpenInterest", ...moodeng, size: 18_617_460 }
    ])
  })

  it("echoes what was asked for, with what was not said filled in", () => {
    const asked = [
      [{ channel: "trades" }, `{"type":"trades","coin":"BTC"}`],
      [{ channel: "book" }, `{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null}`],
      [{ channel: "bars", variant: "15m" }, `{"type":"candle","coin":"BTC","interval":"15m"}`]
    ] as const
    for (const [wanted, echo] of asked) {
      const topic = venue.topic({ venue: venue.id, symbol: "BTC-USD-PERP", ...wanted }, "BTC")
      const answer = `{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":${echo}}}`
      assert.deepStrictEqual(meaning(answer), [{ _tag: "Acknowledged", topics: [topic] }])
      const ended = answer.replace(`"subscribe"`, `"unsubscribe"`)
      assert.deepStrictEqual(meaning(ended), [])
    }
  })

  it("refuses, save what is there already", () => {
    const error = (detail: string) => JSON.stringify({ channel: "error", data: detail })
    const detail = "Error parsing JSON into valid websocket request: {}"
    assert.deepStrictEqual(meaning(error(detail)), [{ _tag: "Refused", id: undefined, detail }])
    assert.deepStrictEqual(meaning(error(`Already subscribed: {"type":"bbo"}`)), [])
    assert.deepStrictEqual(meaning(error(`Already unsubscribed: {"type":"bbo"}`)), [])
    assert.deepStrictEqual(meaning(`{"channel":"pong"}`), [])
  })

  it.for([
    ["trades", trades, "coin side px sz time tid"],
    ["a quote", bbo, "coin time bbo px sz"],
    ["a book", l2Book, "coin time levels px sz"],
    ["a bar", candle, "t T s i o c h l v n"],
    ["a context", context, "coin ctx funding openInterest markPx oraclePx"]
  ] as const)(
    "with %s cannot be decoded without a field, or with another type in it",
    ([, payload, names]) => {
      for (const name of names.split(" ")) {
        const field = new RegExp(`"${name}":`)
        assert.isTrue(Result.isFailure(decode(payload.replace(field, `"_":`))), `without ${name}`)
        const broken = payload.replace(
          new RegExp(`"${name}":("[^"]*"|\\d+|\\[|\\{)`),
          `"${name}":true,"_":$1`
        )
        assert.notStrictEqual(broken, payload)
        assert.isTrue(Result.isFailure(decode(broken)), name)
      }
    }
  )

  it("cannot be decoded with what is no decimal, no side or no time", () => {
    for (const broken of [
      trades.replace("84143.0", ""),
      trades.replace("84143.0", "1e999"),
      trades.replace(`"A"`, `"C"`),
      trades.replace("1790232216193", "90000000000000000"),
      l2Book.replace("3.03622", "x")
    ]) {
      assert.notInclude([trades, l2Book], broken)
      assert.isTrue(Result.isFailure(decode(broken)), broken)
    }
  })

  it("about a coin nobody asked for, or of a kind not asked for, is unrecognized", () => {
    for (const payload of [bbo, l2Book, candle, context]) {
      const other = payload.replace(/"(BTC|MOODENG)"/, `"__proto__"`)
      assert.deepStrictEqual(meaning(other), [{ _tag: "Unrecognized", kind: "__proto__" }])
    }
    assert.deepStrictEqual(meaning(`{"channel":"allMids","data":{}}`), [
      { _tag: "Unrecognized", kind: "allMids" }
    ])
  })
})

describe("what Hyperliquid answers", () => {
  const { instruments, lastTrade, time } = venue.calls
  const listed = (body: string, list: string) =>
    Result.getOrThrow(instruments.decode(body, makeReader(), list))

  it("to a question for perpetuals is their names, in dollars, and the steps of their sizes", () => {
    // As answered on 2023-07-17, with one that was taken off since.
    const body = `{"universe":[{"maxLeverage":50,"name":"BTC","szDecimals":5},{"maxLeverage":50,"name":"kPEPE","szDecimals":0},{"maxLeverage":50,"name":"RNDR","szDecimals":1,"isDelisted":true}]}`
    const perpetual = { venue: "hyperliquid", kind: "perpetual", quote: "USD" } as const
    assert.deepStrictEqual(listed(body, "meta"), [
      {
        ...perpetual,
        symbol: "BTC-USD-PERP",
        native: "BTC",
        base: "BTC",
        lotSize: 0.00001,
        status: "trading"
      },
      {
        ...perpetual,
        symbol: "KPEPE-USD-PERP",
        native: "kPEPE",
        base: "kPEPE",
        lotSize: 1,
        status: "trading"
      },
      {
        ...perpetual,
        symbol: "RNDR-USD-PERP",
        native: "RNDR",
        base: "RNDR",
        lotSize: 0.1,
        status: "ended"
      }
    ])
  })

  it("to a question for pairs is what their tokens are called, whatever the pair is", () => {
    // https://hyperliquid.gitbook.io/hyperliquid-docs, spot metadata, as of 2026-09-23.
    const body = `{"tokens":[{"name":"USDC","szDecimals":8,"weiDecimals":8,"index":0,"isCanonical":true},{"name":"PURR","szDecimals":0,"weiDecimals":5,"index":1,"isCanonical":true},{"name":"HFUN","szDecimals":2,"weiDecimals":8,"index":2,"isCanonical":false}],"universe":[{"name":"PURR/USDC","tokens":[1,0],"index":0,"isCanonical":true},{"tokens":[2,0],"name":"@1","index":1,"isCanonical":false}]}`
    const pair = { venue: "hyperliquid", kind: "spot", quote: "USDC", status: "trading" } as const
    assert.deepStrictEqual(listed(body, "spotMeta"), [
      { ...pair, symbol: "PURR-USDC", native: "PURR/USDC", base: "PURR", lotSize: 1 },
      { ...pair, symbol: "HFUN-USDC", native: "@1", base: "HFUN", lotSize: 0.01 }
    ])
  })

  it("is asked for each list by what is sent, and for the last trade and the time", () => {
    const { body, path } = instruments
    assert.deepStrictEqual(venue.lists.map(body), [`{"type":"meta"}`, `{"type":"spotMeta"}`])
    assert.strictEqual(path(), "/info")
    assert.strictEqual(lastTrade.body("BTC"), `{"type":"recentTrades","coin":"BTC"}`)
    const recent = `[{"tid":7,"time":3},{"tid":8,"time":5},{"tid":9,"time":4}]`
    assert.strictEqual(Result.getOrThrow(lastTrade.decode(recent, makeReader())), 8)
    assert.strictEqual(
      Result.getOrThrow(time.decode(`{"time":1790232216193,"specialStatuses":null}`, makeReader())),
      1_790_232_216_193_000
    )
    for (const wrong of ["null", "Failed to deserialize", "{}"]) {
      const answers = [
        instruments.decode(wrong, makeReader(), "meta"),
        instruments.decode(wrong, makeReader(), "spotMeta"),
        lastTrade.decode(wrong, makeReader()),
        time.decode(wrong, makeReader())
      ]
      assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Failure"]))
    }
  })
})

describe("what Hyperliquid is asked", () => {
  it("is one subscription a frame, of which contexts carry three channels", () => {
    const frame = (channel: Channel) =>
      venue.subscribe([venue.topic({ venue: venue.id, channel, symbol: "BTC-USD-PERP" }, "BTC")])
    const asked = (type: string) =>
      `{"method":"subscribe","subscription":{"type":"${type}","coin":"BTC"}}`
    assert.deepStrictEqual(
      (["trades", "quotes", "book", "funding", "mark", "openinterest"] as const).map(frame),
      ["trades", "bbo", "l2Book", ...Array<string>(3).fill("activeAssetCtx")].map(asked)
    )
    assert.strictEqual(venue.limits.batch, 1)
    assert.strictEqual(
      venue.unsubscribe([`{"type":"bbo","coin":"BTC"}`]),
      `{"method":"unsubscribe","subscription":{"type":"bbo","coin":"BTC"}}`
    )
    assert.strictEqual(venue.probe(), `{"method":"ping"}`)
  })
})
