import { expect, test } from 'vitest'
import { paceMs, spoke } from './pace.ts'

test('who speaks as often as the pace allows speaks at most six times in any second, and not less than four times', () => {
  const pace = { busyUntilMs: 0 }
  const spokenAt: number[] = []
  for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
    if (paceMs(pace, nowMs) > 0) continue
    spoke(pace, nowMs)
    spokenAt.push(nowMs)
  }
  const within = (fromMs: number) => spokenAt.filter((ms) => ms >= fromMs && ms < fromMs + 1_000).length
  expect(Math.max(...spokenAt.map(within))).toBeLessThanOrEqual(6)
  expect(spokenAt.length).toBeGreaterThanOrEqual(40)
})

test('who spoke out of turn, however often, waits no longer than for one turn', () => {
  const pace = { busyUntilMs: 0 }
  for (let times = 0; times < 100; times++) spoke(pace, 0)
  expect(paceMs(pace, 0)).toBe(250)
})
