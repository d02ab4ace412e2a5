import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { ledgerWorld, NODE_TERMS, until } from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import { beatNode, startNode, stopNode } from '../db/nodes.ts'

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
  expect(await beatNode(world.db, 'node_c', 300)).toMatchObject({ liveNodes: 2 })
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
  await expect(beatNode(world.db, 'node_unknown', 20)).rejects.toThrow('does not know this node')
})

test('a gateway that an older backup does not know says so, and what to do', async () => {
  await using world = await ledgerWorld()
  await world.open()
  await sql`delete from nodes`.execute(world.db)
  const said = () => world.logged.some((line) => line.includes('Restart this gateway'))
  await until(async () => said(), 'the next heartbeat is not heard')
})

async function liveNodes(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ live: number }>`select live_nodes() as live`.execute(db)
  return rows[0]?.live
}
