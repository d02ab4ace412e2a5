import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import {
  admitCall,
  callRequest,
  type LedgerWorld,
  leaseRequest,
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
import { tcpProxy } from '../../test/tcp-proxy.ts'
import type { BusMessage } from '../bus.ts'
import { createBus } from '../db/bus.ts'
import { createLog } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { postgresAuthority } from './authority.ts'
import { createLedger } from './create-ledger.ts'
import type { Admission, Ledger } from './ledger.ts'

const USD = 1_000_000_000n

/** Several ledgers on one database, each as a process of its own would have it: its own pool, bus and journal. */

type Node = { ledger: Ledger; metrics: Metrics }

async function startNode(
  world: LedgerWorld,
  nodeId: string,
  url = world.url,
  terms = NODE_TERMS,
): Promise<Node> {
  const db = openPool(url, nodeId)
  const log = createLog({ logLevel: 'warn' }, (line) => world.logged.push(line))
  const bus = await createBus(world.url, log)
  const metrics = createMetrics()
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-node-'))
  const ledger = await createLedger({ db, nodeId, ...terms, dataDir, bus, metrics, log })
  onTestFinished(async () => {
    await ledger.close(1_000)
    await bus.close()
    await db.destroy()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return { ledger, metrics }
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

test('what a silent node holds stays charged, nobody waits for it, and it is booked when the node is back', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const [silent, other] = await Promise.all([
    startNode(world, 'node_silent', wire.url),
    startNode(world, 'node_other'),
  ])
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const admission = await admitCall(silent.ledger, [budget], 4n * USD)
  if (!isAdmission(admission)) throw new Error('refused')
  wire.cut()
  await fallSilent(world)
  const heard = await listenTo(world)
  expect(await admitCall(other.ledger, [budget], 7n * USD)).toMatchObject({ refused: 'out_of_reach' })
  expect(await heard(), 'nobody asks it to give back, and so nobody waits for it').not.toContain('recall')
  expect(await admitCall(other.ledger, [budget], 1n * USD)).not.toHaveProperty('refused')
  expect(await stranded(world)).toMatchObject([{ nodeId: 'node_silent', budgetId: budget.id }])

  silent.ledger.settle(admission, outcome({ costNanoUsd: 3n * USD }))
  wire.restore()
  await until(() => silent.ledger.health().backlogRows === 0, 'it books what it spent')
  await until(async () => (await stranded(world)).length === 0, 'it is there again')
  await until(async () => isAdmission(await admitCall(other.ledger, [budget], 6n * USD)), 'the rest is there')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 3n * USD, leased: 7n * USD, over: 0n })
  expect(await moneyFaults(world.db)).toEqual([])
}, 30_000)

test('a call that lacks what a hanging node holds is told so, and passes when that node answers again', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const hanging = await startNode(world, 'node_hanging', wire.url)
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  await admitCall(hanging.ledger, [budget], 4n * USD)
  const other = await startNode(world, 'node_other')
  wire.cut()
  // It was heard a moment ago, however long this takes.
  await sql`update nodes set heartbeat_at = now() + interval '1 hour' where id = 'node_hanging'`.execute(
    world.db,
  )
  expect(await admitCall(other.ledger, [budget], 10n * USD)).toMatchObject({
    refused: 'out_of_reach',
    remainingNanoUsd: 0n,
    outOfReachNanoUsd: 10n * USD,
  })
  expect(await admitCall(other.ledger, [budget], 11n * USD), 'that is more than there ever is').toMatchObject(
    {
      refused: 'budget',
    },
  )
  wire.restore()
  await until(async () => isAdmission(await admitCall(other.ledger, [budget], 6n * USD)), 'it answers')
  expect(await admitCall(other.ledger, [budget], 1n), 'its call goes on').toMatchObject({ refused: 'budget' })
  expect(await moneyFaults(world.db)).toEqual([])
}, 30_000)

test('nodes that answered are not said to be out of reach, though they have taken some since', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n })
  const [holding, taking] = ['node_b', 'node_c'].map((id) => postgresAuthority(world.db, id, NODE_TERMS))
  if (!holding || !taking) throw new Error('there are two')
  await holding.start()
  await taking.start()
  let asked = 0
  const ledger = await world.open({
    through: (authority) => ({
      ...authority,
      async take(requests) {
        const answer = await authority.take(requests)
        if (++asked > 1) return answer
        const windowStart = answer.windows[0]?.windowStart ?? new Date(0)
        await holding.giveBack([{ budgetId: budget.id, windowStart, neededNanoUsd: 0n }], true)
        await taking.take([leaseRequest(budget.id, { wantNanoUsd: 2n })])
        return answer
      },
    }),
  })
  await holding.take([leaseRequest(budget.id, { wantNanoUsd: 3n })])
  expect(await admitCall(ledger, [budget], 9n)).toMatchObject({ refused: 'budget', remainingNanoUsd: 8n })
  expect(asked).toBe(2)
  expect(await moneyFaults(world.db)).toEqual([])
})

test('what a node held that never returns can be written off, but not while it may let calls in', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 10n * USD })
  const lost = postgresAuthority(db, 'node_lost', { gateway: true, trustedSeconds: 30 })
  await lost.start()
  await lost.take([leaseRequest(budget.id, { wantNanoUsd: 1n })])
  const writeOff = () => sql`select * from ledger_write_off('node_lost')`.execute(db)
  await expect(writeOff()).rejects.toThrow('node_lost may still let calls in')
  await sql`update nodes set heartbeat_at = now() - interval '60 seconds', trusted_until = now() - interval '9 seconds'`.execute(
    db,
  )
  await expect(writeOff()).rejects.toThrow('node_lost may still let calls in')
  await sql`update nodes set trusted_until = now() - interval '11 seconds'`.execute(db)
  const { rows } = await writeOff()
  expect(rows).toMatchObject([{ budgetId: budget.id, amountNanoUsd: 10n * USD }])
  expect(await windowOf(db, budget)).toMatchObject({ leased: 0n, over: 0n })
  expect(await moneyFaults(db)).toEqual([])
})

test('a node that the database has not heard of for too long lets nobody in, nor on what was written off', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const cut = await startNode(world, 'node_silent', wire.url, { gateway: true, trustedSeconds: 3 })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const letsIn = () =>
    isAdmission(cut.ledger.admit(callRequest({ budgets: [budget], holdNanoUsd: 1n * USD })))
  expect(await admitCall(cut.ledger, [budget], 1n * USD)).not.toHaveProperty('refused')
  wire.cut()
  expect(letsIn(), 'it is trusted yet').toBe(true)
  await until(() => !letsIn(), 'it is not trusted any more')
  await fallSilent(world)
  await sql`select ledger_write_off('node_silent')`.execute(world.db)
  const other = await startNode(world, 'node_other')
  expect(await admitCall(other.ledger, [budget], 10n * USD)).not.toHaveProperty('refused')

  wire.restore()
  await until(async () => {
    const answer = await admitCall(cut.ledger, [budget], 1n)
    return 'refused' in answer && answer.refused === 'budget'
  }, 'it is heard again, and has nothing')
  expect(letsIn()).toBe(false)
  expect(await moneyFaults(world.db)).toEqual([])
}, 30_000)

test('a lowered limit is in force on three nodes within two seconds, and what they hold stays theirs', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const budget = await makeBudget(world.db, { limitNanoUsd: 600n * USD })
  for (const { ledger } of nodes) await admitCall(ledger, [budget], 10n * USD)
  await setLimit(world.db, budget, 31n * USD)
  const startedAt = performance.now()
  await notify(world, { topic: 'budget', id: budget.id })
  await until(async () => {
    const window = await windowOf(world.db, budget)
    return window?.limit === 31n * USD && window.over === 0n
  }, 'all have given back')
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  const answers = await Promise.all(nodes.map(({ ledger }) => admitCall(ledger, [budget], 1n * USD)))
  expect(answers.filter(isAdmission)).toHaveLength(1)
  expect(await windowOf(world.db, budget)).toEqual({
    spent: 0n,
    leased: 31n * USD,
    limit: 31n * USD,
    over: 0n,
  })
}, 30_000)

test('three nodes that let thousands of calls in ask the database at most twenty times a second', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const budget = await makeBudget(world.db, { limitNanoUsd: 1_000_000n * USD })
  const load = async (seconds: number) => {
    const startedAt = performance.now()
    let calls = 0
    while (performance.now() - startedAt < seconds * 1000) {
      for (const { ledger } of nodes)
        for (let burst = 0; burst < 17; burst++) {
          const answer = await admitCall(ledger, [budget], 2_000_000n)
          if (!isAdmission(answer)) throw new Error('refused')
          calls++
          ledger.settle(answer, outcome({ costNanoUsd: 300_000n }))
        }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return calls / seconds
  }
  await load(2)
  const before = await questions(nodes)
  const seconds = 4
  const callsPerSecond = await load(seconds)
  const asked = ((await questions(nodes)) - before) / seconds
  expect(callsPerSecond).toBeGreaterThan(1_000)
  expect(asked, `at ${callsPerSecond} calls a second`).toBeLessThanOrEqual(20)
}, 60_000)

test('three nodes that use a budget up do not ask for money all the time, and leave less than one call', async () => {
  await using world = await ledgerWorld()
  const nodes = await startNodes(world)
  const limit = 4n * USD
  const hold = 2_000_000n
  const budget = await makeBudget(world.db, { limitNanoUsd: limit })
  const asked: { atMs: number; questions: number }[] = []
  let refused = 0
  const call = async ({ ledger }: Node) => {
    const answer = await admitCall(ledger, [budget], hold)
    if (isAdmission(answer)) ledger.settle(answer, outcome({ costNanoUsd: 300_000n }))
    else refused++
  }
  const under: Promise<void>[] = []
  for (let ticks = 0, ticksAfter = 0; ticksAfter < 150; ticks++) {
    if (ticks > 6_000) throw new Error('the budget is not used up')
    for (const node of nodes) for (let burst = 0; burst < 17; burst++) under.push(call(node))
    asked.push({ atMs: performance.now(), questions: await questions(nodes, ['take', 'give_back']) })
    if (refused > 0) ticksAfter++
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await Promise.all(under)
  await until(() => nodes.every(({ ledger }) => ledger.health().backlogRows === 0), 'all is booked')
  const spent = (await windowOf(world.db, budget))?.spent ?? 0n
  expect(limit - spent).toBeLessThan(hold)
  expect(limit - spent).toBeGreaterThanOrEqual(0n)
  expect(mostInASecond(asked)).toBeLessThanOrEqual(45)
}, 60_000)

function mostInASecond(asked: readonly { atMs: number; questions: number }[]): number {
  const perSecond = asked.map((from) => {
    const to = asked.find(({ atMs }) => atMs >= from.atMs + 1_000)
    return to ? ((to.questions - from.questions) * 1_000) / (to.atMs - from.atMs) : 0
  })
  return Math.max(...perSecond)
}

/**
 * As if nobody had heard of it for an hour. What a node had sent before it was cut off still arrives, and would be heard:
 * so that first comes to its end.
 */
async function fallSilent({ db }: LedgerWorld): Promise<void> {
  await until(async () => {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and application_name = 'claviger node_silent'`.execute(db)
    return rows.length === 0
  }, 'the database has let go of the node that is cut off')
  await sql`update nodes set heartbeat_at = now() - interval '1 hour', trusted_until = now() - interval '55 minutes'
            where id = 'node_silent'`.execute(db)
}

async function stranded({ db }: LedgerWorld): Promise<{ nodeId: string; budgetId: string }[]> {
  const { rows } = await sql<{ nodeId: string; budgetId: string }>`select * from stranded_leases`.execute(db)
  return rows
}

async function notify({ db }: LedgerWorld, message: BusMessage): Promise<void> {
  await sql`select pg_notify('claviger', ${JSON.stringify(message)})`.execute(db)
}

/** Listens from now on; what it returns says what was heard until it is asked. */
async function listenTo(world: LedgerWorld): Promise<() => Promise<string[]>> {
  const bus = await createBus(
    world.url,
    createLog({ logLevel: 'warn' }, (line) => world.logged.push(line)),
  )
  onTestFinished(() => bus.close())
  const topics: string[] = []
  let last = false
  bus.subscribe((message) => {
    if (message.topic === 'budget' && message.id === 'last') last = true
    else topics.push(message.topic)
  })
  return async () => {
    // What is told after something arrives after it.
    await notify(world, { topic: 'budget', id: 'last' })
    await until(() => last, 'all is heard')
    return topics
  }
}

/** How often these nodes have asked the database so far; only what is named, if anything is. */
async function questions(nodes: readonly Node[], named?: readonly string[]): Promise<number> {
  let sum = 0
  for (const { metrics } of nodes) {
    const { values } = (await metrics.registry.getSingleMetric('claviger_ledger_questions_total')?.get()) ?? {
      values: [],
    }
    for (const { value, labels } of values)
      if (!named || named.includes(String(labels.question))) sum += value
  }
  return sum
}

function at(nodes: readonly Node[], call: number): Node {
  const node = nodes[call % nodes.length]
  if (!node) throw new Error('there are no nodes')
  return node
}
