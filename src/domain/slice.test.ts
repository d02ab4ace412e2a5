import { expect, test } from 'vitest'
import { atMost, lowWaterOf, NO_SLICE, wishOf } from './slice.ts'

const MINUTE = 60_000

test.each([
  ['the first time, enough for 64 calls like those that wait', NO_SLICE, 10n, 5 * MINUTE, 640n],
  ['a slice that lasted seconds is doubled', { free: 1_000n, takenAtMs: 0 }, 10n, MINUTE - 1, 2_000n],
  ['one that lasted minutes stays', { free: 1_000n, takenAtMs: 0 }, 10n, 5 * MINUTE, 1_000n],
  ['one that lasted hours is halved', { free: 2_000n, takenAtMs: 0 }, 10n, 61 * MINUTE, 1_000n],
  ['but not below 64 calls', { free: 1_000n, takenAtMs: 0 }, 10n, 61 * MINUTE, 640n],
  ['nor for nobody', { free: 1_000n, takenAtMs: 0 }, 0n, 0, 2_000n],
])('%s', (_, slice, want, nowMs, wish) => {
  expect(wishOf(slice, want, nowMs)).toBe(wish)
})

test('what the database cannot count is not wished for', () => {
  expect(wishOf(NO_SLICE, 1n << 62n, 0)).toBe(1n << 61n)
  expect(atMost(1n << 70n)).toBe(1n << 61n)
})

test('a slice is filled up at a quarter, as long as there is more than another slice', () => {
  expect(lowWaterOf({ free: 100n, takenAtMs: 0 }, 101n)).toBe(25n)
  expect(lowWaterOf({ free: 100n, takenAtMs: 0 }, 100n)).toBe(0n)
  expect(lowWaterOf({ free: 100n, takenAtMs: 0 }, 0n)).toBe(0n)
})
