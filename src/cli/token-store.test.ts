import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeConfigFile } from './config-file.ts'
import type { Keychain } from './keychain.ts'
import { forgetTokens, keepTokens, loadTokens, replaceTokens, type TokenStore } from './token-store.ts'

const URL = 'https://llm.acme.example'
const tokens = (name: string) => ({
  accessToken: `cvg_acc_${name}`,
  refreshToken: `cvg_ref_${name}`,
  expiresAt: '2027-01-01T00:00:00.000Z',
})

let dir: string
let kept: Map<string, string>
let locked: boolean
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'claviger-store-'))
  kept = new Map()
  locked = false
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A keychain that can be locked. */
const keychain: Keychain = {
  async get(account) {
    if (locked) throw new Error('locked')
    return kept.get(account) ?? null
  },
  async set(account, secret) {
    if (locked) throw new Error('locked')
    kept.set(account, secret)
  },
  async remove(account) {
    if (locked) throw new Error('locked')
    kept.delete(account)
  },
}
const file = () => join(dir, 'claviger', 'config.json')
const withKeychain = (): TokenStore => ({ configFile: file(), openKeychain: async () => keychain })
const without = (): TokenStore => ({ configFile: file(), openKeychain: async () => null })

test('with a keychain the tokens are there, and not in the file', async () => {
  const store = withKeychain()
  expect(await keepTokens(store, URL, tokens('a'))).toBe('keychain')
  expect(readFileSync(file(), 'utf8')).not.toContain('cvg_')
  expect(await loadTokens(store, URL)).toEqual(tokens('a'))
  await replaceTokens(store, URL, tokens('b'))
  expect(await loadTokens(store, URL)).toEqual(tokens('b'))
  expect(await forgetTokens(store)).toBe(true)
  expect([kept.size, await loadTokens(store, URL), await forgetTokens(store)]).toEqual([0, null, false])
})

test('without one, or with a locked one, they are in a file that only its owner may read', async () => {
  locked = true
  for (const store of [without(), withKeychain()]) {
    expect(await keepTokens(store, URL, tokens('a'))).toBe('file')
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    await replaceTokens(store, URL, tokens('b'))
    expect(await loadTokens(store, URL)).toEqual(tokens('b'))
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  }
})

test('the tokens of one server are not given for another', async () => {
  for (const store of [without(), withKeychain()]) {
    await keepTokens(store, URL, tokens('a'))
    expect(await loadTokens(store, 'https://evil.example')).toBeNull()
  }
})

test('a keychain that is locked later says so', async () => {
  await keepTokens(withKeychain(), URL, tokens('a'))
  locked = true
  await expect(loadTokens(withKeychain(), URL)).rejects.toMatchObject({
    message: 'The keychain does not open.',
    next: expect.stringContaining('CLAVIGER_NO_KEYCHAIN'),
  })
  expect(await forgetTokens(withKeychain())).toBe(true)
})

test('a new sign-in takes the place of whatever was kept before', async () => {
  await keepTokens(withKeychain(), 'https://old.example', tokens('old'))
  await keepTokens(withKeychain(), URL, tokens('a'))
  expect([...kept.keys()]).toEqual([URL])
  await writeConfigFile(file(), { url: URL, token: 'cvg_tok_x' })
  expect(await loadTokens(without(), URL)).toBeNull()
  writeFileSync(file(), '{')
  await keepTokens(without(), URL, tokens('b'))
  expect(await loadTokens(without(), URL)).toEqual(tokens('b'))
})
