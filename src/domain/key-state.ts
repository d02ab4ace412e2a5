import type { ErrorCode } from './errors.ts'

/*
 *  pending ──▶ active ⇄ suspended
 *     │          │          │
 *     └──────────┴──────────┴──▶ revoked | expired      (final; an expired key can still be revoked)
 *
 * Unlabelled: pending → active at `notBefore`, suspended → active at `resumeAt`, any → expired at `expiresAt`.
 * These times decide by themselves (`keyStateAt`), so nothing has to be on time to make them true.
 */
export const KEY_STATES = ['pending', 'active', 'suspended', 'revoked', 'expired'] as const
export type KeyState = (typeof KEY_STATES)[number]
export type KeyEvent = 'suspend' | 'resume' | 'revoke'

const TRANSITIONS: Record<KeyState, Partial<Record<KeyEvent, KeyState>>> = {
  pending: { revoke: 'revoked' },
  active: { suspend: 'suspended', revoke: 'revoked' },
  suspended: { resume: 'active', revoke: 'revoked' },
  revoked: {},
  expired: { revoke: 'revoked' },
}

/** The state after `event`, or null when a key in `state` cannot take it. */
export function nextKeyState(state: KeyState, event: KeyEvent): KeyState | null {
  return TRANSITIONS[state][event] ?? null
}

/** A key as stored: the state somebody gave it, and the times that change it. */
export type KeyValidity = {
  state: KeyState
  notBefore: Date | null
  expiresAt: Date | null
  resumeAt: Date | null
}

/** The state a stored key is in at `now`. A time counts from its very moment on. */
export function keyStateAt(key: KeyValidity, now: Date): KeyState {
  if (key.state === 'revoked' || key.state === 'expired') return key.state
  if (key.expiresAt && key.expiresAt <= now) return 'expired'
  if (key.notBefore && now < key.notBefore) return 'pending'
  const over = key.state === 'suspended' ? key.resumeAt : key.notBefore
  return key.state !== 'active' && over && over <= now ? 'active' : key.state
}

const REFUSALS: Record<KeyState, ErrorCode | null> = {
  pending: 'key_not_yet_valid',
  active: null,
  suspended: 'key_suspended',
  revoked: 'key_revoked',
  expired: 'key_expired',
}

/** Why a key may not be used at `now`, or null when it may. */
export function keyRefusal(key: KeyValidity, now: Date): ErrorCode | null {
  return REFUSALS[keyStateAt(key, now)]
}
