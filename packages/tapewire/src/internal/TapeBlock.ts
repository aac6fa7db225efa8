import type { Tick } from "../Tick.ts"
import type { Wire } from "../Wire.ts"

/**
 * What passed between us and the venues. Times are the earliest and the latest receipt in the block.
 *
 * @since 0.1.0
 */
export interface WireBlock {
  readonly _tag: "Wire"
  /** Where the block begins, in bytes. */
  readonly offset: number
  readonly first: number
  readonly last: number
  readonly events: ReadonlyArray<Wire>
}

/**
 * Normalized data. Times are the earliest and the latest receipt in the block.
 *
 * @since 0.1.0
 */
export interface TicksBlock {
  readonly _tag: "Ticks"
  /** Where the block begins, in bytes. */
  readonly offset: number
  readonly first: number
  readonly last: number
  readonly ticks: ReadonlyArray<Tick>
}

/**
 * Bytes that are refused: nothing in them is passed on.
 *
 * @since 0.1.0
 */
export interface Damaged {
  readonly _tag: "Damaged"
  /** Where it begins, in bytes. */
  readonly offset: number
  /** How many bytes are passed over; 0 where the damage is that blocks are missing. */
  readonly length: number
  readonly reason:
    | "head"
    | "size"
    | "checksum"
    | "codec"
    | "compression"
    | "kind"
    | "records"
    | "missing"
    | "trailing"
  /** The same in words, for people. */
  readonly detail: string
}

/**
 * The tape was ended properly.
 *
 * @since 0.1.0
 */
export interface Ended {
  readonly _tag: "Ended"
  /** Where the end block begins, in bytes. */
  readonly offset: number
  /** The blocks of wire events and ticks that were written. */
  readonly blocks: number
  /** The records in them. */
  readonly records: number
}

/**
 * The tape was never ended: its writer was stopped, or its end is lost.
 *
 * @since 0.1.0
 */
export interface Cut {
  readonly _tag: "Cut"
  /** Where the last block that could be told ends, in bytes. What follows, if anything, is torn. */
  readonly offset: number
}

/**
 * What is on a tape.
 *
 * @since 0.1.0
 */
export type Block = WireBlock | TicksBlock | Damaged | Ended | Cut
