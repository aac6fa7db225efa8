/**
 * Alpaca's streams of stocks, which differ in whose trades and quotes they carry.
 *
 * @see https://docs.alpaca.markets/docs/real-time-stock-pricing-data
 */
import * as Schema from "effect/Schema"
import * as Venue from "tapewire/Venue"
import * as Alpaca from "./alpaca.ts"

const { Finite, String, Struct } = Schema

const Taken = Struct({ i: Alpaca.Id, x: String })

/** Every exchange numbers its own trades, so that a number alone names several. */
const idOf = ({ i, x }: typeof Taken.Type): string => `${x}${Alpaca.idOf(i)}`

const trade = Alpaca.about(
  Struct({ ...Taken.fields, S: String, t: String, p: Finite, s: Finite }),
  (message, reader, symbol) => ({
    _tag: "Trade",
    venue: reader.venue,
    symbol,
    at: reader.instant(message.t),
    received: reader.received,
    id: idOf(message),
    price: reader.number(message.p),
    size: reader.number(message.s),
    // Nobody says who took.
    side: undefined
  })
)

/** A stream of stocks by the last part of its address. */
export const stocks = (feed: "iex" | "sip" | "test", bars: ReadonlyArray<string>) =>
  ({
    ...Alpaca.stream(bars),
    credentials: { kind: "pair", of: "alpaca", tryingAt: ["/v2/test"] },
    endpoints: {
      websocket: `wss://stream.data.alpaca.markets/v2/${feed}`,
      rest: "https://data.alpaca.markets"
    },
    channels: { trades: [undefined], quotes: [undefined], bars: ["1m"] },
    decode: Alpaca.decode({
      t: trade,
      // A trade that was corrected or cancelled afterwards; comes with trades, asked for or not.
      c: Venue.ignored,
      x: Venue.ignored
    })
  }) satisfies Partial<Venue.Venue>

/** What can be asked of a feed of stocks. */
export const calls = (feed: "iex" | "sip") => ({
  instruments: Alpaca.assets("us_equity", (symbol) => ({
    kind: "equity",
    base: symbol,
    quote: "USD"
  })),
  lastTrade: {
    path: (native: string) => `/v2/stocks/${encodeURIComponent(native)}/trades/latest?feed=${feed}`,
    weight: 1,
    decode: Alpaca.body(Venue.kind(Struct({ trade: Taken }), ({ trade }) => idOf(trade)))
  }
})
