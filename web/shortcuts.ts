import { useSyncExternalStore } from 'react'
import type { Path } from './paths.ts'

/** After `g`, where each letter goes. */
export const GO = {
  h: '/',
  m: '/my-keys',
  k: '/keys',
  u: '/usage',
  r: '/requests',
  t: '/teams',
  p: '/people',
  o: '/models',
  c: '/providers',
  b: '/budgets',
  a: '/audit',
  l: '/access-log',
  f: '/findings',
  d: '/documents',
  e: '/roles',
  i: '/profile',
} as const satisfies Record<string, Path>

type Press = {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** What is typed goes into a field, or a dialog has the screen. */
  taken: boolean
}

/** What a press of a key asks for: `g` begins, and the letter after it goes; `palette` is Ctrl or Command with K. */
export type Meaning = 'palette' | 'filter' | 'help' | 'g' | { to: (typeof GO)[keyof typeof GO] } | null

/** Reads a press. `afterG` when the one before was `g`; `letters` when single letters are shortcuts here. */
export function meaningOf(press: Press, { afterG, letters }: { afterG: boolean; letters: boolean }): Meaning {
  const { key, ctrlKey, metaKey, altKey, taken } = press
  if (key.toLowerCase() === 'k' && ctrlKey !== metaKey && !altKey) return 'palette'
  if (!letters || taken || ctrlKey || metaKey || altKey) return null
  if (afterG && isLetter(key)) return { to: GO[key] }
  if (key === 'g') return 'g'
  if (key === '/') return 'filter'
  return key === '?' ? 'help' : null
}

function isLetter(key: string): key is keyof typeof GO {
  return Object.hasOwn(GO, key)
}

/** Single letters do things unless somebody turned that off in this browser (WCAG 2.2, 2.1.4). */
const KEPT = 'claviger-single-letters'
const OFF = 'off'
const listeners = new Set<() => void>()

export function singleLetters(): boolean {
  return localStorage.getItem(KEPT) !== OFF
}

export function setSingleLetters(on: boolean): void {
  if (on) localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, OFF)
  for (const listener of listeners) listener()
}

export function useSingleLetters(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, singleLetters)
}
