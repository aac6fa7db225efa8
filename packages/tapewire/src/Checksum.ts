/**
 * What venues send for a book to be compared with.
 *
 * @since 0.1.0
 */
import { step } from "./internal/crc32.ts"

/**
 * The CRC-32 of zip and PNG over a text of ASCII, as an unsigned integer; `| 0` makes it the signed
 * one that some venues send.
 *
 * @since 0.1.0
 */
export const crc32 = (ascii: string): number => {
  let crc = -1
  for (let index = 0; index < ascii.length; index++) crc = step(crc, ascii.charCodeAt(index))
  return ~crc >>> 0
}
