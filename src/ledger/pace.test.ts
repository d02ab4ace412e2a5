import { expect, test } from 'vitest'
import { spoke, turnMs } from './pace.ts'

test('there are at most six turns in any second, and four a second', () => {
  const pace = { busyUntilMs: 0 }
  const turns: number[] = []
  for (let nowMs = 0; nowMs < 10_000; nowMs = turns.at(-1) ?? 0) turns.push(nowMs + turnMs(pace, nowMs))
  const within = (fromMs: number) => turns.filter((ms) => ms >= fromMs && ms <= fromMs + 1_000).length
  expect(Math.max(...turns.map(within))).toBeLessThanOrEqual(6)
  expect(turns.length).toBeGreaterThanOrEqual(40)
})

test('who comes first is served first, however many come', () => {
  const pace = { busyUntilMs: 0 }
  expect([0, 0, 10, 20].map((nowMs) => nowMs + turnMs(pace, nowMs))).toEqual([0, 0, 250, 500])
})

test('who spoke out of turn, however often, waits no longer than for one turn', () => {
  const pace = { busyUntilMs: 0 }
  for (let times = 0; times < 100; times++) spoke(pace, 0)
  expect(turnMs(pace, 0)).toBe(250)
})
