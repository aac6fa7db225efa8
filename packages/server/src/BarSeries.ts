/**
 * Bars of one interval, each interval once, with the oldest forgotten.
 *
 * @since 0.1.0
 */
import type { Bar } from "tapewire/Tick"

/**
 * Changing the newest bar, as nearly every update does, leaves the older ones alone.
 *
 * @since 0.1.0
 */
export interface BarSeries {
  /** Oldest first. */
  readonly older: ReadonlyArray<Bar>
  readonly newest: Bar | undefined
}

/**
 * @since 0.1.0
 */
export const empty: BarSeries = { older: [], newest: undefined }

/**
 * Puts a bar in its place, instead of the one of the same interval, and keeps the newest `keep`.
 *
 * @since 0.1.0
 */
export const put = (self: BarSeries, bar: Bar, keep: number): BarSeries => {
  const { newest, older } = self
  if (newest === undefined || bar.openAt === newest.openAt) return { older, newest: bar }
  if (bar.openAt > newest.openAt) return { older: last([...older, newest], keep - 1), newest: bar }
  const rest = older.filter(({ openAt }) => openAt !== bar.openAt)
  const at = rest.findLastIndex(({ openAt }) => openAt < bar.openAt) + 1
  return { older: last(rest.toSpliced(at, 0, bar), keep - 1), newest }
}

/**
 * The bar that begins at a time.
 *
 * @since 0.1.0
 */
export const find = ({ newest, older }: BarSeries, openAt: number): Bar | undefined =>
  newest?.openAt === openAt ? newest : older.findLast((bar) => bar.openAt === openAt)

/**
 * The newest bars, oldest of them first.
 *
 * @since 0.1.0
 */
export const tail = ({ newest, older }: BarSeries, limit: number): ReadonlyArray<Bar> =>
  newest === undefined ? [] : [...last(older, limit - 1), newest]

const last = <A>(items: ReadonlyArray<A>, count: number): ReadonlyArray<A> =>
  items.length <= count ? items : items.slice(items.length - count)
