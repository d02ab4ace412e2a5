import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  admitCall,
  callFacts,
  callRequest,
  ledgerWorld,
  makeBudget,
  makeRateLimit,
  moneyFaults,
  mustAdmit,
  outcome,
  setLimit,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { newId } from '../ids.ts'
import type { Admission } from './ledger.ts'

const USD = 1_000_000_000n

test('a budget that affords 7 of 200 calls at once lets exactly 7 in', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 7n * USD + 999n })
  const answers = await Promise.all(Array.from({ length: 200 }, () => admitCall(ledger, [budget], USD)))

  const admitted = answers.filter((answer) => !('refused' in answer)) as Admission[]
  expect(admitted).toHaveLength(7)
  expect(answers.find((answer) => 'refused' in answer)).toMatchObject({
    refused: 'budget',
    budget: { id: budget.id },
    remainingNanoUsd: 999n,
    standing: {
      limitNanoUsd: 7n * USD + 999n,
      resetsAt: new Date(Date.UTC(ledger.now().getUTCFullYear(), ledger.now().getUTCMonth() + 1, 1)),
    },
  })
  for (const admission of admitted) ledger.settle(admission, outcome({ costNanoUsd: USD }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await windowOf(world.db, budget)).toEqual({
    spent: 7n * USD,
    leased: 999n,
    limit: 7n * USD + 999n,
    over: 0n,
  })
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a call is let in by all of its budgets or holds in none', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const wide = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const narrow = await makeBudget(world.db, { limitNanoUsd: 1n * USD })
  expect(await admitCall(ledger, [wide, narrow], 2n * USD)).toMatchObject({
    refused: 'budget',
    budget: { id: narrow.id },
  })
  expect(ledger.room([wide])).toBe(10n * USD)
  expect(ledger.room([wide, narrow])).toBe(1n * USD)
  expect(ledger.health().openCalls).toBe(0)
})

test('a call settles once, however often it is told to', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const admission = (await admitCall(ledger, [budget], 4n * USD)) as Admission
  for (let times = 0; times < 3; times++) ledger.settle(admission, outcome({ costNanoUsd: 1n * USD }))
  expect(ledger.room([budget])).toBe(9n * USD)
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 1n * USD, leased: 9n * USD })
})

test('every attempt is a row, and what it cost stays charged', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const admission = (await admitCall(ledger, [budget], 4n * USD)) as Admission
  ledger.recordAttempt(
    admission,
    outcome({ attempt: 1, status: 500, costNanoUsd: 7n, errorCode: 'upstream_failed' }),
  )
  expect(ledger.room([budget])).toBe(6n * USD - 7n)
  ledger.settle(admission, outcome({ attempt: 2, costNanoUsd: 1n * USD, credentialId: 'crd_other' }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  const rows = await world.db.selectFrom('usage').selectAll().orderBy('attempt').execute()
  expect(rows).toMatchObject([
    { attempt: 1, costNanoUsd: 7n, holdNanoUsd: 0n, errorCode: 'upstream_failed', credentialId: 'crd_test' },
    { attempt: 2, costNanoUsd: 1n * USD, holdNanoUsd: 4n * USD, errorCode: null, credentialId: 'crd_other' },
  ])
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a usage row says who called what, with which quantities, at what price', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const facts = callFacts({
    model: 'odd\0name\ud800',
    caller: { tags: { app: 'søk' } },
    ip: '2001:db8::1',
    stream: true,
  })
  const admission = mustAdmit(ledger, callRequest({ facts, holdNanoUsd: 5n }))
  expect(admission.request.budgets).toEqual([])
  ledger.settle(
    admission,
    outcome({ costNanoUsd: 3n, modifiers: ['flex'], durationMs: 12.6, objectId: 'resp_1' }),
  )
  const charged = (await admitCall(ledger, [budget], 9n)) as Admission
  ledger.settle(charged, outcome({ costNanoUsd: 2n ** 60n }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  const rows = await world.db.selectFrom('usage').selectAll().orderBy('id').execute()
  expect(rows[0]).toMatchObject({
    id: admission.id,
    requestId: facts.requestId,
    model: 'odd\u{fffd}name\u{fffd}',
    servedModel: 'gpt-5.4-2026-03-05',
    tags: { app: 'søk' },
    ip: '2001:db8::1',
    stream: true,
    inputTokens: 100n,
    outputTokens: 20n,
    quantities: { inputTokens: 100, outputTokens: 20 },
    modifiers: ['flex'],
    durationMs: 13,
    firstByteMs: 5,
    objectId: 'resp_1',
    budgetIds: [],
    admittedAt: admission.admittedAt,
  })
  expect(rows[1]).toMatchObject({ costNanoUsd: 2n ** 60n, budgetIds: [budget.id] })
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 2n ** 60n, over: 2n ** 60n - 10n * USD })
})

test('a call that cost more than it held is charged in full, logged and counted, and the next one is refused', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n })
  const admission = (await admitCall(ledger, [budget], 10n)) as Admission
  ledger.settle(admission, outcome({ costNanoUsd: 13n }))
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'budget', remainingNanoUsd: 0n })
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await windowOf(world.db, budget)).toEqual({ spent: 13n, leased: 0n, limit: 10n, over: 3n })
  expect(world.logged.join('')).toContain('usage.above_hold')
  expect(await world.metrics.registry.metrics()).toContain('claviger_ledger_overage_nano_usd_total 3')
  expect(await admitCall(ledger, [budget], 0n), 'what costs nothing still passes').not.toHaveProperty(
    'refused',
  )
})

test('a soft budget never refuses, counts what is spent, and marks each threshold once', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { kind: 'soft', limitNanoUsd: 100n })
  for (const costNanoUsd of [49n, 1n, 40n, 30n, 30n]) {
    ledger.settle((await admitCall(ledger, [budget], 60n)) as Admission, outcome({ costNanoUsd }))
    await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  }
  expect(ledger.room([budget])).toBeNull()
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 150n, leased: 0n, over: 50n })
  const alerts = await world.db.selectFrom('budgetAlerts').select('threshold').orderBy('threshold').execute()
  expect(alerts.map((alert) => alert.threshold)).toEqual([50, 80, 100])
  expect(
    world.logged.filter((line) => line.includes('threshold')),
    'who tells people logs it',
  ).toEqual([])
})

test('a lowered limit is in force as soon as the message arrives; a raised one too', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  const admission = (await admitCall(ledger, [budget], 30n)) as Admission
  await setLimit(world.db, budget, 40n)
  world.send({ topic: 'budget', id: budget.id })
  expect(ledger.admit(callRequest({ budgets: [budget], holdNanoUsd: 11n }))).toMatchObject({
    refused: 'unavailable',
  })
  expect(await admitCall(ledger, [budget], 11n)).toMatchObject({ refused: 'budget', remainingNanoUsd: 10n })
  expect(await windowOf(world.db, budget)).toEqual({ spent: 0n, leased: 40n, limit: 40n, over: 0n })

  await setLimit(world.db, budget, 5n)
  world.send({ topic: 'budget', id: budget.id })
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'budget', remainingNanoUsd: 0n })
  expect(await windowOf(world.db, budget)).toEqual({ spent: 0n, leased: 30n, limit: 5n, over: 25n })
  ledger.settle(admission, outcome({ costNanoUsd: 4n }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')

  await setLimit(world.db, budget, 50n)
  world.send({ topic: 'budget', id: budget.id })
  expect(await admitCall(ledger, [budget], 46n)).not.toHaveProperty('refused')
  expect(await windowOf(world.db, budget)).toEqual({ spent: 4n, leased: 46n, limit: 50n, over: 0n })
})

test('what a call lets go of after the limit fell is not spent beyond the new one', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 60n })
  const booked = (await admitCall(ledger, [budget], 30n)) as Admission
  ledger.settle(booked, outcome({ costNanoUsd: 30n }))
  const running = (await admitCall(ledger, [budget], 30n)) as Admission
  await until(() => ledger.health().backlogRows === 0, 'the first call is booked')
  await setLimit(world.db, budget, 50n)
  world.send({ topic: 'budget', id: budget.id })
  expect(await admitCall(ledger, [budget], 1n)).toMatchObject({ refused: 'budget' })
  ledger.settle(running, outcome({ costNanoUsd: 10n }))
  // 40 are spent: at once, before anybody else has heard of it, 10 are left of 50.
  expect(ledger.admit(callRequest({ budgets: [budget], holdNanoUsd: 20n }))).toHaveProperty('refused')
  expect(await admitCall(ledger, [budget], 11n)).toMatchObject({ refused: 'budget' })
  expect(await admitCall(ledger, [budget], 10n)).not.toHaveProperty('refused')
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a lowered limit whose message was lost is in force once the bus says so', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  await admitCall(ledger, [budget], 30n)
  await setLimit(world.db, budget, 31n)
  world.send({ topic: 'all' })
  await until(async () => (await windowOf(world.db, budget))?.leased === 31n, 'the lease is given back')
  await until(
    async () => 'refused' in ((await admitCall(ledger, [budget], 2n)) as object),
    'a call is refused',
  )
})

test('a secret is marked used, and not more than once a minute', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const secretId = await makeSecret(world.db)
  const used = async () => {
    ledger.settle(mustAdmit(ledger, callRequest({ facts: callFacts({ caller: { secretId } }) })), outcome())
    await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
    const row = await world.db
      .selectFrom('keySecrets')
      .select('lastUsedAt')
      .where('id', '=', secretId)
      .executeTakeFirst()
    return row?.lastUsedAt
  }
  const first = await used()
  expect(first).toBeInstanceOf(Date)
  expect(await used()).toEqual(first)
  await sql`update key_secrets set last_used_at = last_used_at - interval '61 seconds'`.execute(world.db)
  expect((await used())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.POSITIVE_INFINITY)
})

test('a refused call leaves a row that costs nothing, and a flood of them is dropped and counted', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open({ rowsInMemory: 1_000 })
  for (let times = 0; times < 1_100; times++)
    ledger.recordRefusal(callFacts(), {
      status: 429,
      errorCode: 'budget_exceeded',
      refusedBy: 'bud_test',
    })
  expect(await world.metrics.registry.metrics()).toContain('claviger_ledger_refusals_dropped_total 100')
  await until(() => ledger.health().backlogRows === 0, 'the rows are written')
  const { rows } = await sql<{ count: bigint; cost: bigint }>`
    select count(*), sum(cost_nano_usd)::int8 as cost from usage
    where error_code = 'budget_exceeded' and attempt = 0 and refused_by = 'bud_test'`.execute(world.db)
  expect(rows).toEqual([{ count: 1_000n, cost: 0n }])
})

test('one row that the database refuses does not hold up the others, and stays in the journal', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  for (let at = 0; at < 40; at++) {
    const quantities = { ...outcome().quantities, inputTokens: at === 17 ? 0.5 : 1 }
    ledger.settle(
      (await admitCall(ledger, [budget], 5n)) as Admission,
      outcome({ costNanoUsd: 2n, quantities }),
    )
  }
  await until(() => ledger.health().backlogRows === 0, 'the others are booked')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 78n })
  expect(world.logged.filter((line) => line.includes('refuses a usage row'))).toHaveLength(1)
  expect(ledger.room([budget]), 'its cost stays set aside').toBe(10n * USD - 80n)
  await ledger.close(1_000)
  expect(readdirSync(join(world.dataDir, 'journal'))).toHaveLength(1)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 78n, leased: 2n })
  await world.open()
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 78n, leased: 2n })
  expect(await moneyFaults(world.db)).toEqual([])
})

test('when the connection breaks after a part of a halved batch is booked, the rest is booked and nothing twice', async () => {
  await using world = await ledgerWorld()
  let booked = 0
  const ledger = await world.open({
    through: (authority) => ({
      ...authority,
      async settle(batch, windows) {
        if (booked === 1) {
          booked++
          throw new Error('The connection broke.')
        }
        const answer = await authority.settle(batch, windows)
        booked++
        return answer
      },
    }),
  })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  await ledger.prepare([budget], 0n)
  for (let at = 0; at < 40; at++) {
    const quantities = { ...outcome().quantities, inputTokens: at === 33 ? 0.5 : 1 }
    const admission = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 5n }))
    ledger.settle(admission, outcome({ costNanoUsd: 2n, quantities }))
  }
  await until(() => ledger.health().backlogRows === 0, 'the others are booked')
  expect(world.logged.filter((line) => line.includes('could not be booked yet'))).toHaveLength(1)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 78n })
  expect(ledger.room([budget]), 'the cost of the refused one stays set aside').toBe(10n * USD - 80n)
  expect(await moneyFaults(world.db)).toEqual([])
})

test('closing books what waits, gives the leases back and leaves no journal behind', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 10n * USD })
  const admissions = await Promise.all(Array.from({ length: 50 }, () => admitCall(ledger, [budget], 5n)))
  for (const admission of admissions) ledger.settle(admission as Admission, outcome({ costNanoUsd: 2n }))
  await ledger.close(5_000)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 100n, leased: 0n })
  expect(readdirSync(join(world.dataDir, 'journal'))).toEqual([])
  expect(ledger.admit(callRequest())).toMatchObject({ refused: 'unavailable' })
})

test('rate limits of different keys do not touch each other', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const limit = (id: string) =>
    makeRateLimit(world.db, { scope: { type: 'key', id }, requestsPerMinute: 2, tokensPerMinute: 100 })
  const one = await limit('key_one')
  const two = await limit('key_two')
  await ledger.prepare([], 0n, [one, two])
  const first = mustAdmit(ledger, callRequest({ rateLimits: [one], holdTokens: 90 }))
  expect(ledger.admit(callRequest({ rateLimits: [one], holdTokens: 20 }))).toMatchObject({
    refused: 'rate_limit',
    dimension: 'tokens',
    limit: { id: one.id },
  })
  mustAdmit(ledger, callRequest({ rateLimits: [two], holdTokens: 20 }))
  ledger.settle(first, outcome({ quantities: { ...outcome().quantities, inputTokens: 5, outputTokens: 5 } }))
  mustAdmit(ledger, callRequest({ rateLimits: [one], holdTokens: 90 }))
  expect(ledger.admit(callRequest({ rateLimits: [one] }))).toMatchObject({ dimension: 'requests' })
  expect(ledger.rateStatus([one])).toMatchObject({
    requests: { limit: 2, remaining: 0 },
    tokens: { remaining: 0 },
  })
})

async function makeSecret(db: Parameters<typeof makeBudget>[0]): Promise<string> {
  const secretId = newId('sec')
  await db.transaction().execute(async (db) => {
    await sql`insert into teams (id, name) values ('team_1', 'one')`.execute(db)
    await sql`insert into projects (id, team_id, name) values ('prj_1', 'team_1', 'one')`.execute(db)
    await sql`insert into environments (id, project_id, name, kind) values ('env_1', 'prj_1', 'one', 'development')`.execute(
      db,
    )
    await sql`insert into service_accounts (id, project_id, name) values ('svc_1', 'prj_1', 'one')`.execute(
      db,
    )
    await sql`insert into keys (id, environment_id, service_account_id, name, state, created_by)
              values ('key_1', 'env_1', 'svc_1', 'one', 'active', 'test')`.execute(db)
    await sql`insert into key_secrets (id, key_id, hash, hint) values (${secretId}, 'key_1', 'hash', 'hint')`.execute(
      db,
    )
    await sql`insert into audit_events (id, actor_kind, actor_id, action, target_id)
              values (${newId('evt')}, 'setup', 'test', 'test.change', 'key_1')`.execute(db)
  })
  return secretId
}
