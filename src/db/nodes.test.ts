import { expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { connectOnce } from './connect.ts'
import { lockNode, type NodeLocks, type Taken } from './nodes.ts'

const nobody = () => {}

test('a data directory and the gateway belong to one process until it lets go', async () => {
  await using database = await testDatabase()
  const first = await lockNode(database.url, 'node_1', true, nobody)
  expect(first.taken).toBeNull()
  expect((await lockNode(database.url, 'node_1', false, nobody)).taken).toBe('data-directory')
  expect((await lockNode(database.url, 'node_2', true, nobody)).taken).toBe('gateway')
  const beside = await lockNode(database.url, 'node_2', false, nobody)
  expect(beside.taken).toBeNull()
  await first.release()
  const next = await untilFree(() => lockNode(database.url, 'node_1', true, nobody))
  await Promise.all([next.release(), beside.release()])
})

test('of many that start together, one gets the gateway', async () => {
  await using database = await testDatabase()
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, index) => lockNode(database.url, `node_${index}`, true, nobody)),
  )
  expect(all.map(({ taken }) => taken).sort()).toEqual([...Array(7).fill('gateway'), null])
  await Promise.all(all.map((locks) => locks.release()))
})

test('a node that lost its connection takes its locks again', async () => {
  await using database = await testDatabase()
  const told: Taken[] = []
  const first = await lockNode(database.url, 'node_1', true, (taken) => told.push(taken))
  await breakConnections(database.url)
  await expect
    .poll(() => lockNode(database.url, 'node_2', true, nobody).then(release), {
      timeout: 5_000,
      interval: 700,
    })
    .toBe('gateway')
  expect(told).toEqual([])
  await first.release()
})

test('a node that lost its connection and finds its place taken is told so', async () => {
  await using database = await testDatabase()
  const told: Taken[] = []
  const first = await lockNode(database.url, 'node_1', true, (taken) => told.push(taken))
  await breakConnections(database.url)
  const second = await untilFree(() => lockNode(database.url, 'node_2', true, nobody))
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['gateway'])
  await Promise.all([first.release(), second.release()])
})

async function release(locks: NodeLocks): Promise<Taken | null> {
  await locks.release()
  return locks.taken
}

/** The server frees a closed connection's locks a moment after it is closed. */
async function untilFree(lock: () => Promise<NodeLocks>): Promise<NodeLocks> {
  for (;;) {
    const locks = await lock()
    if (locks.taken === null) return locks
  }
}

async function breakConnections(url: string): Promise<void> {
  const client = await connectOnce(url, 'test')
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'claviger node' and datname = current_database()",
  )
  await client.end()
}
