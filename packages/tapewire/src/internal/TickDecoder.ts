/** The records of one block to ticks: undoes `TickEncoder`, field by field in the same order. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Mutable } from "effect/Types"
import type * as Tick from "../Tick.ts"
import { ByteReader } from "./ByteReader.ts"
import * as Column from "./Column.ts"
import * as Series from "./Series.ts"
import { flags, kinds } from "./Series.ts"
import { Rare } from "./whole.ts"

const decodeRare = Schema.decodeUnknownResult(Schema.fromJsonString(Rare))

/** What every kind but JSON begins with. */
interface Head {
  readonly bits: number
  readonly series: Series.Series
  readonly at: number | undefined
  readonly received: number
}

export class TickDecoder {
  private readonly from: ByteReader
  private readonly series: Array<Series.Series> = []
  private received = 0

  constructor(bytes: Uint8Array) {
    this.from = new ByteReader(bytes)
  }

  get done(): boolean {
    return this.from.done
  }

  get position(): number {
    return this.from.position
  }

  /** The next tick, or `undefined` where the bytes are not one. Not to be called after that. */
  next(): Tick.Tick | undefined {
    this.from.begin()
    const tick = this.record(this.from.byte())
    return this.from.finish() ? tick : undefined
  }

  private record(kind: number): Tick.Tick | undefined {
    switch (kind) {
      case kinds.json:
        return Result.getOrUndefined(decodeRare(this.from.text()))
      case kinds.trade:
        return this.trade(this.head(255))
      case kinds.quote:
        return this.quote(this.head(127))
      case kinds.snapshot:
        return this.snapshot(this.head(7))
      case kinds.delta:
        return this.delta(this.head(15))
      case kinds.bar:
        return this.bar(this.head(63))
      default:
        this.from.fail()
        return undefined
    }
  }

  private head(allowed: number): Head {
    const from = this.from
    const bits = from.byte()
    if ((bits & ~allowed) !== 0) from.fail()
    this.received = from.int(this.received)
    const series = this.seriesOf(from.varint())
    if ((bits & flags.at) !== 0) series.at = from.int(series.at)
    const at = (bits & flags.at) === 0 ? undefined : series.at
    return { bits, series, at, received: this.received }
  }

  private seriesOf(index: number): Series.Series {
    const known = this.series[index]
    if (known !== undefined) return known
    if (index !== this.series.length) this.from.fail()
    const venue = this.from.interned()
    const symbol = this.from.interned()
    const series = Series.make(index, venue, symbol, this.received)
    this.series.push(series)
    return series
  }

  private trade(head: Head): Tick.Trade {
    const { at, bits, received, series } = head
    const has = flags.trade
    const id = this.id(bits & has.textId, series.id)
    if (typeof id === "number") series.id = id
    const tick: Mutable<Tick.Trade> = {
      _tag: "Trade",
      venue: series.venue,
      symbol: series.symbol,
      at,
      received,
      id,
      price: Column.read(this.from, series.price),
      size: Column.readSize(this.from, series.size),
      side: (bits & has.sell) === 0 ? "buy" : "sell"
    }
    if ((bits & has.firstId) !== 0) {
      tick.firstId = this.id(bits & has.textFirstId, series.lastId)
      if (typeof tick.firstId === "number") series.lastId = tick.firstId
    }
    if ((bits & has.lastId) !== 0) {
      tick.lastId = this.id(bits & has.textLastId, series.lastId)
      if (typeof tick.lastId === "number") series.lastId = tick.lastId
    }
    return flag(tick, bits)
  }

  private id(isText: number, previous: number): Tick.TradeId {
    return isText === 0 ? this.from.int(previous) : this.from.text()
  }

  private quote({ at, bits, received, series }: Head): Tick.Quote {
    const has = flags.quote
    const tick: Mutable<Tick.Quote> = {
      _tag: "Quote",
      venue: series.venue,
      symbol: series.symbol,
      at,
      received,
      bid: (bits & has.bid) === 0 ? undefined : Column.read(this.from, series.bid),
      bidSize: (bits & has.bidSize) === 0 ? undefined : Column.read(this.from, series.bidSize),
      ask: (bits & has.ask) === 0 ? undefined : Column.read(this.from, series.ask),
      askSize: (bits & has.askSize) === 0 ? undefined : Column.read(this.from, series.askSize),
      sequence: (bits & has.sequence) === 0 ? undefined : this.sequence(series)
    }
    return flag(tick, bits)
  }

  private snapshot({ at, bits, received, series }: Head): Tick.BookSnapshot {
    const tick: Mutable<Tick.BookSnapshot> = {
      _tag: "BookSnapshot",
      venue: series.venue,
      symbol: series.symbol,
      at,
      received,
      sequence: (bits & flags.book.sequence) === 0 ? undefined : this.sequence(series),
      bids: this.levels(series),
      asks: this.levels(series)
    }
    return flag(tick, bits)
  }

  private delta({ at, bits, received, series }: Head): Tick.BookDelta {
    const has = flags.book
    const tick: Mutable<Tick.BookDelta> = {
      _tag: "BookDelta",
      venue: series.venue,
      symbol: series.symbol,
      at,
      received,
      firstSequence: (bits & has.firstSequence) === 0 ? undefined : this.sequence(series),
      sequence: (bits & has.sequence) === 0 ? undefined : this.sequence(series),
      bids: this.levels(series),
      asks: this.levels(series)
    }
    return flag(tick, bits)
  }

  private sequence(series: Series.Series): number {
    series.sequence = this.from.int(series.sequence)
    return series.sequence
  }

  private levels(series: Series.Series): Array<Tick.Level> {
    const count = this.from.varint()
    const levels: Array<Tick.Level> = []
    // A count the bytes cannot hold ends with the bytes, not with the count.
    for (let index = 0; index < count && !this.from.failed; index++) {
      levels.push([
        Column.read(this.from, series.levelPrice),
        Column.readSize(this.from, series.levelSize)
      ])
    }
    return levels
  }

  private bar({ at, bits, received, series }: Head): Tick.Bar {
    const has = flags.bar
    const interval = this.from.interned()
    const openAt = this.from.int(series.openAt)
    series.openAt = openAt
    const optional = (flag: number, column: Column.Column) =>
      (bits & flag) === 0 ? undefined : Column.readSize(this.from, column)
    const tick: Mutable<Tick.Bar> = {
      _tag: "Bar",
      venue: series.venue,
      symbol: series.symbol,
      at,
      received,
      interval,
      openAt,
      closeAt: this.from.int(openAt),
      open: Column.read(this.from, series.barPrice),
      high: Column.read(this.from, series.barPrice),
      low: Column.read(this.from, series.barPrice),
      close: Column.read(this.from, series.barPrice),
      volume: Column.readSize(this.from, series.volume),
      quoteVolume: optional(has.quoteVolume, series.quoteVolume),
      takerBuyVolume: optional(has.takerBuyVolume, series.takerBuyVolume),
      trades: (bits & has.trades) === 0 ? undefined : this.from.int(0),
      closed: (bits & has.closed) !== 0
    }
    return flag(tick, bits)
  }
}

const flag = <A extends Mutable<Pick<Tick.Trade, "inexact">>>(tick: A, bits: number): A => {
  if ((bits & flags.inexact) !== 0) tick.inexact = true
  return tick
}
