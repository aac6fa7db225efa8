/** The records of one block to wire events: undoes `WireEncoder`. */
import type { Wire } from "../Wire.ts"
import { ByteReader } from "./ByteReader.ts"
import { kinds } from "./WireEncoder.ts"

export class WireDecoder {
  private readonly from: ByteReader
  private at = 0

  constructor(bytes: Uint8Array) {
    this.from = new ByteReader(bytes)
  }

  get done(): boolean {
    return this.from.done
  }

  get position(): number {
    return this.from.position
  }

  /** The next event, or `undefined` where the bytes are not one. Not to be called after that. */
  next(): Wire | undefined {
    this.from.begin()
    const kind = this.from.byte()
    const venue = this.from.interned()
    this.at = this.from.int(this.at)
    const event = this.record(kind, venue, this.at)
    return this.from.finish() ? event : undefined
  }

  private record(kind: number, venue: string, at: number): Wire | undefined {
    const from = this.from
    switch (kind) {
      case kinds.opened:
        return { _tag: "Opened", venue, connection: from.varint(), at, url: from.text() }
      case kinds.receivedText:
        return { _tag: "Received", venue, connection: from.varint(), at, data: from.text() }
      case kinds.receivedBytes:
        return { _tag: "Received", venue, connection: from.varint(), at, data: from.raw() }
      case kinds.sent:
        return { _tag: "Sent", venue, connection: from.varint(), at, data: from.text() }
      case kinds.answered:
        return {
          _tag: "Answered",
          venue,
          at,
          call: from.interned(),
          subject: from.interned(),
          url: from.text(),
          status: from.varint(),
          body: from.text()
        }
      case kinds.closed:
        return { _tag: "Closed", venue, connection: from.varint(), at, reason: from.text() }
      default:
        from.fail()
        return undefined
    }
  }
}
