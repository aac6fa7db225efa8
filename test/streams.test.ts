/** Live conversations with venues whose books begin in the stream, each in the venue's own words. */
import { assert, describe, it } from "@effect/vitest"
import * as Bitfinex from "@tapewire/venues/Bitfinex"
import * as Deribit from "@tapewire/venues/Deribit"
import * as Hyperliquid from "@tapewire/venues/Hyperliquid"
import * as Effect from "effect/Effect"
import type { Instrument } from "tapewire/Instrument"
import { connected, pass, settle, tags } from "../packages/tapewire/test/support/live.ts"

const instrument = (venue: string, symbol: string, native: string): Instrument => {
  const [base = "", quote = ""] = symbol.split("-")
  return { venue, symbol, native, kind: "spot", base, quote, status: "trading" }
}

const topicsOf = (
  events: ReadonlyArray<{ readonly _tag: string }>,
  tag: "Subscribed" | "Refused"
): ReadonlyArray<unknown> =>
  events.flatMap((event) => {
    if (event._tag !== tag) return []
    if ("topics" in event && Array.isArray(event.topics)) return event.topics
    return "topic" in event ? [event.topic] : []
  })

describe("Deribit", () => {
  const instruments = [instrument("deribit", "BTC-USD-PERP", "BTC-PERPETUAL")]
  const book = (data: string) =>
    `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"instrument_name":"BTC-PERPETUAL","timestamp":1765541474086,${data}}}}`

  it.effect("is answered when it asks, and asked for a book anew where a change is missing", () =>
    Effect.gen(function* () {
      const { events, peer, ticks } = yield* connected({
        speaks: Deribit.venue,
        instruments,
        topics: ["book:BTC-USD-PERP", "quotes:BTC-USD-PERP"]
      })
      const methods = () =>
        peer.last().sent.map((frame) => /"method":"public\/([^"]*)"/.exec(frame)?.[1])
      assert.deepStrictEqual(methods(), ["set_heartbeat", "subscribe"])
      const id = /"id":(\d+)/.exec(peer.last().sent[1] ?? "")?.[1]
      peer.last().say(`{"jsonrpc":"2.0","id":1,"result":"ok"}`)
      peer.last().say(`{"jsonrpc":"2.0","id":${id},"result":["book.BTC-PERPETUAL.100ms"]}`)
      yield* settle
      assert.deepStrictEqual(topicsOf(events, "Subscribed"), ["deribit:book:BTC-USD-PERP"])
      assert.deepStrictEqual(topicsOf(events, "Refused"), ["deribit:quotes:BTC-USD-PERP"])
      peer
        .last()
        .say(
          book(`"type":"snapshot","change_id":10,"bids":[["new",5.0,1.0]],"asks":[["new",6.0,1.0]]`)
        )
      peer
        .last()
        .say(
          book(
            `"type":"change","prev_change_id":10,"change_id":14,"bids":[],"asks":[["delete",6.0,0.0]]`
          )
        )
      peer
        .last()
        .say(
          book(
            `"type":"change","prev_change_id":15,"change_id":16,"bids":[],"asks":[["new",7.0,1.0]]`
          )
        )
      peer.last().say(`{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}`)
      yield* pass("5 seconds")
      assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookDelta", "Gap"])
      assert.deepInclude(ticks[2], { from: 15, to: 15, cause: "sequence" })
      assert.sameMembers(methods().slice(2), ["test", "unsubscribe", "subscribe"])
    })
  )
})

describe("Bitfinex", () => {
  const instruments = [instrument("bitfinex", "XRP-BTC", "tXRPBTC")]
  const named = (chanId: number) =>
    `{"event":"subscribed","channel":"book","chanId":${chanId},"symbol":"tXRPBTC","prec":"P0"}`

  it.effect("is asked for a book anew, by the channel's number, where its checksum differs", () =>
    Effect.gen(function* () {
      const { events, feed, peer, ticks } = yield* connected({
        speaks: Bitfinex.venue,
        instruments,
        topics: ["book:XRP-BTC"]
      })
      peer.last().say(`{"event":"info","version":2,"platform":{"status":1}}`)
      peer.last().say(`{"event":"conf","status":"OK","flags":196608}`)
      peer.last().say(named(81_757))
      peer.last().say(`[81757,[[5,1,2],[6,1,-2]],1]`)
      peer.last().say(`[81757,"cs",1,2]`)
      yield* pass("5 seconds")
      assert.deepStrictEqual(topicsOf(events, "Subscribed"), ["bitfinex:book:XRP-BTC"])
      // The wrong book came at one time with what tells that it is.
      assert.deepStrictEqual(tags(ticks), ["Gap"])
      assert.deepInclude(ticks[0], { cause: "checksum" })
      const [, asked, ended, again] = peer.last().sent
      assert.strictEqual(ended, `{"event":"unsubscribe","chanId":81757}`)
      assert.strictEqual(again, asked)
      // CRC-32 of "5:2:6:-2", by zlib.
      peer.last().say(named(7))
      peer.last().say(`[7,[[5,1,2],[6,1,-2]],3]`)
      peer.last().say(`[7,"cs",310293177,4]`)
      yield* settle
      assert.strictEqual(feed.book("XRP-BTC")?._tag, "Synced")
    })
  )

  it.effect("is left for another connection where a frame is missing", () =>
    Effect.gen(function* () {
      const { events, peer } = yield* connected({
        speaks: Bitfinex.venue,
        instruments,
        topics: ["book:XRP-BTC"]
      })
      peer.last().say(named(1))
      peer.last().say(`[1,"hb",1]`)
      peer.last().say(`[1,"hb",3]`)
      yield* pass("2 seconds")
      assert.strictEqual(peer.lines.length, 2)
      assert.deepInclude(
        events.find(({ _tag }) => _tag === "Lost"),
        { _tag: "Lost" }
      )
    })
  )
})

describe("Hyperliquid", () => {
  it.effect(
    "gives the whole book each time, which is announced once, and its echo is understood",
    () =>
      Effect.gen(function* () {
        const { events, peer, ticks } = yield* connected({
          speaks: Hyperliquid.venue,
          instruments: [instrument("hyperliquid", "BTC-USD-PERP", "BTC")],
          topics: ["book:BTC-USD-PERP"]
        })
        assert.deepStrictEqual(peer.last().sent, [
          `{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}`
        ])
        peer
          .last()
          .say(
            `{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null}}}`
          )
        for (const time of [1_737_918_842_868, 1_737_918_847_868]) {
          peer
            .last()
            .say(
              `{"channel":"l2Book","data":{"coin":"BTC","time":${time},"levels":[[{"px":"5","sz":"1","n":1}],[{"px":"6","sz":"1","n":1}]]}}`
            )
        }
        yield* settle
        assert.deepStrictEqual(topicsOf(events, "Subscribed"), ["hyperliquid:book:BTC-USD-PERP"])
        assert.deepStrictEqual(tags(ticks), ["BookSnapshot", "BookSnapshot"])
        assert.strictEqual(events.filter(({ _tag }) => _tag === "Synced").length, 1)
        yield* pass("40 seconds")
        assert.include(peer.last().sent, `{"method":"ping"}`)
      })
  )
})
