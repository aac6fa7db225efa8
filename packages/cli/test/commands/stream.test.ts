import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Cli from "../support/Cli.ts"
import * as Exchange from "../support/Exchange.ts"

const timeout = 30_000

describe("stream", () => {
  it.live(
    "prints ticks as lines of JSON and ends with 0 after as many as asked for",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([
          Exchange.bookTicker,
          Exchange.bookTicker,
          Exchange.bookTicker
        ])
        const { code, stdout } = yield* Cli.run(
          ["stream", "binance:quotes:BNB-USDT", "--limit", "2"],
          exchange.env
        )
        assert.strictEqual(code, 0)
        const found = yield* Cli.ticks(stdout)
        assert.deepStrictEqual(
          found.map(({ _tag, symbol, venue }) => [_tag, venue, symbol]),
          [
            ["Quote", "binance", "BNB-USDT"],
            ["Quote", "binance", "BNB-USDT"]
          ]
        )
        assert.deepInclude(found[0], { bid: 25.3519, ask: 25.3652, sequence: 400900217 })
      }),
    timeout
  )

  it.live(
    "keeps its log off standard output",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.trade])
        const { stderr, stdout } = yield* Cli.run(
          ["stream", "binance:trades:BNB-BTC", "--limit", "1"],
          exchange.env
        )
        assert.strictEqual(Cli.lines(stdout).length, 1)
        assert.include(stderr, "level=INFO")
        assert.include(stderr, "Connected")
      }),
    timeout
  )

  it.live(
    "says less with --log-level",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.trade])
        const { code, stderr } = yield* Cli.run(
          ["stream", "binance:trades:BNB-BTC", "--limit", "1", "--log-level", "error"],
          exchange.env
        )
        assert.deepStrictEqual([code, stderr], [0, ""])
      }),
    timeout
  )

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it.live(
      `ends with 0 on ${signal}`,
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange.make([Exchange.trade])
          const running = yield* Cli.start(["stream", "binance:trades:BNB-BTC"], exchange.env)
          yield* running.says(/"_tag":"Trade"/)
          running.process.kill(signal)
          const { code, stdout } = yield* running.ended
          assert.strictEqual(code, 0)
          assert.strictEqual((yield* Cli.ticks(stdout)).length, 1)
        }),
      timeout
    )
  }

  it.live(
    "ends with 0, quietly, when nobody reads any more",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make([Exchange.bookTicker])
        const running = yield* Cli.start(["stream", "binance:quotes:BNB-USDT"], exchange.env)
        yield* running.says(/"_tag":"Quote"/)
        const before = running.stderr()
        running.process.stdout?.destroy()
        const { code, stderr } = yield* Effect.raceFirst(
          running.ended,
          Effect.sync(() => exchange.send(Exchange.bookTicker)).pipe(
            Effect.repeat(Schedule.spaced("20 millis")),
            Effect.andThen(Effect.never)
          )
        )
        assert.strictEqual(code, 0)
        assert.strictEqual(stderr, before)
      }),
    timeout
  )

  it.live(
    "says all that is wrong at once, before it connects",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run(
          [
            "stream",
            "BTC-USDT",
            "binance:trade:BTC-USDT",
            "binanse:trades:BTC-USDT",
            "binance:bars@7m:BTC-USDT",
            "--limit",
            "none"
          ],
          { TAPEWIRE_BINANCE_WS: "http://127.0.0.1" }
        )
        assert.deepStrictEqual([code, stdout], [2, ""])
        const said = Cli.lines(stderr)
        assert.strictEqual(said.length, 6)
        assert.match(said[0] ?? "", /^tapewire: "BTC-USDT" is not of the form venue:channel:SYMBOL/)
        assert.match(
          said[1] ?? "",
          /^tapewire: "binance:trade:BTC-USDT" names no channel; .*trades/
        )
        assert.strictEqual(said[2], 'tapewire: unknown venue "binanse"; did you mean binance?')
        assert.match(
          said[3] ?? "",
          /^tapewire: binance: bars@7m:BTC-USDT is not offered; .*bars@5m/
        )
        assert.match(said[4] ?? "", /^tapewire: TAPEWIRE_BINANCE_WS must begin with wss:/)
        assert.match(said[5] ?? "", /^tapewire: --limit must be a whole number/)
      }),
    timeout
  )

  it.live(
    "ends with 2 where the venue does not list the symbol, and says which is meant",
    () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange.make()
        const ended = yield* Cli.run(["stream", "binance:trades:BNB-USDX"], exchange.env)
        assert.deepStrictEqual(ended, {
          code: 2,
          stdout: "",
          stderr: "tapewire: binance: unknown symbol BNB-USDX; did you mean BNB-USDT?\n"
        })
      }),
    timeout
  )

  it.live(
    "ends with 1 where the venue cannot be reached",
    () =>
      Effect.gen(function* () {
        const ended = yield* Cli.run(["stream", "binance:trades:BTC-USDT"], Exchange.nowhere)
        assert.deepInclude(ended, { code: 1, stdout: "" })
        assert.match(
          ended.stderr,
          /^tapewire: binance: cannot reach http:\/\/127\.0\.0\.1:1\/.*ECONNREFUSED.*\n$/
        )
      }),
    timeout
  )

  it.live(
    "ends with 2 where the configured address may not be used",
    () =>
      Effect.gen(function* () {
        const ended = yield* Cli.run(["stream", "binance:trades:BTC-USDT"], {
          TAPEWIRE_BINANCE_WS: "ws://example.com"
        })
        assert.deepStrictEqual(ended, {
          code: 2,
          stdout: "",
          stderr: "tapewire: TAPEWIRE_BINANCE_WS may use ws: for the loopback interface only\n"
        })
      }),
    timeout
  )
})
