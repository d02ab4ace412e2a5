import { expect, test } from 'vitest'
import { expiringSoon } from './expiring.ts'

const now = Date.parse('2026-11-26T12:00:00Z')
const key = (expiresAt: string | null) => ({ expiresAt })

test('of keys, those that end within two weeks are named, soonest first, and none that has ended', () => {
  const soon = key('2026-11-27T00:00:00Z')
  const later = key('2026-12-10T11:59:00Z')
  const keys = [key(null), later, key('2026-12-10T12:01:00Z'), soon, key('2026-11-26T11:59:00Z')]
  expect(expiringSoon(keys, now)).toEqual([soon, later])
})
