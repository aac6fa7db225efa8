/** What the exchange's process says, a line of JSON each. */
import { Fault } from "@tapewire/exchange/Faults"
import * as Schema from "effect/Schema"

const { Array, Int, Literals, Record, String, Struct, TaggedStruct, Tuple } = Schema

const Trade = Struct({
  id: Int,
  price: String,
  size: String,
  time: Schema.Finite,
  side: Literals(["buy", "sell"])
})

const Levels = Array(Tuple([String, String]))

export const Told = Schema.Union([
  TaggedStruct("Listening", { port: Int, symbols: Array(String) }),
  /** The last trade and the last update of the book that have passed by now. */
  TaggedStruct("Passed", { trade: Int, update: Int }),
  TaggedStruct("Injected", { at: Int, fault: Fault }),
  /** What was passed, all in all, and what was asked for, by HTTP status. */
  TaggedStruct("Ended", {
    trades: Array(Trade),
    book: Struct({ sequence: Int, bids: Levels, asks: Levels }),
    connections: Int,
    limited: Int,
    asked: Record(String, Int)
  })
])

export type Told = typeof Told.Type

export const fromLine = Schema.decodeUnknownEffect(Schema.fromJsonString(Told))
