import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeyring } from './keyring.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'

const keyring = createKeyring(randomBytes(32))
const PASSWORD = 'seven quiet herons by the weir'

test('19: of many who sign in at once few wait, the others are sent away at once, and then all goes on', async () => {
  const stored = await hashPassword(keyring, PASSWORD)
  let underWay = 0
  const tries = Array.from({ length: 200 }, () => {
    underWay += 1
    return verifyPassword(keyring, stored, PASSWORD)
      .catch((error) => error.code)
      .finally(() => {
        underWay -= 1
      })
  })
  // Whoever has no place is told before the first hash is done.
  await new Promise((resolve) => setImmediate(resolve))
  expect(underWay).toBeLessThanOrEqual(34)
  const said = await Promise.all(tries)
  expect(said.filter((one) => one === true)).toHaveLength(34)
  expect(said.filter((one) => one === 'too_many_attempts')).toHaveLength(166)
  expect(await verifyPassword(keyring, stored, PASSWORD)).toBe(true)
})

test('a hash is of no use without the root key, and nobody has no password', async () => {
  const stored = await hashPassword(keyring, PASSWORD)
  const other = createKeyring(randomBytes(32))
  expect(await verifyPassword(keyring, stored, PASSWORD)).toBe(true)
  expect(await verifyPassword(other, stored, PASSWORD)).toBe(false)
  expect(await verifyPassword(keyring, null, 'nobody has this password')).toBe(false)
})
