import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { call } from '../../src/contract/client.ts'
import { until } from '../raw-peer.ts'
import { priceOf, sum } from './bill.ts'
import { readBooks } from './books.ts'
import { type Installation, install } from './installation.ts'
import { type Load, type Seen, startLoad } from './load.ts'

const PATIENTLY = { timeout: 10_000 }

const KILLS = 20
const KILLS_WHILE_STARTING = 4
/** Of the kills under load every fourth comes at any moment after the start, also before the first answer. */
const ANY_MOMENT = 4
const CALLERS = 12
const LONGEST_UNDER_LOAD_MS = 800
const LONGEST_START_MS = 700

test(`after ${KILLS} kill -9 under load the books agree with the provider's bill`, async () => {
  await using installation = await install()
  await installation.addModels('quick', 'fake-slow')
  const scope = { type: 'team' as const, id: installation.ids.team }
  const team = { scope, name: 'all of them', period: 'month' as const, limitUsd: '50' }
  await call(installation.client, budgetCreate, { body: team })
  const callers = await Promise.all(
    Array.from({ length: CALLERS }, async (_, index) => {
      // One of them runs out of money while the others go on.
      const limitUsd = index === 0 ? '0.002' : '5'
      const budgets = [{ period: 'day' as const, limitUsd, onShort: 'deny' as const }]
      return {
        name: `caller-${String(index).padStart(2, '0')}`,
        ...(await installation.issueKey({ budgets })),
      }
    }),
  )

  const load = startLoad(() => installation, callers)
  for (let kill = 1; kill <= KILLS; kill++) {
    if (kill % ANY_MOMENT !== 0) await untilServing(load)
    await sleep(Math.random() * LONGEST_UNDER_LOAD_MS)
    await killNow(installation)
    if (kill % (KILLS / KILLS_WHILE_STARTING) === 0) await killWhileStarting(installation)
    await installation.start()
  }
  await until('the first caller is out of money', () => load.seen.some(isRefusal))
  await load.stop()
  await expect.poll(() => installation.metric('claviger_ledger_open_calls'), { timeout: 10_000 }).toBe(0)
  await expect.poll(() => installation.metric('claviger_ledger_backlog_rows'), { timeout: 10_000 }).toBe(0)
  await expect.poll(async () => (await installation.provider.state()).active, PATIENTLY).toBe(0)

  const bill = new Map((await installation.provider.bill()).map((line) => [`resp_${line.callId}`, line]))
  await using db = installation.db()
  const books = await readBooks(db)
  const attempts = books.rows.map(({ requestId, attempt }) => `${requestId} ${attempt}`)
  expect(new Set(attempts).size).toBe(attempts.length)

  const reported = books.rows.filter(({ objectId }) => objectId !== null)
  expect(new Set(reported.map(({ objectId }) => objectId)).size).toBe(reported.length)
  expect(reported.filter(({ estimated }) => estimated)).toEqual([])
  const billed = reported.flatMap(({ objectId }) => bill.get(objectId ?? '') ?? [])
  expect(billed).toHaveLength(reported.length)
  expect(reported.map(({ cost }) => cost)).toEqual(billed.map(priceOf))
  expect(sum(reported.map(({ cost }) => cost))).toBe(sum(billed.map(priceOf)))

  const settledByReport = new Set(reported.map(({ objectId }) => objectId))
  const lost = [...bill].filter(([id]) => !settledByReport.has(id)).map(([, line]) => line)
  for (const caller of callers) {
    const own = lost.filter(({ user }) => user?.startsWith(caller.name))
    const estimated = books.rows.filter((row) => row.keyId === caller.id && row.estimated)
    expect(own.length).toBeLessThanOrEqual(estimated.length)
    for (const row of estimated) expect(row.cost).toBe(row.hold)
    for (const line of own) for (const row of estimated) expect(priceOf(line)).toBeLessThanOrEqual(row.cost)
  }
  expect(lost.length).toBeGreaterThan(KILLS)

  const rowsOf = Map.groupBy(books.rows, ({ requestId }) => requestId)
  const answered = load.seen.filter(({ status }) => status === 200)
  for (const { requestId } of answered) expect(rowsOf.get(requestId)).toHaveLength(1)

  for (const window of books.windows) {
    expect(window.spent).toBe(window.charged)
    expect(window.spent).toBeLessThanOrEqual(window.limit)
    expect(window.over).toBe(0n)
  }
  const first = callers[0]
  const refusals = load.seen.filter(isRefusal)
  expect(refusals.every(({ user }) => user.startsWith(first?.name ?? ''))).toBe(true)
  const firstBill = [...bill.values()].filter(({ user }) => user?.startsWith(first?.name ?? ''))
  expect(sum(firstBill.map(priceOf))).toBeLessThanOrEqual(2_000_000n)

  installation.program.process.kill('SIGTERM')
  expect(await installation.program.ended).toBe(0)
  expect(journalOf(installation)).toEqual({})
}, 400_000)

async function untilServing(load: Load): Promise<void> {
  const before = load.seen.length
  await until('a call is answered', () => load.seen.slice(before).some(({ status }) => status === 200))
}

function isRefusal({ status, text }: Seen): boolean {
  return status === 429 && text.includes('budget_exceeded')
}

async function killNow({ program }: Installation): Promise<void> {
  program.process.kill('SIGKILL')
  expect(await program.ended).toBe('SIGKILL')
}

/** A start that does not get far: somewhere between its first line and its first call. */
async function killWhileStarting(installation: Installation): Promise<void> {
  const starting = installation.start().catch(() => {})
  await sleep(Math.random() * LONGEST_START_MS)
  await killNow(installation)
  await starting
}

/** What is left of the journal: the text of each of its files. */
function journalOf({ dataDir }: Installation): Record<string, string> {
  const directory = join(dataDir, 'journal')
  const texts = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')])
  return Object.fromEntries(texts)
}
