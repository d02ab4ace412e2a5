import { expect, test } from 'vitest'
import { parseMoment } from './moment.ts'

const NOW = new Date('2026-11-21T10:00:00Z')

test.each([
  ['now', '2026-11-21T10:00:00.000Z'],
  ['-30m', '2026-11-21T09:30:00.000Z'],
  ['-24h', '2026-11-20T10:00:00.000Z'],
  ['-30d', '2026-10-22T10:00:00.000Z'],
  ['-1w', '2026-11-14T10:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T09:00:00+01:00', '2026-11-01T08:00:00.000Z'],
  ['2026-11-01T09:00Z', '2026-11-01T09:00:00.000Z'],
])('"%s" is the moment %s', (text, iso) => {
  expect(parseMoment(text, NOW)?.toISOString()).toBe(iso)
})

test.each([
  '',
  'yesterday',
  '30d',
  '-d',
  '-1y',
  '-100000d',
  '2026',
  '2026-02-31',
  '2026-13-01',
  '2026-11-01T09:00',
  '2026-11-01T25:00Z',
])('"%s" is no moment', (text) => {
  expect(parseMoment(text, NOW)).toBeNull()
})
