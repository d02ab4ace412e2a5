import { expect, test } from 'vitest'
import { offered } from './use-models.ts'

const of = (providerName: string, ...names: string[]) =>
  names.map((name) => ({ name, providerName, providerId: `prv_${providerName}` }))

const MODELS = [
  ...of('openai', 'openai/gpt-5.4', 'openai/gpt-5.4-mini', 'openai/gpt-5-mini', 'fast'),
  ...of('anthropic', 'anthropic/claude-haiku-4-5'),
  ...of('demo', 'demo/500', 'demo/echo'),
]

test('the newest small model of each provider is tried first, by its short name before its long one', () => {
  expect(offered(MODELS, []).toTry).toEqual([
    'gpt-5.4-mini',
    'openai/gpt-5.4-mini',
    'claude-haiku-4-5',
    'anthropic/claude-haiku-4-5',
    'echo',
    'demo/echo',
  ])
})

test('every policy that names models has to match, and only the name that it matches is offered', () => {
  const { names, toTry } = offered(MODELS, [
    ['gpt-5*', 'demo/*', 'fast'],
    ['gpt-5.4', 'demo/*', 'fast'],
  ])
  expect(names).toEqual(['demo/echo', 'gpt-5.4', 'fast', 'demo/500'])
  expect(toTry).toEqual(['demo/echo', 'gpt-5.4'])
})
