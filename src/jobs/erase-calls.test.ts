import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, operationNamed, serveControlPlane } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { call } from '../contract/client.ts'
import { requestList } from '../contract/requests.ts'
import { retentionPreview, retentionUpdate, retentionView } from '../contract/retention.ts'
import { usageReport } from '../contract/usage.ts'
import { newId } from '../ids.ts'
import { eraseCalls } from './erase-calls.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  for (const days of [400, 200, 130, 100, 1]) {
    const at = new Date(Date.now() - days * DAY_MS)
    const requestId = newId('req')
    for (const attempt of [1, 2])
      await insertUsageRow(app, { requestId, attempt, admittedAt: at, settledAt: at, costNanoUsd: 5n })
  }
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const owner = () => api.client(api.owner)
const set = async (callDays: number | null) => {
  await call(owner(), retentionUpdate, { body: { callDays } })
}
const calls = async () => {
  const { rows } = await sql<{
    calls: number
  }>`select count(distinct request_id)::int as calls from usage`.execute(app.db)
  return rows[0]?.calls
}
const report = async (from: string) => {
  const { total } = await call(owner(), usageReport, { query: { from } })
  return total
}

test('calls are kept for good until an owner says otherwise', async () => {
  expect(await call(owner(), retentionView, {})).toEqual({ callDays: null, erasedBefore: null, version: 1 })
  expect(await eraseCalls(app)).toBe(0)
  expect(await calls()).toBe(5)
})

test('for fewer days than what reads calls needs, they are not kept', async () => {
  const short = await api.send(
    operationNamed('retentionUpdate'),
    { body: { callDays: 123 } },
    { token: api.owner },
  )
  expect(short.status).toBe(400)
  await expect(sql`update retention set call_days = 123`.execute(app.db)).rejects.toThrow(
    'retention_call_days_check',
  )
})

test('what is older is erased by and by, as was said before, and reports stay as they were', async () => {
  const before = await report('-500d')
  const said = await call(owner(), retentionPreview, { query: { callDays: '150' } })
  expect(said.calls).toBe(2)
  await set(150)
  expect(await eraseCalls(app)).toBeGreaterThan(0)
  expect(await eraseCalls(app)).toBe(0)
  expect(await calls()).toBe(3)
  expect(await report('-500d')).toEqual(before)
  expect(await call(owner(), retentionView, {})).toMatchObject({ callDays: 150, erasedBefore: said.before })
  expect(await call(owner(), retentionPreview, { query: { callDays: '150' } })).toMatchObject({ calls: 0 })
  const { rows: told } = await sql`
    select actor_id, after from audit_events where action = ${'usage.erase'}`.execute(app.db)
  expect(told).toEqual([{ actorId: 'erase-calls', after: { erasedBefore: said.before } }])
})

test('the access log says from when on it is there, and an export that would lack calls is refused', async () => {
  const { erasedBefore } = await call(owner(), retentionView, {})
  expect(await call(owner(), requestList, {})).toMatchObject({ erasedBefore, data: expect.any(Array) })
  const take = (from: string) =>
    api.send(operationNamed('requestExport'), { query: { from } }, { token: api.owner })
  const refused = await take('-200d')
  expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('were erased')])
  expect((await take('-140d')).status).toBe(200)
})

test('kept for longer or for good again, nothing more is erased, and nothing comes back', async () => {
  for (const callDays of [300, null]) {
    await set(callDays)
    expect(await eraseCalls(app)).toBe(0)
    expect(await calls()).toBe(3)
  }
})

test('a report that begins within a quarter of an hour of erased calls says which one it counted', async () => {
  // Seven and a half minutes after a full hour, before and after the horizon.
  const within = (days: number) => Math.floor((Date.now() - days * DAY_MS) / HOUR_MS) * HOUR_MS + 450_000
  const { from, to } = await call(owner(), usageReport, {
    query: { from: new Date(within(390)).toISOString(), to: new Date(within(1)).toISOString() },
  })
  expect([Date.parse(from), Date.parse(to)]).toEqual([within(390) - 450_000, within(1)])
})
