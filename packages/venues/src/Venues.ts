/**
 * Every venue there is, for programs that choose by name.
 *
 * @since 0.1.0
 */
import type { Venue } from "tapewire/Venue"
import * as Alpaca from "./Alpaca.ts"
import * as AlpacaCrypto from "./AlpacaCrypto.ts"
import * as AlpacaSip from "./AlpacaSip.ts"
import * as AlpacaTest from "./AlpacaTest.ts"
import * as BinanceCoinm from "./BinanceCoinm.ts"
import * as BinanceSpot from "./BinanceSpot.ts"
import * as BinanceUs from "./BinanceUs.ts"
import * as BinanceUsdm from "./BinanceUsdm.ts"
import * as Bitfinex from "./Bitfinex.ts"
import * as Bybit from "./Bybit.ts"
import * as BybitLinear from "./BybitLinear.ts"
import * as CoinbaseAdvanced from "./CoinbaseAdvanced.ts"
import * as CoinbaseExchange from "./CoinbaseExchange.ts"
import * as Deribit from "./Deribit.ts"
import * as Hyperliquid from "./Hyperliquid.ts"
import * as Fred from "./Fred.ts"
import * as Kraken from "./Kraken.ts"
import * as Okx from "./Okx.ts"

/**
 * @since 0.1.0
 */
export const all: ReadonlyArray<Venue> = [
  BinanceSpot.venue,
  BinanceUsdm.venue,
  BinanceCoinm.venue,
  BinanceUs.venue,
  Bybit.venue,
  BybitLinear.venue,
  Okx.venue,
  Kraken.venue,
  Deribit.venue,
  Alpaca.venue,
  AlpacaSip.venue,
  AlpacaCrypto.venue,
  AlpacaTest.venue,
  CoinbaseExchange.venue,
  Hyperliquid.venue,
  CoinbaseAdvanced.venue,
  Bitfinex.venue,
  Fred.venue
]

/**
 * The venue of an id, as on the command line.
 *
 * @since 0.1.0
 */
export const byId = (id: string): Venue | undefined => all.find((venue) => venue.id === id)
