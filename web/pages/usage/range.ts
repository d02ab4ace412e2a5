import { addDays, dayIn, daysBetween, firstOfMonth, isDay, startOfDay } from '../../zoned.ts'

/** Which time is looked at; what is typed in is `custom`. */
export const RANGES = ['24h', '7d', '30d', 'month', 'last-month', '90d', '400d', 'custom'] as const
export type Range = (typeof RANGES)[number]

export const RANGE_NAMES: Record<Range, string> = {
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  month: 'This month so far',
  'last-month': 'Last month',
  '90d': 'Last 90 days',
  '400d': 'Last 400 days',
  custom: 'Own dates',
}

const HOUR_MS = 3_600_000

/** A stretch of time, as the API takes it. Without an end it goes on until now. */
type Stretch = { from: string; to?: string }

export type Span = Stretch & {
  /** Just as long and just before, as far into it as we are into ours: half a week is not held against a whole one. */
  before: Stretch
  /** Each day of it, in its time zone. */
  days: string[]
}

/** When a range is, in a time zone. The same until the next hour at least, so that asking twice is asking the same. */
export function spanOf(
  range: Range,
  timeZone: string,
  now: Date,
  typed: { from?: string | undefined; to?: string | undefined } = {},
): Span {
  const today = dayIn(timeZone, now)
  const start = (day: string) => startOfDay(day, timeZone)
  const iso = (day: string) => start(day).toISOString()
  switch (range) {
    case '24h':
      return {
        from: '-24h',
        before: { from: '-48h', to: '-24h' },
        days: daysBetween(dayIn(timeZone, new Date(now.getTime() - 24 * HOUR_MS)), today),
      }
    case '7d':
    case '30d':
    case '90d':
    case '400d': {
      const length = Number.parseInt(range, 10)
      const first = addDays(today, 1 - length)
      return {
        from: iso(first),
        before: { from: iso(addDays(first, -length)), to: `-${length}d` },
        days: daysBetween(first, today),
      }
    }
    case 'month': {
      const first = firstOfMonth(today)
      const before = firstOfMonth(today, -1)
      return {
        from: iso(first),
        before: { from: iso(before), to: asFar(start(first), now, start(before), start(first)) },
        days: daysBetween(first, today),
      }
    }
    case 'last-month': {
      const first = firstOfMonth(today, -1)
      const next = firstOfMonth(today)
      return {
        from: iso(first),
        to: iso(next),
        before: { from: iso(firstOfMonth(today, -2)), to: iso(first) },
        days: daysBetween(first, addDays(next, -1)),
      }
    }
    case 'custom': {
      const [first, last] = typedDays(typed, today)
      const days = daysBetween(first, last)
      const next = addDays(last, 1)
      const before = addDays(first, -days.length)
      return {
        from: iso(first),
        to: iso(next),
        before: { from: iso(before), to: asFar(start(first), now, start(before), start(first)) },
        days,
      }
    }
  }
}

/** What was typed, in the right order; what is missing is today, or the 30 days up to the other. */
function typedDays(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  today: string,
): [string, string] {
  const last = isDay(to) ? to : isDay(from) && from > today ? from : today
  const first = isDay(from) ? from : addDays(last, -29)
  return first <= last ? [first, last] : [last, first]
}

/** As far after `before` as `now` is after `start`, to the hour; not past `end`, and an hour at least. */
function asFar(start: Date, now: Date, before: Date, end: Date): string {
  const hours = Math.max(Math.floor((now.getTime() - start.getTime()) / HOUR_MS), 1)
  return new Date(Math.min(before.getTime() + hours * HOUR_MS, end.getTime())).toISOString()
}
