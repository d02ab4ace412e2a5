import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Db } from '../../src/app.ts'
import { returnPastShares, type ShareRequest, takeRateShares } from '../../src/db/rate-shares.ts'
import { DIMENSIONS, type Dimension } from '../../src/domain/rate-share.ts'
import { ledgerWorld, makeRateLimit, setRateLimit, shareFaults } from '../ledger.ts'
import { modelRates, poolFaults } from './model-rates.ts'
import { randomFrom } from './random.ts'

const STEPS = 600
const NODES = ['node_a', 'node_b', 'node_c']
const TRUSTED_MS = 100_000

test('PostgreSQL and the model of it give the same answers to the same questions about shares', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const random = randomFrom(11)
  let nowMs = 0
  // Time passes by itself, too: a slow run must not find nodes alive in the model only.
  const model = modelRates(() => nowMs + performance.now())
  const turns = new Map<string, number>()
  const runs = new Map<string, number>()
  const limits = await Promise.all([
    makeRateLimit(db, { requestsPerMinute: 60, tokensPerMinute: 500, concurrentCalls: 5 }),
    makeRateLimit(db, { requestsPerMinute: 7 }),
  ])
  const ids = limits.map(({ id }) => id)
  for (const { id, requestsPerMinute: requests, tokensPerMinute: tokens, concurrentCalls } of limits)
    model.limits.set(id, { requests, tokens, concurrent: concurrentCalls })
  for (const node of NODES) await start(node)

  for (let step = 0; step < STEPS; step++) {
    const node = random.pick(NODES)
    const roll = random.int(100)
    if (roll < 75) await ask(node)
    else if (roll < 80) await start(node)
    else if (roll < 84) await stop(node)
    else if (roll < 90) await beat(node)
    else if (roll < 96) await pass(random.pick([1_500, 11_000, 63_000, 200_000, 4_000_000]))
    else await change(random.pick(ids))
    expect(await poolsOf(db), `after step ${step}`).toEqual(modelPools())
  }
  expect(await shareFaults(db)).toEqual([])
  expect(poolFaults(model.pools.values())).toEqual([])

  async function ask(nodeId: string): Promise<void> {
    const run = runs.get(nodeId) ?? 0
    const last = turns.get(nodeId) ?? 0
    const turn = random.chance(0.15) ? random.int(last + 1) : last + 1
    turns.set(nodeId, Math.max(last, turn))
    const asked = new Map<string, ShareRequest>()
    for (let count = random.int(3); count >= 0; count--) {
      const limitId = random.pick([...ids, 'gone'])
      const dimension = random.pick(DIMENSIONS)
      const kept = random.int(20)
      const needed = random.int(12)
      const wanted = random.chance(0.3) ? 0 : random.int(15)
      const wished = random.chance(0.3) ? 0 : wanted * 4
      asked.set(`${limitId} ${dimension}`, { limitId, dimension, kept, needed, wanted, wished })
    }
    const requests = [...asked.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, request]) => request)
    const answers = await takeRateShares(db, { nodeId, run: BigInt(run) }, BigInt(turn), requests)
    const modelled = model.take(nodeId, run, turn, requests)
    expect(answers.sort(byKey), `question ${JSON.stringify(requests)}`).toEqual(modelled.sort(byKey))
  }

  async function start(nodeId: string): Promise<void> {
    const { rows } = await sql<{ run: bigint }>`
      select run from node_start(${nodeId}, true, ${TRUSTED_MS / 1000})`.execute(db)
    const run = model.start(nodeId, TRUSTED_MS)
    expect(Number(rows[0]?.run)).toBe(run)
    runs.set(nodeId, run)
    turns.set(nodeId, 0)
    await returnPastShares(db, { nodeId, run: BigInt(run) })
    model.returnPast(nodeId, run, ({ limitId }) => (limitId === 'gone' ? null : 0))
  }

  async function stop(nodeId: string): Promise<void> {
    await sql`select node_stop(${nodeId})`.execute(db)
    model.stop(nodeId)
  }

  async function beat(nodeId: string): Promise<void> {
    await sql`select node_beat(${nodeId}, ${TRUSTED_MS / 1000})`.execute(db)
    model.beat(nodeId, TRUSTED_MS)
  }

  /** In the database it is the past that moves. */
  async function pass(ms: number): Promise<void> {
    nowMs += ms
    const by = sql`${ms} * interval '1 millisecond'`
    await sql`update nodes set started_at = started_at - ${by}, heartbeat_at = heartbeat_at - ${by},
                trusted_until = trusted_until - ${by}, stopped_at = stopped_at - ${by}`.execute(db)
    await sql`update rate_pools set awaited_until = awaited_until - ${by}`.execute(db)
  }

  async function change(id: string): Promise<void> {
    const figure = () => (random.chance(0.2) ? null : 1 + random.int(80))
    const figures = { requests: 1 + random.int(80), tokens: figure(), concurrent: figure() }
    await setRateLimit(db, id, {
      requestsPerMinute: figures.requests,
      tokensPerMinute: figures.tokens,
      concurrentCalls: figures.concurrent,
    })
    model.limits.set(id, figures)
  }

  function modelPools() {
    return [...model.pools.values()]
      .map(({ limitId, dimension, most, shared, over, shares }) => ({
        limitId,
        dimension,
        most,
        shared,
        over,
        shares: [...shares.values()].map(({ nodeId, run, amount }) => `${nodeId} ${run} ${amount}`).sort(),
      }))
      .sort(byKey)
  }
}, 120_000)

type Key = { limitId: string; dimension: Dimension }

function byKey(a: Key, b: Key): number {
  return `${a.limitId} ${a.dimension}` < `${b.limitId} ${b.dimension}` ? -1 : 1
}

async function poolsOf(db: Db) {
  const { rows } = await sql<
    Key & { most: bigint | null; shared: bigint; over: bigint; shares: string[] | null }
  >`
    select limit_id, dimension, most, shared, over,
           (select array_agg(format('%s %s %s', node_id, run, amount)) from rate_shares s
            where s.limit_id = p.limit_id and s.dimension = p.dimension) as shares
    from rate_pools p`.execute(db)
  return rows
    .map(({ most, shared, over, shares, ...key }) => ({
      ...key,
      most: most === null ? null : Number(most),
      shared: Number(shared),
      over: Number(over),
      shares: (shares ?? []).sort(),
    }))
    .sort(byKey)
}
