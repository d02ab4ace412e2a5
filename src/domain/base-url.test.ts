import { expect, test } from 'vitest'
import { baseUrlProblem, normalizeBaseUrl } from './base-url.ts'

test.each([
  'https://api.openai.com/v1',
  'https://example.com:8443/a/b/',
  'https://203.0.113.9',
  'http://localhost:11434/v1',
  'http://127.0.0.1:8000',
  'http://10.1.2.3/v1',
  'http://[::1]:8000/v1',
  'http://[fd00::5]/v1',
  'http://vllm:8000/v1',
  'http://vllm.models.svc.cluster.local/v1',
])('%s may be a provider', (text) => {
  expect(baseUrlProblem(text)).toBe(null)
})

test.each([
  '',
  'api.openai.com',
  'ftp://example.com',
  'file:///etc/passwd',
  'https:example.com',
  'https://',
  'https://user@example.com',
  'https://user:password@example.com',
  'https://good.example\\@evil.example',
  'https://example.com/v1?key=1',
  'https://example.com/v1#x',
  'https://example.com /v1',
  'https://example.com/\n',
  'http://api.openai.com/v1',
  'http://203.0.113.9/v1',
  'http://[2001:db8::1]/v1',
  'http://[::ffff:203.0.113.9]/v1',
  'http://3405803785/v1',
  'http://localhost.example.com/v1',
])('%j is refused', (text) => {
  expect(baseUrlProblem(text)).toEqual(expect.any(String))
})

test.each([
  ['HTTPS://API.OpenAI.com:443/v1/', 'https://api.openai.com/v1'],
  ['https://example.com', 'https://example.com'],
  ['https://example.com/a//', 'https://example.com/a'],
])('%s is kept as %s', (text, kept) => {
  expect(normalizeBaseUrl(text)).toBe(kept)
})
