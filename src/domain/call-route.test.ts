import { describe, expect, test } from 'vitest'
import { appliesTo, chooseWay, type Way } from './call-route.ts'
import type { Policy } from './policy.ts'

const silent: Policy = {
  scope: { type: 'team', id: 'team' },
  models: null,
  operations: null,
  providers: null,
  hostedTools: null,
  maxOutputTokens: null,
  ipAllowlist: null,
  ipMode: 'enforce',
}
const way: Way<string> = {
  providerId: 'prv',
  providerName: 'openai',
  upstreamModel: 'gpt',
  price: { version: '1', rates: {}, modifiers: [], contextWindow: null, maxOutputTokens: null },
  serves: true,
  credentials: ['crd'],
}
const call = { operation: 'chat.completions', model: 'gpt', hostedTools: [], free: false } as const

describe('a call goes', () => {
  test('the first way that is served and has a credential', () => {
    const ways = [
      { ...way, serves: false },
      { ...way, credentials: [] },
      { ...way, providerId: 'third' },
    ]
    expect(chooseWay([silent], call, () => ways).providerId).toBe('third')
  })

  test.each<[string, Policy, Way<string>[]]>([
    ['model_not_found', silent, []],
    ['operation_not_served', silent, [{ ...way, serves: false }]],
    ['no_credential', silent, [{ ...way, credentials: [] }]],
    ['provider_not_allowed', { ...silent, providers: ['groq'] }, [way]],
    ['price_unknown', silent, [{ ...way, price: null }]],
  ])('nowhere: %s', (code, policy, ways) => {
    expect(() => chooseWay([policy], call, () => ways)).toThrow(expect.objectContaining({ code }))
  })

  test('for nothing without a price, where nothing is charged', () => {
    expect(chooseWay([silent], { ...call, free: true }, () => [{ ...way, price: null }])).toMatchObject({
      providerId: 'prv',
    })
  })

  test('nowhere by a name that the key may not use, before anybody looks whether it exists', () => {
    const looked = () => {
      throw new Error('looked')
    }
    expect(() => chooseWay([{ ...silent, models: ['claude-*'] }], call, looked)).toThrow(
      expect.objectContaining({ code: 'model_not_allowed' }),
    )
  })
})

test.each([
  [null, null, true],
  ['prv', null, true],
  ['other', null, false],
  [null, 'fast*', true],
  [null, 'gpt*', true],
  [null, 'claude*', false],
  ['other', 'gpt*', false],
])('a rule for provider %s and models %s counts by either name: %s', (providerId, modelPattern, expected) => {
  const called = { providerId: 'prv', model: 'fast', upstreamModel: 'gpt' }
  expect(appliesTo({ providerId, modelPattern }, called)).toBe(expected)
})
