import { expect, test } from 'vitest'
import type { BudgetDryRun } from '../contract/dry-runs.ts'
import { budgetDryRunText } from './dry-run-text.ts'

type Outcome = (typeof BudgetDryRun)['_zod']['output']
type Terms = Partial<Outcome['budget']>

const THROTTLE = { throttleAtPercent: 80, throttleRequestsPerMinute: 10 }
const WARNS = 'A soft budget refuses nothing, it only warns.'

const TABLES: [terms: Terms, heading: string][] = [
  [{}, 'WINDOW SPENT USD BLOCKED FROM CALLS COST USD'],
  [{ kind: 'soft' }, 'WINDOW SPENT USD PASSED AT'],
  [
    { suspendAtPercent: 95, ...THROTTLE },
    'WINDOW SPENT USD THROTTLED FROM SLOWED CALLS SUSPENDED FROM BLOCKED FROM CALLS COST USD',
  ],
  [
    { kind: 'soft', suspendAtPercent: 120 },
    'WINDOW SPENT USD PASSED AT SUSPENDED FROM BLOCKED FROM CALLS COST USD',
  ],
  [{ kind: 'soft', ...THROTTLE }, 'WINDOW SPENT USD PASSED AT THROTTLED FROM SLOWED CALLS'],
]

test.each(TABLES)('what was tried is in the columns: %j', (terms, heading) => {
  const lines = budgetDryRunText(outcomeOf(terms)).split('\n')
  expect(lines.map((line) => line.replace(/ +/g, ' '))).toContain(heading)
  expect(lines.includes(WARNS)).toBe(terms.kind === 'soft' && terms.suspendAtPercent === undefined)
})

test('what is slowed down is said beside what is blocked', () => {
  const slowed = { calls: 31, keys: 1, firstAt: null, lastAt: null }
  const text = budgetDryRunText({ ...outcomeOf(THROTTLE), slowed })
  expect(text).toMatch(/^Would have blocked nothing of 1000 calls/)
  expect(text).toContain('Would have slowed down 31 calls from 1 key: those after the first 10 of a minute.')
})

function outcomeOf(terms: Terms): Outcome {
  const [startedAt, endsAt] = ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z']
  return {
    budget: {
      scope: { type: 'team', id: 'team_1' },
      kind: 'hard',
      period: 'month',
      timeZone: 'UTC',
      limitUsd: '300',
      onShort: 'clamp',
      throttleAtPercent: null,
      throttleRequestsPerMinute: null,
      suspendAtPercent: null,
      providerId: null,
      modelPattern: null,
      ...terms,
    },
    from: startedAt,
    to: '2026-11-26T12:00:00Z',
    calls: 1000,
    costUsd: '250.00',
    blocked: { calls: 0, keys: 0, costUsd: '0.00', costPercent: '0.0', firstAt: null, lastAt: null },
    slowed: { calls: 0, keys: 0, firstAt: null, lastAt: null },
    data: [],
    truncated: false,
    names: {},
    windows: [
      {
        startedAt,
        endsAt,
        spentUsd: '250.00',
        blockedCalls: 0,
        blockedUsd: '0.00',
        blockedFrom: null,
        passedAt: null,
        throttledFrom: null,
        slowedCalls: 0,
        suspendedFrom: null,
      },
    ],
  }
}
