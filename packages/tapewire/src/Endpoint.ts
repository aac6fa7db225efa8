/**
 * Where a venue is: its own addresses, or those a setting puts in their place.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { BadEndpoint } from "./FeedError.ts"
import type { Venue } from "./Venue.ts"

/**
 * Base URLs, without a slash at the end.
 *
 * @since 0.1.0
 */
export interface Endpoint {
  readonly websocket: string
  readonly rest: string
}

const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)

/** Scheme, host, port and path; neither a user, whose name could pass for the host, nor a query. */
const url = /^([a-z]+):\/\/(\[[0-9a-f:]+\]|[^\s/:?#@\\[\]]+)(?::\d{1,5})?(?:\/[^\s?#\\]*)?$/i

const check = (
  setting: string,
  text: string,
  secure: string,
  plain: string
): Effect.Effect<string, BadEndpoint> => {
  const [, scheme = "", host = ""] = url.exec(text) ?? []
  const detail =
    scheme === ""
      ? `is not a URL: ${JSON.stringify(text)}`
      : scheme === secure || (scheme === plain && isLoopback(host))
        ? undefined
        : scheme === plain
          ? `may use ${plain}: for the loopback interface only`
          : `must begin with ${secure}:, or with ${plain}: for the loopback interface`
  return detail === undefined
    ? Effect.succeed(text.replace(/\/+$/, ""))
    : Effect.fail(new BadEndpoint({ setting, detail }))
}

/**
 * What the names of a venue's settings begin with: `TAPEWIRE_BINANCE_US` for `binance-us`.
 *
 * @since 0.1.0
 */
export const prefix = (venue: Pick<Venue, "id">): string =>
  `TAPEWIRE_${venue.id.toUpperCase().replaceAll("-", "_")}`

/**
 * The settings that put other addresses in place of a venue's own: `TAPEWIRE_BINANCE_WS` and
 * `TAPEWIRE_BINANCE_REST` for `binance`.
 *
 * @since 0.1.0
 */
export const settings = (venue: Pick<Venue, "id">) => {
  const name = prefix(venue)
  return { websocket: `${name}_WS`, rest: `${name}_REST` }
}

/**
 * A venue's addresses, for proxies, test networks and tests from the configuration.
 *
 * @since 0.1.0
 */
export const load = Effect.fnUntraced(function* (venue: Pick<Venue, "endpoints" | "id">) {
  const names = settings(venue)
  const read = (setting: string) =>
    Effect.mapError(
      Config.option(Config.String(setting)),
      () => new BadEndpoint({ setting, detail: "cannot be read" })
    )
  const websocket = yield* read(names.websocket)
  const rest = yield* read(names.rest)
  return {
    websocket: Option.isNone(websocket)
      ? venue.endpoints.websocket
      : yield* check(names.websocket, websocket.value, "wss", "ws"),
    rest: Option.isNone(rest)
      ? venue.endpoints.rest
      : yield* check(names.rest, rest.value, "https", "http")
  } satisfies Endpoint
})
