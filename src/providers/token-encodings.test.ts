import { expect, test } from 'vitest'
import { encodingOf } from './token-encodings.ts'

test.each([
  ['gpt-5.4', 'o200k_base'],
  ['gpt-5-mini-2025-08-07', 'o200k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-4o-mini', 'o200k_base'],
  ['gpt-4.1-nano', 'o200k_base'],
  ['o3-mini', 'o200k_base'],
  ['o4-mini', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['gpt-4-turbo', 'cl100k_base'],
  ['gpt-3.5-turbo-0125', 'cl100k_base'],
  ['text-embedding-3-small', 'cl100k_base'],
  ['ft:gpt-4o-mini-2024-07-18:acme::id', 'o200k_base'],
  ['ft:gpt-4-0613:acme::id', 'cl100k_base'],
  ['gpt-4.2', null],
  ['gpt-45', null],
  ['gpt-6-sol', null],
  ['o5', null],
  ['claude-sonnet-5', null],
  ['gpt-4o-search-preview', null],
  ['o3-deep-research', null],
  ['gpt-4o-audio-preview', null],
])('the encoding of %s is %s', (model, encoding) => {
  expect(encodingOf('openai', model)).toBe(encoding)
})

test('a name proves nothing where deployments are named by anybody', () => {
  expect(encodingOf('azure_openai', 'gpt-4o')).toBe(null)
  expect(encodingOf('openai_compatible', 'gpt-4o')).toBe(null)
})
