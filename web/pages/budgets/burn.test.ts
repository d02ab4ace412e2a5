import { expect, test } from 'vitest'
import { burnOf, heightOf } from './burn.ts'

type Report = Parameters<typeof burnOf>[0]

const NOTHING = {
  calls: 0,
  attempts: 0,
  errors: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costUsd: '0.00',
}

const report = (from: string, to: string, costs: Record<string, string>): Report => ({
  from,
  to,
  timeZone: 'Europe/Berlin',
  data: Object.entries(costs).map(([day, costUsd]) => ({ group: { day }, ...NOTHING, costUsd })),
  total: NOTHING,
  truncated: false,
  names: {},
})

test('each day says what was spent up to its end, to the last digit, and days without calls are there', () => {
  const costs = { '2026-11-01': '0.100000001', '2026-11-03': '0.2' }
  expect(burnOf(report('2026-10-31T23:00:00Z', '2026-11-03T10:00:00Z', costs))).toEqual([
    { day: '2026-11-01', costUsd: '0.100000001', soFarUsd: '0.100000001' },
    { day: '2026-11-02', costUsd: '0.00', soFarUsd: '0.100000001' },
    { day: '2026-11-03', costUsd: '0.2', soFarUsd: '0.300000001' },
  ])
})

test('a range that ends at midnight does not touch the next day', () => {
  const days = burnOf(report('2026-10-30T23:00:00Z', '2026-10-31T23:00:00Z', {}))
  expect(days.map(({ day }) => day)).toEqual(['2026-10-31'])
})

test('the drawing holds the limit and the spend, and what is projected within reason', () => {
  expect(heightOf(50, 10, 60)).toBeCloseTo(64.8)
  expect(heightOf(50, 10, 9_000)).toBeCloseTo(81)
  expect(heightOf(0, 0, 0)).toBe(1)
})
