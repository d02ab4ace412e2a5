import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { auditList } from '../contract/audit.ts'
import { call, callForFile } from '../contract/client.ts'
import { requestExport } from '../contract/requests.ts'
import { teamCreate } from '../contract/teams.ts'
import { moveHorizon } from '../db/usage-erase.ts'
import { jobContext } from '../jobs/sweep.ts'
import { exportRequests } from './request-export.ts'

let app: TestApp
let api: ControlPlane
let search: string
let ranking: string
const at = (iso: string) => ({ admittedAt: new Date(iso), settledAt: new Date(iso) })

beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  search = (await call(api.client(api.owner), teamCreate, { body: { name: '=cmd("calc")' } })).id
  ranking = (await call(api.client(api.owner), teamCreate, { body: { name: 'Ranking' } })).id
  await insertUsageRow(app, { ...at('2026-11-10T22:30:00Z'), teamId: search, model: '=1+1', costNanoUsd: 1n })
  await insertUsageRow(app, { ...at('2026-11-11T12:00:00Z'), teamId: ranking, costNanoUsd: 2_500_000_000n })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

async function linesOf(query: Record<string, string> = {}, token = api.owner): Promise<string[]> {
  const input = { query: { from: '2026-11-01', to: '2026-12-01', ...query } }
  const file = await callForFile(api.client(token), requestExport, input)
  return (await new Response(file).text()).trimEnd().split('\r\n')
}

describe('the export of the access log', () => {
  test('has a line for each attempt, newest first, in UTC and exact', async () => {
    const [head, first, second, ...more] = await linesOf()
    expect(head?.split(',').slice(0, 3)).toEqual(['time', 'request_id', 'attempt'])
    expect(first).toMatch(/^2026-11-11T12:00:00\.000Z,req_\w+,1,Ranking,/)
    expect(first).toContain(',2.50,')
    expect(second).toContain(',0.000000001,')
    expect(more).toEqual([])
  })

  test('holds nothing that a spreadsheet would compute', async () => {
    const [, , line] = await linesOf()
    expect(line).toContain(`"'=cmd(""calc"")"`)
    expect(line).toContain(",'=1+1,")
  })

  test('ends with the address of who called', async () => {
    await insertUsageRow(app, { ...at('2026-10-05T00:00:00Z'), ip: '203.0.113.7' })
    const [head, line] = await linesOf({ from: '2026-10-01', to: '2026-10-31' })
    expect(head).toMatch(/,tags,ip$/)
    expect(line).toMatch(/,203\.0\.113\.7$/)
  })

  test('is narrowed as the list is, and holds no more lines than were asked for', async () => {
    expect(await linesOf({ teamId: search })).toHaveLength(2)
    expect(await linesOf({ to: '2026-11-11' })).toHaveLength(2)
    expect(await linesOf({ failed: 'true' })).toHaveLength(1)
    expect(await linesOf({ limit: '1' })).toHaveLength(2)
  })

  test('reaches as far as roles do, and no further', async () => {
    const { secret: token } = await issueToken(app, { role: 'viewer', teamId: ranking })
    const lines = await linesOf({}, token)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('Ranking')
    await expect(linesOf({ teamId: search }, token)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('leaves an event each time, with what was taken along', async () => {
    const events = async () =>
      (await call(api.client(api.owner), auditList, { query: { action: 'request.export', limit: 200 } })).data
    const before = (await events()).length
    await linesOf({ teamId: search })
    await linesOf({ teamId: search })
    const after = await events()
    expect(after).toHaveLength(before + 2)
    expect(after[0]).toMatchObject({ targetId: search, after: { teamId: search, within: 'everything' } })
  })

  test('breaks off when calls that it is about are erased before it is through', async () => {
    const query = { from: '2026-11-01', to: '2026-12-01', limit: 100 }
    const lines = await exportRequests(jobContext(app, 'export'), { query })
    const taking = async () => {
      for await (const _ of lines)
        await app.db.transaction().execute((db) => moveHorizon(db, new Date('2026-11-11')))
    }
    await expect(taking()).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(linesOf()).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await linesOf({ from: '2026-11-11' })).toHaveLength(2)
  })
})
