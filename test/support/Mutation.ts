/** Damage to texts and bytes, of the kinds that networks, venues and attackers do. */

/** Numbers from 0 to 1, the same again for the same seed. */
export type Chance = () => number

/** A small generator of good quality (mulberry32). */
export const chance = (seed: number): Chance => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const below = (chance: Chance, limit: number): number => Math.floor(chance() * limit)

export const pick = <A>(chance: Chance, items: readonly [A, ...ReadonlyArray<A>]): A =>
  items[below(chance, items.length)] ?? items[0]

const decimals = [
  ...`_ 0x10 1e309 1e999999999 NaN -Infinity -0 -1 .5 1. 1,5 +1 1_000 ١٢ 1e31 1e-31 0`.split(" "),
  "",
  " 12 ",
  "9".repeat(31),
  `0.${"0".repeat(70)}1`
]

const names = `true null __proto__ constructor toString \u0000 \ud800 \u202e 💥 a:b,c`.split(" ")

const others = [
  ..."0 -0 -1 0.5 1e309 -1e309 1e999999999 1e-400 NaN Infinity 50000000000000 1e17".split(" "),
  ..."9007199254740991 9007199254740993 -9007199254740991 null true false [] {} [[]]".split(" "),
  ...`[["1"]] [["1","1","1"]] [[1,1]] [null] {"length":4294967295} {"toJSON":1}`.split(" "),
  `{"__proto__":{"polluted":true}}`,
  `{"constructor":{"prototype":{"polluted":true}}}`
]

/** What stands where a value stood: malformed numbers, numbers too large, other types, other keys. */
const values = [
  "{}",
  ...decimals.concat(names).map((text) => JSON.stringify(text)),
  ...others
] as const

const keys = [
  `"💥"`,
  ...`"__proto__" "constructor" "prototype" "toString" "hasOwnProperty" "" "\\u0000"`.split(" ")
] as const

const poison = [
  `"__proto__":{"polluted":true},`,
  `"constructor":{"prototype":{"polluted":true}},`,
  `"__proto__":null,`,
  `"prototype":{"polluted":true},`,
  `"new":{"deeper":[1,2,3]},`
] as const

const depth = 200_000

const huge = (chance: Chance): string =>
  pick(chance, [
    () => "[".repeat(depth) + "]".repeat(depth),
    () => `{"a":`.repeat(depth) + "1" + "}".repeat(depth),
    () => "[".repeat(depth),
    () => `"${pick(chance, ["1", "0", "é", "9.", "💥", " "]).repeat(400_000)}"`,
    () => "1".repeat(400_000),
    () => `"0.${"0".repeat(400_000)}1"`,
    () => `[${Array.from({ length: 20_000 }, () => `["1","1"]`).join()}]`,
    () => `{${Array.from({ length: 10_000 }, (_, index) => `"${index}":${index}`).join()}}`
  ])()

/** A string, which is a name where a colon follows, or any other value that holds no others. */
const token = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g

interface Token {
  readonly start: number
  readonly end: number
  readonly isName: boolean
}

const tokensOf = (text: string): ReadonlyArray<Token> =>
  Array.from(text.matchAll(token), ({ 0: { length }, 1: colon = "", index }) => ({
    start: index,
    end: index + length - colon.length,
    isName: colon !== ""
  }))

/** A text that is damaged again and again. */
export interface Original {
  readonly text: string
  readonly tokens: ReadonlyArray<Token>
}

export const original = (text: string): Original => ({ text, tokens: tokensOf(text) })

const splice = (text: string, start: number, end: number, instead: string): string =>
  text.slice(0, start) + instead + text.slice(end)

/** Changes a name or a value, or leaves it out, or has it twice. */
const inTree = ({ text, tokens: found }: Original, chance: Chance): string => {
  const index = below(chance, found.length)
  const one = found[index]
  if (one === undefined) return inText(text, chance)
  const { end, isName, start } = one
  if (chance() < 0.0004) return splice(text, start, end, isName ? `"x"` : huge(chance))
  if (!isName) {
    return chance() < 0.9
      ? splice(text, start, end, pick(chance, values))
      : splice(text, start, end, `${text.slice(start, end)},${pick(chance, values)}`)
  }
  const next = found[index + 1]
  const pair = text.slice(start, next?.end ?? end)
  switch (below(chance, 5)) {
    case 0:
      return splice(text, start, end, pick(chance, keys))
    case 1:
      return splice(text, start, start, pick(chance, poison))
    case 2:
      return splice(text, start, start, `${pair},`)
    case 3:
      return splice(text, start, (next?.end ?? end) + 1, "")
    default: {
      const other = found[below(chance, found.length)] ?? one
      return splice(text, start, end, text.slice(other.start, other.end))
    }
  }
}

const junk = [
  "\u0000",
  "\ufeff",
  "\ud800",
  "\udfff",
  "💥",
  "\u2028",
  "\\u",
  "\\",
  `"`,
  "{",
  "}",
  "[",
  "]",
  ",",
  ":"
] as const

/** Damages a text as one, whatever it means. */
const inText = (text: string, chance: Chance): string => {
  const at = below(chance, text.length + 1)
  const upTo = Math.min(text.length, at + below(chance, 40))
  switch (below(chance, 6)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return splice(text, at, at, pick(chance, junk))
    case 2:
      return splice(text, at, upTo, "")
    case 3:
      return splice(text, at, at, text.slice(at, upTo))
    case 4:
      return splice(text, at, at + 1, String.fromCharCode(below(chance, 0x1_0000)))
    default: {
      const bit = 1 << below(chance, 7)
      return splice(text, at, at + 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ bit))
    }
  }
}

/** A text with one to three damages, mostly of the kind that leaves it JSON. */
export const text = (of: Original, chance: Chance): string => {
  let mutated = chance() < 0.75 ? inTree(of, chance) : inText(of.text, chance)
  for (let again = 0; again < 2 && mutated.length < 10_000 && chance() < 0.3; again++) {
    mutated = chance() < 0.5 ? inTree(original(mutated), chance) : inText(mutated, chance)
  }
  return mutated
}

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts))

const damaged = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const at = below(chance, bytes.length + 1)
  const upTo = Math.min(bytes.length, at + below(chance, 40))
  const [before, between, after] = [
    bytes.subarray(0, at),
    Uint8Array.from(bytes.subarray(at, upTo)),
    bytes.subarray(upTo)
  ]
  switch (below(chance, 6)) {
    case 0:
      return before
    case 1:
      return joined(before, after)
    case 2:
      return joined(before, between, between, after)
    case 3:
      return joined(before, Uint8Array.of(below(chance, 256)), between, after)
    case 4:
      return joined(before, between.fill(pick(chance, [0, 127, 128, 255])), after)
    default: {
      const flipped = Uint8Array.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << below(chance, 8))
      return flipped
    }
  }
}

/** Bytes with one to three damages. */
export const bytes = (of: Uint8Array, chance: Chance): Uint8Array => {
  let mutated = damaged(of, chance)
  for (let again = 0; again < 2 && chance() < 0.3; again++) mutated = damaged(mutated, chance)
  return mutated
}
