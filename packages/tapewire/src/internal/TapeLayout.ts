/** The fixed part of a tape's blocks, byte by byte. `docs/tape.md` has the same as a table. */
import { crc32 } from "./crc32.ts"

/** What every tape begins with; the version follows, then the tape's own sync marker. */
export const signature = Uint8Array.of(0x89, 0x54, 0x50, 0x57, 0x0d, 0x0a, 0x1a)
export const version = 1
export const syncLength = 8
export const preambleLength = signature.length + 1 + syncLength

export const kinds = { header: 1, wire: 2, ticks: 3, end: 4 } as const

/** The id of the codec that is none. */
export const stored = 0

/** The bytes before a payload. */
export const headLength = 46

/** The largest payload, in bytes before compression. */
export const maxPayload = 64 * 1024 * 1024

export interface Head {
  readonly kind: number
  readonly codec: number
  readonly records: number
  /** The payload in bytes, before compression. */
  readonly size: number
  /** The payload in bytes, as it stands in the file. */
  readonly stored: number
  /** The earliest time in the block, in microseconds since the epoch. */
  readonly first: number
  /** The latest. */
  readonly last: number
  /** The checksum of the payload as it stands in the file. */
  readonly checksum: number
}

const checkedLength = headLength - 4

export const writePreamble = (sync: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(preambleLength)
  bytes.set(signature)
  bytes[signature.length] = version
  bytes.set(sync, signature.length + 1)
  return bytes
}

/** A whole block. `head.stored` and `head.checksum` are those of the payload. */
export const write = (
  sync: Uint8Array,
  head: Omit<Head, "stored" | "checksum">,
  payload: Uint8Array
): Uint8Array => {
  const bytes = new Uint8Array(headLength + payload.length)
  const view = new DataView(bytes.buffer)
  bytes.set(sync)
  view.setUint8(8, head.kind)
  view.setUint8(9, head.codec)
  view.setUint32(10, head.records, true)
  view.setUint32(14, head.size, true)
  view.setUint32(18, payload.length, true)
  view.setBigInt64(22, BigInt(head.first), true)
  view.setBigInt64(30, BigInt(head.last), true)
  view.setUint32(38, crc32(payload), true)
  view.setUint32(checkedLength, crc32(bytes, 0, checkedLength), true)
  bytes.set(payload, headLength)
  return bytes
}

/** The head at a position; `undefined` where none begins or it is damaged. */
export const readHead = (bytes: Uint8Array, at: number, sync: Uint8Array): Head | undefined => {
  if (bytes.length - at < headLength || !isAt(bytes, at, sync)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headLength)
  if (view.getUint32(checkedLength, true) !== crc32(bytes, at, at + checkedLength)) return undefined
  return {
    kind: view.getUint8(8),
    codec: view.getUint8(9),
    records: view.getUint32(10, true),
    size: view.getUint32(14, true),
    stored: view.getUint32(18, true),
    first: Number(view.getBigInt64(22, true)),
    last: Number(view.getBigInt64(30, true)),
    checksum: view.getUint32(38, true)
  }
}

/** Where a block with a sound head begins, at `from` or after; -1 where none does. */
export const find = (bytes: Uint8Array, from: number, sync: Uint8Array): number => {
  for (let at = bytes.indexOf(sync[0] ?? 0, from); at !== -1;) {
    if (readHead(bytes, at, sync) !== undefined) return at
    at = bytes.indexOf(sync[0] ?? 0, at + 1)
  }
  return -1
}

/** Whether `part` stands at a position of `bytes`. */
export const isAt = (bytes: Uint8Array, at: number, part: Uint8Array): boolean =>
  part.every((byte, index) => bytes[at + index] === byte)

/** Whether a payload is the one its head was written for. */
export const isSound = (head: Head, payload: Uint8Array): boolean =>
  crc32(payload) === head.checksum
