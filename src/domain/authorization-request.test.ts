import { describe, expect, test } from 'vitest'
import {
  type AuthorizationFields,
  readAuthorizationRequest,
  readClientName,
} from './authorization-request.ts'

const RIGHT: AuthorizationFields = {
  response_type: 'code',
  client_id: 'claviger-cli',
  redirect_uri: 'http://127.0.0.1:53412/callback',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
  state: 'a-state-that-nobody-guesses',
  client_name: 'laptop',
}

test('a request of the command line is read', () => {
  expect(readAuthorizationRequest(RIGHT)).toEqual({
    redirectUri: RIGHT.redirect_uri,
    challenge: RIGHT.code_challenge,
    state: RIGHT.state,
    clientName: 'laptop',
  })
})

describe('47: PKCE with S256, always', () => {
  test.each<[string, Partial<AuthorizationFields>]>([
    ['plain', { code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge_method: '' }],
    ['another case', { code_challenge_method: 's256' }],
    ['no challenge', { code_challenge: '' }],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }],
    ['a token at once', { response_type: 'token' }],
    ['no state', { state: '' }],
    ['a state that could end a header', { state: 'a-state-that-nobody\r\nguesses' }],
    ['another client', { client_id: 'somebody-else' }],
  ])('%s is refused', (_, more) => {
    expect(readAuthorizationRequest({ ...RIGHT, ...more })).toBeNull()
  })
})

test.each([
  'https://evil.example/callback',
  'http://localhost:53412/callback',
  'http://127.0.0.1/callback',
  'http://127.0.0.1:0/callback',
  'http://127.0.0.1:99999/callback',
  'http://127.0.0.1:53412/callback/',
  'http://127.0.0.1:53412/elsewhere',
  'http://127.0.0.1:53412/callback?to=//evil.example',
  'http://127.0.0.1:53412/callback#x',
  'http://127.0.0.1:53412@evil.example/callback',
  'http://127.0.0.1:53412.evil.example/callback',
  'http://user@127.0.0.1:53412/callback',
  'http://2130706433:53412/callback',
  'https://127.0.0.1:53412/callback',
  'http://127.0.0.1:53412/callback\r\nx: y',
  '//127.0.0.1:53412/callback',
  'javascript:alert(1)',
])('32: a code is sent to the loopback address alone: %s', (uri) => {
  expect(readAuthorizationRequest({ ...RIGHT, redirect_uri: uri })).toBeNull()
})

test.each<[string | null, string]>([
  ["Ada's laptop", "Ada's laptop"],
  ['a\u0000b\u202Ec\n\nd', 'a b c d'],
  [' ', 'a command line'],
  [null, 'a command line'],
  ['x'.repeat(500), 'x'.repeat(60)],
])('what a client calls itself cannot steer how it is read', (text, name) => {
  expect(readClientName(text)).toBe(name)
})
