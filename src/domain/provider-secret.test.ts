import { expect, test } from 'vitest'
import { formatKey, formatSecret } from './key-format.ts'
import { looksLikeProviderSecret } from './provider-secret.ts'

const x = (length: number) => 'aB3dE6gH9'.repeat(Math.ceil(length / 9)).slice(0, length)

test.each([
  [`sk-proj-${x(74)}T3BlbkFJ${x(74)}`, 'OpenAI'],
  [`sk-svcacct-${x(58)}T3BlbkFJ${x(58)}`, 'OpenAI'],
  [`sk-admin-${x(58)}T3BlbkFJ${x(58)}`, 'OpenAI'],
  [`sk-${x(20)}T3BlbkFJ${x(20)}`, 'OpenAI'],
  ['sk-abcdefghijklmnop12345', 'OpenAI'],
  [`sk-ant-api03-${x(93)}AA`, 'Anthropic'],
  [`sk-ant-admin01-${x(93)}AA`, 'Anthropic'],
  [`sk-or-v1-${'0123456789abcdef'.repeat(4)}`, 'OpenRouter'],
  [`sk-${'0123456789abcdef'.repeat(2)}`, 'DeepSeek'],
  [`AIza${x(35)}`, 'Google'],
  [`gsk_${x(52)}`, 'Groq'],
  [`xai-${x(80)}`, 'xAI'],
  [`hf_${x(34)}`, 'Hugging Face'],
  [`r8_${x(37)}`, 'Replicate'],
  [`ABSK${x(109)}==`, 'Amazon Bedrock'],
])('%s is named as a secret of %s', (text, provider) => {
  expect(looksLikeProviderSecret(text)).toBe(provider)
})

test.each([
  '',
  'sk-',
  'sk-test',
  'hello',
  'Bearer sk-proj-x',
  formatKey('production', new Uint8Array(32)),
  formatKey('production', new Uint8Array(32)).slice(0, -1),
  formatSecret('tok', new Uint8Array(32)),
  `sk-${'a'.repeat(100_000)}!`,
])('%.40s is nobody’s', (text) => {
  expect(looksLikeProviderSecret(text)).toBe(null)
})
