import { expect, test } from 'vitest'
import { saidIn } from './said.ts'

const SECRET = 'sk-proj-0123456789abcdefWXYZ'
const message = (text: string) => JSON.stringify({ error: { message: text } })

test.each([
  ['OpenAI', { error: { message: 'No such key.', type: 'invalid_request_error' } }, 'No such key.'],
  [
    'Anthropic',
    { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
    'invalid x-api-key',
  ],
  ['Gemini', [{ error: { code: 400, message: 'API key not valid.' } }], 'API key not valid.'],
  ['a server of one’s own', { error: 'model server is starting' }, 'model server is starting'],
  ['a gateway', { message: 'Unauthorized' }, 'Unauthorized'],
  ['nothing to say', { error: {} }, null],
  ['a number', { error: { message: 7 } }, null],
  ['a list of nothing', [], null],
  ['only spaces', { message: ' \n ' }, null],
])('the message of %s is found', (_, body, said) => {
  expect(saidIn(JSON.stringify(body), SECRET)).toBe(said)
})

test.each(['', '<html>It works</html>', '"text"', 'null', '{"error":{"message":"cut of'])(
  'of a body that is no message, %s, nothing is shown',
  (body) => {
    expect(saidIn(body, SECRET)).toBeNull()
  },
)

test.each([
  [`Incorrect key: ${SECRET}.`, 'Incorrect key: [redacted]'],
  ['Incorrect key sk-proj-*****WXYZ, see our page', 'Incorrect key [redacted] see our page'],
  ['Your key "456789ab" is old', 'Your key [redacted] is old'],
  ['keys begin with sk-', 'keys begin with sk-'],
])('no part of the secret is shown: %s', (text, said) => {
  expect(saidIn(message(text), SECRET)).toBe(said)
})

test('a secret that is shorter than a part is concealed as a whole', () => {
  expect(saidIn(message('key demo1 is wrong'), 'demo1')).toBe('key [redacted] is wrong')
  expect(saidIn(message('key demo is wrong'), '')).toBe('key demo is wrong')
})

test('what could hide or turn around text is taken out, and the rest is one bounded line', () => {
  expect(saidIn(message('no\u0007 such\r\n\tkey \u202Eyek\u202C \u200Bhere'), SECRET)).toBe(
    'no such key yek here',
  )
  const long = saidIn(message('é'.repeat(5_000)), SECRET)
  expect([...(long ?? '')]).toHaveLength(300)
  expect(long).toMatch(/é…$/)
})
