import { expect, test } from 'vitest'
import { spentSoFar, wouldHave } from './tried.ts'

type Outcome = Parameters<typeof wouldHave>[0]

const WINDOW = {
  startedAt: '2026-11-01T00:00:00Z',
  endsAt: '2026-12-01T00:00:00Z',
  spentUsd: '300.00',
  blockedCalls: 0,
  blockedUsd: '0.00',
  blockedFrom: null,
  passedAt: null,
  throttledFrom: null,
  slowedCalls: 0,
  suspendedFrom: null,
}

function outcome(change: Partial<Outcome> = {}): Outcome {
  return {
    budget: {
      scope: { type: 'team', id: 'team_1' },
      kind: 'hard',
      period: 'month',
      timeZone: 'UTC',
      limitUsd: '300.00',
      onShort: 'clamp',
      throttleAtPercent: null,
      throttleRequestsPerMinute: null,
      suspendAtPercent: null,
      providerId: null,
      modelPattern: null,
    },
    from: '2026-10-26T12:00:00Z',
    to: '2026-11-26T12:00:00Z',
    calls: 1000,
    costUsd: '499.60',
    blocked: { calls: 0, keys: 0, costUsd: '0.00', costPercent: '0', firstAt: null, lastAt: null },
    slowed: { calls: 0, keys: 0, firstAt: null, lastAt: null },
    data: [],
    truncated: false,
    names: {},
    windows: [WINDOW],
    ...change,
  }
}

const SOFT = { ...outcome().budget, kind: 'soft' as const }
const THROTTLED = { throttleAtPercent: 80, throttleRequestsPerMinute: 10 }
const slowed = { calls: 31, keys: 1, firstAt: null, lastAt: null }
const blocked = { calls: 246, keys: 3, costUsd: '123.15', costPercent: '24.6', firstAt: null, lastAt: null }

test.each([
  [
    'It would have blocked 246 of the 1,000 calls ($499.60) of the last 31 days, from 3 keys: $123.15, 24.6 % of the cost.',
    outcome({ blocked }),
  ],
  ['It would have blocked none of the 1,000 calls ($499.60) of the last 31 days.', outcome()],
  ['There were no such calls in the last 31 days.', outcome({ calls: 0, windows: [] })],
  [
    'With the 1,000 calls ($499.60) of the last 31 days it would have been passed on Nov 19, 2026, and blocked none.',
    outcome({
      budget: SOFT,
      windows: [{ ...WINDOW, passedAt: '2026-11-19T01:00:00Z' }],
    }),
  ],
  [
    'It would have blocked 246 of the 1,000 calls ($499.60) of the last 31 days, from 3 keys: $123.15, 24.6 % of the cost.',
    outcome({ budget: { ...SOFT, suspendAtPercent: 100 }, blocked }),
  ],
  [
    'It would have blocked none of the 1,000 calls ($499.60) of the last 31 days. It would have slowed down 31 calls that it lets in, from 1 key: those after the first 10 of a minute.',
    outcome({ budget: { ...outcome().budget, ...THROTTLED }, slowed }),
  ],
])('%s', (text, is) => {
  expect(wouldHave(is).text).toBe(text)
})

test('what is spent in the window of now counts what would have been blocked, to the last digit', () => {
  const is = outcome({ windows: [{ ...WINDOW, spentUsd: '299.999999999', blockedUsd: '123.000000002' }] })
  expect(spentSoFar(is)).toEqual({ since: WINDOW.startedAt, usd: '423.000000001' })
  const over = outcome({ windows: [{ ...WINDOW, endsAt: '2026-11-20T00:00:00Z' }] })
  expect(spentSoFar(over)).toBeNull()
})
