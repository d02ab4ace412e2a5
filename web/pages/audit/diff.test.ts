import { expect, test } from 'vitest'
import { diffOf } from './diff.ts'

test('what changed comes first, field by field, and what stayed after it', () => {
  const before = { id: 'key_1', name: 'bot', limit: { usd: '5', period: 'day' }, tags: [] }
  const after = { id: 'key_1', name: 'bot', limit: { usd: '9', period: 'day' }, tags: ['a', 'b'], note: null }
  expect(diffOf(before, after)).toEqual({
    changed: [
      { path: 'limit.usd', before: '5', after: '9' },
      { path: 'tags', before: 'empty', after: 'a, b' },
      { path: 'note', before: undefined, after: 'none' },
    ],
    same: [
      { path: 'id', before: 'key_1', after: 'key_1' },
      { path: 'name', before: 'bot', after: 'bot' },
      { path: 'limit.period', before: 'day', after: 'day' },
    ],
  })
})

test('what was made has no before, and what says nothing has no fields', () => {
  expect(diffOf(null, { name: 'bot' }).changed).toEqual([{ path: 'name', before: undefined, after: 'bot' }])
  expect(diffOf(null, null)).toEqual({ changed: [], same: [] })
  expect(diffOf({}, { a: {} }).changed).toEqual([{ path: 'a', before: undefined, after: '{}' }])
})
