import { formatIn } from '../../format.ts'

/**
 * When this month began in a time zone, as the API takes it: a report "this month" is the month of the organization, and
 * so of its budgets, wherever the reader is.
 */
export function monthStart(timeZone: string, now = new Date()): string {
  const { year, month } = partsOf(now, timeZone)
  const midnight = Date.UTC(year, month - 1, 1)
  // The zone's offset on that day: what its clocks show then, read as if it were UTC, less the true time.
  const shown = partsOf(new Date(midnight), timeZone)
  const offset =
    Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) - midnight
  return new Date(midnight - offset).toISOString()
}

const clockIn = formatIn('en-US', {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

function partsOf(moment: Date, timeZone: string) {
  const parts = new Map(
    clockIn(timeZone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}
