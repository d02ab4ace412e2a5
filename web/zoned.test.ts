import { expect, test } from 'vitest'
import {
  addDays,
  dayIn,
  daysBetween,
  firstOfMonth,
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
