import { expect, test } from 'vitest'
import { allowsHold, type Budget } from './budget.ts'

const CASES: [kind: Budget['kind'], free: bigint, amount: bigint, allowed: boolean][] = [
  ['hard', 10n, 9n, true],
  ['hard', 10n, 10n, true],
  ['hard', 10n, 11n, false],
  ['hard', 0n, 1n, false],
  ['hard', -5n, 1n, false],
  ['hard', 0n, 0n, true],
  ['hard', -5n, 0n, true],
  ['soft', 0n, 1n, true],
  ['soft', -5n, 1_000n, true],
]

test.each(CASES)(
  'a %s budget with %d left: a call that holds %d passes: %s',
  (kind, free, amount, allowed) => {
    expect(allowsHold(kind, free, amount)).toBe(allowed)
  },
)
