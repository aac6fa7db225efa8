/**
 * Decimal text and the numbers that stand for it.
 *
 * A venue sends decimals; a `Tick` carries the float64 nearest to each. Up to 15 significant digits
 * the shortest text of that number is the venue's decimal again, trailing zeros aside, so nothing is
 * lost. `isExact` tells the values for which that does not hold.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The text is not a decimal.
 *
 * @since 0.1.0
 */
export class NotDecimal extends Schema.TaggedError<NotDecimal>()("NotDecimal", {
  text: Schema.String
}) {
  override get message() {
    return `not a decimal: ${JSON.stringify(this.text.slice(0, 40))}`
  }
}

/**
 * The number has more fraction digits than were asked for, or is not finite.
 *
 * @since 0.1.0
 */
export class NotScalable extends Schema.TaggedError<NotScalable>()("NotScalable", {
  // Not finite numbers cannot be scaled, so they are what it may have to tell.
  // @effect-diagnostics-next-line schemaNumber:off
  value: Schema.Number,
  digits: Schema.Int
}) {
  override get message() {
    return `${this.value} is not a whole number of 10^-${this.digits}`
  }
}

/**
 * @since 0.1.0
 */
export class DecimalError extends Schema.TaggedError<DecimalError>()("DecimalError", {
  reason: Schema.Union([NotDecimal, NotScalable])
}) {
  override get message() {
    return this.reason.message
  }
}

/** Powers of ten that a float64 holds exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

const zero = 48
const maxDigits = 30
const maxExponent = 30

/**
 * The float64 nearest to a decimal text, or `NaN` where the text is not a decimal.
 *
 * Accepts what JSON calls a number, with at most 30 digits from the first that is not zero, an
 * exponent of at most 30 and 60 decimal places: neither `""`, `" 1"`, `.5`, `0x10`, `NaN` nor
 * `1e999`. A negative zero is zero. This is `parse` for hot loops; the caller tests for `NaN`.
 *
 * @since 0.1.0
 */
export const read = (text: string): number => {
  const { length } = text
  if (length > 16 || length === 0) return readAny(text)
  // Venues fill decimals up with zeros.
  let end = length
  while (end > 0 && text.charCodeAt(end - 1) === zero) end--
  let point = -1
  let mantissa = 0
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index) - zero
    if (code >= 0 && code <= 9) mantissa = mantissa * 10 + code
    else if (code === -2 && point === -1 && index > 0) point = index
    else return readAny(text)
  }
  // At most 15 digits, no point without digits behind it, no zero before other digits.
  const isPlain = point === -1 ? length <= 15 : point < length - 1
  if (!isPlain || (length > 1 && point !== 1 && text.charCodeAt(0) === zero)) return readAny(text)
  // Both operands are exact, so the result is correctly rounded.
  return point === -1
    ? mantissa * (powers[length - end] as number) // 0 <= length - end <= 15
    : mantissa / (powers[end - 1 - point] as number) // 0 <= end - 1 - point <= 14
}

/** `read` for whatever is longer, signed or written with an exponent. */
const readAny = (text: string): number => {
  const length = text.length
  let index = 0
  let negative = false
  if (length > 0 && text.charCodeAt(0) === 45) {
    negative = true
    index = 1
  }
  const start = index
  let mantissa = 0
  // Digits since the first that is not zero.
  let digits = 0
  let code = 0
  while (index < length) {
    code = text.charCodeAt(index) - 48
    if (code < 0 || code > 9) break
    mantissa = mantissa * 10 + code
    if (digits > 0 || code > 0) digits++
    index++
  }
  if (index === start) return Number.NaN
  if (index - start > 1 && text.charCodeAt(start) === 48) return Number.NaN
  let scale = 0
  if (index < length && text.charCodeAt(index) === 46) {
    const point = ++index
    while (index < length) {
      code = text.charCodeAt(index) - 48
      if (code < 0 || code > 9) break
      mantissa = mantissa * 10 + code
      if (digits > 0 || code > 0) digits++
      index++
    }
    scale = index - point
    if (scale === 0) return Number.NaN
  }
  if (index < length) {
    const exponent = readExponent(text, index)
    if (exponent === undefined) return Number.NaN
    scale -= exponent
  }
  // Both operands are exact, so the quotient is correctly rounded.
  if (digits <= 15 && scale >= 0 && scale <= 22) {
    const value = mantissa / (powers[scale] as number) // 0 <= scale <= 22
    return negative ? 0 - value : value
  }
  if (digits > maxDigits || scale > 2 * maxExponent) return Number.NaN
  // `Number` is correctly rounded too, only slower.
  const value = Number(text)
  return value === 0 ? 0 : value
}

const readExponent = (text: string, at: number): number | undefined => {
  const match = /^[eE]([+-]?\d+)$/.exec(text.slice(at))
  if (match === null) return undefined
  const exponent = Number(match[1])
  return Math.abs(exponent) > maxExponent ? undefined : exponent
}

/**
 * The float64 nearest to a decimal text. Fails where the text is not a decimal; see `read`.
 *
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<number, DecimalError> => {
  const value = read(text)
  return Number.isNaN(value)
    ? Result.fail(new DecimalError({ reason: new NotDecimal({ text }) }))
    : Result.succeed(value)
}

/**
 * The shortest plain decimal that reads back as the number: no exponent, no trailing zeros.
 *
 * @since 0.1.0
 */
export const text = (value: number): string => {
  const shortest = String(value)
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(shortest)
  if (match === null) return shortest
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, "0")}`
}

/**
 * Whether the number read from a decimal text prints back as the same decimal, trailing zeros
 * aside. True of every decimal of at most 15 significant digits; to be asked only of a text that
 * `read` accepts.
 *
 * @since 0.1.0
 */
export const isExact = (decimal: string): boolean => {
  // So short a text has at most 15 digits.
  if (decimal.length <= 15) return true
  const value = read(decimal)
  return !Number.isNaN(value) && text(value) === plain(decimal)
}

/**
 * Whether the shortest decimal of a number has at most 15 significant digits, all of which a float64
 * keeps.
 *
 * @since 0.1.0
 */
export const isShort = (value: number): boolean => {
  // Nearly all have at most eight decimal places, which is told without writing them.
  const units = Math.round(value * 1e8)
  if (Math.abs(units) < 1e15 && units / 1e8 === value) return true
  const [digits = ""] = String(Math.abs(value)).split("e")
  return digits.replace(".", "").replace(/^0+/, "").replace(/0+$/, "").length <= 15
}

/** The same decimal without exponent, leading or trailing zeros, digit for digit. */
const plain = (decimal: string): string => {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal)
  if (match === null) return decimal
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  const point = whole.length + Number(exponent)
  const digits = whole + fraction
  const left = point <= 0 ? "" : digits.slice(0, point).padEnd(point, "0")
  const right = point <= 0 ? "0".repeat(-point) + digits : digits.slice(point)
  const wholeText = left.replace(/^0+(?=\d)/, "") || "0"
  const fractionText = right.replace(/0+$/, "")
  const unsigned = fractionText === "" ? wholeText : `${wholeText}.${fractionText}`
  return unsigned === "0" ? "0" : sign + unsigned
}

/**
 * The number in units of `10^-digits`, exactly: `scaled(61837.63, 2)` is `6183763n`. Fails where
 * its shortest decimal has more fraction digits than that.
 *
 * @since 0.1.0
 */
export const scaled = (value: number, digits: number): Result.Result<bigint, DecimalError> => {
  const [whole = "", fraction = ""] = text(value).split(".")
  return Number.isFinite(value) && fraction.length <= digits
    ? Result.succeed(BigInt(whole + fraction.padEnd(digits, "0")))
    : Result.fail(new DecimalError({ reason: new NotScalable({ value, digits }) }))
}

/**
 * The float64 nearest to the product of two decimals, each given as the number `read` gives, where
 * the product has at most 15 significant digits: `product(3, 0.1)` is `0.3`.
 *
 * @since 0.1.0
 */
export const product = (left: number, right: number): number => {
  const rough = left * right
  // Whole numbers multiply exactly; elsewhere rounding errors are beyond the 15th digit.
  return Number.isSafeInteger(rough) ? rough : Number(rough.toPrecision(15))
}
