import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatKey, formatSecret, hintOf, isToken, keyKind } from './key-format.ts'
import { ENVIRONMENT_KINDS } from './scope.ts'

const ZEROS = new Uint8Array(32)
const ONES = new Uint8Array(32).fill(255)
const randomBytes = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('a key and a token have exactly the published form', () => {
  expect(formatKey('development', ZEROS)).toMatch(/^sk-cvg-dev-0{43}[0-9A-Za-z]{6}$/)
  expect(formatKey('staging', ONES)).toMatch(/^sk-cvg-stg-[0-9A-Za-z]{49}$/)
  expect(formatKey('production', ONES)).toMatch(/^sk-cvg-prd-[0-9A-Za-z]{49}$/)
  expect(formatSecret('tok', ONES)).toMatch(/^cvg_tok_[0-9A-Za-z]{49}$/)
})

test('the last six characters are the CRC-32 of what precedes, and the body is all 256 bits', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const number = (text: string) =>
    [...text].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)
  fc.assert(
    fc.property(randomBytes, (random) => {
      const key = formatKey('production', random)
      expect(number(key.slice(-6))).toBe(BigInt(crc32(key.slice(0, -6))))
      expect(number(key.slice('sk-cvg-prd-'.length, -6)).toString(16).padStart(64, '0')).toBe(
        Buffer.from(random).toString('hex'),
      )
    }),
  )
})

test('every key tells the kind of its environment and every token is one, never both', () => {
  fc.assert(
    fc.property(randomBytes, fc.constantFrom(...ENVIRONMENT_KINDS), (random, kind) => {
      expect(keyKind(formatKey(kind, random))).toBe(kind)
      expect(isToken(formatKey(kind, random))).toBe(false)
      expect(isToken(formatSecret('tok', random))).toBe(true)
      expect(keyKind(formatSecret('tok', random))).toBe(null)
    }),
  )
})

test('any one changed character is noticed offline', () => {
  const key = formatKey(
    'production',
    Uint8Array.from({ length: 32 }, (_, i) => i * 7),
  )
  for (let at = 0; at < key.length; at++) {
    const changed = `${key.slice(0, at)}${key[at] === 'd' ? 's' : 'd'}${key.slice(at + 1)}`
    expect(keyKind(changed), changed).toBe(null)
  }
})

describe('what is not a key', () => {
  const key = formatKey('production', ONES)
  test.each([
    '',
    'sk-cvg-prd-',
    key.slice(1),
    `${key}0`,
    `${key}\n`,
    ` ${key}`,
    key.replace('prd', 'xxx'),
    key.toUpperCase(),
    // The same low bytes, so the same CRC.
    `${key.slice(0, 20)}${String.fromCharCode(key.charCodeAt(20) + 256)}${key.slice(21)}`,
  ])('%j', (text) => expect(keyKind(text)).toBe(null))
})

test('a hint shows the prefix and four characters of the checksum', () => {
  const key = formatKey('staging', ONES)
  expect(hintOf(key)).toBe(`sk-cvg-stg-…${key.slice(-4)}`)
  expect(hintOf(formatSecret('tok', ZEROS))).toMatch(/^cvg_tok_…[0-9A-Za-z]{4}$/)
})

test('too little randomness makes no secret', () => {
  expect(() => formatKey('production', new Uint8Array(31))).toThrow(RangeError)
})
