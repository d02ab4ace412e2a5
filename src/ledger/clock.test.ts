import { expect, test } from 'vitest'
import { createDatabaseClock } from './clock.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

function clockAt(startMs: number) {
  let nowMs = startMs
  const clock = createDatabaseClock(() => nowMs)
  return { clock, pass: (ms: number) => (nowMs += ms) }
}

test('time goes on by the monotonic clock between two answers of the database', () => {
  const { clock, pass } = clockAt(5_000)
  clock.observe(NOON, 4_999, 5_001)
  pass(60_000)
  expect(clock.now()).toBe(NOON + 60_000)
})

test('a slow answer does not spoil what a quick one has told', () => {
  const { clock } = clockAt(5_000)
  clock.observe(NOON, 4_999, 5_001)
  clock.observe(NOON + 400, 5_000, 5_500)
  expect(clock.now()).toBe(NOON)
})

test('a slow answer counts when the quick one is old', () => {
  const { clock, pass } = clockAt(5_000)
  clock.observe(NOON, 4_999, 5_001)
  pass(3_600_000)
  clock.observe(NOON + 3_600_000 + 150, 3_605_000, 3_605_400)
  expect(clock.now()).toBe(NOON + 3_600_000 - 50)
})

test("when the database's clock is set, the next answer counts, however slow", () => {
  const { clock } = clockAt(5_000)
  clock.observe(NOON, 4_999, 5_001)
  clock.observe(NOON - 3_600_000, 4_800, 5_200)
  expect(clock.now()).toBe(NOON - 3_600_000)
})
