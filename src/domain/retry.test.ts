import { expect, test } from 'vitest'
import { retryDelaySeconds } from './retry.ts'

test('what cannot be delivered is tried eight times within a day, less and less often', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map(retryDelaySeconds)
  expect(delays).toEqual([5, 60, 300, 1800, 7200, 21_600, 43_200, null])
})
