import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeyring, type Sealed, type SealedFor, sameSecret } from './keyring.ts'

const keyring = createKeyring(Buffer.alloc(32, 'one root key of a test'))
const stranger = createKeyring(Buffer.alloc(32, 'another root key'))
const ROW: SealedFor = { purpose: 'call', table: 'credentials', column: 'secret', rowId: 'crd_1', version: 1 }

describe('a sealed secret', () => {
  test('opens for the row it was sealed for, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
        expect(keyring.open(keyring.seal(secret, ROW), ROW)).toBe(secret)
      }),
    )
  })

  test.each<[string, Partial<SealedFor>]>([
    ['row', { rowId: 'crd_2' }],
    ['column', { column: 'hint' }],
    ['table', { table: 'models' }],
    ['version', { version: 2 }],
    ['purpose', { purpose: 'inventory' }],
  ])('does not open when moved to another %s', (_, other) => {
    const sealed = keyring.seal('sk-secret', ROW)
    expect(() => keyring.open(sealed, { ...ROW, ...other })).toThrow()
  })

  test('does not open for parts that only look the same when joined', () => {
    const sealed = keyring.seal('sk-secret', { ...ROW, table: 'a', column: 'bc' })
    expect(() => keyring.open(sealed, { ...ROW, table: 'ab', column: 'c' })).toThrow()
  })

  test('does not open with another data key of the same row', () => {
    const { sealedDataKey } = keyring.seal('older', ROW)
    const { sealedSecret } = keyring.seal('newer', ROW)
    expect(() => keyring.open({ sealedDataKey, sealedSecret }, ROW)).toThrow()
  })

  test('does not open once any bit of it is flipped', () => {
    const sealed = keyring.seal('sk-secret', ROW)
    for (const part of ['sealedDataKey', 'sealedSecret'] as const) {
      for (let bit = 0; bit < sealed[part].length * 8; bit++) {
        expect(() => keyring.open(flipped(sealed, part, bit), ROW)).toThrow()
      }
    }
  })

  test('does not open when it was cut off', () => {
    const sealed = keyring.seal('sk-secret', ROW)
    for (let length = 0; length < sealed.sealedSecret.length; length++) {
      expect(() =>
        keyring.open({ ...sealed, sealedSecret: sealed.sealedSecret.subarray(0, length) }, ROW),
      ).toThrow()
    }
  })

  test('does not open under another root key', () => {
    expect(() => stranger.open(keyring.seal('sk-secret', ROW), ROW)).toThrow()
  })

  test('looks different each time', () => {
    const [one, two] = [keyring.seal('same', ROW), keyring.seal('same', ROW)]
    expect(one.sealedSecret.equals(two.sealedSecret)).toBe(false)
    expect(one.sealedDataKey.equals(two.sealedDataKey)).toBe(false)
  })
})

test('a hash is the same for the same secret and root key only', () => {
  expect(keyring.hashSecret('sk-cvg-dev-a')).toBe(keyring.hashSecret('sk-cvg-dev-a'))
  expect(keyring.hashSecret('sk-cvg-dev-a')).not.toBe(keyring.hashSecret('sk-cvg-dev-b'))
  expect(keyring.hashSecret('sk-cvg-dev-a')).not.toBe(stranger.hashSecret('sk-cvg-dev-a'))
})

test('a secret has one hash as a key and another as a credential', () => {
  expect(keyring.fingerprint('sk-same')).not.toBe(keyring.hashSecret('sk-same'))
})

test('the check value tells root keys apart', () => {
  expect(keyring.check).not.toBe(stranger.check)
  expect(keyring.check).toHaveLength(43)
})

test('a secret is the expected one only when all of it is', () => {
  expect(sameSecret('metrics-token-1', 'metrics-token-1')).toBe(true)
  expect(sameSecret('metrics-token-', 'metrics-token-1')).toBe(false)
  expect(sameSecret('', 'metrics-token-1')).toBe(false)
})

function flipped(sealed: Sealed, part: keyof Sealed, bit: number): Sealed {
  const copy = Buffer.from(sealed[part])
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return { ...sealed, [part]: copy }
}
