import { assert, describe, it } from "@effect/vitest"
import * as Deribit from "@tapewire/venues/Deribit"
import * as Result from "effect/Result"
import type { Channel } from "tapewire/Subscription"
import * as Reader from "tapewire/Reader"
import type { Message } from "tapewire/Venue"

const { venue } = Deribit

const received = 1_765_541_767_200_123

const names = [
  { native: "BTC-PERPETUAL", symbol: "BTC-USD-PERP" },
  { native: "BTC-25JUN21", symbol: "BTC-USD-210625" },
  { native: "ETH-6APR21-2400-P", symbol: "ETH-USD-210406-2400-P" }
]

const makeReader = (): Reader.Reader => {
  const reader = Reader.make(venue.id, names)
  reader.received = received
  return reader
}

const decode = (text: string) => venue.decode(text, makeReader())

const meaning = (text: string): ReadonlyArray<Message> => Result.getOrThrow(decode(text))

const base = { venue: "deribit", symbol: "BTC-USD-PERP", received }

const told = (channel: string, data: string) =>
  `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":${data}}}`

// https://docs.deribit.com as of 2026-09-22; seen on the wire on 2025-12-12.
const trades = told(
  "trades.BTC-PERPETUAL.100ms",
  `[{"timestamp":1765531356452,"price":92294.5,"amount":10.0,"direction":"sell","index_price":92276.75,"instrument_name":"BTC-PERPETUAL","trade_seq":271252854,"mark_price":92287.11,"tick_direction":2,"contracts":1.0,"trade_id":"403691824"},{"timestamp":1765531356452,"price":92288.5,"amount":750.0,"direction":"buy","index_price":92276.75,"instrument_name":"BTC-PERPETUAL","trade_seq":271252855,"mark_price":92287.11,"tick_direction":2,"contracts":75.0,"trade_id":"403691825"}]`
)

// Seen on the wire on 2025-12-12.
const quote = told(
  "quote.BTC-PERPETUAL",
  `{"timestamp":1765541767174,"instrument_name":"BTC-PERPETUAL","best_ask_price":92288.5,"best_bid_price":92288.0,"best_ask_amount":99470.0,"best_bid_amount":133440.0}`
)

// Seen on the wire on 2025-12-12.
const ticker = told(
  "ticker.BTC-PERPETUAL.100ms",
  `{"timestamp":1765541474086,"state":"open","stats":{"high":93612.0,"low":89277.5,"price_change":2.3275,"volume":11897.27640428,"volume_usd":1092371540.0,"volume_notional":1092371540.0},"index_price":92263.55,"instrument_name":"BTC-PERPETUAL","last_price":92283.5,"settlement_price":92464.66,"min_price":90897.5,"max_price":93666.5,"open_interest":1132329370.0,"mark_price":92281.78,"interest_value":0.0028213400122472977,"best_ask_price":92284.0,"best_bid_price":92283.5,"estimated_delivery_price":92263.55,"best_ask_amount":186520.0,"best_bid_amount":117660.0,"current_funding":0.00000125,"funding_8h":0.00001742}`
)

// Seen on the wire on 2021-06-02.
const snapshot = told(
  "book.BTC-25JUN21.100ms",
  `{"type":"snapshot","timestamp":1622626472678,"instrument_name":"BTC-25JUN21","change_id":31479219781,"bids":[["new",37317.0,2960.0],["new",37311.5,530.0]],"asks":[["new",37327.0,10.0]]}`
)
const change = told(
  "book.BTC-25JUN21.100ms",
  `{"type":"change","timestamp":1622626784890,"prev_change_id":31479339296,"instrument_name":"BTC-25JUN21","change_id":31479339507,"bids":[["new",37392.5,3000.0],["change",37399.0,6530.0]],"asks":[["delete",37848.5,0.0]]}`
)

describe("a frame of Deribit", () => {
  it("tells trades by the number they have in their instrument, and the side of the taker", () => {
    const trade = { _tag: "Trade", ...base, at: 1_765_531_356_452_000 }
    assert.deepStrictEqual(meaning(trades), [
      { ...trade, id: 271_252_854, price: 92_294.5, size: 10, side: "sell" },
      { ...trade, id: 271_252_855, price: 92_288.5, size: 750, side: "buy" }
    ] as ReadonlyArray<unknown>)
  })

  it("tells sizes of an inverse contract, which are in dollars, in the base asset", () => {
    const reader = Reader.make(venue.id, [
      { native: "BTC-PERPETUAL", symbol: "BTC-USD-PERP", inverse: true },
      { native: "BTC-25JUN21", symbol: "BTC-USD-210625", inverse: true }
    ])
    const read = (text: string) => Result.getOrThrow(venue.decode(text, reader))
    assert.deepInclude(read(trades)[1], { price: 92_288.5, size: 750 / 92_288.5 })
    assert.deepInclude(read(quote)[0], { bidSize: 133_440 / 92_288, askSize: 99_470 / 92_288.5 })
    assert.deepInclude(read(snapshot)[0], { asks: [[37_327, 10 / 37_327]] })
    assert.deepInclude(read(change)[0], { asks: [[37_848.5, 0]] })
    assert.deepInclude(read(ticker)[2], { size: 1_132_329_370 / 92_281.78 })
  })

  it("tells the best prices", () => {
    assert.deepStrictEqual(meaning(quote), [
      {
        _tag: "Quote",
        ...base,
        at: 1_765_541_767_174_000,
        bid: 92_288,
        bidSize: 133_440,
        ask: 92_288.5,
        askSize: 99_470
      }
    ])
  })

  it.for([
    ["of null", `"best_bid_price":null`, `"best_bid_amount":0.0`],
    ["of zero with nothing waiting there", `"best_bid_price":0.0`, `"best_bid_amount":0.0`]
  ] as const)("with a best price %s tells that nobody bids", ([, price, amount]) => {
    const empty = quote
      .replace(`"best_bid_price":92288.0`, price)
      .replace(`"best_bid_amount":133440.0`, amount)
    assert.deepInclude(meaning(empty)[0], { bid: undefined, bidSize: undefined, ask: 92_288.5 })
  })

  it("tells all that a ticker carries: the day, the mark price, open interest and funding", () => {
    const at = 1_765_541_474_086_000
    assert.deepStrictEqual(meaning(ticker), [
      {
        _tag: "Ticker",
        ...base,
        at,
        last: 92_283.5,
        high: 93_612,
        low: 89_277.5,
        volume: 11_897.27640428,
        quoteVolume: 1_092_371_540,
        bid: 92_283.5,
        bidSize: 117_660,
        ask: 92_284,
        askSize: 186_520
      },
      { _tag: "MarkPrice", ...base, at, price: 92_281.78, index: 92_263.55 },
      { _tag: "OpenInterest", ...base, at, size: 1_132_329_370 },
      { _tag: "Funding", ...base, at, rate: 0.00000125 }
    ])
  })

  it("about an instrument that was never traded tells no figures of the day", () => {
    // Seen on the wire on 2021-04-05.
    const quiet = told(
      "ticker.ETH-6APR21-2400-P.raw",
      `{"underlying_price":2105.49,"timestamp":1617644856302,"stats":{"volume":null,"price_change":null,"low":null,"high":null},"state":"open","open_interest":0.0,"mark_price":0.139858,"last_price":null,"instrument_name":"ETH-6APR21-2400-P","index_price":2103.4,"best_bid_price":0.0,"best_bid_amount":0.0,"best_ask_price":0.0,"best_ask_amount":0.0}`
    )
    assert.deepStrictEqual(
      meaning(quiet).map(({ _tag }) => _tag),
      ["MarkPrice", "OpenInterest"]
    )
  })

  it("begins a book, and says what each change of it follows on", () => {
    const at = { symbol: "BTC-USD-210625", received, venue: "deribit" }
    assert.deepStrictEqual(meaning(snapshot), [
      {
        _tag: "BookSnapshot",
        ...at,
        at: 1_622_626_472_678_000,
        sequence: 31_479_219_781,
        bids: [
          [37_317, 2960],
          [37_311.5, 530]
        ],
        asks: [[37_327, 10]]
      }
    ])
    assert.deepStrictEqual(meaning(change), [
      {
        _tag: "BookDelta",
        ...at,
        at: 1_622_626_784_890_000,
        firstSequence: 31_479_339_297,
        sequence: 31_479_339_507,
        bids: [
          [37_392.5, 3000],
          [37_399, 6530]
        ],
        asks: [[37_848.5, 0]]
      }
    ])
  })

  it("that asks whether we are there is answered", () => {
    const [reply] = meaning(
      `{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}`
    )
    assert.deepInclude(reply, { _tag: "Reply" })
    const frame: unknown = JSON.parse(reply?._tag === "Reply" ? reply.frame : "")
    assert.deepInclude(frame, { method: "public/test" })
    assert.deepStrictEqual(
      meaning(`{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}`),
      []
    )
  })

  it("names the channels that were taken, of which those that cannot be had are left out", () => {
    const [asked] = [venue.subscribe(["quote.BTC-PERPETUAL", "quote.NONE"], 7)]
    const { id }: { readonly id: number } = JSON.parse(asked)
    assert.deepStrictEqual(
      meaning(`{"jsonrpc":"2.0","id":${id},"result":["quote.BTC-PERPETUAL"],"testnet":false}`),
      [{ _tag: "Acknowledged", id: 7, topics: ["quote.BTC-PERPETUAL"] }]
    )
  })

  it("names the channels that were ended, which is no news of those that were taken", () => {
    const { id }: { readonly id: number } = JSON.parse(venue.unsubscribe(["quote.X"], 7))
    assert.deepStrictEqual(meaning(`{"jsonrpc":"2.0","id":${id},"result":["quote.X"]}`), [])
    assert.deepStrictEqual(meaning(`{"jsonrpc":"2.0","id":1,"result":"ok"}`), [])
    assert.deepStrictEqual(meaning(`{"jsonrpc":"2.0","id":1,"result":{"version":"1.2.26"}}`), [])
  })

  it.for([
    [`"id":14,`, 7],
    // Of a sign of life, which asks for no channel.
    [`"id":15,`, 0],
    ["", undefined]
  ] as const)("refuses a request: %s", ([id, expected]) => {
    assert.deepStrictEqual(
      meaning(`{"jsonrpc":"2.0",${id}"error":{"code":10028,"message":"too_many_requests"}}`),
      [{ _tag: "Refused", id: expected, detail: "too_many_requests (10028)" }]
    )
  })

  it.for([
    ["trades", trades, "instrument_name trade_seq timestamp price amount direction"],
    ["a quote", quote, "instrument_name timestamp"],
    ["a ticker", ticker, "instrument_name timestamp stats"],
    ["the whole of a book", snapshot, "instrument_name timestamp type change_id bids asks"],
    ["a change of a book", change, "instrument_name timestamp type change_id bids asks"]
  ] as const)("with %s cannot be decoded without a field", ([, payload, fields]) => {
    for (const field of fields.split(" ")) {
      const broken = payload.replaceAll(`"${field}":`, `"_":`)
      assert.notStrictEqual(broken, payload)
      assert.isTrue(Result.isFailure(decode(broken)), field)
    }
  })

  it("cannot be decoded with a price that is a text, or infinite, or with a time too far off", () => {
    for (const broken of [
      trades.replace("92294.5", `"92294.5"`),
      trades.replace("92294.5", "1e999"),
      trades.replace("1765531356452", "90000000000000000"),
      snapshot.replace(`["new",37317.0,2960.0]`, `["new",37317.0]`),
      snapshot.replace(`["new",37317.0,2960.0]`, `["old",37317.0,2960.0]`)
    ]) {
      assert.notInclude([trades, snapshot], broken)
      assert.isTrue(Result.isFailure(decode(broken)), broken)
    }
  })

  it("about an instrument nobody asked for, or of a kind not asked for, is unrecognized", () => {
    for (const payload of [trades, quote, ticker]) {
      const [other] = meaning(payload.replaceAll("BTC-PERPETUAL", "__proto__"))
      assert.deepStrictEqual(other, { _tag: "Unrecognized", kind: "__proto__" })
    }
    assert.deepStrictEqual(meaning(told("platform_state", "{}")), [
      { _tag: "Unrecognized", kind: "platform_state" }
    ])
  })
})

describe("what Deribit answers", () => {
  const { instruments, lastTrade, lastUpdate, ping, time } = venue.calls

  const listing = (...all: ReadonlyArray<string>) => `{"jsonrpc":"2.0","result":[${all.join()}]}`
  const rules = `"tick_size":0.5,"min_trade_amount":10.0,"is_active":true`

  it.for([
    // As listed on 2022-05-29, with what is read of it.
    [
      `{${rules},"settlement_period":"perpetual","quote_currency":"USD","kind":"future","instrument_name":"SOL-PERPETUAL","expiration_timestamp":32503708800000,"counter_currency":"USD","base_currency":"SOL"}`,
      { symbol: "SOL-USD-PERP", native: "SOL-PERPETUAL", kind: "perpetual", quote: "USD" }
    ],
    [
      `{${rules},"settlement_period":"month","quote_currency":"USD","kind":"future","instrument_name":"SOL-24JUN22","expiration_timestamp":1656057600000,"counter_currency":"USD","base_currency":"SOL"}`,
      { symbol: "SOL-USD-220624", native: "SOL-24JUN22", kind: "future", quote: "USD" }
    ],
    [
      `{${rules},"settlement_period":"perpetual","quote_currency":"USDC","kind":"future","instrument_name":"UNI_USDC-PERPETUAL","expiration_timestamp":32503708800000,"counter_currency":"USDC","base_currency":"UNI"}`,
      { symbol: "UNI-USDC-PERP", native: "UNI_USDC-PERPETUAL", kind: "perpetual", quote: "USDC" }
    ],
    [
      `{${rules},"strike":28.5,"settlement_period":"week","quote_currency":"SOL","option_type":"put","kind":"option","instrument_name":"SOL-10JUN22-28d5-P","expiration_timestamp":1654848000000,"counter_currency":"USD","base_currency":"SOL"}`,
      {
        symbol: "SOL-USD-220610-28.5-P",
        native: "SOL-10JUN22-28d5-P",
        kind: "option",
        quote: "SOL"
      }
    ],
    [
      `{${rules},"quote_currency":"USDC","kind":"spot","instrument_name":"ETH_USDC","counter_currency":"USDC","base_currency":"ETH"}`,
      { symbol: "ETH-USDC", native: "ETH_USDC", kind: "spot", quote: "USDC" }
    ]
  ] as const)("to a question for the instruments names them: %s", ([listed, expected]) => {
    const [found] = Result.getOrThrow(instruments.decode(listing(listed), makeReader()))
    assert.deepInclude(found, { ...expected, tickSize: 0.5, status: "trading" })
    assert.deepInclude(
      found,
      expected.quote === "USD" ? { lotSize: undefined, inverse: true } : { lotSize: 10 }
    )
    const [halted] = Result.getOrThrow(
      instruments.decode(listing(listed.replace("true", "false")), makeReader())
    )
    assert.deepInclude(halted, { status: "halted" })
  })

  it("cannot be decoded with a last day that is none", () => {
    const future = `{${rules},"settlement_period":"month","quote_currency":"USD","kind":"future","instrument_name":"SOL-24JUN22","expiration_timestamp":9007199254740991,"counter_currency":"USD","base_currency":"SOL"}`
    assert.isTrue(Result.isFailure(instruments.decode(listing(future), makeReader())))
  })

  it("leaves out combinations, which have no price of their own", () => {
    const combination = `{${rules},"settlement_period":"month","quote_currency":"USD","kind":"future_combo","instrument_name":"BTC-FS-30SEP22_PERP","expiration_timestamp":1664524800000,"counter_currency":"USD","base_currency":"BTC"}`
    assert.deepStrictEqual(
      Result.getOrThrow(instruments.decode(listing(combination), makeReader())),
      []
    )
  })

  it("to a question for past trades is what each would have been live, told as asked for later", () => {
    const all: { readonly params: { readonly data: unknown } } = JSON.parse(trades)
    const body = JSON.stringify({ result: { trades: all.params.data, has_more: false } })
    assert.deepStrictEqual(
      Result.getOrThrow(venue.calls.trades.decode(body, makeReader())) as ReadonlyArray<unknown>,
      meaning(trades).map((trade) => Object.assign(trade, { origin: "backfill" }))
    )
    assert.strictEqual(
      venue.calls.trades.path("BTC-PERPETUAL", 5, 9),
      "/api/v2/public/get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&start_seq=5&end_seq=9&count=1000&sorting=asc"
    )
  })

  it("tells the last trade, the last change of a book, the time, and that it is there", () => {
    const read = <A>(result: Result.Result<A, unknown>) => Result.getOrThrow(result)
    const reader = makeReader()
    assert.strictEqual(
      read(lastTrade.decode(`{"result":{"trades":[{"trade_seq":7}],"has_more":true}}`, reader)),
      7
    )
    assert.isUndefined(read(lastTrade.decode(`{"result":{"trades":[]}}`, reader)))
    assert.strictEqual(read(lastUpdate.decode(`{"result":{"change_id":9,"bids":[]}}`, reader)), 9)
    assert.strictEqual(
      read(time.decode(`{"jsonrpc":"2.0","result":1765541767174}`, reader)),
      1_765_541_767_174_000
    )
    assert.isTrue(Result.isSuccess(ping.decode(`{"result":{"version":"1.2.26"}}`, reader)))
    for (const body of ["", "[]", `{"error":{"code":-32602,"message":"Invalid params"}}`]) {
      const answers = [
        instruments.decode(body, reader),
        lastTrade.decode(body, reader),
        lastUpdate.decode(body, reader),
        time.decode(body, reader),
        ping.decode(body, reader)
      ]
      assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Failure"]))
    }
  })
})

describe("what Deribit is asked", () => {
  it("names what carries each channel, of which tickers carry four", () => {
    const topic = (channel: Channel) =>
      venue.topic({ venue: venue.id, channel, symbol: "BTC-USD-PERP" }, "BTC-PERPETUAL")
    assert.deepStrictEqual(
      (["trades", "book", "quotes", "ticker", "mark", "funding", "openinterest"] as const).map(
        topic
      ),
      [
        "trades.BTC-PERPETUAL.100ms",
        "book.BTC-PERPETUAL.100ms",
        "quote.BTC-PERPETUAL",
        ...Array<string>(4).fill("ticker.BTC-PERPETUAL.100ms")
      ]
    )
  })

  it("is what the venue documents", () => {
    assert.deepStrictEqual(JSON.parse(venue.subscribe(["quote.BTC-PERPETUAL"], 3)), {
      jsonrpc: "2.0",
      id: 6,
      method: "public/subscribe",
      params: { channels: ["quote.BTC-PERPETUAL"] }
    })
    assert.deepInclude(JSON.parse(venue.unsubscribe(["quote.BTC-PERPETUAL"], 3)), {
      method: "public/unsubscribe",
      params: { channels: ["quote.BTC-PERPETUAL"] }
    })
    assert.deepStrictEqual(
      venue.greeting.map((frame): unknown => JSON.parse(frame)),
      [{ jsonrpc: "2.0", id: 1, method: "public/set_heartbeat", params: { interval: 15 } }]
    )
    assert.deepInclude(JSON.parse(venue.probe(3)), { method: "public/test" })
  })
})
