import { expect, test } from 'vitest'
import { askedFor } from './asked-for.ts'

const WORDS = { show: { mine: 'allowed everywhere' } }

test.each([
  ['mine', 'show: allowed everywhere'],
  ['other', 'show: other'],
  // What objects have of their own accord.
  ['constructor', 'show: constructor'],
])('the value %s is said as “%s”', (show, said) =>
  expect(askedFor({ show }, ['search', 'show'], WORDS)).toEqual([said]),
)
