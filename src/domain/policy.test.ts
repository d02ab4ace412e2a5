import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, matchesPattern, outputCap, type Policy, type PolicyQuestion } from './policy.ts'

const silent: Policy = {
  scope: { type: 'organization', id: 'org' },
  models: null,
  operations: null,
  providers: null,
  hostedTools: null,
  maxOutputTokens: null,
  ipAllowlist: null,
  ipMode: 'enforce',
}
const team = (rules: Partial<Policy>): Policy => ({
  ...silent,
  scope: { type: 'team', id: 'team' },
  ...rules,
})
const key = (rules: Partial<Policy>): Policy => ({ ...silent, scope: { type: 'key', id: 'key' }, ...rules })

test.each<[policies: Policy[], question: Partial<PolicyQuestion>, refused: string | null, level?: string]>([
  [[], {}, null],
  [[silent], {}, null],
  [[team({ models: ['gpt-*'] })], {}, null],
  [[team({ models: ['claude-*'] })], {}, 'model_not_allowed', 'team'],
  [[team({ models: [] })], {}, 'model_not_allowed', 'team'],
  [[team({ models: [] })], { model: null }, null],
  [[team({ models: ['*'] }), key({ models: ['gpt-5'] })], {}, null],
  [[team({ models: ['claude-*'] }), key({ models: ['gpt-5'] })], {}, 'model_not_allowed', 'team'],
  [[team({ models: ['*'] }), key({ models: ['gpt-4'] })], {}, 'model_not_allowed', 'key'],
  [[team({ models: ['GPT-5'] })], {}, 'model_not_allowed', 'team'],
  [[team({ operations: ['chat.completions'] })], {}, null],
  [[team({ operations: ['embeddings'] })], {}, 'operation_not_allowed', 'team'],
  [[team({ operations: [] })], { model: null, provider: null }, 'operation_not_allowed', 'team'],
  [[team({ providers: ['openai'] })], {}, null],
  [[team({ providers: ['open'] })], {}, 'provider_not_allowed', 'team'],
  [[team({ providers: [] })], {}, 'provider_not_allowed', 'team'],
  [[team({ providers: [] })], { provider: null }, null],
  [[], { hostedTools: ['web_search'] }, 'hosted_tool_not_allowed', 'organization'],
  [[silent], { hostedTools: ['web_search'] }, 'hosted_tool_not_allowed', 'organization'],
  [[silent, team({ hostedTools: ['web_search'] })], { hostedTools: ['web_search'] }, null],
  [
    [team({ hostedTools: ['web_search'] })],
    { hostedTools: ['web_search', 'mcp'] },
    'hosted_tool_not_allowed',
    'team',
  ],
  [
    [team({ hostedTools: ['mcp'] }), key({ hostedTools: [] })],
    { hostedTools: ['mcp'] },
    'hosted_tool_not_allowed',
    'key',
  ],
])('%#. policies decide together, and the refusing level is named', (policies, asked, refused, level) => {
  const question = {
    operation: 'chat.completions',
    model: 'gpt-5',
    provider: 'openai',
    hostedTools: [],
    ...asked,
  } as const
  const decision = decide(policies, question)
  expect(decision.allowed ? null : decision.code).toBe(refused)
  expect(decision.allowed ? undefined : decision.scope.type).toBe(level)
})

test.each<[caps: (number | null)[], smallest: number | null]>([
  [[], null],
  [[null, null], null],
  [[null, 100], 100],
  [[4000, 100, 200], 100],
])('the smallest of the output caps %j counts', (caps, smallest) => {
  expect(outputCap(caps.map((maxOutputTokens) => key({ maxOutputTokens })))).toBe(smallest)
})

describe('a pattern', () => {
  test.each<[pattern: string, name: string, matches: boolean]>([
    ['gpt-5', 'gpt-5', true],
    ['gpt-5', 'gpt-5-mini', false],
    ['gpt-5', 'GPT-5', false],
    ['gpt.5', 'gpt-5', false],
    ['*', 'gpt-5', true],
    ['*', '', true],
    ['*', 'openai/gpt-5', false],
    ['*/*', 'openai/gpt-5', true],
    ['openai/*', 'openai/gpt-5', true],
    ['openai/*', 'azure/openai/gpt-5', false],
    ['openai/*', 'openai/ft/gpt-5', false],
    ['*-mini', 'gpt-5-mini', true],
    ['*-mini', 'gpt-5-minimal', false],
    ['gpt-*-mini', 'gpt-mini', false],
    ['gpt-*-*', 'gpt-5-mini-2026', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*a*b*', 'xbxa', false],
    ['**', 'gpt-5', true],
    ['', '', true],
    ['', 'gpt-5', false],
  ])('%j, the name %j: %s', (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches)
  })

  test('means what the obvious regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (pattern, text) => {
        const name = text.replaceAll('*', 'a')
        expect(matchesPattern(pattern, name)).toBe(
          new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(name),
        )
      }),
      { numRuns: 5_000 },
    )
  })

  test('takes no time to refuse a name made to be slow', () => {
    const start = performance.now()
    expect(matchesPattern('*a'.repeat(100), `${'a'.repeat(5_000)}b`)).toBe(false)
    expect(performance.now() - start).toBeLessThan(50)
  })
})
