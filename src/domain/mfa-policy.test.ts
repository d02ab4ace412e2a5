import { expect, test } from 'vitest'
import { isEnough, type MfaNeed, type MfaPolicy, mfaNeed } from './mfa-policy.ts'

test.each<[MfaPolicy['mfa'], string[], string[], MfaNeed]>([
  ['off', [], ['owner'], 'nothing'],
  ['optional', ['owner'], ['owner'], 'nothing'],
  ['required', [], [], 'any'],
  ['required', ['owner', 'admin'], ['viewer', 'admin'], 'any'],
  ['required', ['owner'], ['admin'], 'nothing'],
  ['passkeys', [], ['viewer'], 'passkey'],
  ['passkeys', ['owner'], ['viewer'], 'nothing'],
])('%s of %j asks of who holds %j: %s', (mfa, mfaRoles, held, need) => {
  expect(mfaNeed({ mfa, mfaRoles }, held)).toBe(need)
})

test.each<[MfaNeed, boolean, string[], boolean]>([
  ['nothing', false, ['pwd'], true],
  ['any', false, ['pwd'], false],
  ['any', true, ['pwd', 'otp'], true],
  ['any', true, ['sso'], true],
  ['passkey', true, ['pwd', 'otp'], false],
  ['passkey', true, ['sso'], false],
  ['passkey', true, ['passkey'], true],
  ['passkey', true, ['pwd', 'passkey'], true],
  ['passkey', true, ['pwd', 'recovery'], true],
])('%s with mfa %s by %j: %s', (need, mfa, methods, enough) => {
  expect(isEnough(need, { mfa, methods })).toBe(enough)
})
