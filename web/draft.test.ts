import { expect, test } from 'vitest'
import { changesIn, clashesIn, seenIn, shownIn, writtenIn } from './draft.ts'

const opened = { name: 'Search', limit: '500', tags: ['a'] }

test('what nobody wrote in follows the thing; what somebody wrote stays, and is all that is sent', () => {
  // A form may hand over all of its fields with the one that changed.
  const written = writtenIn(opened, {}, { ...opened, name: 'Mine' })
  const now = { ...opened, limit: '700', tags: ['a', 'b'] }
  expect(shownIn(now, written)).toEqual({ name: 'Mine', limit: '700', tags: ['a', 'b'] })
  expect(changesIn(now, written)).toEqual({ name: 'Mine' })
  expect(clashesIn(now, written)).toEqual([])
})

test('a clash is another value than what was seen, in a field that is written in', () => {
  const written = writtenIn(opened, {}, { limit: '450' })
  for (const [limit, clashes] of [
    ['500', []],
    ['700', ['limit']],
    // Both want the same.
    ['450', []],
  ] as const) {
    expect(clashesIn({ ...opened, limit }, written)).toEqual(clashes)
  }
})

test('what is written again still stands against what was seen before it', () => {
  const once = writtenIn(opened, {}, { limit: '45' })
  const twice = writtenIn({ ...opened, limit: '700' }, once, { limit: '450' })
  expect(twice).toEqual({ limit: { is: '450', was: '500' } })
})

test('once what is there was looked at, it is no clash, and what is written is still sent', () => {
  const now = { ...opened, limit: '700' }
  const written = seenIn(now, writtenIn(opened, {}, { limit: '450' }))
  expect(clashesIn(now, written)).toEqual([])
  expect(changesIn(now, written)).toEqual({ limit: '450' })
  expect(clashesIn({ ...now, limit: '800' }, written)).toEqual(['limit'])
})

test('what was written back is not changed', () => {
  const written = writtenIn(opened, writtenIn(opened, {}, { tags: [] }), { tags: ['a'] })
  expect(changesIn(opened, written)).toEqual({})
})
