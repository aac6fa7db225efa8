/** How many bytes a record takes at most, so that no block outgrows what readers accept. */
import type { Tick } from "../Tick.ts"
import type { Wire } from "../Wire.ts"
import { encoder } from "./web.ts"

/** More than all numbers of a record other than the levels of a book. */
const base = 1024
const perLevel = 20
const longText = 1 << 20

const text = (value: string): number =>
  value.length < longText
    ? value.length * 3
    : Math.max(value.length * 2, encoder.encode(value).length)

const id = (value: string | number | undefined): number =>
  typeof value === "string" ? text(value) : 0

export const ofTick = (tick: Tick): number => {
  const named = base + text(tick.venue) + text(tick.symbol)
  switch (tick._tag) {
    case "Trade":
      return named + id(tick.id) + id(tick.firstId) + id(tick.lastId)
    case "Quote":
      return named
    case "BookSnapshot":
    case "BookDelta":
      return named + (tick.bids.length + tick.asks.length) * perLevel
    case "Bar":
      return named + text(tick.interval)
    case "Observation":
      return 2 * (named + text(tick.date) + text(tick.vintage))
    default:
      // As JSON: keys as well, and up to six bytes for a character.
      return 2 * named
  }
}

export const ofWire = (event: Wire): number => {
  const named = base + text(event.venue)
  switch (event._tag) {
    case "Opened":
      return named + text(event.url)
    case "Received":
      return named + (typeof event.data === "string" ? text(event.data) : event.data.length)
    case "Sent":
      return named + text(event.data)
    case "Answered":
      return named + text(event.call) + text(event.subject) + text(event.url) + text(event.body)
    case "Closed":
      return named + text(event.reason)
  }
}
