/** Takes from bytes, record by record, what a `ByteWriter` put there. */
import { decoder } from "./web.ts"

/** Undoes `zigzag`. */
export const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)

/**
 * Never throws and never reads outside the current record. What cannot be read is `0` or empty and
 * sets `failed`, so that callers need not ask after every field; only loops must.
 */
export class ByteReader {
  position = 0
  failed = false
  private end = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly texts: Array<string> = []

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.position >= this.bytes.length
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Enters the next record. */
  begin(): void {
    this.end = this.bytes.length
    const length = this.varint()
    if (length > this.remaining) this.fail()
    else this.end = this.position + length
  }

  /** Whether the record was read to its last byte and nothing failed. */
  finish(): boolean {
    return !this.failed && this.position === this.end
  }

  fail(): 0 {
    this.failed = true
    this.position = this.end
    return 0
  }

  byte(): number {
    if (this.position >= this.end) return this.fail()
    return this.bytes[this.position++] ?? 0
  }

  varint(): number {
    const first = this.byte()
    if (first < 128) return first
    let value = first & 127
    for (let unit = 128; unit < 2 ** 50; unit *= 128) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : this.fail()
    }
    return this.fail()
  }

  float(): number {
    if (this.remaining < 8) return this.fail()
    const value = this.view.getFloat64(this.position, true)
    this.position += 8
    return Number.isFinite(value) ? value : this.fail()
  }

  int(previous: number): number {
    const code = this.varint()
    if (code !== 1 && code % 2 === 1) return this.fail()
    const value = code === 1 ? this.float() : previous + unzigzag(code / 2)
    return Number.isSafeInteger(value) ? value : this.fail()
  }

  /** A copy, because the bytes below belong to a buffer that will be used again. */
  raw(): Uint8Array {
    const length = this.varint()
    if (length > this.remaining) this.fail()
    const start = this.position
    this.position += this.failed ? 0 : length
    return this.bytes.slice(start, this.position)
  }

  text(): string {
    const code = this.varint()
    if (code % 2 === 1) return this.units((code - 1) / 4)
    const length = code / 2
    if (length > this.remaining) this.fail()
    if (this.failed) return ""
    const start = this.position
    this.position += length
    if (length < 48) {
      const text = ascii(this.bytes, start, this.position)
      if (text !== undefined) return text
    }
    try {
      return decoder.decode(this.bytes.subarray(start, this.position))
    } catch {
      this.fail()
      return ""
    }
  }

  private units(length: number): string {
    if (!Number.isInteger(length) || length * 2 > this.remaining) this.fail()
    let text = ""
    if (this.failed) return text
    for (let index = 0; index < length; index++) {
      text += String.fromCharCode(this.view.getUint16(this.position, true))
      this.position += 2
    }
    return text
  }

  interned(): string {
    const index = this.varint()
    const known = this.texts[index]
    if (known !== undefined) return known
    if (index !== this.texts.length) this.fail()
    const text = this.text()
    this.texts.push(text)
    return text
  }
}

/** Short texts cost a decoder more to begin than to read. */
const ascii = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  let text = ""
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 128
    if (byte >= 128) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
