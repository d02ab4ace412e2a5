import { expect, test } from 'vitest'
import {
  addDays,
  dayIn,
  daysBetween,
  firstOfMonth,
  hoursBetween,
  isDay,
  isTimeZone,
  mondayOf,
  startOfDay,
} from './zoned.ts'

test.each([
  ['2026-11-26', 'UTC', '2026-11-26T00:00:00.000Z'],
  ['2026-11-26', 'Europe/Berlin', '2026-11-25T23:00:00.000Z'],
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
  ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
  ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
  ['2026-11-26', 'Asia/Kathmandu', '2026-11-25T18:15:00.000Z'],
  ['2026-11-26', 'Pacific/Kiritimati', '2026-11-25T10:00:00.000Z'],
  ['2026-11-26', 'Pacific/Pago_Pago', '2026-11-26T11:00:00.000Z'],
  // Clocks went from midnight to one o'clock.
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  // Samoa had no 30th of December.
  ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
])('%s begins in %s at %s', (day, zone, start) => {
  expect(startOfDay(day, zone).toISOString()).toBe(start)
})

test('a moment is on the day that a calendar on the wall there shows', () => {
  const at = new Date('2026-11-25T23:30:00Z')
  expect(dayIn('Europe/Berlin', at)).toBe('2026-11-26')
  expect(dayIn('America/New_York', at)).toBe('2026-11-25')
})

test('days, weeks and months are counted over the ends of months and years', () => {
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  expect(firstOfMonth('2026-01-15', -1)).toBe('2025-12-01')
  expect(firstOfMonth('2026-11-26')).toBe('2026-11-01')
  expect(mondayOf('2026-11-26')).toBe('2026-11-23')
  expect(mondayOf('2026-11-23')).toBe('2026-11-23')
  expect(mondayOf('2026-11-29')).toBe('2026-11-23')
  expect(daysBetween('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
})

test('what was typed into an address is a day or a zone, or is not', () => {
  expect(isDay('2026-02-28')).toBe(true)
  expect(isDay('2026-02-30')).toBe(false)
  expect(isDay('26.11.2026')).toBe(false)
  expect(isDay(undefined)).toBe(false)
  expect(isTimeZone('Europe/Berlin')).toBe(true)
  expect(isTimeZone('Mars/Olympus')).toBe(false)
})

test.each([
  // Clocks go back at 03:00: an hour comes twice.
  [
    'Europe/Berlin',
    '2026-10-24T23:30:00Z',
    ['2026-10-25T01:00+02:00', '2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00', '2026-10-25T03:00+01:00'],
  ],
  // Clocks go forward at 02:00: there is an hour less.
  [
    'America/New_York',
    '2026-03-08T05:30:00Z',
    ['2026-03-08T00:00-05:00', '2026-03-08T01:00-05:00', '2026-03-08T03:00-04:00', '2026-03-08T04:00-04:00'],
  ],
  [
    'Asia/Kolkata',
    '2026-08-01T00:29:59Z',
    ['2026-08-01T05:00+05:30', '2026-08-01T06:00+05:30', '2026-08-01T07:00+05:30', '2026-08-01T08:00+05:30'],
  ],
  [
    'America/St_Johns',
    '2026-07-19T23:00:00Z',
    ['2026-07-19T20:00-02:30', '2026-07-19T21:00-02:30', '2026-07-19T22:00-02:30', '2026-07-19T23:00-02:30'],
  ],
  // Clocks go back half an hour, at 02:00 to 01:30: of the second such hour there is a half.
  [
    'Australia/Lord_Howe',
    '2026-04-04T13:15:00Z',
    ['2026-04-05T00:00+11:00', '2026-04-05T01:00+11:00', '2026-04-05T01:00+10:30', '2026-04-05T02:00+10:30'],
  ],
  [
    'UTC',
    '2026-12-31T21:30:00Z',
    ['2026-12-31T21:00+00:00', '2026-12-31T22:00+00:00', '2026-12-31T23:00+00:00', '2027-01-01T00:00+00:00'],
  ],
])('the hours in %s from %s are called as the API calls them', (zone, from, hours) => {
  const begin = new Date(from)
  const end = new Date(begin.getTime() + 3 * 3_600_000 + 1)
  expect(hoursBetween(zone, begin, end)).toEqual(hours)
  expect(hoursBetween(zone, begin, begin)).toEqual([])
})
