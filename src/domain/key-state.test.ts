import { expect, test } from 'vitest'
import {
  type KeyEvent,
  type KeyState,
  type KeyValidity,
  keyRefusal,
  keyStateAt,
  nextKeyState,
} from './key-state.ts'

const now = new Date('2026-11-21T12:00:00.000Z')
const before = new Date(now.getTime() - 1)
const after = new Date(now.getTime() + 1)

test.each<[from: KeyState, event: KeyEvent, to: KeyState | null]>([
  ['pending', 'suspend', null],
  ['pending', 'resume', null],
  ['pending', 'revoke', 'revoked'],
  ['active', 'suspend', 'suspended'],
  ['active', 'resume', null],
  ['active', 'revoke', 'revoked'],
  ['suspended', 'suspend', null],
  ['suspended', 'resume', 'active'],
  ['suspended', 'revoke', 'revoked'],
  ['revoked', 'suspend', null],
  ['revoked', 'resume', null],
  ['revoked', 'revoke', null],
  ['expired', 'suspend', null],
  ['expired', 'resume', null],
  ['expired', 'revoke', 'revoked'],
])('%s, %s → %s', (from, event, to) => {
  expect(nextKeyState(from, event)).toBe(to)
})

test.each<[stored: KeyState, times: Partial<KeyValidity>, state: KeyState, refusal: string | null]>([
  ['active', {}, 'active', null],
  ['active', { notBefore: before, expiresAt: after }, 'active', null],
  ['active', { notBefore: after }, 'pending', 'key_not_yet_valid'],
  ['active', { notBefore: now }, 'active', null],
  ['active', { expiresAt: now }, 'expired', 'key_expired'],
  ['active', { expiresAt: before }, 'expired', 'key_expired'],
  ['pending', {}, 'pending', 'key_not_yet_valid'],
  ['pending', { notBefore: after }, 'pending', 'key_not_yet_valid'],
  ['pending', { notBefore: now }, 'active', null],
  ['pending', { notBefore: before, expiresAt: now }, 'expired', 'key_expired'],
  ['suspended', {}, 'suspended', 'key_suspended'],
  ['suspended', { notBefore: before }, 'suspended', 'key_suspended'],
  ['suspended', { resumeAt: after }, 'suspended', 'key_suspended'],
  ['suspended', { resumeAt: now }, 'active', null],
  ['suspended', { resumeAt: before, expiresAt: before }, 'expired', 'key_expired'],
  ['revoked', { expiresAt: before }, 'revoked', 'key_revoked'],
  ['revoked', { resumeAt: before, notBefore: before }, 'revoked', 'key_revoked'],
  ['expired', { expiresAt: after }, 'expired', 'key_expired'],
])('a key stored as %s with %j is %s: %s', (state, times, expected, refusal) => {
  const key = { state, notBefore: null, expiresAt: null, resumeAt: null, ...times }
  expect(keyStateAt(key, now)).toBe(expected)
  expect(keyRefusal(key, now)).toBe(refusal)
})
