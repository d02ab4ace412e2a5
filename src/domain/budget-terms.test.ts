import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BudgetLines } from './budget.ts'
import { canProrate, type LimitChange, problemOfLines, proratedLimit } from './budget-terms.ts'

const USD = 1_000_000_000n
const november = (day: number, hour = 0) => Date.UTC(2026, 10, day, hour)

/** November 2026 has 30 days. `of` is what the month allows before the change. */
function inNovember(of: bigint, from: bigint, to: bigint, atMs: number): bigint {
  return proratedLimit({ windowLimit: of, from, to, startMs: november(1), endMs: november(31), atMs })
}

describe('what a month allows in which the limit changes', () => {
  const EXAMPLES: [what: string, of: bigint, from: bigint, to: bigint, atMs: number, allowed: bigint][] = [
    ['new at the start: all of it', 0n, 0n, 300n * USD, november(1), 300n * USD],
    ['new after a third: two thirds', 0n, 0n, 300n * USD, november(11), 200n * USD],
    ['new at the very end: nothing', 0n, 0n, 300n * USD, november(31), 0n],
    [
      '300 → 600 after 10 days: 300 + 300 × 20/30',
      300n * USD,
      300n * USD,
      600n * USD,
      november(11),
      500n * USD,
    ],
    [
      '600 → 300 after 10 days: 600 − 300 × 20/30',
      600n * USD,
      600n * USD,
      300n * USD,
      november(11),
      400n * USD,
    ],
    ['and to 900 after 20: 500 + 300 × 10/30', 500n * USD, 600n * USD, 900n * USD, november(21), 600n * USD],
    [
      'to nothing after 10 days: what those 10 were worth',
      300n * USD,
      300n * USD,
      0n,
      november(11),
      100n * USD,
    ],
    ['a nano-USD that does not divide is not given away', 0n, 0n, 1n, november(1, 1), 0n],
    ['nor when it goes down: 10 − 1 × 29/30 is 9.03', 10n, 10n, 9n, november(2), 9n],
    ['before the window: as at its start', 0n, 0n, 300n * USD, november(1) - 1, 300n * USD],
    ['after it: as at its end', 0n, 0n, 300n * USD, november(31) + 1, 0n],
  ]
  test.each(EXAMPLES)('%s', (_what, of, from, to, atMs, allowed) => {
    expect(inNovember(of, from, to, atMs)).toBe(allowed)
  })

  test('a day of 23 hours is prorated by its own length', () => {
    const [startMs, endMs] = [Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22)]
    const change = { windowLimit: 0n, from: 0n, to: 23n * USD, startMs, endMs }
    expect(proratedLimit({ ...change, atMs: Date.UTC(2026, 2, 29, 2) })).toBe(20n * USD)
  })

  test('however often it changes, it is never less than nothing nor more than the highest limit', () => {
    const limit = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
    const step = fc.record({ to: limit, at: fc.nat({ max: 2_592_000_000 }) })
    fc.assert(
      fc.property(limit, fc.array(step, { maxLength: 8 }), (first, steps) => {
        const ordered = steps.toSorted((a, b) => a.at - b.at)
        let [windowLimit, from, highest] = [first, first, first]
        for (const { to, at } of ordered) {
          windowLimit = inNovember(windowLimit, from, to, november(1) + at)
          from = to
          if (to > highest) highest = to
        }
        expect(windowLimit >= 0n && windowLimit <= highest).toBe(true)
      }),
    )
  })

  test('a change and its way back at the same moment leave the window as it was', () => {
    const limit = fc.bigInt({ min: 0n, max: 10n ** 15n })
    fc.assert(
      fc.property(limit, limit, fc.nat({ max: 2_592_000_000 }), (from, to, at) => {
        const there: LimitChange = {
          windowLimit: from,
          from,
          to,
          startMs: november(1),
          endMs: november(31),
          atMs: november(1) + at,
        }
        const back = proratedLimit({ ...there, windowLimit: proratedLimit(there), from: to, to: from })
        // Each of the two steps rounds down once.
        expect(back === from || back === from - 1n).toBe(true)
      }),
    )
  })
})

test('what has no end or no beginning is not prorated', () => {
  const windows = ['day', 'week', 'month', 'quarter', 'rolling_24h', 'total'] as const
  expect(windows.filter(canProrate)).toEqual(['day', 'week', 'month', 'quarter'])
})

describe('the lines of a budget', () => {
  const CASES: [kind: 'hard' | 'soft', Partial<BudgetLines>, field: keyof BudgetLines | undefined][] = [
    ['hard', {}, undefined],
    ['hard', { suspendAtPercent: 100 }, undefined],
    ['hard', { suspendAtPercent: 101 }, 'suspendAtPercent'],
    ['soft', { suspendAtPercent: 120 }, undefined],
    ['hard', { throttleAtPercent: 80 }, 'throttleRequestsPerMinute'],
    ['hard', { throttleRequestsPerMinute: 5 }, 'throttleAtPercent'],
    ['hard', { throttleAtPercent: 80, throttleRequestsPerMinute: 5 }, undefined],
    ['hard', { throttleAtPercent: 101, throttleRequestsPerMinute: 5 }, 'throttleAtPercent'],
    ['soft', { throttleAtPercent: 101, throttleRequestsPerMinute: 5 }, undefined],
    [
      'soft',
      { throttleAtPercent: 90, throttleRequestsPerMinute: 5, suspendAtPercent: 90 },
      'throttleAtPercent',
    ],
    ['soft', { throttleAtPercent: 89, throttleRequestsPerMinute: 5, suspendAtPercent: 90 }, undefined],
  ]
  test.each(CASES)('of a %s budget, %j: what is wrong is %s', (kind, given, field) => {
    const none = { throttleAtPercent: null, throttleRequestsPerMinute: null, suspendAtPercent: null }
    expect(problemOfLines(kind, { ...none, ...given })?.field).toBe(field)
  })
})
