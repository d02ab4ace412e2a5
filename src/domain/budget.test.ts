import { expect, test } from 'vitest'
import {
  allowsHold,
  type Budget,
  type BudgetLines,
  type BudgetStage,
  type BudgetWord,
  lineOf,
  stageOf,
  standingOf,
} from './budget.ts'

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

const lines = (throttleAtPercent: number | null, suspendAtPercent: number | null): BudgetLines => ({
  throttleAtPercent,
  throttleRequestsPerMinute: throttleAtPercent === null ? null : 10,
  suspendAtPercent,
})
const STAGES: [throttle: number | null, suspend: number | null, spent: bigint, limit: bigint, BudgetStage][] =
  [
    [null, null, 500n, 100n, 'open'],
    [80, null, 79n, 100n, 'open'],
    [80, null, 80n, 100n, 'throttled'],
    [80, null, 500n, 100n, 'throttled'],
    [80, 95, 94n, 100n, 'throttled'],
    [80, 95, 95n, 100n, 'suspended'],
    [null, 120, 119n, 100n, 'open'],
    [null, 120, 120n, 100n, 'suspended'],
    // A third is not rounded: 33 % of 10 are 3.3, which 3 do not reach.
    [null, 33, 3n, 10n, 'open'],
    [null, 33, 4n, 10n, 'suspended'],
    // More than int8 in between.
    [80, 100, 2n ** 63n - 2n, 2n ** 63n - 1n, 'throttled'],
    [80, 100, 2n ** 63n - 1n, 2n ** 63n - 1n, 'suspended'],
    // Nothing is all of nothing.
    [null, 100, 0n, 0n, 'suspended'],
  ]

test.each(STAGES)(
  'throttled at %s %%, suspended at %s %%, with %d of %d spent: %s',
  (throttle, suspend, spent, limit, stage) => {
    expect(stageOf(lines(throttle, suspend), spent, limit)).toBe(stage)
  },
)

test.each(STAGES.filter(([, suspend]) => suspend !== null))(
  'the line of %s %%, %s %% with %d of %d spent is where it is: %s',
  (_, suspend, spent, limit, stage) => {
    expect(spent >= lineOf(suspend ?? 0, limit)).toBe(stage === 'suspended')
  },
)

const budget = { ...lines(60, 150), kind: 'hard' as const, perMember: false }
const plain = { ...budget, ...lines(null, null) }
const STANDINGS: [BudgetWord, Parameters<typeof standingOf>[0], spent: bigint, limit: bigint][] = [
  ['open', plain, 2_399_999_999n, 3_000_000_000n],
  ['near', plain, 2_400_000_000n, 3_000_000_000n],
  ['refusing', plain, 3_000_000_000n, 3_000_000_000n],
  ['refusing', plain, 0n, 0n],
  ['over', { ...plain, kind: 'soft' }, 4n, 3n],
  ['throttled', budget, 90n, 100n],
  ['refusing', budget, 100n, 100n],
  ['suspended', { ...budget, kind: 'soft' }, 150n, 100n],
  ['open', { ...budget, perMember: true }, 0n, 0n],
]

test.each(STANDINGS)('a budget is %s: %o, %d of %d', (standing, is, spent, limit) => {
  expect(standingOf(is, spent, limit)).toBe(standing)
})
