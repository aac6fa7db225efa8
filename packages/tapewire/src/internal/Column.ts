/**
 * Decimals that follow each other, such as the prices of one symbol. Each is a whole number of
 * `10^-scale` wherever dividing that number by `10^scale` gives the very same float64, and the float64
 * itself elsewhere, so what is read is bit for bit what was written.
 *
 * An even code is a number at the scale in force: the distance from the last one in zigzag for
 * `write`, the number itself for `writeSize`. Code 1 announces a float64, code `2 * scale + 3` a new
 * scale and then the number in zigzag.
 */
import type { ByteReader } from "./ByteReader.ts"
import { unzigzag } from "./ByteReader.ts"
import type { ByteWriter } from "./ByteWriter.ts"
import { maxDelta, zigzag } from "./ByteWriter.ts"

export interface Column {
  power: number
  /** The last number, in units of `1 / power`. */
  scaled: number
}

export const make = (): Column => ({ power: 1, scaled: 0 })

/** The scales in use: 0 to 12. */
const powers = Array.from({ length: 13 }, (_, scale) => 10 ** scale)

/** The whole number of `1 / power` that stands for the value, or `NaN` where none does exactly. */
const scale = (value: number, power: number): number => {
  const scaled = Math.round(value * power)
  return scaled / power === value &&
    scaled <= maxDelta &&
    scaled >= -maxDelta &&
    !(scaled === 0 && Object.is(value, -0))
    ? scaled
    : Number.NaN
}

/** For values close to the one before. */
export const write = (out: ByteWriter, column: Column, value: number): void => {
  const scaled = scale(value, column.power)
  const delta = scaled - column.scaled
  if (delta >= -maxDelta && delta <= maxDelta) {
    out.varint(zigzag(delta) * 2)
    column.scaled = scaled
  } else {
    writeAnew(out, column, value)
  }
}

/** For values that have nothing to do with the one before, and are seldom negative. */
export const writeSize = (out: ByteWriter, column: Column, value: number): void => {
  const scaled = scale(value, column.power)
  if (scaled >= 0) out.varint(scaled * 2)
  else writeAnew(out, column, value)
}

const writeAnew = (out: ByteWriter, column: Column, value: number): void => {
  const digits = powers.findIndex((power) => !Number.isNaN(scale(value, power)))
  if (digits === -1) {
    out.varint(1)
    out.float(value)
    return
  }
  column.power = powers[digits] ?? 1
  column.scaled = scale(value, column.power)
  out.varint(2 * digits + 3)
  out.varint(zigzag(column.scaled))
}

export const read = (from: ByteReader, column: Column): number => {
  const code = from.varint()
  if (code % 2 === 1) return readAnew(from, column, code)
  column.scaled += unzigzag(code / 2)
  return column.scaled / column.power
}

export const readSize = (from: ByteReader, column: Column): number => {
  const code = from.varint()
  return code % 2 === 1 ? readAnew(from, column, code) : code / 2 / column.power
}

const readAnew = (from: ByteReader, column: Column, code: number): number => {
  if (code === 1) return from.float()
  const power = powers[(code - 3) / 2]
  if (power === undefined) return from.fail()
  column.power = power
  column.scaled = unzigzag(from.varint())
  return column.scaled / power
}
