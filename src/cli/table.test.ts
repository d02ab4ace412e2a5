import { expect, test } from 'vitest'
import { record, table } from './table.ts'

test('one thing is shown by what it holds: no version, nothing empty, names for ids, lists in a line each', () => {
  const key = {
    id: 'key_1',
    purpose: null,
    tags: {},
    environmentId: 'staging (env_1)',
    suspension: { reason: 'odd', resumeAt: null },
    secrets: [
      { id: 'sec_2', hint: 'sk-…b', state: 'current', expiresAt: null },
      { id: 'sec_1', hint: 'sk-…a', state: 'grace', expiresAt: '2026-11-22T00:00:00.000Z' },
    ],
    version: 2,
  }
  expect(record(key)).toBe(
    [
      'id                 key_1',
      'environment        staging (env_1)',
      'suspension.reason  odd',
      'secrets            hint sk-…b, state current',
      'secrets            hint sk-…a, state grace, expires at 2026-11-22 00:00:00Z',
    ].join('\n'),
  )
})

test('an empty list is not the same as none: it allows nothing', () => {
  expect(record({ models: [], operations: null })).toBe('models  none')
  expect(table([{ models: [] }, { models: null }], ['models'])).toBe('MODELS\nnone\n-')
})

test('what is no, zero or false is said', () => {
  expect(record({ works: false, spent: 0 })).toBe('works  no\nspent  0')
})
