import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import {
  admitCall,
  callRequest,
  type LedgerWorld,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  NODE_TERMS,
  openPool,
  outcome,
  setLimit,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { createBus } from '../db/bus.ts'
import { createLog } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { createLedger } from './create-ledger.ts'
import type { Admission, Ledger } from './ledger.ts'

const USD = 1_000_000_000n

/** Several ledgers on one database, each as a process of its own would have it: its own pool, bus and journal. */

type Node = { ledger: Ledger; metrics: Metrics; dataDir: string }

async function startNode(world: LedgerWorld, nodeId: string, dataDir?: string): Promise<Node> {
  const db = openPool(world.url)
  const log = createLog({ logLevel: 'warn' }, (line) => world.logged.push(line))
  const bus = await createBus(world.url, log)
  const metrics = createMetrics()
  const directory = dataDir ?? mkdtempSync(join(tmpdir(), 'claviger-node-'))
  const ledger = await createLedger({ db, nodeId, ...NODE_TERMS, dataDir: directory, bus, metrics, log })
  onTestFinished(async () => {
    await ledger.close(1_000)
    await bus.close()
    await db.destroy()
    rmSync(directory, { recursive: true, force: true })
  })
  return { ledger, metrics, dataDir: directory }
}

function startNodes(world: LedgerWorld, count = 3): Promise<Node[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => startNode(world, `node_${index}`)))
}

function isAdmission(answer: object): answer is Admission {
  return !('refused' in answer)
}

test('a budget that affords 7 of 300 calls on three nodes at once lets exactly 7 in', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const budget = await makeBudget(world.db, { limitNanoUsd: 8n * USD - 1n })
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, call) => admitCall(at(nodes, call).ledger, [budget], USD)),
  )
  expect(answers.filter(isAdmission)).toHaveLength(7)
  expect(await moneyFaults(world.db)).toEqual([])
  expect((await windowOf(world.db, budget))?.leased).toBeLessThanOrEqual(8n * USD - 1n)
}, 30_000)

test('calls that come one after the other, each on another node, spend a budget to the last cent', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const budget = await makeBudget(world.db, { limitNanoUsd: 20n * USD })
  let admitted = 0
  for (let call = 0; call < 26; call++) {
    const answer = await admitCall(at(nodes, call).ledger, [budget], USD)
    if (isAdmission(answer)) {
      admitted++
      at(nodes, call).ledger.settle(answer, outcome({ costNanoUsd: USD }))
    }
  }
  expect(admitted).toBe(20)
  await until(() => nodes.every(({ ledger }) => ledger.health().backlogRows === 0), 'all is booked')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 20n * USD, over: 0n })
  expect(await moneyFaults(world.db)).toEqual([])
}, 30_000)

test('what one node holds idle is there for another, to the last nano-USD', async () => {
  await using world = await ledgerWorld()
  const first = await startNode(world, 'node_a')
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  await admitCall(first.ledger, [budget], 3n * USD)
  expect(await windowOf(world.db, budget)).toMatchObject({ leased: 10n * USD })
  const second = await startNode(world, 'node_b')
  expect(await admitCall(second.ledger, [budget], 7n * USD)).not.toHaveProperty('refused')
  expect(await admitCall(first.ledger, [budget], 1n)).toMatchObject({
    refused: 'budget',
    remainingNanoUsd: 0n,
  })
  expect(await admitCall(second.ledger, [budget], 1n)).toMatchObject({ refused: 'budget' })
  expect(await windowOf(world.db, budget)).toMatchObject({ leased: 10n * USD, over: 0n })
})

function at(nodes: readonly Node[], call: number): Node {
  const node = nodes[call % nodes.length]
  if (!node) throw new Error('there are no nodes')
  return node
}
