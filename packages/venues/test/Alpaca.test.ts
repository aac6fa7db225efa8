import { assert, describe, it } from "@effect/vitest"
import * as Alpaca from "@tapewire/venues/Alpaca"
import * as AlpacaSip from "@tapewire/venues/AlpacaSip"
import * as AlpacaTest from "@tapewire/venues/AlpacaTest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"
import * as Session from "tapewire/Session"
import type { Bar } from "tapewire/Tick"
import type { Message, Venue } from "tapewire/Venue"

const { venue } = Alpaca

const received = 1_700_000_000_000_000

const makeReader = (of: Venue = venue): Reader.Reader => {
  const reader = Reader.make(
    of.id,
    ["AAPL", "AMD", "SPY", "FAKEPACA"].map((native) => ({ native, symbol: `${native}-USD` }))
  )
  reader.received = received
  return reader
}

const decode = (text: string, of: Venue = venue) => of.decode(text, makeReader(of))

const meaning = (text: string, of: Venue = venue): ReadonlyArray<Message> =>
  Result.getOrThrow(decode(text, of))

/** `2023-04-06T11:54:26Z` */
const second = 1_680_782_066_000_000

const of = (symbol: string) => ({ venue: "alpaca", symbol, received })

// Frames are the examples of https://docs.alpaca.markets/docs/real-time-stock-pricing-data of
// 2023-04-06, if nothing else is said.

const trades = `[{"T":"t","S":"AAPL","i":628,"x":"K","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C","t":"2023-04-06T11:54:26.838232225Z"},{"T":"t","S":"AAPL","i":75,"x":"Z","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C","t":"2023-04-06T11:54:26.838562809Z"},{"T":"t","S":"AAPL","i":1465,"x":"P","p":162.91,"s":71,"c":["@","F","T","I"],"z":"C","t":"2023-04-06T11:54:26.83915973Z"}]`

const quote = `[{"T":"q","S":"AMD","bx":"K","bp":91.95,"bs":2,"ax":"Q","ap":91.98,"as":1,"c":["R"],"z":"C","t":"2023-04-06T11:54:21.670905508Z"}]`

// 2021-02-22
const bar = `[{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"t":"2021-02-22T19:15:00Z"}]`

const payloads = [
  [
    "a trade",
    `[{"T":"t","S":"AAPL","i":628,"x":"K","p":162.92,"s":3,"t":"2023-04-06T11:54:26.838232225Z"}]`
  ],
  ["a quote", quote],
  ["a bar", bar]
] as const

describe("a frame of stocks by Alpaca", () => {
  it("tells several trades, each with the exchange in its id and no side", () => {
    const base = { _tag: "Trade" as const, ...of("AAPL-USD"), side: undefined }
    assert.deepStrictEqual(meaning(trades), [
      { ...base, at: second + 838_232, id: "K628", price: 162.92, size: 3 },
      { ...base, at: second + 838_562, id: "Z75", price: 162.92, size: 3 },
      { ...base, at: second + 839_159, id: "P1465", price: 162.91, size: 71 }
    ])
  })

  it("keeps apart trades to which two exchanges gave the same number", () => {
    const twin = (x: string) =>
      `[{"T":"t","S":"AAPL","i":75,"x":"${x}","p":1,"s":1,"t":"2023-04-06T11:54:26Z"}]`
    const session = Session.make(venue, [
      {
        ...of("AAPL-USD"),
        native: "AAPL",
        kind: "equity",
        base: "AAPL",
        quote: "USD",
        status: "trading"
      }
    ])
    const { ticks } = session.step(
      [twin("Z"), twin("P"), twin("Z")].map((data) => ({
        _tag: "Received",
        venue: "alpaca",
        connection: 1,
        at: received,
        data
      }))
    )
    assert.deepStrictEqual(
      ticks.map((tick) => tick._tag === "Trade" && tick.id),
      ["Z75", "P75"]
    )
  })

  it("tells the best bid and ask", () => {
    assert.deepStrictEqual(meaning(quote), [
      {
        _tag: "Quote",
        ...of("AMD-USD"),
        at: 1_680_782_061_670_905,
        bid: 91.95,
        bidSize: 2,
        ask: 91.98,
        askSize: 1
      }
    ])
  })

  // The latest quote of SPOT on IEX on 2021-07-08, by HTTP.
  it("tells no price and no size of a side on which there is nobody", () => {
    const [tick] = meaning(
      `[{"T":"q","S":"AMD","t":"2021-07-08T15:07:51.647336688Z","ax":"V","ap":295,"as":2,"bx":"V","bp":0,"bs":0,"c":["R"]}]`
    )
    assert.deepInclude(tick, { bid: undefined, bidSize: undefined, ask: 295, askSize: 2 })
  })

  it("tells the bar of a minute, whole, and once more where a trade came late", () => {
    const told: Bar = {
      _tag: "Bar",
      ...of("SPY-USD"),
      at: undefined,
      interval: "1m",
      // 2021-02-22T19:15:00Z
      openAt: 1_614_021_300_000_000,
      closeAt: 1_614_021_360_000_000,
      open: 388.985,
      high: 389.13,
      low: 388.975,
      close: 389.12,
      volume: 49_378,
      trades: undefined,
      closed: true
    }
    assert.deepStrictEqual(meaning(bar), [told])
    assert.deepStrictEqual(meaning(bar.replace(`"T":"b"`, `"T":"u"`)), [told])
  })

  it("tells nothing of trades that were corrected or cancelled", () => {
    const corrected = `[{"T":"c","S":"AAPL","x":"M","oi":52983525033527,"op":39.1582,"os":440000,"oc":[" ","7"],"ci":52983525034326,"cp":39.1809,"cs":440000,"cc":[" ","7"],"z":"B","t":"2023-04-06T14:25:06.542305024Z"}]`
    const cancelled = `[{"T":"x","S":"AAPL","i":465,"x":"D","p":105.31,"s":300,"a":"C","z":"C","t":"2023-04-06T13:15:42.83540958Z"}]`
    assert.deepStrictEqual([meaning(corrected), meaning(cancelled)], [[], []])
  })

  it("is told of the venue that it is of", () => {
    // https://docs.alpaca.markets/docs/streaming-market-data, 2024-07-24
    const frame = `[{"T":"q","S":"FAKEPACA","bx":"O","bp":133.85,"bs":4,"ax":"R","ap":135.77,"as":5,"c":["R"],"z":"A","t":"2024-07-24T07:56:53.639713735Z"}]`
    const [tick] = meaning(frame, AlpacaTest.venue)
    assert.deepInclude(tick, { venue: "alpaca-test", symbol: "FAKEPACA-USD", bid: 133.85 })
    assert.deepInclude(meaning(frame, AlpacaSip.venue)[0], { venue: "alpaca-sip" })
  })

  it("of an unknown symbol or type is of no meaning, and takes none from those beside it", () => {
    assert.deepStrictEqual(
      meaning(
        `[{"T":"n","id":1},{"T":"q","S":"ZZZ","bp":1,"bs":1,"ap":1,"as":1,"t":"2023-04-06T11:54:26Z"},${quote.slice(1)}`
      ).map(({ _tag }) => _tag),
      ["Unrecognized", "Unrecognized", "Quote"]
    )
  })

  it.each(payloads)("is none where a field of %s is of another type", (_name, frame) => {
    const fields = frame.matchAll(/"(\w+)":(?:"[^"]*"|[\d.]+)/g)
    const read = new Set("S i x p s t bp bs ap as o h l c v".split(" "))
    for (const [field, name = ""] of fields) {
      if (!read.has(name) || (name === "x" && frame !== payloads[0][1])) continue
      for (const wrong of ["null", "[]", "true", "1e999"]) {
        const bad = decode(frame.replace(field, `"${name}":${wrong}`))
        assert.isTrue(Result.isFailure(bad), `${name}: ${wrong}`)
      }
    }
  })

  it.each([
    ["not a list", `{"T":"success","msg":"connected"}`],
    ["a list of something else", `["T"]`],
    ["of a day that there is not", quote.replace("2023-04-06", "2023-02-30")],
    ["cut off", quote.slice(0, 60)]
  ])("is none where it is %s", (_what, frame) => {
    assert.isTrue(Result.isFailure(decode(frame)))
  })
})

describe("a conversation with Alpaca", () => {
  // https://docs.alpaca.markets/docs/streaming-market-data, 2026-08-27
  it("begins with a word, then a login that is taken", () => {
    assert.deepStrictEqual(meaning(`[{"T":"success","msg":"connected"}]`), [])
    assert.deepStrictEqual(meaning(`[{"T":"success","msg":"authenticated"}]`), [
      { _tag: "LoggedIn" }
    ])
    const credentials = { key: Redacted.make("PK1"), secret: Redacted.make("s3") }
    assert.strictEqual(venue.login(credentials), `{"action":"auth","key":"PK1","secret":"s3"}`)
    assert.deepStrictEqual(venue.authorize(credentials), {
      headers: { "APCA-API-KEY-ID": "PK1", "APCA-API-SECRET-KEY": "s3" }
    })
  })

  it("takes the answer to a request as all that is subscribed to", () => {
    const topics = ["trades/AAPL", "quotes/AMD", "quotes/CLDR", "bars/*"]
    assert.deepStrictEqual(
      meaning(
        `[{"T":"subscription","trades":["AAPL"],"quotes":["AMD","CLDR"],"bars":["*"],"updatedBars":[],"dailyBars":["VOO"],"statuses":["*"],"lulds":[],"corrections":["AAPL"],"cancelErrors":["AAPL"]}]`
      ),
      [
        { _tag: "Acknowledged", topics },
        { _tag: "Listed", topics }
      ]
    )
  })

  it("asks for topics by their channel, and for bars that changed with bars", () => {
    const topic = (channel: "bars" | "quotes" | "trades", native: string) =>
      venue.topic({ venue: "alpaca", channel, symbol: `${native}-USD` }, native)
    const topics = [topic("trades", "AAPL"), topic("bars", "SPY"), topic("trades", "BRK.B")]
    assert.deepStrictEqual(JSON.parse(venue.subscribe(topics)), {
      action: "subscribe",
      trades: ["AAPL", "BRK.B"],
      bars: ["SPY"],
      updatedBars: ["SPY"]
    })
    assert.deepStrictEqual(JSON.parse(venue.unsubscribe([topic("quotes", "AMD")])), {
      action: "unsubscribe",
      quotes: ["AMD"]
    })
    assert.deepStrictEqual(JSON.parse(AlpacaTest.venue.subscribe(["bars/FAKEPACA"])), {
      action: "subscribe",
      bars: ["FAKEPACA"]
    })
  })

  const error = (code: number, msg: string) =>
    meaning(`[{"T":"error","code":${code},"msg":"${msg}"}]`)

  it.each([
    [400, "invalid syntax"],
    [402, "auth failed"],
    [405, "symbol limit exceeded"],
    [409, "insufficient subscription"],
    [410, "invalid subscribe action for this feed"],
    [411, "insufficient scope"],
    [413, "something new"]
  ])("takes error %d for a refusal of what was asked", (code, msg) => {
    assert.deepStrictEqual(error(code, msg), [
      { _tag: "Refused", id: undefined, detail: `${msg} (${code})` }
    ])
  })

  it.each([
    [401, "not authenticated"],
    [404, "auth timeout"],
    [406, "connection limit exceeded"],
    [407, "slow client"],
    [500, "internal error"]
  ])("takes error %d for the end of the connection, but not of the feed", (code, msg) => {
    assert.deepStrictEqual(error(code, msg), [{ _tag: "Ended", code, detail: msg }])
    assert.property(venue.closeWaits, String(code))
  })

  it("takes no offence at being authenticated already", () => {
    assert.deepStrictEqual(error(403, "already authenticated"), [])
  })
})

describe("what Alpaca answers by HTTP", () => {
  // https://docs.alpaca.markets/docs/working-with-assets, as of 2026
  const assets = JSON.stringify([
    {
      id: "904837e3-3b76-47ec-b432-046db621571b",
      class: "us_equity",
      exchange: "NASDAQ",
      symbol: "AAPL",
      name: "Apple Inc. Common Stock",
      status: "active",
      tradable: true
    },
    { class: "us_equity", symbol: "BRK.B", status: "active", tradable: false },
    { class: "us_equity", symbol: "GONE", status: "inactive", tradable: false }
  ])

  it("lists stocks by their ticker, in dollars", () => {
    const { decode, path } = venue.calls.instruments
    assert.strictEqual(path("", 0, 0), "/v2/assets?status=active&asset_class=us_equity")
    const listed = Result.getOrThrow(decode(assets, makeReader(), ""))
    assert.deepStrictEqual(listed[0], {
      venue: "alpaca",
      symbol: "AAPL-USD",
      native: "AAPL",
      kind: "equity",
      base: "AAPL",
      quote: "USD",
      tickSize: undefined,
      lotSize: undefined,
      status: "trading"
    })
    assert.deepStrictEqual(
      listed.map(({ status, symbol }) => `${symbol} ${status}`),
      ["AAPL-USD trading", "BRK.B-USD unknown", "GONE-USD ended"]
    )
  })

  it("lists them where the key is good for: play money has a host of its own", () => {
    const { base } = venue.calls.instruments
    const credentials = (key: string) => ({ key: Redacted.make(key), secret: Redacted.make("") })
    assert.strictEqual(base?.(credentials("PKABC")), "https://paper-api.alpaca.markets")
    assert.strictEqual(base?.(credentials("AKABC")), "https://api.alpaca.markets")
  })

  // Of SPOT on 2021-07-08.
  it("tells the last trade by the id that the stream gives it", () => {
    const { decode, path } = venue.calls.lastTrade
    assert.strictEqual(path("BRK.B"), "/v2/stocks/BRK.B/trades/latest?feed=iex")
    assert.strictEqual(
      AlpacaSip.venue.calls.lastTrade.path("SPOT"),
      "/v2/stocks/SPOT/trades/latest?feed=sip"
    )
    const body = `{"symbol":"SPOT","trade":{"t":"2021-07-08T15:19:05.496258998Z","x":"V","p":256.06,"s":200,"c":[" "],"i":54306731352151,"z":"A"}}`
    assert.strictEqual(Result.getOrThrow(decode(body, makeReader())), "V54306731352151")
  })
})

describe("Alpaca's streams", () => {
  it("are at their own addresses, want the same credentials and have one connection each", () => {
    const all: ReadonlyArray<Venue> = [venue, AlpacaSip.venue, AlpacaTest.venue]
    assert.deepStrictEqual(
      all.map(({ credentials, endpoints, needsCredentials, pool }) => [
        endpoints.websocket,
        needsCredentials,
        credentials?.of,
        pool?.max
      ]),
      ["iex", "sip", "test"].map((feed) => [
        `wss://stream.data.alpaca.markets/v2/${feed}`,
        true,
        "alpaca",
        1
      ])
    )
  })
})
