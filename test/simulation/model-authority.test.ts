import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Db } from '../../src/app.ts'
import type { Answer, WindowState } from '../../src/db/ledger.ts'
import { writeOffNode } from '../../src/db/nodes.ts'
import { AppError } from '../../src/domain/errors.ts'
import { newId } from '../../src/ids.ts'
import { postgresAuthority } from '../../src/ledger/authority.ts'
import { leaseRequest, ledgerWorld, makeBudget, moneyFaults, NODE_TERMS, setLimit } from '../ledger.ts'
import { authorityOf, keyOf, leasedOf, modelAuthority } from './model-authority.ts'
import { randomFrom } from './random.ts'

const START = new Date(0)
const END = new Date('9999-12-31T00:00:00Z')

test('PostgreSQL and the model of it give the same answers to the same questions', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const random = randomFrom(7)
  const model = modelAuthority(
    () => new Date(),
    () => ({ start: START, end: END }),
  )
  const budgets = await Promise.all(
    (['hard', 'hard', 'soft'] as const).map((kind) =>
      makeBudget(db, { kind, window: 'total', limitNanoUsd: 200n }),
    ),
  )
  for (const { id, kind } of budgets) model.budgets.set(id, { id, kind, limit: 200n })
  const pairs = ['node_a', 'node_b', 'node_c'].map(
    (node) => [postgresAuthority(db, node, NODE_TERMS), authorityOf(model.sideOf(node))] as const,
  )
  const sent: Buffer[] = []
  const moments: Date[] = []

  const keys = budgets.map(({ id }) => ({ budgetId: id, windowStart: START }))
  for (const [real, modelled] of pairs) {
    await real.start()
    await modelled.start()
    const requests = budgets.map(({ id }) => leaseRequest(id, { wantNanoUsd: 1n }))
    expect(statesOf(await real.take(requests))).toEqual(statesOf(await modelled.take(requests)))
  }

  for (let step = 0; step < 400; step++) {
    if (step % 20 === 0) for (const pair of pairs) for (const side of pair) await side.beat()
    if (step % 5 === 0) moments.push(await quietMoment())
    const [real, modelled] = random.pick(pairs)
    const budget = random.pick(budgets)
    switch (random.pick(MOVES)) {
      case 'take': {
        const requests = [
          leaseRequest(budget.id, {
            known: random.chance(0.8)
              ? { budgetId: budget.id, windowStart: START, neededNanoUsd: BigInt(random.int(60)) }
              : null,
            surrenders: random.chance(0.3),
            wantNanoUsd: BigInt(random.int(60)),
            wishNanoUsd: BigInt(random.int(200)),
            askedSince: random.chance(0.3) ? random.pick(moments.slice(-5)) : null,
          }),
        ]
        expect(statesOf(await real.take(requests))).toEqual(statesOf(await modelled.take(requests)))
        break
      }
      case 'settle': {
        const batch = random.chance(0.2) && sent.length > 0 ? random.pick(sent) : batchOf(random.int(4) + 1)
        sent.push(batch)
        expect(statesOf(await real.settle(batch, keys))).toEqual(statesOf(await modelled.settle(batch, keys)))
        break
      }
      case 'give back': {
        const given = [{ budgetId: budget.id, windowStart: START, neededNanoUsd: BigInt(random.int(40)) }]
        const recalled = random.chance(0.5)
        expect(statesOf(await real.giveBack(given, recalled))).toEqual(
          statesOf(await modelled.giveBack(given, recalled)),
        )
        expect(byBudget(await real.leases())).toEqual(byBudget(await modelled.leases()))
        break
      }
      case 'write off': {
        const { nodeId } = real
        expect(await writeOff(db, nodeId)).toEqual(byBudget(model.writeOff(nodeId) ?? []))
        const agoMs = random.pick([5_000, 11_000])
        await sql`update nodes set trusted_until = ${new Date(Date.now() - agoMs)} where id = ${nodeId}`.execute(
          db,
        )
        Object.assign(model.nodes.get(nodeId) ?? {}, { trustedUntil: Date.now() - agoMs })
        expect(await writeOff(db, nodeId)).toEqual(byBudget(model.writeOff(nodeId) ?? []))
        await real.beat()
        await modelled.beat()
        break
      }
      case 'change the limit': {
        const limit = BigInt(random.int(400))
        await setLimit(db, budget, limit)
        model.budgets.set(budget.id, { id: budget.id, kind: budget.kind, limit })
      }
    }
    for (const row of await db.selectFrom('budgetWindows').selectAll().execute()) {
      const window = model.windows.get(keyOf(row.budgetId, row.windowStart))
      if (!window) throw new Error('the model lacks a window')
      const { spent, over, limit } = window
      const figures = [row.spentNanoUsd, row.leasedNanoUsd, row.overNanoUsd, row.limitNanoUsd]
      expect(figures, `step ${step}`).toEqual([spent, leasedOf(window), over, limit])
    }
  }
  expect(await moneyFaults(db)).toEqual([])

  function batchOf(count: number): Buffer {
    const rows = Array.from({ length: count }, () => {
      const charged = budgets.filter(() => random.chance(0.6)).map(({ id }) => id)
      return {
        ...ROW,
        id: newId('use'),
        request_id: newId('req'),
        cost_nano_usd: String(random.int(15)),
        budget_ids: charged,
        budget_window_starts: charged.map(() => START),
      }
    })
    return Buffer.from(JSON.stringify(rows))
  }
}, 60_000)

const MOVES = ['take', 'take', 'settle', 'give back', 'change the limit', 'write off'] as const

const ROW = {
  attempt: 1,
  admitted_at: START,
  settled_at: START,
  key_id: 'key_1',
  secret_id: 'sec_1',
  environment_id: 'env_1',
  project_id: 'prj_1',
  team_id: 'team_1',
  operation: 'chat.completions',
  credential_id: 'crd_1',
  stream: false,
  status: 200,
}

/** Nothing is given back of a node that may still let calls in. */
async function writeOff(db: Db, nodeId: string) {
  const refused = (error: unknown) => {
    if (error instanceof AppError && error.code === 'conflict') return []
    throw error
  }
  return byBudget((await writeOffNode(db, nodeId).catch(refused)) ?? [])
}

/** A moment in which neither is asked, so that both agree what was before it: their clocks are some milliseconds apart. */
async function quietMoment(): Promise<Date> {
  await setTimeout(5)
  const moment = new Date()
  await setTimeout(5)
  return moment
}

function statesOf({ windows }: Answer<WindowState>) {
  return byBudget(windows)
}

function byBudget<Row extends { budgetId: string }>(rows: Row[]): Row[] {
  return rows.sort((a, b) => (a.budgetId < b.budgetId ? -1 : 1))
}
