import { expect, test } from 'vitest'
import { spanOf } from './range.ts'

const NOW = new Date('2026-11-26T12:40:00Z')

test('a week is whole days where the reader is, and is held against as much of the week before', () => {
  const { days, ...span } = spanOf('7d', 'Europe/Berlin', NOW)
  expect(span).toEqual({
    from: '2026-11-19T23:00:00.000Z',
    before: { from: '2026-11-12T23:00:00.000Z', to: '-7d' },
  })
  expect(days).toEqual([
    '2026-11-20',
    '2026-11-21',
    '2026-11-22',
    '2026-11-23',
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
  ])
})

test('90 days begin at midnight on both sides of the end of summer time', () => {
  const { from, before } = spanOf('90d', 'Europe/Berlin', NOW)
  expect(from).toBe('2026-08-28T22:00:00.000Z')
  expect(before.from).toBe('2026-05-30T22:00:00.000Z')
})

test('this month is held against as much of last month, never past its end', () => {
  const { from, before, days } = spanOf('month', 'UTC', NOW)
  expect(from).toBe('2026-11-01T00:00:00.000Z')
  expect(before).toEqual({ from: '2026-10-01T00:00:00.000Z', to: '2026-10-26T12:00:00.000Z' })
  expect(days).toHaveLength(26)
  const march = spanOf('month', 'UTC', new Date('2026-03-31T12:00:00Z'))
  expect(march.before).toEqual({ from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' })
})

test('in the first minutes of a month there is still something to compare with', () => {
  const { before } = spanOf('month', 'UTC', new Date('2026-12-01T00:10:00Z'))
  expect(before).toEqual({ from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T01:00:00.000Z' })
})

test('last month is over, and so is the one before', () => {
  const { days, ...span } = spanOf('last-month', 'UTC', NOW)
  expect(span).toEqual({
    from: '2026-10-01T00:00:00.000Z',
    to: '2026-11-01T00:00:00.000Z',
    before: { from: '2026-09-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' },
  })
  expect(days).toHaveLength(31)
})

test('typed dates are both included, in whichever order, and what is missing or no date is filled in', () => {
  const days = (from?: string, to?: string) => {
    const span = spanOf('custom', 'UTC', NOW, { from, to })
    return [span.days[0], span.days.at(-1)]
  }
  expect(days('2026-11-01', '2026-11-07')).toEqual(['2026-11-01', '2026-11-07'])
  expect(days('2026-11-07', '2026-11-01')).toEqual(['2026-11-01', '2026-11-07'])
  expect(days('2026-11-20')).toEqual(['2026-11-20', '2026-11-26'])
  expect(days(undefined, '2026-10-30')).toEqual(['2026-10-01', '2026-10-30'])
  expect(days('yesterday', '2026-02-30')).toEqual(['2026-10-28', '2026-11-26'])
})

test('a week that is typed and over is held against the whole week before', () => {
  const { from, to, before } = spanOf('custom', 'UTC', NOW, { from: '2026-11-01', to: '2026-11-07' })
  expect({ from, to, before }).toEqual({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-08T00:00:00.000Z',
    before: { from: '2026-10-25T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  })
})
