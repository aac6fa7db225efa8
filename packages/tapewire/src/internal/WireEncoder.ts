/** Wire events to the records of one block. `docs/tape.md` gives the layout. */
import type { Wire } from "../Wire.ts"
import { ByteWriter } from "./ByteWriter.ts"

/** The first byte of a record. */
export const kinds = {
  opened: 1,
  receivedText: 2,
  receivedBytes: 3,
  sent: 4,
  answered: 5,
  closed: 6
} as const

export class WireEncoder {
  count = 0
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  private readonly out = new ByteWriter()
  private at = 0

  get length(): number {
    return this.out.length
  }

  toBytes(): Uint8Array {
    return this.out.toBytes()
  }

  /** Throws on a number that is not whole, before anything is written. */
  add(event: Wire): void {
    const number = event._tag === "Answered" ? event.status : event.connection
    if (!(Number.isSafeInteger(event.at) && Number.isSafeInteger(number) && number >= 0)) {
      throw new TypeError(`a wire event at ${event.at} with the number ${number}`)
    }
    const start = this.out.begin()
    switch (event._tag) {
      case "Opened":
        this.head(event, kinds.opened)
        this.out.varint(event.connection)
        this.out.text(event.url)
        break
      case "Received":
        this.received(event, event.data)
        break
      case "Sent":
        this.head(event, kinds.sent)
        this.out.varint(event.connection)
        this.out.text(event.data)
        break
      case "Answered":
        this.head(event, kinds.answered)
        this.out.interned(event.call)
        this.out.interned(event.subject)
        this.out.text(event.url)
        this.out.varint(event.status)
        this.out.text(event.body)
        break
      case "Closed":
        this.head(event, kinds.closed)
        this.out.varint(event.connection)
        this.out.text(event.reason)
    }
    this.out.finish(start)
    this.count++
    if (event.at < this.first) this.first = event.at
    if (event.at > this.last) this.last = event.at
  }

  private head(event: Wire, kind: number): void {
    this.out.byte(kind)
    this.out.interned(event.venue)
    this.out.int(event.at, this.at)
    this.at = event.at
  }

  private received(event: Wire & { _tag: "Received" }, data: string | Uint8Array): void {
    const isText = typeof data === "string"
    this.head(event, isText ? kinds.receivedText : kinds.receivedBytes)
    this.out.varint(event.connection)
    if (isText) this.out.text(data)
    else this.out.raw(data)
  }
}
