import { expect, test } from 'vitest'
import { delaySeconds, delays } from './throttle.ts'

test.each([
  [0, 0],
  [4, 0],
  [5, 1],
  [6, 2],
  [9, 16],
  [14, 512],
  [15, 900],
  [1000, 900],
])('after %d failures one waits %d seconds', (failures, seconds) => {
  expect(delaySeconds(failures)).toBe(seconds)
})

test('the list of delays ends with the longest', () => {
  expect(delays().slice(3, 7)).toEqual([0, 1, 2, 4])
  expect(delays().at(-1)).toBe(900)
  expect(delays()).toHaveLength(15)
})
