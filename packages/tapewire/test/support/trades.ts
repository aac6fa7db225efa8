import type { Trade } from "tapewire/Tick"

/**
 * Eight trades of BTC-USDT on Binance's spot market, 2024-08-09, as published at
 * `btcusdt@trade` from id 3735693016; the second time is the receipt.
 */
const published: ReadonlyArray<
  readonly [at: number, received: number, price: number, size: number, side: Trade["side"]]
> = [
  [1723161601437000, 1723161600164378, 61685.99, 0.00017, "sell"],
  [1723161601498000, 1723161600225262, 61686, 0.00016, "buy"],
  [1723161601534000, 1723161600260883, 61686, 0.00016, "buy"],
  [1723161601597000, 1723161600324339, 61685.99, 0.00227, "sell"],
  [1723161601597000, 1723161600324341, 61685.99, 0.00459, "sell"],
  [1723161601614000, 1723161600341275, 61686, 0.00032, "buy"],
  [1723161601622000, 1723161600349435, 61686, 0.00013, "buy"],
  [1723161601719000, 1723161600445485, 61685.99, 0.0003, "sell"]
]

/** The same as ticks. */
export const trades = published.map(([at, received, price, size, side], index): Trade => ({
  _tag: "Trade",
  venue: "binance",
  symbol: "BTC-USDT",
  at,
  received,
  id: 3735693016 + index,
  price,
  size,
  side
}))
