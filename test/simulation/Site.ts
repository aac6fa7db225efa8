/** The venue's HTTP interface, and what befalls those who ask it. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type { Agenda } from "./Agenda.ts"
import * as Frames from "./Frames.ts"
import * as Limits from "./Limits.ts"
import type { Market } from "./Market.ts"
import type { Seeded } from "./Seeded.ts"

export type Trouble = "down" | "failing" | "never" | "slow"

/** A question for past trades, and what became of it. */
export interface Asked {
  readonly native: string
  readonly call: string
  readonly from: number
  readonly at: number
  /** When the answer arrived; infinite where it did not. */
  servedAt: number
}

export interface Site {
  readonly client: HttpClient.HttpClient
  readonly asked: ReadonlyArray<Asked>
  /** What befalls whoever asks now. */
  trouble: Trouble | undefined
  /** The next one who asks is told to come back later. */
  busy: { readonly status: number; readonly retryAfter: number } | undefined
  /** By how many updates snapshots are older than they should be. */
  age: number
  /** When somebody asked in vain last. */
  failedAt: number
  readonly hold: Limits.Hold
}

/** As documented; that of `depth` is of few levels, and of all of them 250. */
const weights = new Map([
  ["depth", 5],
  ["historicalTrades", 25],
  ["aggTrades", 4],
  ["exchangeInfo", 20],
  ["time", 1],
  ["ping", 1]
])

export const make = (
  agenda: Agenda,
  random: Seeded,
  markets: ReadonlyArray<Market>,
  note: (failure: string) => void
): Site => {
  const asked: Array<Asked> = []
  const weight = Limits.window(agenda, "of request weight", 6000, 60_000, note)
  const hold = Limits.hold(agenda, "asked", note)
  const marketOf = (native: string | null) => markets.find((market) => market.native === native)

  const body = (call: string, params: URLSearchParams): string | undefined => {
    const market = marketOf(params.get("symbol"))
    const from = Number(params.get("fromId"))
    if (call === "exchangeInfo") return Frames.listing(markets)
    if (market === undefined) return call === "time" || call === "ping" ? "{}" : undefined
    if (call === "historicalTrades") return Frames.past(market, from)
    if (call === "aggTrades") {
      return params.has("fromId")
        ? Frames.pastAggregated(market, from)
        : Frames.lastAggregated(market)
    }
    if (call !== "depth") return undefined
    // Those who serve whole books are some updates behind those who send updates.
    const isDeep = params.get("limit") === "5000"
    const behind = isDeep ? site.age + random.whole(0, 3) : 0
    const update = Math.max(market.firstUpdate, market.lastUpdate() - behind)
    return Frames.snapshot(update, market.bookAt(update))
  }

  const answer = (
    request: HttpClientRequest.HttpClientRequest,
    status: number,
    text: string,
    headers: Record<string, string> = {}
  ) => {
    const response = HttpClientResponse.fromWeb(request, new Response(text, { status, headers }))
    // A body that is read through promises would arrive at no certain time.
    return Object.defineProperty(response, "text", { value: Effect.succeed(text) })
  }
  const fail = (request: HttpClientRequest.HttpClientRequest, cause: string) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request, cause: new Error(cause) })
      })
    )

  const client = HttpClient.make((request) =>
    Effect.suspend(() => {
      const url = new URL(request.url)
      const call = url.pathname.replace("/api/v3/", "")
      hold.check()
      const isDeep = url.searchParams.get("limit") === "5000"
      weight.use(isDeep ? 250 : (weights.get(call) ?? 1))
      const one: Asked = {
        native: url.searchParams.get("symbol") ?? "",
        call,
        from: Number(url.searchParams.get("fromId")),
        at: agenda.now(),
        servedAt: Number.POSITIVE_INFINITY
      }
      // Who asks for the latest alone asks for nothing that is missing.
      if (url.searchParams.has("fromId")) asked.push(one)
      if (site.busy !== undefined || (site.trouble !== undefined && site.trouble !== "slow")) {
        site.failedAt = agenda.now()
      }
      if (site.busy !== undefined) {
        const { retryAfter, status } = site.busy
        site.busy = undefined
        hold.begin(retryAfter * 1000)
        return Effect.succeed(
          answer(request, status, `{"code":-1003,"msg":"Too many requests"}`, {
            "retry-after": String(retryAfter)
          })
        )
      }
      const text = body(call, url.searchParams)
      const usual = random.between(20, 400)
      switch (site.trouble) {
        case "never":
          return Effect.never
        case "down":
          return Effect.andThen(Effect.sleep(Duration.millis(usual)), fail(request, "ECONNRESET"))
        case "failing":
          return Effect.as(
            Effect.sleep(Duration.millis(usual)),
            answer(request, random.pick([500, 502, 503]), "<html>Bad Gateway</html>")
          )
        case "slow":
        case undefined: {
          const wait = site.trouble === "slow" ? random.between(2000, 12_000) : usual
          return Effect.map(Effect.sleep(Duration.millis(wait)), () => {
            if (text === undefined) return answer(request, 400, `{"code":-1121,"msg":"Invalid"}`)
            one.servedAt = agenda.now()
            return answer(request, 200, text)
          })
        }
      }
    })
  )

  const site: Site = {
    client,
    asked,
    trouble: undefined,
    busy: undefined,
    age: 0,
    failedAt: Number.NEGATIVE_INFINITY,
    hold
  }
  return site
}
