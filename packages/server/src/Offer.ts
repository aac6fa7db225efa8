/**
 * What the feeds of a service give, and whether it includes what a client asks for.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Feed from "tapewire/Feed"
import * as Subscription from "tapewire/Subscription"
import { BadSubscription, InvalidRequest, NotServed } from "./ApiError.ts"

type Offering = Pick<Feed.Feed, "provenance" | "subscriptions">

/**
 * The most subscriptions a client may ask for at a time.
 *
 * @since 0.1.0
 */
export const limit = 50

/**
 * Every subscription of the feeds, as written.
 *
 * @since 0.1.0
 */
export const all = (feeds: ReadonlyArray<Offering>): ReadonlyArray<string> =>
  Array.from(new Set(feeds.flatMap(({ subscriptions }) => subscriptions.map(Subscription.format))))

/**
 * The feeds that give what a subscription asks for. Without a variant it asks for all of a channel.
 *
 * @since 0.1.0
 */
export const givers = <F extends Offering>(
  feeds: ReadonlyArray<F>,
  asked: Subscription.Subscription
): ReadonlyArray<F> =>
  feeds.filter(({ subscriptions }) =>
    subscriptions.some(
      ({ channel, symbol, variant, venue }) =>
        symbol === asked.symbol &&
        venue === asked.venue &&
        channel === asked.channel &&
        (asked.variant === undefined || variant === asked.variant)
    )
  )

/**
 * Reads lists of subscriptions separated by commas, each subscription once.
 *
 * Fails where there are none or too many, where one is malformed, and where no feed gives it.
 *
 * @since 0.1.0
 */
export const choose = (
  feeds: ReadonlyArray<Offering>,
  lists: ReadonlyArray<string>
): Result.Result<
  ReadonlyArray<Subscription.Subscription>,
  InvalidRequest | BadSubscription | NotServed
> => {
  const texts = lists.flatMap((list) => list.split(",")).map((text) => text.trim())
  if (texts.every((text) => text === "")) {
    const message = `subscriptions are missing; there are ${all(feeds).join(" ")}`
    return Result.fail(new InvalidRequest({ message }))
  }
  if (texts.length > limit) {
    const message = `${texts.length} subscriptions are more than ${limit}`
    return Result.fail(new InvalidRequest({ message }))
  }
  const found = new Map<string, Subscription.Subscription>()
  for (const text of texts) {
    const parsed = Subscription.parse(text)
    if (Result.isFailure(parsed)) {
      const { message } = parsed.failure
      const subscription = text.slice(0, 100)
      return Result.fail(new BadSubscription({ message, subscription, available: all(feeds) }))
    }
    if (givers(feeds, parsed.success).length === 0) {
      return Result.fail(notServed(feeds, Subscription.format(parsed.success)))
    }
    found.set(Subscription.format(parsed.success), parsed.success)
  }
  return Result.succeed(Array.from(found.values()))
}

/**
 * Says that no feed gives what was asked for, and what they give.
 *
 * @since 0.1.0
 */
export const notServed = (feeds: ReadonlyArray<Offering>, asked: string): NotServed => {
  const available = all(feeds)
  const message = `no feed of this service gives ${asked}; there are ${available.join(" ")}`
  return new NotServed({ message, subscription: asked, available })
}

/**
 * Where ticks of some feeds come from: recorded, if any of them does.
 *
 * @since 0.1.0
 */
export const provenance = (feeds: ReadonlyArray<Offering>): Feed.Provenance =>
  feeds.some((feed) => feed.provenance === "recorded") ? "recorded" : "live"
