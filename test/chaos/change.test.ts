import { afterAll, beforeAll, expect, test } from 'vitest'
import { budgetCreate, budgetUpdate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { keyRevoke } from '../../src/contract/keys.ts'
import { testDatabase } from '../database.ts'
import { type Installation, install } from './installation.ts'
import { lastError, openStream } from './stream.ts'

const PATIENTLY = { timeout: 10_000 }

const IN_FORCE_MS = 2_000

const cleanup = new AsyncDisposableStack()
let installation: Installation

beforeAll(async () => {
  const database = cleanup.use(await testDatabase())
  installation = cleanup.use(await install({ DATABASE_URL: database.url, CLAVIGER_DRAIN_SECONDS: '1' }))
  await installation.addModels('quick', 'fake-hang', 'fake-stalls')
})

afterAll(() => cleanup.disposeAsync())

test('a revoked key ends its calls within two seconds, and no others', async () => {
  const revoked = await installation.issueKey()
  const kept = await installation.issueKey()
  const stream = await openStream(installation.url, revoked.secret, 'fake-hang')
  const other = await openStream(installation.url, kept.secret, 'fake-hang')
  const silent = post(revoked.secret, 'fake-stalls')
  await expect.poll(atProvider, PATIENTLY).toBe(3)

  const from = performance.now()
  await call(installation.client, keyRevoke, { params: { keyId: revoked.id }, body: { reason: 'it leaked' } })
  const text = await stream.text
  const answer = await silent
  expect(performance.now() - from).toBeLessThan(IN_FORCE_MS)
  expect(lastError(text)).toMatchObject({ type: 'error', code: 'key_revoked' })
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ error: { code: 'key_revoked' } })
  await expect.poll(atProvider, PATIENTLY).toBe(1)
  expect((await post(revoked.secret, 'quick')).status).toBe(401)
  expect((await post(kept.secret, 'quick')).status).toBe(200)
  other.hangUp()
  await other.text
  await expect.poll(atProvider, PATIENTLY).toBe(0)
})

test('a budget lowered below what is spent refuses the next call within two seconds, and raised lets it through', async () => {
  const { id, secret } = await installation.issueKey()
  const body = {
    scope: { type: 'key' as const, id },
    name: 'pocket money',
    period: 'month' as const,
    limitUsd: '1',
  }
  const { id: budgetId } = await call(installation.client, budgetCreate, { body })
  await expect.poll(async () => (await post(secret, 'quick')).status, PATIENTLY).toBe(200)
  await setLimit(budgetId, '0.00001')
  await untilAnswered(secret, 429)
  await setLimit(budgetId, '1')
  await untilAnswered(secret, 200)
})

async function setLimit(budgetId: string, limitUsd: string): Promise<void> {
  await call(installation.client, budgetUpdate, { params: { budgetId }, body: { limitUsd } })
}

async function untilAnswered(secret: string, status: number): Promise<void> {
  const from = performance.now()
  await expect
    .poll(async () => (await post(secret, 'quick')).status, { interval: 20, timeout: IN_FORCE_MS })
    .toBe(status)
  expect(performance.now() - from).toBeLessThan(IN_FORCE_MS)
}

function post(secret: string, model: string): Promise<Response> {
  return fetch(`${installation.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_output_tokens: 20, input: 'Hello' }),
  })
}

async function atProvider(): Promise<number> {
  return (await installation.provider.state()).active
}
