import { expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { connectOnce } from './connect.ts'
import { lockNode, type NodeLocks, type Taken } from './node-locks.ts'

const nobody = () => {}

test('a data directory belongs to one process until it lets go, and many serve the gateway', async () => {
  await using database = await testDatabase()
  const first = await lockNode(database.url, 'node_1', true, nobody)
  expect(first.taken).toBeNull()
  expect((await lockNode(database.url, 'node_1', true, nobody)).taken).toBe('data-directory')
  const beside = await lockNode(database.url, 'node_2', true, nobody)
  expect(beside.taken).toBeNull()
  await first.release()
  const next = await untilFree(() => lockNode(database.url, 'node_1', true, nobody))
  await Promise.all([next.release(), beside.release()])
})

test('of many that start together on one data directory, one gets it', async () => {
  await using database = await testDatabase()
  const all = await Promise.all(
    Array.from({ length: 8 }, () => lockNode(database.url, 'node_1', true, nobody)),
  )
  expect(all.map(({ taken }) => taken).sort()).toEqual([...Array(7).fill('data-directory'), null])
  await Promise.all(all.map((locks) => locks.release()))
})

test('a version that wants the gateway for itself gets it when nobody has it, and keeps others out', async () => {
  await using database = await testDatabase()
  const older = await connectOnce(database.url, 'test')
  const alone = () => older.query("select pg_try_advisory_lock(7236503, hashtext('gateway')) as taken")
  const first = await lockNode(database.url, 'node_1', true, nobody)
  expect((await alone()).rows).toEqual([{ taken: false }])
  await first.release()
  await expect.poll(async () => (await alone()).rows).toEqual([{ taken: true }])
  expect((await lockNode(database.url, 'node_1', true, nobody)).taken).toBe('gateway')
  const beside = await lockNode(database.url, 'node_2', false, nobody)
  expect(beside.taken).toBeNull()
  await Promise.all([beside.release(), older.end()])
})

test('a node that lost its connection takes its locks again', async () => {
  await using database = await testDatabase()
  const told: Taken[] = []
  const first = await lockNode(database.url, 'node_1', true, (taken) => told.push(taken))
  await breakConnections(database.url)
  await expect
    .poll(() => lockNode(database.url, 'node_1', true, nobody).then(release), {
      timeout: 5_000,
      interval: 700,
    })
    .toBe('data-directory')
  expect(told).toEqual([])
  await first.release()
})

test('a node that lost its connection and finds its place taken is told so', async () => {
  await using database = await testDatabase()
  const told: Taken[] = []
  const first = await lockNode(database.url, 'node_1', true, (taken) => told.push(taken))
  await breakConnections(database.url)
  const second = await untilFree(() => lockNode(database.url, 'node_1', true, nobody))
  await expect.poll(() => told).toEqual(['data-directory'])
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
