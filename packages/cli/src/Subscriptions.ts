/**
 * Subscriptions on the command line.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Venues from "@tapewire/venues/Venues"
import * as Catalog from "tapewire/Catalog"
import * as Endpoint from "tapewire/Endpoint"
import * as Feed from "tapewire/Feed"
import * as LiveFeed from "tapewire/LiveFeed"
import * as Subscription from "tapewire/Subscription"
import type { Venue } from "tapewire/Venue"
import * as Usage from "./Usage.ts"

/**
 * What to listen to at one venue.
 *
 * @since 0.1.0
 */
export interface Chosen {
  readonly venue: Venue
  readonly topics: ReadonlyArray<Feed.Topic>
}

const argument = Argument.String("subscriptions").pipe(
  Argument.withDescription(
    `What to listen to, as venue:channel:SYMBOL; channels are ${Subscription.Channel.literals.join(" ")}`
  )
)

/**
 * One or more.
 *
 * @since 0.1.0
 */
export const some = Argument.variadic(argument, { min: 1 })

/**
 * Any number, or none.
 *
 * @since 0.1.0
 */
export const any = Argument.variadic(argument)

const topicOf = ({ channel, symbol, variant }: Subscription.Subscription): Feed.Topic =>
  variant === undefined ? `${channel}:${symbol}` : `${channel}@${variant}:${symbol}`

const unknownVenue = (id: string): string => {
  const ids = Venues.all.map((venue) => venue.id)
  const near = Catalog.nearest(id, ids)
  const hint =
    near.length === 0 ? `; there are ${ids.join(" ")}` : `; did you mean ${near.join(", ")}?`
  return `unknown venue ${JSON.stringify(id)}${hint}`
}

/** A subscription that its venue offers. */
const read = (text: string): Result.Result<readonly [Venue, Feed.Topic], string> => {
  const subscription = Result.mapError(Subscription.parse(text), ({ message }) => message)
  if (Result.isFailure(subscription)) return Result.fail(subscription.failure)
  const venue = Venues.byId(subscription.success.venue)
  if (venue === undefined) return Result.fail(unknownVenue(subscription.success.venue))
  const topic = topicOf(subscription.success)
  return Feed.subscriptions(venue, [topic]).pipe(
    Result.map(() => [venue, topic] as const),
    Result.mapError(({ message }) => message)
  )
}

/**
 * Reads subscriptions, by venue.
 *
 * @since 0.1.0
 */
export const parse = (texts: ReadonlyArray<string>): Usage.Given<ReadonlyArray<Chosen>> => {
  const problems: Array<string> = []
  const topics = new Map<Venue, Array<Feed.Topic>>()
  for (const text of texts) {
    const found = read(text)
    if (Result.isFailure(found)) {
      problems.push(found.failure)
      continue
    }
    const [venue, topic] = found.success
    const others = topics.get(venue)
    if (others === undefined) topics.set(venue, [topic])
    else others.push(topic)
  }
  if (problems.length > 0) return Usage.wrong(...problems)
  return Result.succeed(Array.from(topics, ([venue, topics]) => ({ venue, topics })))
}

/**
 * What is wrong with the configured addresses of the venues that subscriptions name.
 *
 * @since 0.1.0
 */
export const endpoints = (texts: ReadonlyArray<string>): Effect.Effect<Usage.Given<void>> => {
  const named = new Set(texts.map((text) => text.split(":")[0] ?? ""))
  const venues = Venues.all.filter(({ id }) => named.has(id))
  return Effect.map(
    Effect.forEach(venues, (venue) => Effect.result(Endpoint.load(venue))),
    (loaded) => {
      const problems = loaded.flatMap((one) => (Result.isFailure(one) ? [one.failure.message] : []))
      return problems.length > 0 ? Usage.wrong(...problems) : Result.void
    }
  )
}

/**
 * A live feed of each venue. Nothing is connected yet; fails with everything that is wrong with the
 * configuration of any of them.
 *
 * @since 0.1.0
 */
export const live = Effect.fnUntraced(function* (
  chosen: ReadonlyArray<Chosen>,
  options?: (venue: Venue) => LiveFeed.Options
) {
  const feeds = yield* Effect.forEach(chosen, ({ topics, venue }) =>
    Effect.result(LiveFeed.make(venue, topics, options?.(venue)))
  )
  const problems = feeds.flatMap((feed) => (Result.isFailure(feed) ? [feed.failure.message] : []))
  if (problems.length > 0) return yield* new Usage.UsageError({ problems })
  return feeds.flatMap((feed) => (Result.isSuccess(feed) ? [feed.success] : []))
})
