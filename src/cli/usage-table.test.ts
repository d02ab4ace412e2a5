import { expect, test } from 'vitest'
import { usageTable } from './usage-table.ts'

const sums = {
  calls: 1,
  attempts: 1,
  errors: 0,
  inputTokens: 7,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 2,
  reasoningTokens: 0,
  costUsd: '1.50',
}
const report = {
  from: '2026-10-24T22:00:00.000Z',
  to: '2026-10-25T23:00:00.000Z',
  timeZone: 'Europe/Berlin',
  data: [
    { group: { hour: '2026-10-25T02:00+02:00' }, ...sums },
    { group: { hour: '2026-10-25T02:00+01:00' }, ...sums },
  ],
  total: { ...sums, calls: 2 },
  unpriced: { calls: 0, costUsd: '0.00' },
  truncated: false,
  names: {},
}

test('hours stand in their order, also those of one name', () => {
  const [head, first, second, total, , period, ...rest] = usageTable(report).split('\n')
  expect(head).toMatch(/HOUR +CALLS +ERRORS/)
  expect([first, second, total].map((line) => line?.split(' ')[0])).toEqual([
    '2026-10-25T02:00+02:00',
    '2026-10-25T02:00+01:00',
    'total',
  ])
  expect(period).toBe('From 2026-10-24 22:00:00Z to 2026-10-25 23:00:00Z, days of Europe/Berlin.')
  expect(rest).toEqual([])
})

test.each([
  [1, '1 call has no known price: 0.25 USD was held for it, which'],
  [3, '3 calls have no known price: 0.25 USD was held for them, which'],
])('%i calls without a price are told', (calls, said) => {
  expect(usageTable({ ...report, unpriced: { calls, costUsd: '0.25' } })).toContain(
    `\n${said} the sums have instead.`,
  )
})
