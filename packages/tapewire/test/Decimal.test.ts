import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Decimal from "tapewire/Decimal"

/** What JSON calls a number. */
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** `digits` with a point before the last `scale` of them. */
const point = (digits: string, scale: number): string => {
  if (scale === 0) return digits
  const padded = digits.padStart(scale + 1, "0")
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/** Without trailing zeros and without a negative zero. */
const stripped = (decimal: string): string => {
  const short = decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal
  return short === "-0" ? "0" : short
}

const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const matching = (pattern: RegExp) => Schema.String.check(Schema.isPattern(pattern))

const shortDecimal = Arbitrary.all({
  sign: Arbitrary.schema(Schema.Literals(["", "-"])),
  digits: Arbitrary.schema(matching(/^(?:0|[1-9][0-9]{0,14})$/)),
  zeros: Arbitrary.schema(between(0, 15)),
  scale: Arbitrary.schema(between(0, 45))
}).pipe(
  Arbitrary.map(({ digits, scale, sign, zeros }) =>
    // A zero before the other digits would not be a decimal.
    digits === "0"
      ? `${sign}${point("0", scale)}`
      : `${sign}${point(digits + "0".repeat(zeros), scale)}`
  )
)

/** Also with exponents, with more digits than a float64 holds, and beyond the limits of `read`. */
const anyDecimal = matching(
  /^-?(?:0|[1-9][0-9]{0,31})(?:\.[0-9]{1,40})?(?:[eE][+-]?0{0,2}[0-9]{1,2})?$/
)

/** Short enough that about half of them survive a float64. */
const borderlineDecimal = matching(/^-?[1-9][0-9]{0,9}\.[0-9]{5,9}(?:e-?[0-9])?$/)

const nearlyDecimal = matching(/^[-+ 0-9.eEx_,n١]{0,8}$/)

const many = (size: number) => ({ arbitrary: { runs: 3000, size } })

/** The decimal as a whole number of powers of ten. */
const exactly = (decimal: string): { readonly units: bigint; readonly exponent: number } => {
  const [mantissa = "", exponent = "0"] = decimal.toLowerCase().split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  return { units: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

const isSameDecimal = (left: string, right: string): boolean => {
  const a = exactly(left)
  const b = exactly(right)
  const unit = Math.min(a.exponent, b.exponent)
  return a.units * 10n ** BigInt(a.exponent - unit) === b.units * 10n ** BigInt(b.exponent - unit)
}

/** What the documentation of `read` promises to accept. */
const isWithinLimits = (decimal: string): boolean => {
  const [mantissa = "", exponent = "0"] = decimal.toLowerCase().split("e")
  const [, fraction = ""] = mantissa.split(".")
  return (
    mantissa.replace(/^[-0.]+/, "").replace(".", "").length <= 30 &&
    Math.abs(Number(exponent)) <= 30 &&
    fraction.length - Number(exponent) <= 60
  )
}

describe("Decimal", () => {
  it.prop(
    "a decimal of at most 15 significant digits prints back digit for digit",
    { decimal: shortDecimal },
    ({ decimal }) => {
      assert.strictEqual(Decimal.text(Decimal.read(decimal)), stripped(decimal))
      assert.isTrue(Decimal.isExact(decimal))
    },
    many(15)
  )

  it.prop(
    "read is the float64 nearest to every decimal within its limits and nothing beyond them",
    { decimal: anyDecimal },
    ({ decimal }) => {
      const nearest = Number(decimal)
      const expected = isWithinLimits(decimal) ? (nearest === 0 ? 0 : nearest) : Number.NaN
      assert.isTrue(Object.is(Decimal.read(decimal), expected), String(Decimal.read(decimal)))
    },
    many(34)
  )

  it.prop(
    "read is correctly rounded on both sides of its fast path",
    { decimal: borderlineDecimal },
    ({ decimal }) => {
      assert.isTrue(Object.is(Decimal.read(decimal), Number(decimal)))
    },
    many(12)
  )

  it.prop(
    "a text that looks like a number is a decimal where JSON calls it a number",
    { text: nearlyDecimal },
    ({ text }) => {
      const expected = jsonNumber.test(text) && isWithinLimits(text)
      assert.strictEqual(!Number.isNaN(Decimal.read(text)), expected)
    },
    many(8)
  )

  it.prop(
    "an arbitrary text is a decimal only if it is a number of JSON",
    { text: Schema.String },
    ({ text }) => {
      assert.isTrue(Number.isNaN(Decimal.read(text)) || jsonNumber.test(text))
    }
  )

  it.for([
    "",
    " ",
    "-",
    ".",
    "-.",
    " 1",
    "1 ",
    "1\n",
    "+1",
    "--1",
    "-+1",
    ".5",
    "-.5",
    "5.",
    "1.e5",
    "1..2",
    "1.2.3",
    "01",
    "-01",
    "00",
    "0x10",
    "0b1",
    "1n",
    "1_000",
    "1,000",
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "1e",
    "1e+",
    "1e1.5",
    "e5",
    "1e5e5",
    "1e31",
    "1e-31",
    "1e999",
    "1e-999",
    "1e999999999",
    "1234567890123456789012345678901",
    "0.1234567890123456789012345678901",
    `0.${"0".repeat(61)}`,
    "١",
    "1١",
    "１",
    "−1"
  ])("%j is not a decimal", (text) => {
    assert.isTrue(Number.isNaN(Decimal.read(text)))
    const error = new Decimal.DecimalError({ reason: new Decimal.NotDecimal({ text }) })
    assertFailure(Decimal.parse(text), error)
  })

  it("parse gives the number of a decimal", () => {
    assertSuccess(Decimal.parse("61837.63000000"), 61837.63)
  })

  it("the error quotes no more than the beginning of the text, on one line", () => {
    const message = Result.match(Decimal.parse("\n".repeat(1000)), {
      onFailure: (error) => error.message,
      onSuccess: String
    })
    assert.strictEqual(message, `not a decimal: "${String.raw`\n`.repeat(40)}"`)
  })

  it.for(["-0", "-0.00", "-0e5", "-0.0e-30", `-0.${"0".repeat(40)}`])(
    "%s is zero without a sign",
    (text) => {
      assert.isTrue(Object.is(Decimal.read(text), 0))
      assert.isTrue(Decimal.isExact(text))
    }
  )

  it.prop(
    "text is a plain decimal that stands for the number",
    { value: Schema.Finite },
    ({ value }) => {
      const text = Decimal.text(value)
      assert.match(text, /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/)
      assert.strictEqual(Number(text), value === 0 ? 0 : value)
    },
    many(10)
  )

  it.for([
    [0, "0"],
    [-0, "0"],
    [1e21, "1000000000000000000000"],
    [-1.5e21, "-1500000000000000000000"],
    [1e-7, "0.0000001"],
    [-1.25e-9, "-0.00000000125"],
    [61837.63, "61837.63"]
  ] as const)("%o has the text %s", ([value, text]) => {
    assert.strictEqual(Decimal.text(value), text)
  })

  it.prop(
    "isExact tells whether the shortest text of the number is the same decimal",
    {
      decimal: Arbitrary.schema(Schema.Union([anyDecimal, borderlineDecimal])).pipe(
        Arbitrary.filter(isWithinLimits)
      )
    },
    ({ decimal }) => {
      const expected = isSameDecimal(decimal, String(Number(decimal)))
      assert.strictEqual(Decimal.isExact(decimal), expected)
    },
    many(34)
  )

  it.for([
    ["9007199254740992", true],
    ["9007199254740993", false],
    ["0.1000000000000000000000000", true],
    ["0.1000000000000000055511151231", false],
    ["123456789012.345678", false],
    ["-100000000000000000000.00", true],
    ["1.50E-20", true],
    ["-0.000000000000000000", true]
  ] as const)("that nothing of %s is lost is %s", ([decimal, isExact]) => {
    assert.strictEqual(Decimal.isExact(decimal), isExact)
  })

  it.prop(
    "scaled is the exact number of units, or fails where there is no whole number of them",
    { decimal: shortDecimal, digits: between(0, 50) },
    ({ decimal, digits }) => {
      const value = Decimal.read(decimal)
      const [, fraction = ""] = stripped(decimal).split(".")
      Result.match(Decimal.scaled(value, digits), {
        onFailure: ({ reason }) => {
          assert.isAbove(fraction.length, digits)
          assert.deepStrictEqual(reason, new Decimal.NotScalable({ value, digits }))
        },
        onSuccess: (units) => {
          const [sign, magnitude] = units < 0n ? ["-", -units] : ["", units]
          assert.strictEqual(sign + stripped(point(`${magnitude}`, digits)), stripped(decimal))
        }
      })
    },
    many(15)
  )

  it.for([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d cannot be scaled",
    (value) => {
      const reason = new Decimal.NotScalable({ value, digits: 2 })
      assertFailure(Decimal.scaled(value, 2), new Decimal.DecimalError({ reason }))
    }
  )

  it("the error of scaled tells the number and the digits", () => {
    const reason = new Decimal.NotScalable({ value: 0.125, digits: 2 })
    const error = new Decimal.DecimalError({ reason })
    assert.strictEqual(error.message, "0.125 is not a whole number of 10^-2")
  })

  it.prop(
    "a product of at most 15 digits is the number of its decimal",
    { left: between(0, 9_999_999), right: between(0, 9_999_999), digits: between(0, 15) },
    ({ digits, left, right }) => {
      // By whole numbers, in which there is nothing to round.
      const exact = point(`${BigInt(left) * BigInt(right)}`, digits)
      const factor = Decimal.read(point(`${right}`, digits))
      assert.strictEqual(Decimal.product(left, factor), Decimal.read(stripped(exact)))
    },
    many(15)
  )

  it("a product is that of the decimals, not that of the numbers nearest to them", () => {
    assert.notStrictEqual(3 * 0.1, 0.3)
    assert.strictEqual(Decimal.product(3, 0.1), 0.3)
  })
})

describe("isShort", () => {
  it.prop(
    "is true of a number exactly where its shortest decimal has at most 15 digits",
    { digits: matching(/^[1-9][0-9]{0,18}$/), scale: between(0, 30) },
    ({ digits, scale }) => {
      const value = Number(`${digits}e-${scale}`)
      const shortest = Decimal.text(value).replace(".", "").replace(/^0+/, "").replace(/0+$/, "")
      assert.strictEqual(Decimal.isShort(value), shortest.length <= 15)
      assert.strictEqual(Decimal.isShort(-value), shortest.length <= 15)
    }
  )

  it("is true of zero", () => {
    assert.isTrue(Decimal.isShort(0))
    assert.isTrue(Decimal.isShort(-0))
  })
})
