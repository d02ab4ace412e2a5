import { expect, test } from 'vitest'
import { callsFile, wholeOf } from './calls-file.ts'

test('the file begins where the list does: at what was chosen, at what is left, or at the first call', () => {
  expect(wholeOf({ from: '-7d', status: '429' }, null)).toEqual({ from: '-7d', status: '429' })
  expect(wholeOf({ to: '2026-11-01' }, '2026-06-01T00:00:00Z')).toEqual({
    from: '2026-06-01T00:00:00Z',
    to: '2026-11-01',
  })
  expect(wholeOf({}, null).from).toBe('1970-01-01')
})

test('how many calls there are is asked where there is a sum of just these', () => {
  expect(callsFile('calls.csv', { from: '-7d', teamId: 'team_1' }).total).toBeDefined()
  expect(callsFile('calls.csv', { from: '-7d', ip: '203.0.113.7' }).total).toBeUndefined()
})

test('who gets no more than the most there can be is told so', () => {
  const { note } = callsFile('calls.csv', { from: '-7d' })
  expect(note?.(999_999)).toBeNull()
  expect(note?.(1_000_000)).toContain('choose an earlier time')
})
