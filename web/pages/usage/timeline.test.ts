import { expect, test } from 'vitest'
import { daysBetween, hoursBetween } from '../../zoned.ts'
import type { Sums } from './measures.ts'
import type { Report } from './rows.ts'
import { peakOf, timelineOf } from './timeline.ts'

const sums = (costUsd: string, calls = 1): Sums => ({
  calls,
  attempts: calls,
  errors: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costUsd,
})

function report(lines: [Record<string, string | null>, Sums][], truncated = false): Report {
  return {
    from: '',
    to: '',
    timeZone: 'UTC',
    data: lines.map(([group, sums]) => ({ group, ...sums })),
    total: sums('0.00'),
    unpriced: { calls: 0, costUsd: '0.00' },
    truncated,
    names: {},
  }
}

const DAYS = daysBetween('2026-11-28', '2026-12-01')
const base = { by: 'model', times: DAYS, bucket: 'day', measure: 'cost', current: '2026-12-01' } as const

test('each day has its bar, also one without a call, and sums are exact', () => {
  const byPart = report([
    [{ model: 'a', day: '2026-11-28' }, sums('0.100000001')],
    [{ model: 'a', day: '2026-12-01' }, sums('0.200000002')],
    [{ model: 'b', day: '2026-12-01' }, sums('9007199.254740993')],
  ])
  const byTime = report([
    [{ day: '2026-11-28' }, sums('0.100000001')],
    [{ day: '2026-12-01' }, sums('9007199.454740995')],
  ])
  const { series, points } = timelineOf({ ...base, byTime, byPart })
  expect(series.map(({ name }) => name)).toEqual(['b', 'a'])
  expect(points.map(({ id, total }) => [id, total])).toEqual([
    ['2026-11-28', '0.100000001'],
    ['2026-11-29', '0.00'],
    ['2026-11-30', '0.00'],
    ['2026-12-01', '9007199.454740995'],
  ])
  expect(points.at(-1)?.title).toMatch(/, so far$/)
})

test('beyond the eight largest there is a rest: the whole less the eight', () => {
  const models = Array.from({ length: 11 }, (_, i) => `m${String(i).padStart(2, '0')}`)
  const byPart = report(models.map((model, i) => [{ model, day: '2026-11-28' }, sums(`${20 - i}.00`)]))
  const byTime = report([[{ day: '2026-11-28' }, sums('165.000000003')]])
  const { series, points } = timelineOf({ ...base, byTime, byPart })
  expect(series).toHaveLength(9)
  expect(series.at(-1)).toMatchObject({ name: '3 others', rest: true })
  expect(points[0]?.values.rest).toBe('33.000000003')
})

test('a week is its days together, from Monday; what it costs per thousand calls is its cost by its calls', () => {
  const byTime = report([
    [{ day: '2026-11-28' }, sums('1.00', 1)],
    [{ day: '2026-11-29' }, sums('1.00', 3)],
    [{ day: '2026-11-30' }, sums('5.00', 5)],
  ])
  const week = { ...base, bucket: 'week', byTime, byPart: report([]) } as const
  expect(timelineOf(week).points.map(({ id, total }) => [id, total])).toEqual([
    ['2026-11-23', '2.00'],
    ['2026-11-30', '5.00'],
  ])
  expect(peakOf(timelineOf(week), (amount) => `$${amount}`)).toBe('Most in the week of Nov 30, 2026: $5.00.')
  const ratio = timelineOf({ ...week, measure: 'costPerThousand' })
  expect(ratio.points.map(({ total }) => total)).toEqual(['500.00', '1000.00'])
})

test('when the API could not name every part, the sum alone is drawn, and said to be', () => {
  const byTime = report([[{ day: '2026-11-28' }, sums('7.00')]])
  const byPart = report([[{ model: 'a', day: '2026-11-28' }, sums('1.00')]], true)
  const { series, points, onlySum } = timelineOf({ ...base, byTime, byPart })
  expect(onlySum).toBe(true)
  expect(series).toEqual([{ id: 'all', name: 'All' }])
  expect(points[0]?.values).toEqual({ all: '7.00' })
})

test('an hour that comes twice has two bars, in their order, and its names tell them apart', () => {
  const times = hoursBetween(
    'Europe/Berlin',
    new Date('2026-10-24T23:00:00Z'),
    new Date('2026-10-25T02:00:00Z'),
  )
  const byTime = report([
    [{ hour: '2026-10-25T02:00+02:00' }, sums('1.00')],
    [{ hour: '2026-10-25T02:00+01:00' }, sums('2.00')],
  ])
  const drawn = timelineOf({
    ...base,
    bucket: 'hour',
    times,
    current: '2026-11-26T12:00+01:00',
    byTime,
    byPart: report([]),
    measure: 'costPerThousand',
  })
  expect(drawn.points.map(({ id, title, total }) => [id, title, total])).toEqual([
    ['2026-10-24T23:00:00.000Z', expect.stringMatching(/1:00.AM$/), '0.00'],
    ['2026-10-25T00:00:00.000Z', expect.stringMatching(/2:00.AM \(UTC\+02:00\)$/), '1000.00'],
    ['2026-10-25T01:00:00.000Z', expect.stringMatching(/2:00.AM \(UTC\+01:00\)$/), '2000.00'],
  ])
  expect(peakOf(drawn, (amount) => `$${amount}`)).toMatch(
    /^Most in the hour from Sunday, October 25, 2026 at 2:00.AM \(UTC\+01:00\): \$2000\.00\.$/,
  )
})
