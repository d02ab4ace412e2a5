import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

type Sample = { table: string; name: string; input: () => object; ends: number }

const team = () => ({ scopeType: 'team', scopeId: world.ids.team })
const budget = () => ({ scope: { type: 'team', id: world.ids.team }, limitUsd: '5', period: 'month' })
const SAMPLES: Sample[] = [
  { table: 'usage', name: 'doctorLedger', input: () => ({}), ends: 200 },
  {
    table: 'leases',
    name: 'doctorReconcile',
    input: () => ({ params: { nodeId: 'node_gone' }, body: { reason: 'a test' } }),
    ends: 404,
  },
  { table: 'usage', name: 'policyDryRun', input: () => ({ params: team(), body: {} }), ends: 200 },
  { table: 'usage', name: 'budgetDryRun', input: () => ({ body: budget() }), ends: 200 },
]

test.each(SAMPLES)('$name goes on once at a time; others are told when to try again', async (sample) => {
  const { table, name, input, ends } = sample
  const token = world.tokens.owner
  const ask = () => world.api.send(operationNamed(name), input(), { token })
  const waiting = await world.app.db.transaction().execute(async (holding) => {
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(holding)
    const first = ask()
    await untilWaiting(world)
    const second = await ask()
    expect(second).toMatchObject({ status: 429, body: { code: 'rate_limit_exceeded' } })
    expect(second.body.detail).toMatch(/^On this server a [a-z ]+ is already under way: try /)
    expect(second.headers.get('retry-after')).toBe('30')
    return { first }
  })
  expect((await waiting.first).status).toBe(ends)
  expect((await ask()).status).toBe(ends)
})

test('who may not ask is told that, whoever is at it', async () => {
  const waiting = await world.app.db.transaction().execute(async (holding) => {
    await sql`lock table usage in access exclusive mode`.execute(holding)
    const first = world.api.send(operationNamed('doctorLedger'), {}, { token: world.tokens.owner })
    await untilWaiting(world)
    const developer = { token: world.tokens.developer }
    expect((await world.api.send(operationNamed('doctorLedger'), {}, developer)).status).toBe(403)
    return { first }
  })
  expect((await waiting.first).status).toBe(200)
})

async function untilWaiting({ app }: World): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        app.db,
      )
      return rows.length
    })
    .toBeGreaterThan(0)
}
