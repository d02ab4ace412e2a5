import { describe, expect, test } from 'vitest'
import type { KeySnapshot } from '../db/key-snapshots.ts'
import { createLog } from '../log.ts'
import { KeyCache } from './key-cache.ts'

/** A cache over a table that tests change, and a database that can be away. */
function cacheWorld() {
  const table = new Map<string, string>([['hash', 'key_1']])
  const world = {
    table,
    now: 0,
    away: false,
    reads: 0,
    /** Resolved by the test, when reads are to take time. */
    gate: null as Promise<void> | null,
    cache: null as unknown as KeyCache,
    find: async (hash = 'hash') => (await world.cache.find(hash))?.keyId ?? null,
  }
  world.cache = new KeyCache({
    async read(hash) {
      world.reads++
      const keyId = table.get(hash)
      if (world.gate) await world.gate
      if (world.away) throw new Error('no connection')
      return keyId === undefined ? undefined : ({ keyId } as KeySnapshot)
    },
    staleMs: 60_000,
    monotonicMs: () => world.now,
    log: createLog({ logLevel: 'silent' }),
  })
  return world
}

test('a key is read once, and answered at once after that', async () => {
  const world = cacheWorld()
  expect(await world.find()).toBe('key_1')
  expect(world.cache.find('hash')).toMatchObject({ keyId: 'key_1' })
  expect(world.reads).toBe(1)
})

test('callers who ask at the same time share one read', async () => {
  const world = cacheWorld()
  await Promise.all(Array.from({ length: 50 }, () => world.find()))
  expect(world.reads).toBe(1)
})

describe('what changed is not used again', () => {
  test.each([
    ['the key itself', { topic: 'key', id: 'key_1' }],
    ['something above it', { topic: 'access' }],
    ['anything, while messages were lost', { topic: 'all' }],
  ] as const)('%s', async (_, message) => {
    const world = cacheWorld()
    await world.find()
    world.table.set('hash', 'key_1b')
    world.cache.hear(message)
    expect(await world.find()).toBe('key_1b')
  })

  test('even when it changed while it was being read', async () => {
    const world = cacheWorld()
    let open = () => {}
    world.gate = new Promise((resolve) => {
      open = resolve
    })
    const found = world.find()
    world.table.set('hash', 'key_1b')
    world.cache.hear({ topic: 'key', id: 'key_1' })
    world.gate = null
    open()
    expect(await found).toBe('key_1b')
  })

  test('a key that was not there yet is found once it is', async () => {
    const world = cacheWorld()
    expect(await world.find('new')).toBe(null)
    world.table.set('new', 'key_2')
    expect(await world.find('new')).toBe(null)
    world.cache.hear({ topic: 'key', id: 'key_2' })
    expect(await world.find('new')).toBe('key_2')
  })
})

describe('while the database is away', () => {
  test('a known key is trusted for the stated time, and no longer', async () => {
    const world = cacheWorld()
    await world.find()
    world.away = true
    world.now = 59_000
    world.cache.hear({ topic: 'all' })
    expect(await world.find()).toBe('key_1')
    world.now = 61_000
    await expect(world.find()).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a key that changed before is not trusted at all', async () => {
    const world = cacheWorld()
    await world.find()
    world.away = true
    world.cache.hear({ topic: 'key', id: 'key_1' })
    await expect(world.find()).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('an unknown key is neither good nor bad', async () => {
    const world = cacheWorld()
    world.away = true
    await expect(world.find('new')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

test('a lost message is made good after a while', async () => {
  const world = cacheWorld()
  await world.find()
  world.table.set('hash', 'key_1b')
  world.now = 31_000
  expect(await world.find()).toBe('key_1')
  await expect.poll(() => world.find()).toBe('key_1b')
})

test('after a change above them, any number of known keys is served at once', async () => {
  const world = cacheWorld()
  const keys = Array.from({ length: 200 }, (_, i) => `hash-${i}`)
  for (const key of keys) {
    world.table.set(key, key)
    await world.find(key)
  }
  world.cache.hear({ topic: 'access' })
  expect(await Promise.all(keys.map((key) => world.find(key)))).toEqual(keys)
})

test('a flood of unknown keys takes neither memory nor more than a few reads at a time', async () => {
  const world = cacheWorld()
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => world.find(`unknown-${i}`)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(64)
  for (let i = 0; i < 12_000; i++) await world.find(`more-${i}`)
  const { unknown } = world.cache as unknown as { unknown: Map<string, unknown> }
  expect(unknown.size).toBe(10_000)
})
