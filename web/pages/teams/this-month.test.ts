import { expect, test } from 'vitest'
import { monthStart } from './this-month.ts'

test.each([
  ['UTC', '2026-11-26T12:00:00Z', '2026-11-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-11-26T12:00:00Z', '2026-10-31T23:00:00.000Z'],
  // It is already December there.
  ['Pacific/Auckland', '2026-11-30T12:00:00Z', '2026-11-30T11:00:00.000Z'],
  // It is still October there.
  ['America/Los_Angeles', '2026-11-01T03:00:00Z', '2026-10-01T07:00:00.000Z'],
  // The clocks went back on the first of November, after midnight.
  ['America/New_York', '2026-11-20T12:00:00Z', '2026-11-01T04:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-26T12:00:00Z', '2026-10-31T18:30:00.000Z'],
])('in %s at %s, the month began at %s', (timeZone, now, start) => {
  expect(monthStart(timeZone, new Date(now))).toBe(start)
})
