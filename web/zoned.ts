import { formatIn } from './format.ts'

/** Days as people in a time zone have them. A day is its date, `2026-11-26`; what may lie between two of them, zones know. */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Zones differ by whole quarters of an hour, and so do their hours. */
const QUARTER_MS = 15 * MINUTE_MS
/** No place is further from UTC, with an hour to spare. */
const FURTHEST_MS = 15 * 60 * MINUTE_MS

const DAY = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
} as const
const daysIn = formatIn('en', DAY)
const hoursIn = formatIn('en', { ...DAY, hourCycle: 'h23', hour: '2-digit', timeZoneName: 'longOffset' })

/** Which day it is there. */
export function dayIn(timeZone: string, at: Date): string {
  const parts = daysIn(timeZone).formatToParts(at)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`
}

/** When a day begins there, to the minute: at midnight, or where clocks skip midnight, at the first moment after. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  let before = midnight - FURTHEST_MS
  let after = midnight + FURTHEST_MS
  while (after - before > MINUTE_MS) {
    const between = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS
    if (dayIn(timeZone, new Date(between)) < day) before = between
    else after = between
  }
  return new Date(after)
}

/** When the first of the last days begins there; today is one of them. The same until tomorrow, as a question to the API. */
export function startOfLast(days: number, timeZone: string): string {
  return startOfDay(addDays(dayIn(timeZone, new Date()), 1 - days), timeZone).toISOString()
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}

/** The first of a month, so many months from the month of `day`. */
export function firstOfMonth(day: string, months = 0): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1))
    .toISOString()
    .slice(0, 10)
}

/** The Monday of the week that a day is in (ISO 8601). */
export function mondayOf(day: string): string {
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7))
}

/** From the first to the last, both included. */
export function daysBetween(first: string, last: string): string[] {
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1
  return Array.from({ length: Math.max(count, 0) }, (_, i) => addDays(first, i))
}

/**
 * The hours from one moment until another, as the API calls them: `2026-10-25T02:00+02:00`. When clocks go back an hour
 * comes twice, and its distance from UTC tells which; when they go forward one is missing.
 */
export function hoursBetween(timeZone: string, from: Date, to: Date): string[] {
  const hourAt = hourIn(timeZone)
  const hours = new Set<string>()
  for (let at = from.getTime(); at < to.getTime(); at += QUARTER_MS) hours.add(hourAt(new Date(at)))
  if (to > from) hours.add(hourAt(new Date(to.getTime() - 1)))
  return [...hours]
}

/** Says in which hour of a time zone a moment is. */
export function hourIn(timeZone: string): (at: Date) => string {
  const format = hoursIn(timeZone)
  return (at) => {
    const parts = format.formatToParts(at)
    const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
    // GMT+02:00, and GMT alone where it is none.
    const distance = of('timeZoneName').slice('GMT'.length) || '+00:00'
    return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:00${distance}`
  }
}

export function isDay(text: string | undefined): text is string {
  return (
    text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text
  )
}

export function isTimeZone(text: string | undefined): text is string {
  if (text === undefined) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== null
  } catch {
    return false
  }
}
