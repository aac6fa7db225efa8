import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Cli from "./support/Cli.ts"

const timeout = 30_000

describe("tapewire", () => {
  for (const args of [[], ["stream"], ["serve"], ["record"], ["replay"], ["venues"]]) {
    it.live(
      `explains ${["tapewire", ...args].join(" ")} with examples`,
      () =>
        Effect.gen(function* () {
          const { code, stderr, stdout } = yield* Cli.run([...args, "--help"])
          assert.deepStrictEqual([code, stderr], [0, ""])
          assert.include(stdout, "DESCRIPTION")
          assert.include(stdout, `USAGE\n  ${["tapewire", ...args].join(" ")} `)
          assert.include(stdout, "EXAMPLES")
        }),
      timeout
    )
  }

  it.live(
    "says its version",
    () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* Cli.run(["--version"])
        assert.strictEqual(code, 0)
        assert.match(stdout, /^tapewire v\d+\.\d+\.\d+\n$/)
      }),
    timeout
  )

  it.live(
    "shows help on standard error and ends with 2 without a command",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* Cli.run([])
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, "SUBCOMMANDS")
      }),
    timeout
  )

  for (const [args, said] of [
    [["strem"], /Unknown subcommand "strem".*did you mean stream\?/],
    [["stream"], /Missing required argument: subscriptions/],
    [["stream", "binance:trades:BTC-USDT", "--limt", "1"], /Unrecognized flag: --limt.*--limit/],
    [["record", "binance:trades:BTC-USDT"], /Missing required flag: --out/]
  ] as const) {
    it.live(
      `says in one line what is wrong with ${args.join(" ")}`,
      () =>
        Effect.gen(function* () {
          const { code, stderr, stdout } = yield* Cli.run(args)
          assert.deepStrictEqual([code, stdout], [2, ""])
          assert.match(stderr, said)
          assert.match(stderr, /^tapewire: .* \(see tapewire.* --help\)\n$/)
        }),
      timeout
    )
  }
})
