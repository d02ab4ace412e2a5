import { expect, test } from 'vitest'
import { changesIn, clashesIn, seenIn, shownIn, unsentIn, writtenIn } from './draft.ts'

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

test('what was put back is not written any more, unless another value was saved there meanwhile', () => {
  const written = writtenIn(opened, {}, { limit: '5000', tags: [] })
  const back = { limit: '500', tags: ['a'] }
  expect(writtenIn(opened, written, back)).toEqual({})
  const now = { ...opened, limit: '700' }
  // Somebody at the keys sees what they type, and not all at once what somebody else saved.
  expect(shownIn(now, writtenIn(now, written, back))).toEqual(opened)
  expect(clashesIn(now, writtenIn(now, written, back))).toEqual(['limit'])
})

test('once it is saved, only what was written after it was sent is still written', () => {
  type Fields = Partial<typeof opened>
  const sent = writtenIn<Fields>(opened, {}, { name: 'Mine', limit: '5000' })
  const saved: Fields = { ...opened, name: 'Mine', limit: '5000.00' }
  for (const [more, unsent] of [
    [{}, {}],
    [{ tags: [] }, { tags: { is: [], was: ['a'] } }],
    [{ tags: undefined }, { tags: { is: undefined, was: ['a'] } }],
    [{ limit: '600' }, { limit: { is: '600', was: '5000.00' } }],
    // Put back: it is another change by now.
    [{ limit: '500' }, { limit: { is: '500', was: '5000.00' } }],
  ] as [Fields, object][]) {
    expect(unsentIn(saved, writtenIn<Fields>(opened, sent, more), sent)).toEqual(unsent)
  }
})
