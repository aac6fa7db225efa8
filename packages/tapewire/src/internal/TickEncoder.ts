/** Ticks to the records of one block. `docs/tape.md` gives the layout. */
import type * as Tick from "../Tick.ts"
import { ByteWriter } from "./ByteWriter.ts"
import * as Column from "./Column.ts"
import * as Series from "./Series.ts"
import { assertWhole } from "./whole.ts"
import { flags, kinds } from "./Series.ts"

export class TickEncoder {
  count = 0
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  private readonly out = new ByteWriter()
  private readonly series = new Map<string, Map<string, Series.Series>>()
  private known = 0
  private received = 0

  get length(): number {
    return this.out.length
  }

  toBytes(): Uint8Array {
    return this.out.toBytes()
  }

  /** Throws on a number no tick may have, before anything is written. */
  add(tick: Tick.Tick): void {
    assertWhole(tick)
    const start = this.out.begin()
    switch (tick._tag) {
      case "Trade":
        // Trades asked for afterwards are rare, and so are venues that tell no side.
        if (tick.origin === undefined && tick.side !== undefined) this.trade(tick)
        else this.json(tick)
        break
      case "Quote":
        this.quote(tick)
        break
      case "BookSnapshot":
        this.book(tick, kinds.snapshot, undefined)
        break
      case "BookDelta":
        this.book(tick, kinds.delta, tick.firstSequence)
        break
      case "Bar":
        this.bar(tick)
        break
      default:
        this.json(tick)
    }
    this.out.finish(start)
    this.count++
    if (tick.received < this.first) this.first = tick.received
    if (tick.received > this.last) this.last = tick.received
  }

  private json(tick: Tick.Tick): void {
    this.out.byte(kinds.json)
    this.out.text(JSON.stringify(tick))
  }

  /** What every kind but JSON begins with. */
  private head(tick: Tick.Tick, kind: number, bits: number): Series.Series {
    const out = this.out
    out.byte(kind)
    out.byte(
      bits |
        (tick.at === undefined ? 0 : flags.at) |
        (tick.inexact === undefined ? 0 : flags.inexact)
    )
    out.int(tick.received, this.received)
    this.received = tick.received
    const series = this.seriesOf(tick)
    if (tick.at !== undefined) {
      out.int(tick.at, series.at)
      series.at = tick.at
    }
    return series
  }

  private seriesOf(tick: Tick.Tick): Series.Series {
    const known = this.series.get(tick.venue)?.get(tick.symbol)
    this.out.varint(known === undefined ? this.known : known.index)
    if (known !== undefined) return known
    this.out.interned(tick.venue)
    this.out.interned(tick.symbol)
    const series = Series.make(this.known++, tick.venue, tick.symbol, tick.received)
    const symbols = this.series.get(tick.venue)
    if (symbols === undefined) this.series.set(tick.venue, new Map([[tick.symbol, series]]))
    else symbols.set(tick.symbol, series)
    return series
  }

  private trade(tick: Tick.Trade): void {
    const { firstId, id, lastId } = tick
    const series = this.head(
      tick,
      kinds.trade,
      (tick.side === "sell" ? flags.trade.sell : 0) |
        (typeof id === "string" ? flags.trade.textId : 0) |
        (firstId === undefined ? 0 : flags.trade.firstId) |
        (typeof firstId === "string" ? flags.trade.textFirstId : 0) |
        (lastId === undefined ? 0 : flags.trade.lastId) |
        (typeof lastId === "string" ? flags.trade.textLastId : 0)
    )
    series.id = this.id(id, series.id)
    Column.write(this.out, series.price, tick.price)
    Column.writeSize(this.out, series.size, tick.size)
    // An aggregated trade begins after the last one ended.
    if (firstId !== undefined) series.lastId = this.id(firstId, series.lastId)
    if (lastId !== undefined) series.lastId = this.id(lastId, series.lastId)
  }

  private id(id: Tick.TradeId, previous: number): number {
    if (typeof id === "string") {
      this.out.text(id)
      return previous
    }
    this.out.int(id, previous)
    return id
  }

  private quote(tick: Tick.Quote): void {
    const { ask, askSize, bid, bidSize, sequence } = tick
    const series = this.head(
      tick,
      kinds.quote,
      (bid === undefined ? 0 : flags.quote.bid) |
        (bidSize === undefined ? 0 : flags.quote.bidSize) |
        (ask === undefined ? 0 : flags.quote.ask) |
        (askSize === undefined ? 0 : flags.quote.askSize) |
        (sequence === undefined ? 0 : flags.quote.sequence)
    )
    if (bid !== undefined) Column.write(this.out, series.bid, bid)
    if (bidSize !== undefined) Column.write(this.out, series.bidSize, bidSize)
    if (ask !== undefined) Column.write(this.out, series.ask, ask)
    if (askSize !== undefined) Column.write(this.out, series.askSize, askSize)
    if (sequence !== undefined) this.sequence(series, sequence)
  }

  private book(
    tick: Tick.BookSnapshot | Tick.BookDelta,
    kind: number,
    firstSequence: number | undefined
  ): void {
    const series = this.head(
      tick,
      kind,
      (tick.sequence === undefined ? 0 : flags.book.sequence) |
        (firstSequence === undefined ? 0 : flags.book.firstSequence)
    )
    if (firstSequence !== undefined) this.sequence(series, firstSequence)
    if (tick.sequence !== undefined) this.sequence(series, tick.sequence)
    this.levels(series, tick.bids)
    this.levels(series, tick.asks)
  }

  private sequence(series: Series.Series, sequence: number): void {
    this.out.int(sequence, series.sequence)
    series.sequence = sequence
  }

  private levels(series: Series.Series, levels: ReadonlyArray<Tick.Level>): void {
    this.out.varint(levels.length)
    for (const level of levels) {
      Column.write(this.out, series.levelPrice, level[0])
      Column.writeSize(this.out, series.levelSize, level[1])
    }
  }

  private bar(tick: Tick.Bar): void {
    const { quoteVolume, takerBuyVolume, trades } = tick
    const series = this.head(
      tick,
      kinds.bar,
      (quoteVolume === undefined ? 0 : flags.bar.quoteVolume) |
        (takerBuyVolume === undefined ? 0 : flags.bar.takerBuyVolume) |
        (trades === undefined ? 0 : flags.bar.trades) |
        (tick.closed ? flags.bar.closed : 0)
    )
    this.out.interned(tick.interval)
    this.out.int(tick.openAt, series.openAt)
    this.out.int(tick.closeAt, tick.openAt)
    series.openAt = tick.openAt
    Column.write(this.out, series.barPrice, tick.open)
    Column.write(this.out, series.barPrice, tick.high)
    Column.write(this.out, series.barPrice, tick.low)
    Column.write(this.out, series.barPrice, tick.close)
    Column.writeSize(this.out, series.volume, tick.volume)
    if (quoteVolume !== undefined) Column.writeSize(this.out, series.quoteVolume, quoteVolume)
    if (takerBuyVolume !== undefined) {
      Column.writeSize(this.out, series.takerBuyVolume, takerBuyVolume)
    }
    if (trades !== undefined) this.out.int(trades, 0)
  }
}
