/** What was recorded of Coinbase Advanced Trade. */
import { venue } from "@tapewire/venues/CoinbaseAdvanced"
import { logged } from "../recordings.ts"
import { type Conformance, listed } from "./Conformance.ts"
import * as Said from "./Said.ts"

const log = logged("2026-08-09", "coinbase/advanced/2026-08-09_COINBASE.jsonl.prefix.gz", {
  venue: venue.id,
  call: () => ({ call: "instruments", subject: "" })
})

const field = (text: string, name: string): string =>
  new RegExp(`"${name}":"([^"]*)`).exec(text)?.[1] ?? "-"

const fields = (text: string, names: string): ReadonlyArray<string> =>
  names.split(" ").map((name) => field(text, name))

/** The platform reads whole seconds; six of the other digits are added. */
const micros = (time: string): string => {
  const [, seconds = "", others = ""] = /^(.{19})\.?(\d*)Z$/.exec(time) ?? []
  return `${Date.parse(`${seconds}Z`) / 1000}${others.padEnd(6, "0").slice(0, 6)}`
}

/** The objects that say of which product they are. */
const objects = (frame: string): ReadonlyArray<string> => frame.match(/\{[^{}]*\}/g) ?? []

const levels = (frame: string, side: string): string =>
  objects(frame)
    .filter((text) => text.startsWith(`{"side":"${side}"`))
    .map((text) => fields(text, "price_level new_quantity").map(Said.plain).join(" "))
    .join(" ")

const said = (frame: string): ReadonlyArray<string> => {
  const isWhole = frame.includes(`"type":"snapshot"`)
  const at = micros(field(frame, "timestamp"))
  switch (field(frame, "channel")) {
    case "market_trades":
      return objects(frame)
        .map((text) => {
          const [native = "", time = "", id, price, size] = fields(
            text,
            "product_id time trade_id price size"
          )
          const taker = field(text, "side") === "SELL" ? "buy" : "sell"
          return Said.line("Trade", native, micros(time), id, price, size, taker)
        })
        .toReversed()
    case "ticker":
      return objects(frame).flatMap((text) => {
        const [native = "", last, high, low, volume, ...best] = fields(
          text,
          "product_id price high_24_h low_24_h volume_24_h best_bid best_bid_quantity best_ask best_ask_quantity"
        )
        const day = [last, undefined, high, low, volume, undefined, undefined]
        return [
          Said.line("Quote", native, at, undefined, ...best),
          Said.line("Ticker", native, at, ...day, ...best, undefined)
        ]
      })
    case "candles":
      return objects(frame)
        .slice(isWhole ? -1 : 0)
        .map((text) => {
          const [native = "", start = "", ...prices] = fields(
            text,
            "product_id start open high low close volume"
          )
          const times = [`${start}000000`, `${Number(start) + 300}000000`]
          const none = [undefined, undefined, undefined]
          return Said.line("Bar", native, at, "5m", ...times, ...prices, ...none, "false")
        })
    case "l2_data": {
      const sides = ["|", levels(frame, "bid"), "|", levels(frame, "offer")]
      const numbers = isWhole ? [undefined] : [undefined, undefined]
      const tag = isWhole ? "BookSnapshot" : "BookDelta"
      const time = micros(field(frame, "event_time"))
      return [Said.line(tag, field(frame, "product_id"), time, ...numbers, ...sides)]
    }
    default:
      return []
  }
}

export const coinbaseAdvanced: Conformance = {
  venue,
  recordings: [log],
  instruments: (wires) => listed(venue, wires),
  said
}
