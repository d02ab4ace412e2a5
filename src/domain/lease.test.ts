import { expect, test } from 'vitest'
import {
  book,
  charge,
  freeOf,
  grant,
  hold,
  type Lease,
  NO_LEASE,
  neededOf,
  outOfReachOf,
  release,
  settle,
} from './lease.ts'

const lease: Lease = { granted: 100n, held: 30n, charged: 20n }

const STEPS: [name: string, after: Lease, free: bigint, needed: bigint][] = [
  ['nothing is granted at first', NO_LEASE, 0n, 0n],
  ['free is what is neither held nor charged', lease, 50n, 50n],
  ['a hold is not free any more', hold(lease, 50n), 0n, 100n],
  ['a hold that never became a call is free again', release(lease, 30n), 80n, 20n],
  ['an attempt is charged beside its hold', charge(lease, 5n), 45n, 55n],
  ['a settled call frees what it did not cost', settle(lease, 30n, 10n), 70n, 30n],
  ['a call that cost more than it held takes from what is free', settle(lease, 30n, 95n), -15n, 115n],
  ['booking and its grant change nothing that is free', grant(book(lease, 20n), 80n), 50n, 30n],
  ['a grant after a lost answer is too small until the batch is booked again', grant(lease, 80n), 30n, 50n],
  ['and right again then', grant(book(grant(lease, 80n), 20n), 80n), 50n, 30n],
  [
    'what was spent beyond the lease is forgiven when it is booked',
    grant(book(settle(lease, 30n, 95n), 115n), 0n),
    0n,
    0n,
  ],
]

test.each(STEPS)('%s', (_, after, free, needed) => {
  expect(freeOf(after)).toBe(free)
  expect(neededOf(after)).toBe(needed)
})

const OUT_OF_REACH: [
  name: string,
  elsewhere: bigint,
  left: bigint,
  limit: bigint,
  spent: bigint,
  reach: bigint,
][] = [
  ['all of it, while the limit allows that', 40n, 0n, 100n, 60n, 40n],
  ['all of it, when something is left beside', 40n, 10n, 100n, 50n, 40n],
  ['less what the limit lacks since it fell', 40n, -15n, 85n, 60n, 25n],
  ['nothing, when the limit lacks more', 40n, -50n, 50n, 60n, 0n],
  ['of any 24 hours, no more than is not spent', 40n, 0n, 90n, 60n, 30n],
  ['of any 24 hours, nothing when more is spent than they allow', 40n, 0n, 50n, 60n, 0n],
]

test.each(OUT_OF_REACH)('others could give back %s', (_, elsewhere, left, limit, spent, reach) => {
  const standing = { totalLimitNanoUsd: limit, totalSpentNanoUsd: spent }
  expect(outOfReachOf({ outOfReachNanoUsd: elsewhere, leftNanoUsd: left, ...standing })).toBe(reach)
})
