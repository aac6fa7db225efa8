/** The CRC-32 of zip, gzip and PNG: reflected polynomial `0xEDB88320`. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The checksum of `bytes` between two positions, as an unsigned integer. */
export const crc32 = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  let crc = -1
  for (let index = start; index < end; index++) {
    // Both indices are in range: the table has 256 entries.
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] ?? 0)) & 255] ?? 0)
  }
  return ~crc >>> 0
}
