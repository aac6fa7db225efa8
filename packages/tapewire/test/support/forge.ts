/** Blocks made by hand from `docs/tape.md`, without the code that is under test. */

const signature = Uint8Array.of(0x89, 0x54, 0x50, 0x57, 0x0d, 0x0a, 0x1a, 1)

export const headLength = 46

/** CRC-32 bit by bit, as its definition has it. */
const crc32 = (bytes: Uint8Array): number => {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

/** A block that fits into a tape. */
export const block = (
  tape: Uint8Array,
  head: {
    readonly kind: number
    readonly codec: number
    readonly records: number
    readonly size: number
  },
  payload: Uint8Array
): Uint8Array => {
  const bytes = new Uint8Array(headLength + payload.length)
  const view = new DataView(bytes.buffer)
  bytes.set(tape.subarray(signature.length, signature.length + 8))
  view.setUint8(8, head.kind)
  view.setUint8(9, head.codec)
  view.setUint32(10, head.records, true)
  view.setUint32(14, head.size, true)
  view.setUint32(18, payload.length, true)
  view.setBigInt64(22, 5n, true)
  view.setBigInt64(30, 6n, true)
  view.setUint32(38, crc32(payload), true)
  view.setUint32(42, crc32(bytes.subarray(0, 42)), true)
  bytes.set(payload, headLength)
  return bytes
}

/** A tape without an end: the preamble and a header. */
export const tape = (header: string): Uint8Array => {
  const preamble = Uint8Array.of(...signature, 1, 2, 3, 4, 5, 6, 7, 8)
  const json = new TextEncoder().encode(header)
  const head = { kind: 1, codec: 0, records: 1, size: json.length }
  return Uint8Array.of(...preamble, ...block(preamble, head, json))
}
