import { expect, test } from 'vitest'
import { reportedLimits } from './reported-limits.ts'

const AT = new Date('2026-11-26T12:00:00Z')

test.each([
  [
    'OpenAI names what is left and a span',
    [
      'x-ratelimit-limit-requests',
      '500',
      'x-ratelimit-remaining-requests',
      '499',
      'x-ratelimit-reset-requests',
      '120ms',
    ],
    [{ what: 'requests', limit: 500, remaining: 499, resetsAt: '2026-11-26T12:00:00.120Z' }],
  ],
  [
    'a span may have several parts',
    [
      'x-ratelimit-remaining-tokens',
      '149984',
      'x-ratelimit-reset-tokens',
      '6m0.5s',
      'content-type',
      'application/json',
    ],
    [{ what: 'tokens', limit: null, remaining: 149_984, resetsAt: '2026-11-26T12:06:00.500Z' }],
  ],
  [
    'Anthropic names input and output apart, and a time',
    [
      'anthropic-ratelimit-output-tokens-remaining',
      '8000',
      'anthropic-ratelimit-input-tokens-limit',
      '50000',
      'anthropic-ratelimit-input-tokens-remaining',
      '0',
      'anthropic-ratelimit-input-tokens-reset',
      '2026-11-26T12:00:30Z',
    ],
    [
      { what: 'inputTokens', limit: 50_000, remaining: 0, resetsAt: '2026-11-26T12:00:30.000Z' },
      { what: 'outputTokens', limit: null, remaining: 8000, resetsAt: null },
    ],
  ],
  ['a limit without what is left of it says nothing', ['x-ratelimit-limit-requests', '500'], []],
  [
    'what is no number is not taken',
    ['x-ratelimit-remaining-requests', '-1', 'x-ratelimit-remaining-tokens', 'NaN'],
    [],
  ],
  [
    'what is no time is left out',
    ['x-ratelimit-remaining-requests', '1', 'x-ratelimit-reset-requests', 'soon'],
    [{ what: 'requests', limit: null, remaining: 1, resetsAt: null }],
  ],
  ['others are not known', ['x-ratelimit-remaining-images', '5', 'retry-after', '2'], []],
])('%s', (_, headers, limits) => {
  expect(reportedLimits(headers, AT)).toEqual(limits)
})
