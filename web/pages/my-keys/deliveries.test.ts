import { expect, test } from 'vitest'
import { standingOf } from './deliveries.ts'

const NOW = new Date('2026-11-26T12:00:00Z')
const LATER = '2026-11-26T12:00:01Z'
const EARLIER = '2026-11-26T12:00:00Z'

test.each([
  ['waits', { openedAt: null, voidedAt: null, expiresAt: LATER }],
  ['over', { openedAt: null, voidedAt: null, expiresAt: EARLIER }],
  ['over', { openedAt: null, voidedAt: EARLIER, expiresAt: LATER }],
  ['opened', { openedAt: EARLIER, voidedAt: null, expiresAt: LATER }],
  ['opened', { openedAt: EARLIER, voidedAt: EARLIER, expiresAt: EARLIER }],
])('a delivery %s: %o', (standing, delivery) => {
  expect(standingOf(delivery, NOW)).toBe(standing)
})
