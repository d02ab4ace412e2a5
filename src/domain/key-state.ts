import type { ErrorCode } from './errors.ts'

/*
 *  pending ──▶ active ⇄ suspended
 *     │          │          │
 *     └──────────┴──────────┴──▶ revoked | expired      (final)
 */
export type KeyState = 'pending' | 'active' | 'suspended' | 'revoked' | 'expired'
export type KeyEvent = 'activate' | 'suspend' | 'resume' | 'revoke' | 'expire'

const TRANSITIONS: Record<KeyState, Partial<Record<KeyEvent, KeyState>>> = {
  pending: { activate: 'active', revoke: 'revoked', expire: 'expired' },
  active: { suspend: 'suspended', revoke: 'revoked', expire: 'expired' },
  suspended: { resume: 'active', revoke: 'revoked', expire: 'expired' },
  revoked: {},
  expired: { revoke: 'revoked' },
}

/** The state after `event`, or null when a key in `state` cannot take it. */
export function nextKeyState(state: KeyState, event: KeyEvent): KeyState | null {
  return TRANSITIONS[state][event] ?? null
}

export type KeyValidity = {
  state: KeyState
  notBefore: Date | null
  expiresAt: Date | null
  resumeAt: Date | null
}

/**
 * Why a key may not be used at `now`, or null when it may.
 * Times decide by themselves: a sweep that is late never keeps an expired key alive or a resumed one suspended.
 */
export function keyRefusal(key: KeyValidity, now: Date): ErrorCode | null {
  if (key.state === 'revoked') return 'key_revoked'
  if (key.state === 'expired' || (key.expiresAt && key.expiresAt <= now)) return 'key_expired'
  if (key.state === 'pending' || (key.notBefore && now < key.notBefore)) return 'key_not_yet_valid'
  if (key.state === 'suspended') return key.resumeAt && key.resumeAt <= now ? null : 'key_suspended'
  return null
}
