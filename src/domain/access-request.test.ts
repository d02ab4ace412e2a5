import { describe, expect, test } from 'vitest'
import {
  isAmong,
  isNarrower,
  nextRequestState,
  problemsOf,
  REQUEST_STATES,
  type RequestEvent,
  type RequestState,
  type Terms,
} from './access-request.ts'

const EVENTS: RequestEvent[] = ['approve', 'deny', 'withdraw', 'lapse', 'end']

test('a request is decided once, and only what was approved ends', () => {
  const allowed: [RequestState, RequestEvent, RequestState][] = [
    ['pending', 'approve', 'approved'],
    ['pending', 'deny', 'denied'],
    ['pending', 'withdraw', 'withdrawn'],
    ['pending', 'lapse', 'lapsed'],
    ['approved', 'end', 'ended'],
  ]
  const found = REQUEST_STATES.flatMap((state) =>
    EVENTS.map((event) => [state, event, nextRequestState(state, event)] as const),
  ).filter(([, , next]) => next !== null)
  expect(found).toEqual(allowed)
})

describe('a request says what its kind needs', () => {
  test.each<[string, Parameters<typeof problemsOf>, string[]]>([
    ['a key', ['key', { environmentId: 'env', name: 'bot' }], []],
    ['a key without a name', ['key', { environmentId: 'env' }], ['name']],
    ['a key nowhere', ['key', { name: 'bot' }], ['environmentId']],
    ['a model for a project', ['model', { projectId: 'prj', models: ['a'], until: 'x' }], []],
    ['a model without an end', ['model', { projectId: 'prj', models: ['a'] }], ['until']],
    [
      'a model in two places',
      ['model', { projectId: 'p', keyId: 'k', models: ['a'], until: 'x' }],
      ['keyId'],
    ],
    ['more budget', ['budget', { budgetId: 'bud', addUsd: '5', until: 'x' }], []],
    [
      'budget with a role',
      ['budget', { budgetId: 'bud', addUsd: '5', until: 'x', role: 'viewer' }],
      ['role'],
    ],
    ['one rate of two', ['rate', { rateLimitId: 'rlm', addTokensPerMinute: 5, until: 'x' }], []],
    ['production', ['production', { projectId: 'prj', role: 'viewer', until: 'x' }], []],
    ['production for ever', ['production', { projectId: 'prj', role: 'viewer' }], ['until']],
    ['a team for ever', ['team', { teamId: 'team', role: 'viewer' }], []],
    ['a longer life', ['expiry', { keyId: 'key', expiresAt: 'x' }], []],
    ['a longer life of a team', ['expiry', { teamId: 'team', expiresAt: 'x' }], ['keyId', 'teamId']],
  ])('%s', (_, args, fields) => {
    expect(problemsOf(...args).map(({ field }) => field)).toEqual(fields)
  })
})

describe('less is less', () => {
  const early = '2026-01-01T00:00:00Z'
  const late = '2026-01-02T00:00:00+01:00'
  test.each<[string, Terms, Terms, boolean]>([
    ['nothing changed', { role: 'viewer' }, {}, true],
    ['a smaller role', { role: 'builder' }, { role: 'viewer' }, true],
    ['a larger role', { role: 'viewer' }, { role: 'builder' }, false],
    ['less money', { addUsd: '50' }, { addUsd: '49.999999999' }, true],
    ['more money', { addUsd: '50' }, { addUsd: '50.000000001' }, false],
    ['money that nobody asked for', { role: 'viewer' }, { addUsd: '1' }, false],
    ['an earlier end', { until: late }, { until: early }, true],
    ['a later end', { until: early }, { until: late }, false],
    ['an end of what was for ever', { role: 'viewer' }, { until: late }, true],
    ['fewer models', { models: ['a', 'b'] }, { models: ['b'] }, true],
    ['one of a pattern', { models: ['gpt-*'] }, { models: ['gpt-5'] }, true],
    ['another pattern', { models: ['gpt-*'] }, { models: ['gpt-5*'] }, false],
    ['another model', { models: ['a'] }, { models: ['b'] }, false],
    ['no model at all', { models: ['a'] }, { models: [] }, false],
    ['a lower rate', { addRequestsPerMinute: 9 }, { addRequestsPerMinute: 8 }, true],
    ['a higher rate', { addTokensPerMinute: 9 }, { addTokensPerMinute: 10 }, false],
    ['a shorter life', { expiresAt: late }, { expiresAt: early }, true],
    ['a longer life', { expiresAt: early }, { expiresAt: late }, false],
  ])('%s', (_, asked, narrowed, less) => {
    expect(isNarrower(asked, narrowed) === null).toBe(less)
  })
})

test('a name is among patterns that mean it; a pattern only when it is there as such', () => {
  expect(isAmong('claude-opus', ['claude-*'])).toBe(true)
  expect(isAmong('claude-*', ['claude-*'])).toBe(true)
  expect(isAmong('*', ['claude-*'])).toBe(false)
  expect(isAmong('openai/gpt', ['*'])).toBe(false)
})
