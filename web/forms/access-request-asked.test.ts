import { expect, test } from 'vitest'
import { defaultsOf, termsToAsk } from './access-request-asked.ts'

test('what is not filled in is not asked for', () => {
  expect(termsToAsk('key', { name: 'nightly', purpose: '', serviceAccountId: '', until: '' })).toEqual({
    name: 'nightly',
  })
  expect(
    termsToAsk('rate', { addRequestsPerMinute: 0, addTokensPerMinute: 500, until: '2099-01-01' }),
  ).toEqual({ addTokensPerMinute: 500, until: '2099-01-01' })
})

test('where a request has to end, it ends in a week unless somebody says otherwise', () => {
  for (const kind of ['model', 'budget', 'rate', 'production'] as const) {
    const days = (Date.parse(defaultsOf(kind).until ?? '') - Date.now()) / 86_400_000
    expect(Math.round(days), kind).toBe(7)
    expect(termsToAsk(kind, { until: '2099-01-01' }).until).toBe('2099-01-01')
  }
  for (const kind of ['key', 'team', 'expiry'] as const) expect(defaultsOf(kind).until).toBeUndefined()
})

test('a role is a viewer’s unless more is asked for', () => {
  expect(termsToAsk('team', {})).toEqual({ role: 'viewer' })
  expect(termsToAsk('team', { role: 'builder' })).toEqual({ role: 'builder' })
})
