import { expect, test } from 'vitest'
import { isolated } from './format.ts'

test.each([
  ['ar-EG', true],
  ['fa', true],
  ['he', true],
  ['en-US', false],
  ['de', false],
  ['ja', false],
  ['hi', false],
])('a date of %s is isolated: %s', (locale, is) => {
  const written = new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format(0)
  expect(isolated(written)).toBe(is ? `\u2068${written}\u2069` : written)
})
