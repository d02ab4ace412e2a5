import { expect, test } from 'vitest'
import { dailyCost, sayDailyCost } from './daily-cost.ts'

const line = (day: string, costUsd: string, calls = 1) => ({ group: { day }, costUsd, calls })

test('a day without a call is a point, too', () => {
  const points = dailyCost([line('2026-11-25', '1.5')], ['2026-11-24', '2026-11-25'])
  expect(points.map(({ id, values }) => [id, values.cost])).toEqual([
    ['2026-11-24', '0'],
    ['2026-11-25', '1.5'],
  ])
})

test('the sentence names the dearest day', () => {
  expect(sayDailyCost([line('2026-11-24', '9'), line('2026-11-25', '10')], 30)).toMatch(
    /^Used on 2 of 30 days; the dearest was .*25.*, with \$10\.00\.$/,
  )
  expect(sayDailyCost([], 30)).toBe('Not used in the last 30 days.')
})
