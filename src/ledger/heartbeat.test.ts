import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import {
  admitCall,
  type LedgerWorld,
  leaseRequest,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  NODE_TERMS,
  until,
} from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import { takeLeases } from '../db/ledger.ts'
import { beatNode, startNode, stopNode, UnknownNode } from '../db/nodes.ts'
import type { Budget } from '../domain/budget.ts'
import type { Authority } from './authority.ts'
import { createDatabaseClock } from './clock.ts'
import { startHeartbeat } from './heartbeat.ts'

test('a node that runs is live, one that stopped or fell silent is not', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  await until(async () => (await liveNodes(world.db)) === 1, 'the first has started')
  await startNode(world.db, 'node_b', NODE_TERMS)
  await startNode(world.db, 'node_c', NODE_TERMS)
  await startNode(world.db, 'node_jobs', { ...NODE_TERMS, gateway: false })
  expect(await liveNodes(world.db)).toBe(3)
  await stopNode(world.db, 'node_b')
  expect(await liveNodes(world.db)).toBe(2)
  await sql`update nodes set heartbeat_at = now() - interval '11 seconds' where id = 'node_c'`.execute(
    world.db,
  )
  expect(await liveNodes(world.db)).toBe(1)
  expect(await beatNode(world.db, { nodeId: 'node_c', run: 1n }, 300)).toMatchObject({ liveNodes: 2 })
  await ledger.close(1_000)
  expect(await liveNodes(world.db)).toBe(1)
})

test('each start of a node is another run, and it is trusted for as long as it said', async () => {
  await using world = await ledgerWorld()
  const first = await startNode(world.db, 'node_a', { gateway: true, trustedSeconds: 20 })
  expect(first.run).toBe(1n)
  expect(first.trustedUntil.getTime() - first.databaseNow.getTime()).toBeGreaterThan(19_000)
  expect(first.trustedUntil.getTime() - first.databaseNow.getTime()).toBeLessThan(21_000)
  expect(await startNode(world.db, 'node_a', NODE_TERMS)).toMatchObject({ run: 2n })
  await expect(beatNode(world.db, { nodeId: 'node_unknown', run: 1n }, 20)).rejects.toThrow(
    'does not know this node',
  )
})

/** As a backup from before the node started: it has nothing of it, and another node has what is not spent. */
async function restore(world: LedgerWorld, budget: Budget, taken: bigint): Promise<void> {
  await sql`delete from leases`.execute(world.db)
  await sql`update budget_windows set leased_nano_usd = 0`.execute(world.db)
  for (const other of ['node_b', 'node_c']) await startNode(world.db, other, NODE_TERMS)
  await takeLeases(world.db, 'node_b', 1n, [leaseRequest(budget.id, { wantNanoUsd: taken })])
}

test.each([
  ['does not know it', sql`delete from nodes where id = 'node_test'`],
  ['knows an earlier run of it', sql`update nodes set run = run - 1 where id = 'node_test'`],
])(
  'a gateway comes back by itself to an older backup that %s, and holds nothing that others have',
  async (_, forget) => {
    await using world = await ledgerWorld()
    const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
    await startNode(world.db, 'node_test', NODE_TERMS)
    const ledger = await world.open()
    expect(await admitCall(ledger, [budget], 10n)).not.toHaveProperty('refused')
    await forget.execute(world.db)
    await restore(world, budget, 60n)

    const known = sql<{ run: bigint }>`select run from nodes where id = 'node_test'`
    await until(async () => (await known.execute(world.db)).rows[0]?.run === 2n, 'it is known again')
    await until(() => said(world, 'known to it again') === 1, 'it says so')
    expect(await liveNodes(world.db)).toBe(3)
    // 60 of 100 are another's, which does not answer, and 10 are held by the call that is under way.
    expect(await admitCall(ledger, [budget], 31n)).toMatchObject({ refused: 'out_of_reach' })
    expect(await admitCall(ledger, [budget], 30n)).not.toHaveProperty('refused')
    expect(ledger.health().trusted).toBe(true)
    expect(await moneyFaults(world.db)).toEqual([])
    await ledger.close(1_000)
  },
)

test('a gateway that is not taken back says so once, is not ready, and lets nobody in until it is', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  let tries = 0
  const ledger = await world.open({
    through: (authority) => ({
      ...authority,
      async comeBack() {
        if (++tries < 3) throw new Error('not now')
        return authority.comeBack()
      },
    }),
  })
  await ledger.prepare([budget], 10n)
  expect(ledger.health().trusted).toBe(true)
  await sql`delete from nodes`.execute(world.db)
  await until(() => tries > 0, 'the next heartbeat is not heard')
  expect(ledger.health().trusted).toBe(false)
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'unavailable' })
  await until(() => tries === 3 && ledger.health().trusted, 'it is taken back')
  expect(said(world, 'restart this gateway')).toBe(1)
  expect(await admitCall(ledger, [budget], 1n)).not.toHaveProperty('refused')
})

test('the first thing that a gateway hears of a database that takes it back is the time there', async () => {
  const databaseNow = new Date('2026-11-21T12:00:00.000Z')
  const trustedUntil = new Date('2026-11-21T12:05:00.000Z')
  const clock = createDatabaseClock(() => 0)
  const heartbeat = startHeartbeat({
    // What a heartbeat asks of it.
    authority: {
      beat: () => Promise.reject(new UnknownNode()),
      comeBack: async () => ({ databaseNow, trustedUntil }),
    } as Partial<Authority> as Authority,
    trustedUntil: new Date(0),
    clock,
    monotonic: () => 0,
    log: pino({ enabled: false }),
    lapsed: () => expect(clock.now()).toBe(databaseNow.getTime()),
  })
  await until(() => heartbeat.trustedUntilMs() === trustedUntil.getTime(), 'it is taken back')
  expect(clock.now()).toBe(databaseNow.getTime())
  heartbeat.stop()
})

function said({ logged }: LedgerWorld, words: string): number {
  return logged.filter((line) => line.includes(words)).length
}

async function liveNodes(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ live: number }>`select live_nodes() as live`.execute(db)
  return rows[0]?.live
}
