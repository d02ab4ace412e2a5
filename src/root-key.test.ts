import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataDirectory, secretsIn } from './data-directory.ts'
import { parseRootKey, readRootKey } from './root-key.ts'

let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'claviger-root-key-'))
  openDataDirectory(dataDir)
})

afterEach(() => rmSync(dataDir, { recursive: true }))

test('the first start makes a root key that nobody else may read, and later starts use it', () => {
  const first = readRootKey({ rootKey: null, dataDir })
  const second = readRootKey({ rootKey: null, dataDir })
  expect(first.made).toBe(true)
  expect(second.made).toBe(false)
  expect(second.key.equals(first.key)).toBe(true)
  expect(statSync(join(secretsIn(dataDir), 'root-key')).mode & 0o777).toBe(0o600)
  expect(statSync(secretsIn(dataDir)).mode & 0o777).toBe(0o700)
})

test('a root key file that others may read is refused', () => {
  readRootKey({ rootKey: null, dataDir })
  chmodSync(join(secretsIn(dataDir), 'root-key'), 0o644)
  expect(() => readRootKey({ rootKey: null, dataDir })).toThrow(
    /root-key can be read by others \(mode 644\).*chmod 600/,
  )
})

test('an empty root key file is refused, not replaced', () => {
  const path = join(secretsIn(dataDir), 'root-key')
  writeFileSync(path, '', { mode: 0o600 })
  expect(() => readRootKey({ rootKey: null, dataDir })).toThrow('the root key is empty')
  expect(readFileSync(path, 'utf8')).toBe('')
})

test('a given root key is taken as base64, base64url or hex', () => {
  const key = randomBytes(32)
  for (const encoding of ['base64', 'base64url', 'hex'] as const) {
    expect(parseRootKey(key.toString(encoding), 'CLAVIGER_ROOT_KEY').equals(key)).toBe(true)
  }
})

test.each([
  ['empty', '', 'is empty'],
  ['not encoded', 'correct horse battery staple!', 'not base64 or hex'],
  ['short', randomBytes(16).toString('base64'), 'has 16 bytes, expected 32'],
  ['long', randomBytes(64).toString('hex'), 'has 64 bytes, expected 32'],
  ['all zero', Buffer.alloc(32).toString('base64'), 'is weak'],
  ['all one byte', Buffer.alloc(32, 0xff).toString('hex'), 'is weak'],
  ['a repeated word', Buffer.alloc(32, 'changeme').toString('base64'), 'is weak'],
  ['a sentence', Buffer.from('this is a root key of 32 letters').toString('base64'), 'is weak'],
  ['counting up', Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex'), 'is weak'],
])('a root key that is %s is refused, and the message does not repeat it', (_, text, reason) => {
  const attempt = () => parseRootKey(text, 'CLAVIGER_ROOT_KEY')
  expect(attempt).toThrow(reason)
  expect(attempt).toThrow(/^CLAVIGER_ROOT_KEY: /)
  if (text) expect(attempt).not.toThrow(text)
})

test('random keys are never called weak', () => {
  for (let i = 0; i < 20_000; i++) parseRootKey(randomBytes(32).toString('base64'), 'test')
})
