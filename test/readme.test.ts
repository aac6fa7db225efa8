import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Venues from "@tapewire/venues/Venues"
import { Effect, FileSystem } from "effect"
import { offers } from "tapewire/Feed"
import type { Venue } from "tapewire/Venue"

/** A venue's channels, with variants in brackets where there are any. */
const channels = (venue: Venue) => {
  const plain = Object.entries(venue.channels).map(([channel, variants]) => {
    const named = variants.filter((variant) => variant !== undefined)
    return named.length === 0 ? channel : `${channel} (${named.join(" ")})`
  })
  return plain.join(", ")
}

const table = [
  "| id | venue | channels | needs a key |",
  "| --- | --- | --- | --- |",
  ...Venues.all.map((venue) => {
    const key = venue.needsCredentials ? "yes" : "no"
    return `| \`${venue.id}\` | ${venue.name} | ${channels(venue)} | ${key} |`
  })
]

const squeeze = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-+/g, "-").trim()

describe("README", () => {
  it.effect("lists every venue with what it offers", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const readme = yield* fs.readFileString(`${import.meta.dirname}/../README.md`)
      const listed = /<!-- venues -->\n([^]*?)<!-- \/venues -->/.exec(readme)?.[1] ?? ""
      assert.strictEqual(squeeze(listed), squeeze(table.join("\n")))
      for (const venue of Venues.all) assert.isNotEmpty(offers(venue))
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
