import { expect, test } from 'vitest'
import { parseUsd } from './money.ts'
import { type Course, overrunOf, project } from './projection.ts'

const NOVEMBER = ['2026-11-01T00:00Z', '2026-12-01T00:00Z'] as const
const SATURDAY = ['2026-11-28T00:00Z', '2026-11-29T00:00Z'] as const
const TOTAL = ['1970-01-01T00:00Z', null] as const

const usd = (text: string) => parseUsd(text) ?? -1n

type Window = readonly [start: string, end: string | null]

function course(window: Window, now: string, spent: string, since: string, burnt: string): Course {
  const [start, end] = window
  return {
    now: new Date(now),
    windowStart: new Date(start),
    windowEnd: end === null ? null : new Date(end),
    limitNanoUsd: usd('100'),
    spentNanoUsd: usd(spent),
    burn: { since: new Date(since), nanoUsd: usd(burnt) },
  }
}

type Case = [
  why: string,
  window: Window,
  now: string,
  spent: string,
  since: string,
  burnt: string,
  runsOutAt: string | null,
  atEnd?: string,
]

/** Of a limit of 100 USD. The last two: when somebody is told that it runs out, and what the window would cost. */
const CASES: Case[] = [
  // Half of the month: 30 USD spent at 2 USD a day lasts; 60 at 4 does not.
  ['lasts', NOVEMBER, '2026-11-16T00:00Z', '30', '2026-11-09T00:00Z', '14', null],
  ['does not', NOVEMBER, '2026-11-16T00:00Z', '60', '2026-11-09T00:00Z', '28', '2026-11-26T00:00Z', '120'],
  // A quiet month whose last days are dear, and one whose dear days are over.
  ['sped up', NOVEMBER, '2026-11-16T00:00Z', '20', '2026-11-09T00:00Z', '70', '2026-11-24T00:00Z', '170'],
  ['slowed', NOVEMBER, '2026-11-16T00:00Z', '60', '2026-11-09T00:00Z', '1.40', null],
  ['stopped', NOVEMBER, '2026-11-16T00:00Z', '99', '2026-11-09T00:00Z', '0', null],
  // The first call of a month, after a dear week in the month before: too early to say.
  ['early', NOVEMBER, '2026-11-01T00:01Z', '0.01', '2026-10-25T00:01Z', '70', null],
  ['at 9.99 %', NOVEMBER, '2026-11-03T23:59Z', '24.99', '2026-10-27T23:59Z', '70', null],
  ['a tenth', NOVEMBER, '2026-11-04T00:00Z', '10', '2026-10-28T00:00Z', '70', '2026-11-13T00:00Z', '280'],
  ['a quarter', NOVEMBER, '2026-11-02T00:00Z', '25', '2026-10-26T00:00Z', '35', '2026-11-17T00:00Z', '170'],
  // A budget of ten minutes ago: its pace counts as that of three days.
  ['new', NOVEMBER, '2026-11-16T00:00Z', '15', '2026-11-15T23:50Z', '15', null],
  ['new, dear', NOVEMBER, '2026-11-16T00:00Z', '24', '2026-11-15T23:50Z', '24', '2026-11-25T12:00Z', '144'],
  // 104.99 % is no overrun, 105 % is.
  ['near', NOVEMBER, '2026-11-16T00:00Z', '54.99', '2026-11-06T00:00Z', '33.33', null],
  [
    'over',
    NOVEMBER,
    '2026-11-16T00:00Z',
    '55.5',
    '2026-11-06T00:00Z',
    '33',
    '2026-11-29T11:38:10.909Z',
    '105',
  ],
  // What is spent was told by the threshold.
  ['spent', NOVEMBER, '2026-11-16T00:00Z', '100', '2026-11-09T00:00Z', '70', null],
  ['over the limit', NOVEMBER, '2026-11-16T00:00Z', '110', '2026-11-09T00:00Z', '70', null],
  // A nightly batch of 40 USD, seen right after it: as yesterday, it lasts.
  ['nightly', SATURDAY, '2026-11-28T01:00Z', '40', '2026-11-27T01:00Z', '40', null],
  ['a runaway', SATURDAY, '2026-11-28T12:00Z', '80', '2026-11-27T12:00Z', '80', '2026-11-28T18:00Z', '120'],
  ['over at the end', SATURDAY, '2026-11-29T00:00Z', '80', '2026-11-28T00:00Z', '80', null],
  // A total has no end to last until.
  ['a total', TOTAL, '2026-11-16T00:00Z', '90', '2026-11-09T00:00Z', '70', null],
]

test.each(CASES)('an overrun is told when it is one: %s', (...row) => {
  const [, window, now, spent, since, burnt, runsOutAt, atEnd] = row
  const told = overrunOf(course(window, now, spent, since, burnt))
  expect(told?.runsOutAt?.toISOString() ?? null).toBe(runsOutAt && new Date(runsOutAt).toISOString())
  expect(told?.atEndNanoUsd).toBe(atEnd === undefined ? undefined : usd(atEnd))
})

test('a total runs out at its pace, if it does within a year', () => {
  const soon = project(course(TOTAL, '2026-11-16T00:00Z', '90', '2026-11-09T00:00Z', '7'))
  expect(soon).toEqual({
    perDayNanoUsd: usd('1'),
    since: new Date('2026-11-09T00:00Z'),
    atEndNanoUsd: null,
    runsOutAt: new Date('2026-11-26T00:00Z'),
  })
  const late = project(course(TOTAL, '2026-11-16T00:00Z', '50', '2026-11-09T00:00Z', '0.70'))
  expect(late.runsOutAt).toBeNull()
})

test('the pace of a moment, and that of nothing, divide by no zero', () => {
  const at = '2026-11-01T00:00Z'
  expect(project(course(NOVEMBER, at, '0', at, '0'))).toMatchObject({ perDayNanoUsd: 0n, runsOutAt: null })
  expect(project(course(TOTAL, at, '1', at, '1')).perDayNanoUsd).toBe(333_333_333n)
})
