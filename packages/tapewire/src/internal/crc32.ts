/** The CRC-32 of zip, gzip and PNG: reflected polynomial `0xEDB88320`. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** Takes one more byte. It begins with -1, and the checksum is what comes of it, inverted. */
export const step = (crc: number, byte: number): number =>
  // The index is in range: the table has 256 entries.
  (crc >>> 8) ^ (table[(crc ^ byte) & 255] ?? 0)

/** The checksum of `bytes` between two positions, as an unsigned integer. */
export const crc32 = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  let crc = -1
  for (let index = start; index < end; index++) crc = step(crc, bytes[index] ?? 0)
  return ~crc >>> 0
}
