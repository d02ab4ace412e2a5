import { expect, test } from 'vitest'
import { type Budget, burnWords, drawnOf, hasPace, sentenceOf } from './standing.ts'

type Change = Partial<Omit<Budget, 'window'>> & { window?: Partial<Budget['window']> }

function budget({ window, ...change }: Change = {}): Budget {
  const spentUsd = window?.spentUsd ?? '41.20'
  const limitUsd = window?.limitUsd ?? '50.00'
  return {
    id: 'bud_1',
    name: 'Search',
    scope: { type: 'team', id: 'team_1' },
    kind: 'hard',
    limitUsd,
    onShort: 'clamp',
    thresholds: [50, 80],
    throttleAtPercent: null,
    throttleRequestsPerMinute: null,
    suspendAtPercent: null,
    period: 'month',
    timeZone: 'UTC',
    providerId: null,
    modelPattern: null,
    perMember: false,
    memberOf: null,
    userId: null,
    createdAt: '2026-10-01T00:00:00Z',
    version: 1,
    raises: [],
    ...change,
    window: {
      startedAt: '2026-11-01T00:00:00Z',
      resetsAt: '2026-12-01T00:00:00Z',
      limitUsd,
      spentUsd,
      leasedUsd: '0.00',
      remainingUsd: Number(spentUsd) >= Number(limitUsd) ? '0.00' : '1.00',
      stage: 'open',
      standing: 'open',
      ...window,
    },
  }
}

const pace = { since: '2026-11-20T00:00:00Z', perDayUsd: '4.00' }

test.each([
  [
    '$41.20 of $50.00 are spent; at this pace it ends on Nov 28, 2026, 2 days early.',
    budget(),
    { ...pace, atEndUsd: '62.00', runsOutAt: '2026-11-28T10:00:00Z' },
  ],
  [
    '$41.20 of $50.00 are spent; at this pace it lasts, with $48.00 spent at its end.',
    budget(),
    { ...pace, atEndUsd: '48.00', runsOutAt: null },
  ],
  [
    '$50.00 of $50.00 are spent; calls are refused until Dec 1, 2026, or until the limit is raised.',
    budget({ window: { spentUsd: '50.00', standing: 'refusing' } }),
    null,
  ],
  [
    '$60.00 of $50.00 are spent; it is soft, so calls go on.',
    budget({ kind: 'soft', window: { spentUsd: '60.00', standing: 'over' } }),
    null,
  ],
  ['$41.20 of $50.00 are spent.', budget(), null],
  [
    'Everybody who owns a key there has $50.00 a month of their own.',
    budget({ perMember: true, window: { spentUsd: '0.00' } }),
    null,
  ],
])('%s', (sentence, is, at) => {
  expect(sentenceOf(is, at)).toBe(sentence)
})

test.each([
  ['Nothing is spent yet.', budget({ window: { spentUsd: '0.00' } }), null, false],
  [
    '$4.00 a day of late; at this pace it ends on Nov 28, 2026, 2 days early.',
    budget({ window: { standing: 'near' } }),
    { ...pace, atEndUsd: '62.00', runsOutAt: '2026-11-28T10:00:00Z' },
    true,
  ],
  [
    '$4.00 a day of late; at this pace it lasts, with $48.00 spent at its end.',
    budget(),
    { ...pace, atEndUsd: '48.00', runsOutAt: null },
    true,
  ],
  [
    'Nothing of late; at this pace it lasts more than a year.',
    budget({ period: 'total', window: { resetsAt: null } }),
    { ...pace, perDayUsd: '0.00', atEndUsd: null, runsOutAt: null },
    true,
  ],
  [
    'Calls are refused until Dec 1, 2026, or until the limit is raised.',
    budget({ window: { spentUsd: '50.00', standing: 'refusing' } }),
    null,
    false,
  ],
  [
    'It is soft, so calls go on.',
    budget({ kind: 'soft', window: { spentUsd: '60.00', standing: 'over' } }),
    null,
    false,
  ],
  ['What is spent counts for 24 hours, then it comes back.', budget({ period: 'rolling_24h' }), null, false],
])('beside a bar: %s', (words, is, at, asked) => {
  expect(burnWords(is, at)).toBe(words)
  expect(hasPace(is)).toBe(asked)
})

test('drawn is the first budget that counts all calls and has something spent', () => {
  const narrow = budget({ modelPattern: 'gpt-*' })
  const others = [
    narrow,
    budget({ providerId: 'prv_1' }),
    budget({ perMember: true }),
    budget({ period: 'credits' }),
  ]
  const unspent = budget({ window: { spentUsd: '0.00' } })
  expect(drawnOf([...others, unspent])).toBeUndefined()
  const whole = budget()
  expect(drawnOf([...others, unspent, whole, budget()])).toBe(whole)
})
