import { describe, expect, test } from 'vitest'
import { type AlertFacts, alertData, alertText } from './alert-text.ts'
import { parseUsd } from './money.ts'

const usd = (text: string) => parseUsd(text) ?? -1n

const PACE = {
  perDayNanoUsd: usd('40'),
  since: new Date('2026-11-19T02:00Z'),
  atEndNanoUsd: usd('492'),
  runsOutAt: null,
}

const FACTS: AlertFacts = {
  kind: 'budget.threshold',
  budget: {
    id: 'bud_01JD',
    name: '500 USD a month',
    kind: 'hard',
    period: 'month',
    timeZone: 'Europe/Berlin',
  },
  whose: 'team "Search"',
  scope: { type: 'team', id: 'team_01JD' },
  percent: 80,
  refusedCalls: null,
  limitNanoUsd: usd('500'),
  spentNanoUsd: usd('402.109999999'),
  now: new Date('2026-11-26T02:00Z'),
  resetsAt: new Date('2026-11-30T23:00Z'),
  projection: { ...PACE, atEndNanoUsd: usd('597.10'), runsOutAt: new Date('2026-11-28T12:44Z') },
}

test('who is woken at 3 a.m. reads what it is about, whose it is, how long it lasts, and what to do', () => {
  const { subject, text } = alertText(FACTS)
  expect(subject).toBe('80 % of the budget "500 USD a month" of team "Search" is spent')
  expect(text).toBe(`Of the budget "500 USD a month" of team "Search", 402.10 of 500.00 USD are spent, 80.4 %.

It starts anew in 5 days: Tue 1 Dec 2026, 00:00 (Europe/Berlin).
At the pace of the last 7 days (40.00 USD a day) it is spent in 2 days: Sat 28 Nov 2026, 13:44 (Europe/Berlin). By the time it starts anew that would be 597.10 USD.
Once it is spent, calls are refused until there is some left again.

What you can do:
  see who spends it:  claviger usage --by key --team team_01JD --from -7d
  give it more:       claviger budget update bud_01JD --limit-usd 625.00
  or ask for more:    claviger access-request create --kind budget --budget bud_01JD --add-usd 125.00 --until 7d --reason "why"
  stop a key:         claviger key suspend KEY --reason "why"`)
})

describe('each kind says what it means', () => {
  const budget = (values: Partial<AlertFacts['budget']>) => ({ budget: { ...FACTS.budget, ...values } })
  const CASES: [
    what: string,
    change: Partial<AlertFacts>,
    subject: string,
    says: string[],
    saysNot: string[],
  ][] = [
    [
      'a hard budget that is spent',
      { kind: 'budget.exhausted', percent: 100, spentNanoUsd: usd('500') },
      'All of the budget "500 USD a month" of team "Search" is spent: calls are refused',
      ['500.00 of 500.00 USD are spent, 100 %.', 'Calls are refused until there is some left again.'],
      ['At the pace', 'Once it is'],
    ],
    [
      'a soft budget that is spent',
      { kind: 'budget.exhausted', spentNanoUsd: usd('512.34'), ...budget({ kind: 'soft' }) },
      'All of the budget "500 USD a month" of team "Search" is spent',
      ['512.34 of 500.00 USD are spent, 102.4 %.', 'Calls go on: this budget only warns.'],
      ['refused'],
    ],
    [
      'a projected overrun',
      { kind: 'budget.projected', percent: null },
      'The budget "500 USD a month" of team "Search" will run out in 2 days',
      ['it is spent in 2 days'],
      [],
    ],
    [
      'one that refuses calls though some is left',
      {
        kind: 'budget.refusing',
        percent: null,
        refusedCalls: 37,
        spentNanoUsd: usd('499.10'),
        projection: null,
      },
      'The budget "500 USD a month" of team "Search" refuses calls: 37 in the last hour',
      [
        '37 calls were refused in the last hour: at most, each may cost more than the 0.90 USD that are left.',
      ],
      ['Once it is'],
    ],
    [
      'one that lasts',
      { projection: PACE },
      '80 % of the budget "500 USD a month" of team "Search" is spent',
      ['At the pace of the last 7 days (40.00 USD a day) it lasts until then.'],
      ['it is spent in'],
    ],
    [
      'a day, in hours',
      { ...budget({ period: 'day' }), resetsAt: new Date('2026-11-26T23:00Z') },
      '80 % of the budget "500 USD a month" of team "Search" is spent',
      ['It starts anew in 21 hours', '(1.66 USD an hour)', '--from -24h'],
      [],
    ],
    [
      'a total',
      { ...budget({ period: 'total' }), resetsAt: null },
      '80 % of the budget "500 USD a month" of team "Search" is spent',
      ['It is a total: it never starts anew.', 'refused until it gets more'],
      [],
    ],
    [
      'credits, which only a credit makes more',
      { ...budget({ period: 'credits', name: 'Credits' }), resetsAt: null, projection: null },
      '80 % of the budget "Credits" of team "Search" is spent',
      [
        'These are credits: there is more when somebody grants some.',
        'claviger credit grant --scope team:team_01JD --amount-usd 125.00 --reason "why"',
      ],
      ['budget update', 'access-request', 'It is a total'],
    ],
    [
      'a rolling day',
      { ...budget({ period: 'rolling_24h' }), resetsAt: null, projection: null },
      '80 % of the budget "500 USD a month" of team "Search" is spent',
      ['are spent in the last 24 hours, 80.4 %', 'It counts the last 24 hours'],
      ['At the pace', 'starts anew'],
    ],
    [
      'a key, with cents of a cent',
      {
        whose: 'key "bot" of Ada',
        scope: { type: 'key', id: 'key_01JD' },
        limitNanoUsd: usd('0.25'),
        spentNanoUsd: usd('0.200000125'),
        projection: null,
      },
      '80 % of the budget "500 USD a month" of key "bot" of Ada is spent',
      [
        '0.20 of 0.25 USD are spent, 80 %.',
        '--by model --key key_01JD',
        'suspend key_01JD',
        '--limit-usd 0.3125',
      ],
      ['At the pace'],
    ],
  ]

  test.each(CASES)('%s', (_, change, subject, says, saysNot) => {
    const said = alertText({ ...FACTS, ...change })
    expect(said.subject).toBe(subject)
    for (const words of says) expect(said.text).toContain(words)
    for (const words of saysNot) expect(said.text).not.toContain(words)
  })
})

test('programs get exact figures', () => {
  expect(alertData(FACTS)).toEqual({
    budgetId: 'bud_01JD',
    budgetName: '500 USD a month',
    budgetKind: 'hard',
    period: 'month',
    scope: { type: 'team', id: 'team_01JD' },
    percent: 80,
    refusedCalls: null,
    limitUsd: '500.00',
    spentUsd: '402.109999999',
    projectedUsd: '597.10',
    runsOutAt: '2026-11-28T12:44:00.000Z',
    resetsAt: '2026-11-30T23:00:00.000Z',
  })
})
