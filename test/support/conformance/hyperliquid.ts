/** What was recorded of Hyperliquid: one perpetual. */
import * as Hyperliquid from "@tapewire/venues/Hyperliquid"
import { collected } from "../recordings.ts"
import type { Conformance } from "./Conformance.ts"
import * as Said from "./Said.ts"

const field = (text: string, name: string): string =>
  new RegExp(`"${name}":"?([^",}\\]]*)`).exec(text)?.[1] ?? "-"

const levels = (side: string): string =>
  Array.from(side.matchAll(/"px":"([^"]*)","sz":"([^"]*)"/g), ([, price, size]) =>
    Said.levels(`${price} ${size}`)
  ).join(" ")

const said = (frame: string): ReadonlyArray<string> => {
  const coin = field(frame, "coin")
  switch (field(frame, "channel")) {
    case "l2Book": {
      const [bids = "", asks = ""] = frame.slice(frame.indexOf("[[")).split("],[")
      const at = `${field(frame, "time")}000`
      return [Said.line("BookSnapshot", coin, at, undefined, "|", levels(bids), "|", levels(asks))]
    }
    case "trades":
      return Array.from(frame.matchAll(/\{"coin".*?\}/g), ([trade]) => {
        const side = field(trade, "side") === "B" ? "buy" : "sell"
        const [id, price, size] = [field(trade, "tid"), field(trade, "px"), field(trade, "sz")]
        return Said.line("Trade", coin, `${field(trade, "time")}000`, id, price, size, side)
      })
    default:
      return []
  }
}

export const hyperliquid: Conformance = {
  venue: Hyperliquid.venue,
  recordings: [
    collected("btcusd_20250126", "hyperliquid/collector/btcusd_20250126.prefix.gz", {
      venue: "hyperliquid",
      socketUrl: "wss://api.hyperliquid.xyz/ws",
      snapshotUrl: (native) => native
    })
  ],
  // The list of that day was not recorded.
  instruments: () => [
    {
      venue: "hyperliquid",
      symbol: "BTC-USD-PERP",
      native: "BTC",
      kind: "perpetual",
      base: "BTC",
      quote: "USD",
      lotSize: 0.00001,
      status: "trading"
    }
  ],
  said
}
