/**
 * A venue small enough to hold in mind, whose frames are lines of words:
 *
 * - `trade A 7 100.5 2 buy`, `agg A 7 100.5 2 sell 1 3`, `quote A 99 1 101 2`, `bar A 1m 5`
 * - `delta A 5-7 b99=1,a101=0`, `snapshot A 7 b99=1`, `snapshot A - b99=1`, `unnumbered A b99=1`
 * - `ack 1`, `no 1 because`, `no 1 because A`, `took trades/A`, `took trades/A 1`, `refused trades/A because`, `ping x`, `in`, `bye`
 * - `over 4000 because`, `sum A 7`, `name n trade`, `number 7`, `named n A 7 100.5 2 buy`
 *
 * Several lines make one frame. The instruments `A` and `B` are `AAA-USD` and `BBB-USD`.
 */
import * as Result from "effect/Result"
import type { Instrument } from "tapewire/Instrument"
import type { Reader } from "tapewire/Reader"
import type { Level } from "tapewire/Tick"
import type * as Wire from "tapewire/Wire"
import * as Venue from "tapewire/Venue"

const instrument = (native: string): Instrument => ({
  venue: "testing",
  symbol: `${native}${native}${native}-USD`,
  native,
  kind: "spot",
  base: `${native}${native}${native}`,
  quote: "USD",
  status: "trading"
})

export const instruments = [instrument("A"), instrument("B")]

const undecodable = (sample: string) =>
  Result.fail(new Venue.Undecodable({ detail: "is not a line of words", sample }))

const side = (levels: string, name: string, { decimal }: Reader): ReadonlyArray<Level> =>
  levels.split(",").flatMap((level): ReadonlyArray<Level> => {
    if (!level.startsWith(name)) return []
    const [price = "", size = ""] = level.slice(1).split("=")
    return [[decimal(price), decimal(size)]]
  })

const sides = (levels: string, reader: Reader) => ({
  bids: side(levels, "b", reader),
  asks: side(levels, "a", reader)
})

const line = (text: string, reader: Reader): Venue.Message | undefined => {
  const [kind = "", first = "", second = "", third = "", fourth = "", ...rest] = text.split(" ")
  const { decimal, received, venue } = reader
  const base = { venue, symbol: reader.symbol(first) ?? "", received }
  switch (kind) {
    case "trade":
    case "agg":
      if (base.symbol === "") return { _tag: "Unrecognized", kind: first }
      return {
        _tag: "Trade",
        ...base,
        id: Number(second),
        price: decimal(third),
        size: decimal(fourth),
        side: rest[0] === "sell" ? "sell" : "buy",
        ...(kind === "agg" && { firstId: Number(rest[1]), lastId: Number(rest[2]) })
      }
    case "quote":
      return {
        _tag: "Quote",
        ...base,
        bid: decimal(second),
        bidSize: decimal(third),
        ask: decimal(fourth),
        askSize: decimal(rest[0] ?? "")
      }
    case "delta": {
      const [from, to] = second.split("-")
      const numbers = { firstSequence: Number(from), sequence: Number(to) }
      return { _tag: "BookDelta", ...base, ...numbers, ...sides(third, reader) }
    }
    case "unnumbered":
      return { _tag: "BookDelta", ...base, ...sides(second, reader) }
    case "snapshot": {
      const sequence = second === "-" ? undefined : Number(second)
      return { _tag: "BookSnapshot", ...base, sequence, ...sides(third, reader) }
    }
    case "ack":
      return { _tag: "Acknowledged", id: Number(first) }
    case "no":
      return {
        _tag: "Refused",
        id: Number(first),
        detail: second,
        ...(third !== "" && { symbol: reader.symbol(third) })
      }
    case "ping":
      return { _tag: "Reply", frame: `pong ${first}` }
    case "sum":
      return { _tag: "Checksum", symbol: base.symbol, value: Number(second) }
    case "name":
      return { _tag: "Named", name: first, topic: second }
    case "number":
      return { _tag: "Numbered", number: Number(first) }
    case "named":
      return line(text.replace(`named ${first}`, reader.topics.get(first) ?? "?"), reader)
    case "in":
      return { _tag: "LoggedIn" }
    case "took":
      return {
        _tag: "Acknowledged",
        topics: [first],
        ...(second !== "" && { id: Number(second) })
      }
    case "refused":
      return { _tag: "Refused", id: undefined, topic: first, detail: second }
    case "over":
      return { _tag: "Ended", code: Number(first), detail: second }
    case "bye":
      return { _tag: "Leaving" }
    default:
      return /^[a-z]+$/.test(kind) ? { _tag: "Unrecognized", kind } : undefined
  }
}

const decode: Venue.Venue["decode"] = (frame, reader) => {
  if (typeof frame !== "string") return undecodable("bytes")
  const messages: Array<Venue.Message> = []
  for (const text of frame.split("\n")) {
    const message = line(text, reader)
    const invalid = reader.takeInvalid()
    if (message === undefined || invalid !== undefined) return undecodable(text)
    messages.push(message)
  }
  return Result.succeed(messages)
}

export const venue = {
  id: "testing",
  name: "Testing",
  needsCredentials: false,
  endpoints: { websocket: "wss://ws.testing", rest: "https://rest.testing" },
  path: "/feed",
  channels: {
    trades: [undefined, "aggregated"],
    quotes: [undefined],
    book: [undefined],
    bars: ["1m", "5m"]
  },
  limits: {
    messages: { count: 3, per: "1 second" },
    connections: { count: 100, per: "1 minute" },
    requests: { count: 1000, per: "1 minute" },
    batch: 2,
    streams: 4
  },
  pool: { min: 1 },
  silence: "40 seconds",
  trades: "contiguous",
  topic: ({ channel, variant }, native) =>
    `${channel}${variant === undefined ? "" : `@${variant}`}/${native}`,
  subscribe: (topics, id) => `subscribe ${id} ${topics.join(" ")}`,
  unsubscribe: (topics, id) => `unsubscribe ${id} ${topics.join(" ")}`,
  probe: (id) => `probe ${id}`,
  decode,
  calls: {
    instruments: {
      path: () => "/instruments",
      weight: 1,
      decode: (body) =>
        /^[A-Z]( [A-Z])*$/.test(body)
          ? Result.succeed(body.split(" ").map(instrument))
          : undecodable(body)
    },
    snapshot: {
      path: (native) => `/book/${native}`,
      weight: 10,
      decode: (body, reader, native) => {
        const message = line(`snapshot ${native} ${body}`, reader)
        return /^\d+ /.test(body) && message?._tag === "BookSnapshot"
          ? Result.succeed(message)
          : undecodable(body)
      }
    },
    time: { path: () => "/time", weight: 1, decode: (body) => Result.succeed(Number(body)) },
    ping: { path: () => "/ping", weight: 1, decode: () => Result.void }
  }
} as const satisfies Venue.Venue

const on = { venue: venue.id, connection: 1 }

export const opened = (at = 0, connection = 1): Wire.Opened => ({
  _tag: "Opened",
  ...on,
  connection,
  at,
  url: "wss://ws.testing/feed"
})

export const received = (data: string | Uint8Array, at = 0, connection = 1): Wire.Received => ({
  _tag: "Received",
  ...on,
  connection,
  at,
  data
})

/** An answer to the question for a snapshot. */
export const answered = (native: string, body: string, at = 0, status = 200): Wire.Answered => ({
  _tag: "Answered",
  venue: venue.id,
  at,
  call: "snapshot",
  subject: native,
  url: `https://rest.testing/book/${native}`,
  status,
  body
})

export const closed = (at = 0, connection = 1): Wire.Closed => ({
  _tag: "Closed",
  ...on,
  connection,
  at,
  reason: "gone"
})
