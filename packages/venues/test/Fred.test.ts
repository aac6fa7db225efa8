import { assert, describe, it } from "@effect/vitest"
import * as Fred from "@tapewire/venues/Fred"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Reader from "tapewire/Reader"

const { venue } = Fred
const { decode, path } = venue.calls.poll

const received = 1_730_000_000_000_000

const read = (body: string) => {
  const reader = Reader.make(venue.id, [{ native: "GDP", symbol: "GDP" }])
  reader.received = received
  return decode(body, reader, "GDP")
}

// Rows of GDP with all their vintages, as FRED answered on 2024-11-03.
const head = `{"realtime_start":"1776-07-04","realtime_end":"9999-12-31","observation_start":"1600-01-01","observation_end":"9999-12-31","units":"lin","output_type":1,"file_type":"json","order_by":"observation_date","sort_order":"asc","count":3199,"offset":0,"limit":100000,"observations":`
const rows = `[{"realtime_start":"1992-12-22","realtime_end":"1996-01-18","date":"1946-01-01","value":"199.7"},{"realtime_start":"1996-01-19","realtime_end":"1997-05-06","date":"1946-01-01","value":"."},{"realtime_start":"2024-08-29","realtime_end":"2024-09-25","date":"2024-04-01","value":"28652.337"},{"realtime_start":"2024-09-26","realtime_end":"9999-12-31","date":"2024-04-01","value":"29016.714"},{"realtime_start":"2024-10-30","realtime_end":"9999-12-31","date":"2024-07-01","value":"29349.924"}]}`
const body = head + rows

describe("an answer of FRED", () => {
  const tick = (date: string, value: number | undefined, vintage: string) => ({
    _tag: "Observation" as const,
    venue: "fred",
    symbol: "GDP",
    at: undefined,
    received,
    date,
    value,
    vintage
  })

  it("tells each value of a day as of the day it was published, and a point as none", () => {
    assert.deepStrictEqual(Result.getOrThrow(read(body)), [
      tick("1946-01-01", 199.7, "1992-12-22"),
      tick("1946-01-01", undefined, "1996-01-19"),
      tick("2024-04-01", 28_652.337, "2024-08-29"),
      tick("2024-04-01", 29_016.714, "2024-09-26"),
      tick("2024-07-01", 29_349.924, "2024-10-30")
    ])
  })

  it("tells what was published first first, whatever the order of the days", () => {
    const swapped = body.replace("1992-12-22", "2024-10-31")
    assert.deepStrictEqual(
      Result.getOrThrow(read(swapped)).map(({ vintage }) => vintage),
      ["1996-01-19", "2024-08-29", "2024-09-26", "2024-10-30", "2024-10-31"]
    )
  })

  it("tells nothing of what was known before the stretch of time that was asked for", () => {
    const later = body
      .replace(`"realtime_start":"1776-07-04"`, `"realtime_start":"2024-09-26"`)
      .replaceAll(
        /"realtime_start":"(?:19\d\d-\d\d-\d\d|2024-08-29)"/g,
        `"realtime_start":"2024-09-26"`
      )
    assert.deepStrictEqual(
      Result.getOrThrow(read(later)).map(({ date, vintage }) => [date, vintage]),
      [["2024-07-01", "2024-10-30"]]
    )
  })

  it.each([
    ["a value that is no number", body.replace("199.7", "abc")],
    ["a day that is none", body.replace("1946-01-01", "January")],
    ["no list", `${head}null}`],
    ["another text", "<html>"]
  ])("is none with %s", (_what, text) => {
    assert.isTrue(Result.isFailure(read(text)))
  })
})

describe("a question to FRED", () => {
  it("is for what was published since a time, of days of which it may be news", () => {
    const from = Date.UTC(2026, 10, 20, 23, 59) * 1000
    const url = new URL(path("GDP", from), venue.endpoints.rest)
    assert.strictEqual(url.pathname, "/fred/series/observations")
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
      series_id: "GDP",
      file_type: "json",
      realtime_start: "2026-11-20",
      realtime_end: "9999-12-31",
      observation_start: "2024-11-20"
    })
  })

  it("carries the key beside the address, of which tapes and messages are told", () => {
    assert.deepStrictEqual(
      venue.authorize({ key: Redacted.make("k"), secret: Redacted.make("") }),
      {
        query: { api_key: "k" }
      }
    )
    assert.notInclude(path("GDP", 0), "api_key")
  })

  it("is one of less than two in a second", () => {
    assert.deepStrictEqual(venue.limits.requests, { count: 1, per: "550 millis" })
  })
})

describe("the series of FRED", () => {
  it("that move markets are eighteen, each once", () => {
    assert.strictEqual(new Set(Fred.indicators).size, 18)
    assert.includeMembers(Array.from(Fred.indicators), [
      "series:DGS10",
      "series:CPIAUCSL",
      "series:UNRATE",
      "series:GDP",
      "series:VIXCLS"
    ])
  })

  it("of which no list is known go by their own names", () => {
    assert.deepStrictEqual(venue.unlisted("SOFR"), {
      venue: "fred",
      symbol: "SOFR",
      native: "SOFR",
      kind: "series",
      base: "SOFR",
      quote: "",
      status: "trading"
    })
  })
})
