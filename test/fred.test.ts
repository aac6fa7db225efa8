/** What FRED answered from 2022 to 2024, asked for one series again and again. */
import { assert, describe, it } from "@effect/vitest"
import * as Fred from "@tapewire/venues/Fred"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Decimal from "tapewire/Decimal"
import * as Session from "tapewire/Session"
import type { Observation } from "tapewire/Tick"
import type { Answered } from "tapewire/Wire"
import { folder, hasRecordings } from "./support/recordings.ts"

const { venue } = Fred
const root = join(folder, "fred/http")

/** When a file was recorded, as its name says. */
const recordedAt = (name: string): number =>
  Date.parse(`${/__(\d{2}\w{3}\d{4})_/.exec(name)?.[1]?.replace(/^(..)(...)/, "$1 $2 ")} UTC`)

const answered = (native: string, body: string, at: number, status = 200): Answered => ({
  _tag: "Answered",
  venue: venue.id,
  at,
  call: "poll",
  subject: native,
  url: "https://api.stlouisfed.org/fred/series/observations",
  status,
  body
})

/** The recorded answers whose names say this, oldest first. */
const answers = (part: string): ReadonlyArray<Answered> =>
  readdirSync(root)
    .filter((name) => name.includes(part) && name.startsWith("fred_series_observations___"))
    .toSorted((one, other) => recordedAt(one) - recordedAt(other))
    .map((name) => {
      const body = readFileSync(join(root, name), "utf8")
      return answered("GDP", body, recordedAt(name) * 1000, body.startsWith(`{"error`) ? 400 : 200)
    })

const listed = Fred.venue.instruments

/** The rows of an answer, as they are written. */
const rowsOf = (body: string): ReadonlyArray<string> =>
  Array.from(
    body.matchAll(
      /\{"realtime_start":"([^"]+)","realtime_end":"[^"]+","date":"([^"]+)","value":"([^"]+)"\}/g
    ),
    ([, vintage, date, value]) => `${vintage} ${date} ${value}`
  )

const written = ({ date, value, vintage }: Observation): string =>
  `${vintage} ${date} ${value === undefined ? "." : Decimal.text(value)}`

const plain = (row: string): string => row.replace(/(\.\d*?)0+$/, "$1").replace(/(\d)\.$/, "$1")

const observations = (session: Session.Session, answer: Answered): ReadonlyArray<Observation> =>
  session.step([answer]).ticks.flatMap((tick) => (tick._tag === "Observation" ? [tick] : []))

describe.skipIf(!hasRecordings)("the recorded answers of FRED", () => {
  it("tell every value of GDP with the day it was published, digit for digit, and each once", () => {
    const session = Session.make(venue, listed)
    const known = new Set<string>()
    const counts: Array<number> = []
    const polled = answers("realtime_end=9999-12-31_realtime_start=1776-07-04_series_id=GDP")
    assert.isAbove(polled.length, 4)
    for (const answer of polled) {
      const rows = rowsOf(answer.body).map(plain)
      const news = rows.filter((row) => !known.has(row))
      for (const row of news) known.add(row)
      const told = observations(session, answer)
      assert.sameMembers(told.map(written), news)
      assert.deepStrictEqual(
        told.map(({ vintage }) => vintage),
        told.map(({ vintage }) => vintage).toSorted()
      )
      assert.isTrue(told.every(({ symbol }) => symbol === "GDP"))
      counts.push(told.length)
    }
    assert.isAbove(counts[0] ?? 0, 3000)
    // Some of it was published while it was being asked.
    assert.isTrue(counts.slice(1).some((count) => count > 0))
    assert.isAbove(Array.from(known).filter((row) => row.endsWith(" .")).length, 200)
  })

  it("tell the same with all answers at once", () => {
    const polled = answers("realtime_end=9999-12-31_realtime_start=1776-07-04_series_id=GDP")
    const [one, other] = [Session.make(venue, listed), Session.make(venue, listed)]
    assert.deepStrictEqual(
      one.step(polled).ticks,
      polled.flatMap((answer) => other.step([answer]).ticks)
    )
  })

  it("tell first values alone where these were asked for", () => {
    for (const answer of answers("output_type=4_realtime_start=1776-07-04_series_id=GDP")) {
      const told = observations(Session.make(venue, listed), answer)
      assert.sameMembers(told.map(written), rowsOf(answer.body).map(plain))
      assert.strictEqual(new Set(told.map(({ date }) => date)).size, told.length)
    }
  })

  it("tell nothing where FRED does not say since when", () => {
    const polled = answers("___series_id=")
    assert.isAbove(polled.length, 10)
    for (const answer of polled) {
      const session = Session.make(venue, listed)
      assert.deepStrictEqual(observations(session, answer), [])
      assert.strictEqual(session.counts.undecodable, 0)
    }
  })
})
