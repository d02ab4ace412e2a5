import { expect, test } from 'vitest'
import { type DeviceCode, type PollAnswer, pollAnswer, readUserCode, showUserCode } from './device-code.ts'

const NOW = new Date('2026-11-26T12:00:00Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)
const YES = { decidedAt: ago(1), sessionId: 'ses_1' }

test.each<[string, Partial<DeviceCode>, PollAnswer]>([
  ['nobody said anything', {}, 'pending'],
  ['asked five seconds ago', { lastPollAt: ago(5) }, 'pending'],
  ['asked a little less than five seconds ago', { lastPollAt: ago(4.2) }, 'pending'],
  ['asked just now', { lastPollAt: ago(2) }, 'slow_down'],
  ['asked too soon before, so it waits longer', { lastPollAt: ago(6), intervalSeconds: 10 }, 'slow_down'],
  ['somebody said yes', YES, 'approved'],
  ['somebody said yes, and it asks too soon', { ...YES, lastPollAt: ago(1) }, 'slow_down'],
  ['somebody said no', { decidedAt: ago(1) }, 'denied'],
  ['its time is over', { expiresAt: NOW }, 'expired'],
  ['somebody said yes too late', { ...YES, expiresAt: ago(1) }, 'expired'],
  ['it was used', { ...YES, usedAt: ago(1) }, 'used'],
])('what a device is told: %s', (_, more, answer) => {
  const code: DeviceCode = {
    expiresAt: ago(-60),
    usedAt: null,
    decidedAt: null,
    sessionId: null,
    lastPollAt: null,
    intervalSeconds: 5,
    ...more,
  }
  expect(pollAnswer(code, NOW)).toBe(answer)
})

test.each<[string, string | null]>([
  ['WDJB-MJHT', 'WDJBMJHT'],
  [' wdjb mjht ', 'WDJBMJHT'],
  ['WDJBMJHT', 'WDJBMJHT'],
  ['WDJB-MJH', null],
  ['WDJB-MJHTT', null],
  ['WDJB-MJHA', null],
  ["WDJB-MJH'", null],
  ['', null],
])('a code as people type it: %s', (typed, code) => {
  expect(readUserCode(typed)).toBe(code)
  if (code) expect(showUserCode(code)).toBe('WDJB-MJHT')
})
