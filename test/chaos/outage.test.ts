import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { testDatabase } from '../database.ts'
import { tcpProxy } from '../tcp-proxy.ts'
import { priceOf, sum } from './bill.ts'
import { readBooks } from './books.ts'
import { type Installation, install } from './installation.ts'
import { startLoad } from './load.ts'

const PATIENTLY = { timeout: 10_000 }

/** `OUTAGE_MS=600000` shows ten minutes. */
const AWAY_MS = Number(process.env.OUTAGE_MS ?? 3_000)
const CALLERS = 4

test(
  'without its database it goes on within its leases, says so, heals by itself, and loses nothing',
  async () => {
    await using database = await testDatabase()
    await using line = await tcpProxy(database.url)
    await using installation = await install({ DATABASE_URL: line.url, CLAVIGER_STALE_SECONDS: '3600' })
    await installation.addModels('quick', 'fake-slow')
    const scope = { type: 'team' as const, id: installation.ids.team }
    await call(installation.client, budgetCreate, {
      body: { scope, name: 'all', period: 'month', limitUsd: '50' },
    })
    const callers = await Promise.all(
      Array.from({ length: CALLERS }, async (_, index) => ({
        name: `caller-${index}`,
        ...(await installation.issueKey()),
      })),
    )
    const unknown = await installation.issueKey()
    const load = startLoad(() => installation, callers)
    await expect
      .poll(() => new Set(load.seen.map(({ user }) => user.slice(0, 8))).size, PATIENTLY)
      .toBe(CALLERS)

    const before = load.seen.length
    line.cut()
    await expect.poll(() => statusOf(installation, '/readyz'), { timeout: 5_000 }).toBe(503)
    expect(await statusOf(installation, '/v1/models', unknown.secret)).toBe(503)
    expect(await statusOf(installation, '/api/v1/teams', installation.client.token)).toBe(503)
    expect(await statusOf(installation, '/livez')).toBe(200)
    await sleep(AWAY_MS)
    expect(await statusOf(installation, '/readyz')).toBe(503)
    const during = load.seen.slice(before)

    line.restore()
    await expect.poll(() => statusOf(installation, '/readyz'), { timeout: 10_000 }).toBe(200)
    await expect
      .poll(() => statusOf(installation, '/v1/models', unknown.secret), { timeout: 10_000 })
      .toBe(200)
    await load.stop()
    expect(during.length).toBeGreaterThan(CALLERS * 10)
    expect(load.seen.filter(({ status, complete }) => status !== 200 || !complete)).toEqual([])

    await expect
      .poll(() => installation.metric('claviger_ledger_backlog_rows'), { timeout: 15_000 + AWAY_MS / 2 })
      .toBe(0)
    await using db = installation.db()
    const { rows, windows } = await readBooks(db)
    const bill = await installation.provider.bill()
    const calls = rows.filter(({ operation }) => operation === 'responses')
    expect(calls.map(({ objectId }) => objectId).sort()).toEqual(
      bill.map(({ callId }) => `resp_${callId}`).sort(),
    )
    expect(sum(calls.map(({ cost }) => cost))).toBe(sum(bill.map(priceOf)))
    for (const { spent, charged } of windows) expect(spent).toBe(charged)
  },
  60_000 + 2 * AWAY_MS,
)

async function statusOf({ url }: Installation, path: string, token: string | null = null): Promise<number> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  return (await fetch(url + path, { headers })).status
}
