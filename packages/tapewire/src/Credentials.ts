/**
 * What proves to a venue who we are, from the configuration: `TAPEWIRE_ALPACA_KEY` and
 * `TAPEWIRE_ALPACA_SECRET` for `alpaca`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { prefix } from "./Endpoint.ts"
import { MissingCredential, PlaceholderCredential } from "./FeedError.ts"
import type { Credentials, Venue } from "./Venue.ts"

/**
 * The settings that hold a venue's credentials.
 *
 * @since 0.1.0
 */
export const settings = ({ credentials, id }: Pick<Venue, "credentials" | "id">) => {
  const name = prefix({ id: credentials?.of ?? id })
  return { key: `${name}_KEY`, secret: `${name}_SECRET` }
}

/** What stands in examples and is nobody's. */
const placeholder = /mock|test|fake|demo|your_/i

/**
 * A venue's credentials from the configuration; `undefined` where it wants none. Values that only
 * stand in for one are refused before anybody is asked, unless the venue is one to try things on.
 *
 * @since 0.1.0
 */
export const load = Effect.fnUntraced(function* (
  venue: Pick<Venue, "credentials" | "id">,
  websocket: string
) {
  const { credentials } = venue
  if (credentials === undefined) return undefined
  const names = settings(venue)
  const isForTrying = credentials.tryingAt?.some((host) => websocket.includes(host)) === true
  const read = Effect.fnUntraced(function* (setting: string) {
    const found = yield* Config.option(Config.Redacted(setting)).pipe(
      Effect.mapError(() => new MissingCredential({ setting }))
    )
    if (Option.isNone(found) || Redacted.value(found.value).trim() === "") {
      return yield* new MissingCredential({ setting })
    }
    if (!isForTrying && placeholder.test(Redacted.value(found.value))) {
      return yield* new PlaceholderCredential({ setting })
    }
    return found.value
  })
  const key = yield* read(names.key)
  const secret = credentials.kind === "pair" ? yield* read(names.secret) : Redacted.make("")
  return { key, secret } satisfies Credentials
})
