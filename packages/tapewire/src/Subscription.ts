/**
 * What to listen to, written `venue:channel:SYMBOL`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Tick } from "./Tick.ts"

/**
 * The kinds of data a venue may offer.
 *
 * @since 0.1.0
 */
export const Channel = Schema.Literals([
  "trades",
  "quotes",
  "book",
  "bars",
  "ticker",
  "funding",
  "mark",
  "openinterest",
  "liquidations",
  "series"
])

/**
 * @since 0.1.0
 */
export type Channel = typeof Channel.Type

/**
 * One instrument on one channel of one venue.
 *
 * @since 0.1.0
 */
export const Subscription = Schema.Struct({
  /** As on the command line: `binance`. */
  venue: Schema.String.check(Schema.isPattern(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
  channel: Channel,
  /** The interval of `bars`, such as `1m`; elsewhere a choice the venue offers, or `undefined`. */
  variant: Schema.optional(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9]{1,20}$/))),
  /** Canonical and in capitals: `BTC-USDT`. */
  symbol: Schema.String.check(
    Schema.isBetweenLength(1, 40),
    Schema.isPattern(/^[^\s:,\p{Cc}]+$/u),
    Schema.isUppercased()
  )
})

/**
 * @since 0.1.0
 */
export type Subscription = typeof Subscription.Type

/**
 * A text is not a subscription.
 *
 * @since 0.1.0
 */
export class SubscriptionError extends Schema.TaggedError<SubscriptionError>()(
  "SubscriptionError",
  {
    text: Schema.String,
    reason: Schema.Literals(["form", "venue", "channel", "variant", "symbol"])
  }
) {
  override get message() {
    const text = JSON.stringify(this.text.slice(0, 100))
    switch (this.reason) {
      case "form":
        return `${text} is not of the form venue:channel:SYMBOL, such as binance:trades:BTC-USDT`
      case "venue":
        return `${text} does not begin with a venue's id, such as binance`
      case "channel":
        return `${text} names no channel; channels are ${Channel.literals.join(" ")}`
      case "variant":
        return `${text} has a malformed variant after @; bars take an interval, such as bars@1m`
      case "symbol":
        return `${text} has a malformed symbol; symbols look like BTC-USDT`
    }
  }
}

const isVenue = Schema.is(Subscription.fields.venue)
const isChannel = Schema.is(Channel)
const isVariant = Schema.is(Subscription.fields.variant)
const isSymbol = Schema.is(Subscription.fields.symbol)

/**
 * Reads `venue:channel:SYMBOL` or `venue:channel@variant:SYMBOL`. The symbol may be in small letters.
 *
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<Subscription, SubscriptionError> => {
  const fail = (reason: SubscriptionError["reason"]) =>
    Result.fail(new SubscriptionError({ text, reason }))
  const [venue, name, lower, ...rest] = text.split(":")
  if (venue === undefined || name === undefined || lower === undefined || rest.length > 0) {
    return fail("form")
  }
  const [channel, variant, ...more] = name.split("@")
  const symbol = lower.toUpperCase()
  if (!isVenue(venue)) return fail("venue")
  if (!isChannel(channel)) return fail("channel")
  if (more.length > 0 || !isVariant(variant)) return fail("variant")
  if (!isSymbol(symbol)) return fail("symbol")
  return Result.succeed(
    variant === undefined ? { venue, channel, symbol } : { venue, channel, variant, symbol }
  )
}

/**
 * Writes what `parse` reads.
 *
 * @since 0.1.0
 */
export const format = ({ channel, symbol, variant, venue }: Subscription): string =>
  `${venue}:${channel}${variant === undefined ? "" : `@${variant}`}:${symbol}`

/** The channel that a kind of tick comes from. */
const channels: { readonly [K in Exclude<Tick["_tag"], "Gap">]: Channel } = {
  Trade: "trades",
  Quote: "quotes",
  BookSnapshot: "book",
  BookDelta: "book",
  Bar: "bars",
  Ticker: "ticker",
  Funding: "funding",
  MarkPrice: "mark",
  OpenInterest: "openinterest",
  Liquidation: "liquidations",
  Observation: "series"
}

/**
 * The channel a tick comes from, or, for a `Gap`, is about.
 *
 * @since 0.1.0
 */
export const channelOf = (tick: Tick): Channel =>
  tick._tag === "Gap" ? tick.channel : channels[tick._tag]

/**
 * Whether a tick is what a subscription asks for. Without a variant it asks for all of a channel.
 *
 * @since 0.1.0
 */
export const matches = (subscription: Subscription, tick: Tick): boolean =>
  tick.symbol === subscription.symbol &&
  tick.venue === subscription.venue &&
  channelOf(tick) === subscription.channel &&
  (subscription.variant === undefined || variantOf(tick) === subscription.variant)

const variantOf = (tick: Tick): string | undefined => {
  if (tick._tag === "Bar") return tick.interval
  if (tick._tag === "Gap") return tick.variant
  return tick._tag === "Trade" && tick.firstId !== undefined ? "aggregated" : undefined
}
