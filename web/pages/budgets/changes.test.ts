import { expect, test } from 'vitest'
import { changesOf } from './changes.ts'

test('a change is told by what it was and what it is, without what nobody chose', () => {
  const before = { limitUsd: '400.00', thresholds: [50, 80], suspendAtPercent: null, version: 1, window: {} }
  const after = { limitUsd: '500.00', thresholds: [], suspendAtPercent: 95, version: 2, window: { a: 1 } }
  expect(changesOf({ before, after })).toEqual([
    'limit: 400.00 → 500.00',
    'thresholds: 50, 80 → none',
    'suspend at percent: none → 95',
  ])
})

test('what was made or deleted changed nothing', () => {
  expect(changesOf({ before: null, after: { limitUsd: '1.00' } })).toEqual([])
  expect(changesOf({ before: { limitUsd: '1.00' }, after: null })).toEqual([])
})
