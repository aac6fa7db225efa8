/** Appends numbers, texts and bytes to a buffer that grows. */
import { encoder } from "./web.ts"

/** Differences up to this are stored as varints; twice its zigzag is still a safe integer. */
export const maxDelta = 2 ** 50

/** Maps 0, -1, 1, -2 … to 0, 1, 2, 3 …, so that small numbers of either sign are short. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

const varintSize = (value: number): number => {
  let size = 1
  for (let rest = value; rest >= 128; rest /= 128) size++
  return size
}

export class ByteWriter {
  length = 0
  private bytes = new Uint8Array(4096)
  private view = new DataView(this.bytes.buffer)
  private readonly texts = new Map<string, number>()

  private reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    // Bit operators see the low 32 bits only.
    while (rest >= 0x10000000) {
      const low = rest & 127
      this.bytes[this.length++] = low | 128
      rest = (rest - low) / 128
    }
    while (rest >= 128) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  float(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** A safe integer as its distance from a safe integer the reader knows. */
  int(value: number, previous: number): void {
    const delta = value - previous
    if (delta >= -maxDelta && delta <= maxDelta && !Object.is(value, -0)) {
      this.varint(zigzag(delta) * 2)
    } else {
      this.varint(1)
      this.float(value)
    }
  }

  raw(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** UTF-8, or UTF-16 where the text has half a surrogate pair, which UTF-8 cannot tell. */
  text(text: string): void {
    if (!text.isWellFormed()) return this.units(text)
    this.reserve(8 + text.length * 3)
    const start = this.length
    // Where the text is ASCII this is the length already.
    this.varint(text.length * 2)
    const guess = this.length
    const { written } = encoder.encodeInto(text, this.bytes.subarray(guess))
    if (written === text.length) this.length += written
    else this.prefix(start, written * 2, guess, guess + written)
  }

  private units(text: string): void {
    this.varint(text.length * 4 + 1)
    this.reserve(text.length * 2)
    for (let index = 0; index < text.length; index++) {
      this.view.setUint16(this.length, text.charCodeAt(index), true)
      this.length += 2
    }
  }

  /** A text that comes again: in full the first time, its number from then on. */
  interned(text: string): void {
    const index = this.texts.get(text)
    this.varint(index ?? this.texts.size)
    if (index !== undefined) return
    this.texts.set(text, this.texts.size)
    this.text(text)
  }

  /** Begins a record and gives what `finish` needs to put the length before it. */
  begin(): number {
    this.reserve(1)
    return this.length++
  }

  finish(start: number): void {
    const length = this.length - start - 1
    if (length < 128) {
      this.bytes[start] = length
      return
    }
    this.prefix(start, length, start + 1, this.length)
  }

  /** Puts a varint at `start` and the bytes from `from` to `to` after it. */
  private prefix(start: number, value: number, from: number, to: number): void {
    const target = start + varintSize(value)
    this.length = Math.max(target + to - from, this.length)
    this.reserve(0)
    this.bytes.copyWithin(target, from, to)
    this.length = start
    this.varint(value)
    this.length = target + to - from
  }

  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}
