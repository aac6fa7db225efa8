import { assert, describe, it } from "@effect/vitest"
import * as Script from "@tapewire/exchange/Script"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Wire } from "tapewire/Wire"
import * as Recorded from "./support/recorded.ts"

const script = (wires: ReadonlyArray<Wire>) =>
  Result.getOrThrow(Script.fromWires(Recorded.header, wires))

/** A recorded frame at another time, in seconds. */
const at = (wire: Wire, seconds: number): Wire => {
  const moved = { ...wire }
  moved.at = seconds * 1e6
  return moved
}

describe("a script", () => {
  it.effect("counts the time since its first frame, and cuts of more than a minute as none", () =>
    Effect.gen(function* () {
      const received = (yield* Recorded.wires).filter(({ _tag }) => _tag === "Received")
      const times = [100, 101.5, 161.5, 222, 223]
      const { frames } = script(
        received.slice(0, times.length).map((wire, index) => at(wire, times[index] ?? 0))
      )
      assert.deepStrictEqual(
        frames.map(({ seconds }) => seconds),
        [0, 1.5, 61.5, 61.5, 62.5]
      )
    })
  )

  it.effect("leaves out answers to requests, and symbols that the tape does not explain", () =>
    Effect.gen(function* () {
      const first = (yield* Recorded.wires).find(({ _tag }) => _tag === "Received")
      if (first?._tag !== "Received") return assert.fail("nothing was recorded")
      const text = String(first.data)
      const other = text.replaceAll("btcusdt", "ethusdt").replaceAll("BTCUSDT", "ETHUSDT")
      const { frames } = script([
        { ...first, data: `{"result":null,"id":1}` },
        { ...first, data: other },
        first
      ])
      assert.deepStrictEqual(
        frames.map((frame) => frame.text),
        [text]
      )
    })
  )

  it.effect("gives stand-ins to each of its symbols in turn", () =>
    Effect.gen(function* () {
      const recorded = yield* Recorded.script
      const [listed] = recorded.listed
      if (listed === undefined) return assert.fail("nothing is listed")
      const eth = { ...listed.instrument, native: "ETHBTC", base: "ETH", quote: "BTC" }
      const two = {
        ...recorded,
        listed: [listed, { recordedAs: "ETHBTC", instrument: eth }]
      }
      assert.deepStrictEqual(
        Script.standIns(two, 3).listed.map(({ instrument, recordedAs }) => [
          instrument.symbol,
          instrument.native,
          recordedAs
        ]),
        [
          ["X01-USDT", "X01USDT", "BTCUSDT"],
          ["X02-BTC", "X02BTC", "ETHBTC"],
          ["X03-USDT", "X03USDT", "BTCUSDT"]
        ]
      )
    })
  )
})
