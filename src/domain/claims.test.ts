import { expect, test } from 'vitest'
import { mappedGrants, mergeClaims, nameOf, provesMfa, vouchedEmail } from './claims.ts'

const viewer = { roleId: 'viewer', teamId: 'team_1', projectId: null, production: false }
const mappings = [{ claim: 'groups', value: 'search', ...viewer }]

test.each<[string, unknown, number]>([
  ['a list with the group', ['other', 'search'], 1],
  ['the group as text', 'search', 1],
  ['an unknown group', ['searching'], 0],
  ['another case', ['Search'], 0],
  ['a text that holds it', 'search,admins', 0],
  ['a nested list', [['search']], 0],
  ['an object', { search: true }, 0],
  ['a number', 7, 0],
  ['true', true, 0],
  ['null', null, 0],
  ['nothing', undefined, 0],
  ['10,000 groups, the group first', ['search', ...Array(9_999).fill('x')], 1],
  ['10,000 groups, the group last', [...Array(9_999).fill('x'), 'search'], 0],
])('57: %s', (_, groups, roles) => {
  expect(mappedGrants(mappings, { groups })).toEqual(roles === 1 ? [viewer] : [])
})

test('57: a claim is never found on what all objects have', () => {
  expect(mappedGrants([{ claim: 'constructor', value: 'Object', ...viewer }], {})).toEqual([])
})

test('two groups with the same role give it once', () => {
  const two = [...mappings, { claim: 'groups', value: 'find', ...viewer }]
  expect(mappedGrants(two, { groups: ['search', 'find'] })).toEqual([viewer])
})

test.each<[string, Record<string, unknown>, boolean]>([
  ['amr with mfa', { amr: ['pwd', 'mfa'] }, true],
  ['an acr that counts', { acr: 'mfa' }, true],
  ['a password', { amr: ['pwd'] }, false],
  ['amr as an object', { amr: { 0: 'mfa' } }, false],
  ['nothing', {}, false],
])('a second factor at the provider: %s', (_, claims, proved) => {
  expect(provesMfa(['mfa'], claims)).toBe(proved)
})

const ENTRA = 'https://login.microsoftonline.com/8a6e0b9c/v2.0'

test.each<[string, string, Record<string, unknown>, string | null]>([
  [
    'a verified address',
    'https://idp.example',
    { email: 'Ada@Example.com', email_verified: true },
    'ada@example.com',
  ],
  [
    'one that is not verified',
    'https://idp.example',
    { email: 'ada@example.com', email_verified: false },
    null,
  ],
  ['one of which it says nothing', 'https://idp.example', { email: 'ada@example.com' }, null],
  ['"true" as text', 'https://idp.example', { email: 'ada@example.com', email_verified: 'true' }, null],
  ['no address', 'https://idp.example', { email_verified: true }, null],
  ['a list of addresses', 'https://idp.example', { email: ['ada@example.com'], email_verified: true }, null],
  ['xms_edov of Entra', ENTRA, { email: 'ada@example.com', xms_edov: '1' }, 'ada@example.com'],
  ['xms_edov of anybody else', 'https://idp.example', { email: 'ada@example.com', xms_edov: true }, null],
])('51: the provider vouches for %s', (_, issuer, claims, email) => {
  expect(vouchedEmail(issuer, claims)).toBe(email)
})

const A = { email: 'a@acme.test' }
const B = { email: 'b@acme.test' }
const yes = { email_verified: true }

test.each<[string, object, object, object]>([
  ['all of the info', { sub: '1' }, { sub: '1', ...A, ...yes }, { sub: '1', ...A, ...yes }],
  ['the ID token before the info', { name: 'Ada', ...A }, { name: 'Bob', ...A }, { name: 'Ada', ...A }],
  ['the same address, verified in the info', A, { ...A, ...yes }, { ...A, ...yes }],
  ['another address, verified in the info', A, { ...B, ...yes }, A],
  ['an address of the info, verified in the ID token', yes, B, B],
  [
    'an address that the ID token says is not',
    { ...A, email_verified: false },
    { ...A, ...yes },
    { ...A, email_verified: false },
  ],
])('51: what a provider says in two places: %s', (_, idToken, info, merged) => {
  expect(mergeClaims({ ...idToken }, { ...info })).toEqual(merged)
})

test('a name is text without controls, or else the address', () => {
  expect(nameOf({ name: ' Ada\u0000 Lovelace\u2028' }, 'a@b.c')).toBe('Ada Lovelace')
  expect(nameOf({ name: ['Ada'] }, 'a@b.c')).toBe('a@b.c')
})
