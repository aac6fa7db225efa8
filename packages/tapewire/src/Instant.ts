/**
 * Times as text.
 *
 * @since 0.1.0
 */

import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** The digits between two places as a number; `NaN` where something else is there. */
const digits = (text: string, from: number, to: number): number => {
  let value = 0
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** How many days of a common year are before a month. */
const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Days from 1970-01-01; `NaN` where there is no such day. */
const dayOf = (year: number, month: number, day: number): number => {
  const start = before[month - 1]
  const end = before[month]
  if (start === undefined || end === undefined) return Number.NaN
  const leap = isLeap(year) ? 1 : 0
  const length = end - start + (month === 2 ? leap : 0)
  if (!(day >= 1 && day <= length)) return Number.NaN
  const years = year - 1
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  return years * 365 + leaps + start + (month > 2 ? leap : 0) + day - 719_163
}

/** Whether a text is of the form `2026-08-01T02:53:53`, with or without a fraction, in UTC. */
const isFormed = (text: string): boolean =>
  text.charCodeAt(4) === 45 &&
  text.charCodeAt(7) === 45 &&
  text.charCodeAt(10) === 84 &&
  text.charCodeAt(13) === 58 &&
  text.charCodeAt(16) === 58 &&
  text.charCodeAt(text.length - 1) === 90 &&
  (text.length === 20 || (text.length >= 22 && text.length <= 30 && text.charCodeAt(19) === 46))

/**
 * Microseconds since the Unix epoch of a time such as `2026-08-01T02:53:53.184174Z`, with at most
 * nine digits of a second, of which those below a microsecond are cut off. `NaN` where the text is
 * no such time. A venue that has no time to tell writes one long before the epoch, or the epoch.
 *
 * @since 0.1.0
 */
export const read = (text: string): number => {
  if (!isFormed(text)) return Number.NaN
  const day = dayOf(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const end = text.length - 1
  const places = Math.max(0, end - 20)
  // All of it is read, for what is no digit makes it no time.
  const fraction = Math.floor(digits(text, 20, end) * 10 ** (6 - places))
  // A leap second is the one after it.
  return hour < 24 && minute < 60 && second <= 60
    ? (((day * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
    : Number.NaN
}

/**
 * The day of a time in microseconds, in UTC, as the names of futures end with it: `261225`. Empty
 * where there is no such day.
 *
 * @since 0.1.0
 */
export const day = (micros: number): string =>
  Option.match(DateTime.make(micros / 1000), {
    onNone: () => "",
    onSome: (time) => DateTime.formatIsoDateUtc(time).slice(2).replaceAll("-", "")
  })
