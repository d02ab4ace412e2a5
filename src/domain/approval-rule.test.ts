import { expect, test } from 'vitest'
import { type ApprovalRule, ruleFits } from './approval-rule.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const rule: ApprovalRule = {
  teamId: 'team_a',
  projectId: null,
  kind: 'model',
  models: ['claude-*'],
  maxUsdNano: null,
  maxDays: 7,
}
const request = {
  kind: 'model' as const,
  teamId: 'team_a',
  projectId: 'prj_a',
  production: false,
  terms: { models: ['claude-opus'], until: '2026-01-08T00:00:00Z' },
}
const budget = { ...rule, kind: 'budget' as const, models: null, maxUsdNano: 10_000_000_000n }
const raise = { ...request, kind: 'budget' as const, terms: { addUsd: '10', until: '2026-01-02T00:00:00Z' } }

test.each<[string, ApprovalRule, Parameters<typeof ruleFits>[1], boolean]>([
  ['within all of it', rule, request, true],
  ['never production', rule, { ...request, production: true }, false],
  ['another kind', { ...rule, kind: 'key' }, request, false],
  ['another team', { ...rule, teamId: 'team_b' }, request, false],
  ['its own project', { ...rule, projectId: 'prj_a' }, request, true],
  ['another project', { ...rule, projectId: 'prj_b' }, request, false],
  ['everywhere', { ...rule, teamId: null }, request, true],
  ['a team is more than a project', { ...rule, projectId: 'prj_a' }, { ...request, projectId: null }, false],
  [
    'one model too many',
    rule,
    { ...request, terms: { ...request.terms, models: ['claude-opus', 'gpt-5'] } },
    false,
  ],
  ['a wider pattern', rule, { ...request, terms: { ...request.terms, models: ['*'] } }, false],
  ['a second too long', rule, { ...request, terms: { models: [], until: '2026-01-08T00:00:01Z' } }, false],
  ['for ever, when it is bounded', rule, { ...request, terms: { models: ['claude-opus'] } }, false],
  ['as much money', budget, raise, true],
  ['more money', budget, { ...raise, terms: { ...raise.terms, addUsd: '10.000000001' } }, false],
])('%s', (_, rule, request, fits) => {
  expect(ruleFits(rule, request, NOW)).toBe(fits)
})
