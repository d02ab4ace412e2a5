import { expect, test } from 'vitest'
import { holds, linesOf, problemIn } from './ranges.ts'

test('a list is written a range on each line, or with commas', () => {
  expect(linesOf(' 10.0.0.0/8\n\n203.0.113.7, 2001:db8::/32 ')).toEqual([
    '10.0.0.0/8',
    '203.0.113.7',
    '2001:db8::/32',
  ])
  expect(problemIn(['10.0.0.0/8', '203.0.113.7'])).toBe(null)
  expect(problemIn(['10.0.0.0/8', 'here'])).toContain('"here"')
})

test('whoever is in no range is not held, and what is no range holds nobody', () => {
  expect(holds(['203.0.113.0/24'], '203.0.113.9')).toBe(true)
  expect(holds(['203.0.113.0/24', 'here'], '198.51.100.1')).toBe(false)
})
