import { expect, test } from 'vitest'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { testDatabase } from '../database.ts'
import { readBooks } from './books.ts'
import { type Installation, install } from './installation.ts'
import { lastError, openStream } from './stream.ts'

const PATIENTLY = { timeout: 10_000 }

const STREAMS = 8

test('on SIGTERM it is not ready at once, streams finish, leases go back, and it ends with 0', async () => {
  await using database = await testDatabase()
  await using installation = await install({ DATABASE_URL: database.url })
  const streams = await openStreams(installation, 'fake-slow')
  await using db = installation.db()
  expect(await db.selectFrom('leases').selectAll().execute()).not.toEqual([])

  installation.program.process.kill('SIGTERM')
  await expect.poll(() => readiness(installation), { interval: 10, timeout: 1_000 }).toBe(503)
  for (const { status, text } of streams) {
    expect(status).toBe(200)
    expect(await text).toContain('event: response.completed')
  }
  expect(await installation.program.ended).toBe(0)

  const { rows, windows } = await readBooks(db)
  const streamed = rows.filter(({ stream }) => stream)
  expect(streamed.map(({ estimated }) => estimated)).toEqual(streams.map(() => false))
  for (const { spent, charged } of windows) expect(spent).toBe(charged)
  expect(await db.selectFrom('leases').selectAll().execute()).toEqual([])
}, 60_000)

test('on SIGTERM a stream that does not end is cut after the drain time, with an error event, and charged', async () => {
  await using database = await testDatabase()
  await using installation = await install({ DATABASE_URL: database.url, CLAVIGER_DRAIN_SECONDS: '1' })
  const streams = await openStreams(installation, 'fake-hang')
  installation.program.process.kill('SIGTERM')
  for (const { text } of streams)
    expect(lastError(await text)).toMatchObject({ type: 'error', code: 'unavailable' })
  expect(await installation.program.ended).toBe(0)
  await expect.poll(async () => (await installation.provider.state()).active, PATIENTLY).toBe(0)

  await using db = installation.db()
  const { rows, windows } = await readBooks(db)
  const streamed = rows.filter(({ stream }) => stream)
  expect(streamed.map(({ estimated }) => estimated)).toEqual(streams.map(() => true))
  for (const { cost } of streamed) expect(cost).toBeGreaterThan(0n)
  for (const { spent, charged } of windows) expect(spent).toBe(charged)
  expect(await db.selectFrom('leases').selectAll().execute()).toEqual([])
}, 60_000)

async function openStreams(installation: Installation, model: string) {
  await installation.addModels(model)
  const scope = { type: 'team' as const, id: installation.ids.team }
  await call(installation.client, budgetCreate, {
    body: { scope, name: 'all', period: 'month', limitUsd: '50' },
  })
  const { secret } = await installation.issueKey()
  return Promise.all(Array.from({ length: STREAMS }, () => openStream(installation.url, secret, model)))
}

async function readiness({ url }: Installation): Promise<number> {
  return (await fetch(`${url}/readyz`)).status
}
