import { expect, test } from 'vitest'
import { type Standing, type StandingFacts, standingOf } from './acknowledgement.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n))
const published: StandingFacts = {
  required: true,
  publishedAt: day(10),
  graceDays: 0,
  userSince: day(1),
  acknowledged: false,
  exempt: false,
  lapsed: false,
}

test.each<[string, Partial<StandingFacts>, number, Standing]>([
  ['at once, without grace', {}, 10, 'overdue'],
  ['in grace', { graceDays: 7 }, 16, 'due'],
  ['grace is over', { graceDays: 7 }, 17, 'overdue'],
  ['a newcomer has no grace', { graceDays: 7, userSince: day(11) }, 12, 'overdue'],
  ['nor has who let it lapse', { graceDays: 7, lapsed: true }, 12, 'overdue'],
  ['never late, where nobody requires it', { required: false, lapsed: true }, 400, 'due'],
  ['acknowledged', { acknowledged: true }, 20, 'acknowledged'],
  ['exempt', { exempt: true }, 20, 'exempt'],
])('%s', (_, facts, today, expected) => {
  expect(standingOf({ ...published, ...facts }, day(today))).toBe(expected)
})
