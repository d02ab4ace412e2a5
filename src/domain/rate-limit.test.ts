import fc from 'fast-check'
import { expect, test } from 'vitest'
import { correct, count, countedIn, MINUTE_MS, newMinute, resetMs, waitMs } from './rate-limit.ts'

test('what was counted leaves after a minute, and never before', () => {
  const minute = newMinute()
  count(minute, 1_999, 5)
  const seen = [1_999, 2_000, 61_998, 61_999, 62_000].map((nowMs) => countedIn(minute, nowMs))
  expect(seen).toEqual([5, 5, 5, 5, 0])
})

test('a long silence empties the minute', () => {
  const minute = newMinute()
  count(minute, 5_000, 7)
  expect(countedIn(minute, 500_000_000)).toBe(0)
})

test('a correction counts where the call counted, as long as that is within the minute', () => {
  const minute = newMinute()
  count(minute, 1_000, 100)
  correct(minute, 30_000, 1_000, -60)
  expect(countedIn(minute, 30_000)).toBe(40)
  correct(minute, 62_000, 1_000, 1_000)
  expect(countedIn(minute, 62_000)).toBe(0)
})

const WAITS: [name: string, limit: number, amount: number, waits: number][] = [
  ['no time when it fits', 12, 2, 0],
  ['until the oldest has left', 10, 1, 61_000 - 20_500],
  ['until enough have left', 10, 5, 71_000 - 20_500],
  ['until all have left', 10, 10, 81_000 - 20_500],
  ['a minute for what never fits', 10, 11, MINUTE_MS],
]

test.each(WAITS)('a call waits %s', (_, limit, amount, waits) => {
  const minute = newMinute()
  count(minute, 0, 3)
  count(minute, 10_000, 3)
  count(minute, 20_000, 4)
  expect(waitMs(minute, 20_500, limit, amount)).toBe(waits)
})

test('the reset is when nothing counts any more', () => {
  const minute = newMinute()
  expect(resetMs(minute, 20_500)).toBe(0)
  count(minute, 20_500, 1)
  count(minute, 30_500, 1)
  expect(resetMs(minute, 40_000)).toBe(51_000)
})

test('in any 60 seconds, never more than the limit', () => {
  const gapsAndAmounts = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 30 })),
    {
      minLength: 20,
      maxLength: 120,
    },
  )
  fc.assert(
    fc.property(gapsAndAmounts, fc.integer({ min: 30, max: 200 }), (steps, limit) => {
      const minute = newMinute()
      const admitted: { atMs: number; amount: number }[] = []
      let nowMs = 0
      for (const [gap, amount] of steps) {
        nowMs += gap
        if (countedIn(minute, nowMs) + amount > limit) continue
        count(minute, nowMs, amount)
        admitted.push({ atMs: nowMs, amount })
        const last60 = admitted.filter(({ atMs }) => atMs > nowMs - MINUTE_MS)
        expect(last60.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit)
      }
    }),
  )
})

test('after the promised wait, the call is let in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 10 }),
      (times, limit) => {
        const minute = newMinute()
        let nowMs = 0
        for (const atMs of times.sort((a, b) => a - b)) {
          nowMs = atMs
          if (countedIn(minute, nowMs) + 1 <= limit) count(minute, nowMs, 1)
        }
        const wait = waitMs(minute, nowMs, limit, 1)
        expect(countedIn(minute, nowMs + wait) + 1).toBeLessThanOrEqual(limit)
      },
    ),
  )
})
