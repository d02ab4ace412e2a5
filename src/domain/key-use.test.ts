import { expect, test } from 'vitest'
import { addressRefusal, type KeyInUse, keyUseRefusal, watchedOutside } from './key-use.ts'
import type { Policy } from './policy.ts'

const now = new Date('2026-06-15T12:00:00Z')
const before = new Date('2026-06-15T11:59:59Z')
const after = new Date('2026-06-15T12:00:01Z')

const key: KeyInUse = {
  state: 'active',
  notBefore: null,
  expiresAt: null,
  resumeAt: null,
  secretExpiresAt: null,
  closedParent: null,
  access: null,
  policies: [],
}

test.each<[Partial<KeyInUse>, string | null]>([
  [{}, null],
  [{ closedParent: 'team' }, 'key_suspended'],
  [{ state: 'revoked' }, 'key_revoked'],
  [{ expiresAt: now }, 'key_expired'],
  [{ notBefore: after }, 'key_not_yet_valid'],
  [{ access: 'none' }, 'key_suspended'],
  [{ access: now }, 'key_suspended'],
  [{ access: after }, null],
  [{ secretExpiresAt: now }, 'key_expired'],
  [{ secretExpiresAt: after }, null],
  [{ state: 'suspended', resumeAt: before }, null],
  // What is said of the key itself comes before what is said of its owner.
  [{ access: before, state: 'revoked' }, 'key_revoked'],
])('a key with %j is refused as %s', (more, code) => {
  expect(keyUseRefusal({ ...key, ...more }, now)?.code ?? null).toBe(code)
})

const list = (ipMode: Policy['ipMode'], id: string): Policy => ({
  scope: { type: 'team', id },
  models: null,
  operations: null,
  providers: null,
  hostedTools: null,
  maxOutputTokens: null,
  ipAllowlist: ['10.0.0.0/8'],
  ipMode,
})

test('an enforced address list refuses by its level, one that only watches is named', () => {
  const policies = [list('monitor', 'watching'), list('enforce', 'enforcing')]
  expect(addressRefusal({ policies }, '10.1.2.3')).toBeNull()
  expect(watchedOutside({ policies }, '10.1.2.3')).toEqual([])
  expect(addressRefusal({ policies }, '192.0.2.1')).toMatchObject({
    code: 'ip_not_allowed',
    rule: { limit: 'policy', scope: 'team', scope_id: 'enforcing' },
  })
  expect(watchedOutside({ policies }, null)).toEqual([{ type: 'team', id: 'watching' }])
  expect(addressRefusal({ policies }, null)?.code).toBe('ip_not_allowed')
})
