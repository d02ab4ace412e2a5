import { expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import type { BusMessage } from '../bus.ts'
import { createLog } from '../log.ts'
import { createBus } from './bus.ts'
import { connect, connectOnce } from './connect.ts'
import { notify } from './notify.ts'

const log = createLog({ logLevel: 'silent' })

test('a message arrives in every process once its transaction commits, and never when it does not', async () => {
  await using database = await testDatabase()
  await using stack = new AsyncDisposableStack()
  const db = connect({ url: database.url, name: 'test', max: 2, statementTimeoutMs: 1000, onError: () => {} })
  stack.defer(() => db.destroy())
  const heard: BusMessage[][] = [[], []]
  for (const messages of heard) {
    const bus = await createBus(database.url, log)
    stack.defer(() => bus.close())
    bus.subscribe((message) => messages.push(message))
  }
  const undone = db.transaction().execute(async (db) => {
    await notify({ db }, { topic: 'key', id: 'key_undone' })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await db.transaction().execute((db) => notify({ db }, { topic: 'key', id: 'key_done' }))
  for (const messages of heard) await expect.poll(() => messages).toEqual([{ topic: 'key', id: 'key_done' }])
})

test('after its connection broke it listens again, and says that anything may have changed', async () => {
  await using database = await testDatabase()
  await using stack = new AsyncDisposableStack()
  const bus = await createBus(database.url, log)
  stack.defer(() => bus.close())
  const heard: BusMessage[] = []
  bus.subscribe((message) => heard.push(message))
  const client = await connectOnce(database.url, 'test')
  stack.defer(() => client.end())
  for (let gap = 1; gap <= 3; gap++) {
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'claviger bus' and datname = current_database()`)
    await expect.poll(() => heard).toEqual(Array(gap).fill({ topic: 'all' }))
  }
  await notify({ db: stack.use(disposable(database.url)).db }, { topic: 'models' })
  await expect.poll(() => heard.at(-1)).toEqual({ topic: 'models' })
})

test('who has unsubscribed hears nothing more', async () => {
  await using database = await testDatabase()
  await using stack = new AsyncDisposableStack()
  const bus = await createBus(database.url, log)
  stack.defer(() => bus.close())
  const { db } = stack.use(disposable(database.url))
  const gone: BusMessage[] = []
  const here: BusMessage[] = []
  const leave = bus.subscribe((message) => gone.push(message))
  bus.subscribe((message) => here.push(message))
  leave()
  await notify({ db }, { topic: 'access' })
  await expect.poll(() => here).toEqual([{ topic: 'access' }])
  expect(gone).toEqual([])
})

function disposable(url: string) {
  const db = connect({ url, name: 'test', max: 1, statementTimeoutMs: 1000, onError: () => {} })
  return { db, [Symbol.asyncDispose]: () => db.destroy() }
}
