/**
 * A tape: what passed between us and venues, and the ticks it became, in one file that only grows.
 * `docs/tape.md` describes the format byte by byte.
 *
 * A tape can be cut off at any byte and any byte can be wrong: what comes before and after is read,
 * and nothing wrong is passed on.
 *
 * @since 0.1.0
 */
/**
 * What a tape says of itself.
 *
 * @since 0.1.0
 */
export { Header } from "./internal/TapeHeader.ts"
/**
 * Begins a tape, and what it is written with.
 *
 * @since 0.1.0
 */
export { create, type TapeWriter } from "./internal/TapeWriter.ts"
/**
 * Opens a tape, and what it is read with.
 *
 * @since 0.1.0
 */
export { open, type TapeReader } from "./internal/TapeReader.ts"
/**
 * The parts of a tape.
 *
 * @since 0.1.0
 */
export type { Block, Cut, Damaged, Ended, TicksBlock, WireBlock } from "./internal/TapeBlock.ts"
