/**
 * Answers to the requests of the API.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as Layer from "effect/Layer"
import * as GapReport from "tapewire/GapReport"
import * as BookState from "tapewire/BookState"
import * as Tape from "tapewire/Tape"
import { Api, Checked } from "./Api.ts"
import { BookUnsynced, InvalidRequest, UnknownInterval } from "./ApiError.ts"
import * as Bars from "./Bars.ts"
import * as BarSeries from "./BarSeries.ts"
import * as Health from "./Health.ts"
import * as Offer from "./Offer.ts"
import * as Streams from "./Streams.ts"
import * as TickStream from "./TickStream.ts"

const system = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const tape = yield* Tape.Tape
    const started = yield* Clock.currentTimeNanos
    return handlers.handle("health", () =>
      Effect.gen(function* () {
        const nanos = (yield* Clock.currentTimeNanos) - started
        return Health.make(yield* tape.status, Number(nanos / 1_000_000n) / 1000)
      })
    )
  })
)

const market = HttpApiBuilder.group(
  Api,
  "market",
  Effect.fnUntraced(function* (handlers) {
    const tape = yield* Tape.Tape
    const bars = yield* Bars.Bars
    const streams = yield* Streams.Streams
    const { feeds } = tape
    return handlers.handleAll({
      ticks: Effect.fnUntraced(function* ({ query }) {
        const { policy = "drop-oldest", subscriptions: lists = [] } = query
        const subscriptions = yield* Effect.fromResult(Offer.choose(feeds, lists))
        const place = yield* streams.join
        const reader = yield* tape.reader({
          name: `stream-${place}`,
          policy,
          capacity: TickStream.capacity[policy],
          subscriptions
        })
        const givers = feeds.filter((feed) =>
          subscriptions.some((subscription) => Offer.givers([feed], subscription).length > 0)
        )
        const provenance = Offer.provenance(givers)
        const ticks = TickStream.make({
          reader,
          policy,
          provenance,
          subscriptions,
          ended: Effect.map(
            Effect.forEach(givers, ({ status }) => status),
            (all) => all.every(({ state }) => state === "ended")
          ),
          closing: streams.closing
        })
        return HttpServerResponse.stream(ticks, {
          contentType: "text/event-stream",
          headers: {
            "x-tapewire-provenance": provenance,
            "x-accel-buffering": "no",
            // Its connection serves nothing after it, and closing must not wait for that.
            connection: "close"
          }
        })
      }),
      book: Effect.fnUntraced(function* ({ params, query }) {
        const { venue } = params
        const symbol = params.symbol.toUpperCase()
        const givers = Offer.givers(feeds, { venue, symbol, channel: "book" })
        if (givers.length === 0) {
          return yield* Offer.notServed(feeds, `${venue}:book:${symbol}`)
        }
        const depth = query.depth ?? 20
        let withheld: typeof BookUnsynced.fields.state.Type = BookState.start
        for (const { book, provenance } of givers) {
          const state = book(symbol) ?? BookState.start
          if (state._tag !== "Synced") {
            withheld = state
            continue
          }
          const found = state.book
          return {
            venue,
            symbol,
            provenance,
            at: found.at ?? null,
            received: found.received,
            sequence: found.sequence ?? null,
            bids: found.bids.slice(0, depth),
            asks: found.asks.slice(0, depth)
          }
        }
        const message = `the book of ${symbol} on ${venue} is not synced at present`
        return yield* new BookUnsynced({ message, venue, symbol, state: withheld })
      }),
      bars: Effect.fnUntraced(function* ({ params, query }) {
        const { venue } = params
        const { interval, limit = 200 } = query
        const symbol = params.symbol.toUpperCase()
        const known = bars.intervals(venue, symbol)
        if (known.length === 0) {
          return yield* Offer.notServed(feeds, `${venue}:bars@${interval}:${symbol}`)
        }
        const found = bars.find(venue, symbol, interval)
        if (found === undefined) {
          const message = `there are no bars of ${JSON.stringify(interval)}; there are ${known.join(" ")}`
          return yield* new UnknownInterval({ message, interval, known })
        }
        const { derived, series } = found
        const channel = derived ? "trades" : "bars"
        const provenance = Offer.provenance(Offer.givers(feeds, { venue, symbol, channel }))
        return {
          venue,
          symbol,
          interval,
          provenance,
          derived,
          bars: BarSeries.tail(series, limit)
        }
      }),
      gaps: Effect.fnUntraced(function* ({ query }) {
        const { channel, from, only, to, venue } = query
        const symbol = query.symbol?.toUpperCase()
        if (from !== undefined && to !== undefined && from >= to) {
          return yield* new InvalidRequest({ message: `from ${from} is not before to ${to}` })
        }
        const found = GapReport.select(yield* tape.gaps, { venue, symbol, channel })
        if (found.length === 0 && feeds.length > 0) {
          const asked = [venue, channel, symbol].map((part) => part ?? "*").join(":")
          return yield* Offer.notServed(feeds, asked)
        }
        return { entries: GapReport.select(found, { from, to, only }) }
      })
    })
  })
)

/** Says which parameter is wrong, and how. */
const checked = HttpApiMiddleware.layerSchemaErrorTransform(Checked, ({ cause, kind }) =>
  kind === "Body" || kind === "ResponseHeaders"
    ? Effect.die(cause)
    : Effect.fail(new InvalidRequest({ message: cause.message.replace(/\s+/g, " ") }))
)

/**
 * @since 0.1.0
 */
export const layer = Layer.mergeAll(system, market).pipe(Layer.provideMerge(checked))
