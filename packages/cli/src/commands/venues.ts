/**
 * `tapewire venues`
 *
 * @since 0.1.0
 */
import * as Venues from "@tapewire/venues/Venues"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Feed from "tapewire/Feed"
import type { Venue } from "tapewire/Venue"

/** Variants that make a channel too wide to list are told by the first ones. */
const shown = 4

const describe = (channel: string, variants: ReadonlyArray<string>): string =>
  variants.length <= shown
    ? variants.join(" ")
    : `${variants.slice(0, shown).join(" ")} … (${variants.length} kinds of ${channel})`

const channels = (venue: Venue): string =>
  Object.keys(venue.channels)
    .map((channel) =>
      describe(
        channel,
        Feed.offers(venue).filter((offer) => offer.split("@")[0] === channel)
      )
    )
    .join(" ")

const table = (rows: ReadonlyArray<readonly [string, string, string]>): string => {
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const widths = [width(0), width(1)] as const
  return rows
    .map(([id, key, offers]) => `${id.padEnd(widths[0])}  ${key.padEnd(widths[1])}  ${offers}`)
    .join("\n")
}

/**
 * @since 0.1.0
 */
export const venues = Command.make(
  "venues",
  {
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print an array of { id, channels, variants, needsCredentials }"),
      Flag.withDefault(false)
    )
  },
  ({ json }) =>
    json
      ? Console.log(
          JSON.stringify(
            Venues.all.map((venue) => ({
              id: venue.id,
              channels: Object.keys(venue.channels),
              variants: Object.fromEntries(
                Object.entries(venue.channels).flatMap(([channel, variants]) => {
                  const named = variants.filter((variant) => variant !== undefined)
                  return named.length === 0 ? [] : [[channel, named]]
                })
              ),
              needsCredentials: venue.needsCredentials
            }))
          )
        )
      : Console.log(
          table([
            ["VENUE", "KEY", "CHANNELS"],
            ...Venues.all.map(
              (venue) =>
                [venue.id, venue.needsCredentials ? "needed" : "no", channels(venue)] as const
            )
          ])
        )
).pipe(
  Command.withDescription("List the venues and what each of them offers"),
  Command.withExamples([
    { command: "tapewire venues", description: "What there is to listen to" },
    {
      command: 'tapewire venues --json | jq -r \'.[] | .id + " " + (.channels | join(" "))\'',
      description: "The same for a program"
    }
  ])
)
