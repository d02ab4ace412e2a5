import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { audited, leaseRequest, ledgerWorld, makeBudget, NODE_TERMS, openPool } from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import { newId } from '../ids.ts'
import { postgresAuthority } from '../ledger/authority.ts'
import { takeUntoldMarks } from './alerts.ts'
import { setParts } from './budget-members.ts'
import { openAccount, payCredits } from './credits.ts'
import { endGracePeriods } from './key-secrets.ts'
import { settleUsage, takeLeases } from './ledger.ts'
import { restoreSpend } from './ledger-restore.ts'

test('usage that reaches a threshold is booked while somebody changes the credits of its account', async () => {
  await using world = await ledgerWorld()
  const { id, scope } = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  await grant(world.db, id, 100)
  const { windows } = await takeLeases(world.db, 'node_a', 1n, [leaseRequest(id, { wantNanoUsd: 90n })])
  const window = { budgetId: id, windowStart: windows[0]?.windowStart ?? new Date(0) }
  await world.db.transaction().execute(async (changing) => {
    await openAccount(changing, {
      id: newId('bud'),
      scopeType: scope.type,
      scopeId: scope.id,
      name: 'test',
      kind: 'hard',
      period: 'credits',
      timeZone: 'UTC',
      limitNanoUsd: 0n,
    })
    await settleUsage(world.db, 'node_a', 2n, JSON.stringify([usageRow(window, 90n)]), [window])
    await payCredits(changing, id)
  })
  expect((await takeUntoldMarks(world.db, 100)).map(({ threshold }) => threshold)).toContain(80)
})

test('a node that waited for a lock while others were asked has answered them by what it took', async () => {
  await using world = await ledgerWorld()
  const { id } = await makeBudget(world.db, { limitNanoUsd: 100n })
  const other = openPool(world.url)
  try {
    const asking = postgresAuthority(world.db, 'node_asking', NODE_TERMS)
    const taking = postgresAuthority(other, 'node_taking', NODE_TERMS)
    await asking.start()
    await taking.start()
    await asking.take([leaseRequest(id, { wantNanoUsd: 10n })])
    const { taken, askedSince } = await world.db.transaction().execute(async (holding) => {
      await sql`select from budget_windows where budget_id = ${id} for update`.execute(holding)
      const taken = taking.take([leaseRequest(id, { wantNanoUsd: 40n })])
      await untilWaiting(world.db, 1)
      const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(holding)
      return { taken, askedSince: rows[0]?.at ?? null }
    })
    await taken
    const { windows } = await asking.take([leaseRequest(id, { wantNanoUsd: 101n, askedSince })])
    expect(windows).toMatchObject([{ leaseNanoUsd: 60n, missingNanoUsd: 41n, outOfReachNanoUsd: 0n }])
  } finally {
    await other.destroy()
  }
})

test('what a backup forgot is put back while another node takes from the same 24 hours', async () => {
  await using world = await ledgerWorld()
  const { id } = await makeBudget(world.db, { window: 'rolling_24h', limitNanoUsd: 100n })
  const { windows } = await takeLeases(world.db, 'node_a', 1n, [leaseRequest(id, { wantNanoUsd: 10n })])
  const windowStart = windows[0]?.windowStart ?? new Date(0)
  const restoring = openPool(world.url)
  try {
    // The two steps of `ledger_take`, with a restore in between.
    const missing = await world.db.transaction().execute(async (taking) => {
      await sql`select from budget_windows where budget_id = ${id} for update`.execute(taking)
      const restored = restoreSpend(restoring, 'node_b', [{ budgetId: id, windowStart, spentNanoUsd: 40n }])
      restored.catch(() => {})
      await untilWaiting(world.db, 1)
      await sql`select * from budget_limit_now(${id}, ${windowStart})`.execute(taking)
      return { restored }
    })
    expect(await missing.restored).toEqual([{ budgetId: id, windowStart, missingNanoUsd: 40n }])
  } finally {
    await restoring.destroy()
  }
})

test('a credit that lapsed after the backup has paid for what was spent of it', async () => {
  await using world = await ledgerWorld()
  const { id } = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  await grant(world.db, id, 5, '-1 second')
  await grant(world.db, id, 10)
  const windowStart = new Date(0)
  await restoreSpend(world.db, 'node_a', [{ budgetId: id, windowStart, spentNanoUsd: 5n }])
  const { windows } = await takeLeases(world.db, 'node_a', 1n, [leaseRequest(id, { wantNanoUsd: 10n })])
  expect(windows[0]).toMatchObject({ limitNanoUsd: 15n, spentNanoUsd: 5n, missingNanoUsd: 0n })
})

test('a change of a budget for each member and a question about several members do not wait for each other', async () => {
  await using world = await ledgerWorld()
  const whole = await makeBudget(world.db, { limitNanoUsd: 100n })
  // The one with the higher id lies first in the table and in the index.
  const parts = [newId('bud'), newId('bud')].sort()
  await world.db.transaction().execute(async (db) => {
    // Nobody asks for the users that these would belong to.
    await sql`set local session_replication_role = replica`.execute(db)
    for (const [at, id] of parts.toReversed().entries()) {
      await sql`
        insert into budgets
        select part.* from budgets whole, jsonb_populate_record(null::budgets, to_jsonb(whole) ||
          jsonb_build_object('id', ${id}::text, 'member_of', whole.id, 'user_id', ${`usr_${at}`}::text)) part
        where whole.id = ${whole.id}`.execute(db)
    }
  })
  const other = openPool(world.url)
  try {
    const both = await world.db.transaction().execute(async (holding) => {
      await sql`select from budgets where id = ${parts[0]} for update`.execute(holding)
      const asked = takeLeases(
        other,
        'node_a',
        1n,
        parts.map((id) => leaseRequest(id, { wantNanoUsd: 10n })),
      )
      await untilWaiting(world.db, 1)
      const changed = audited(other, async (db) => {
        await setParts(db, whole.id, { limitNanoUsd: 50n })
      })
      await untilWaiting(world.db, 2)
      return { all: Promise.allSettled([asked, changed]) }
    })
    expect((await both.all).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  } finally {
    await other.destroy()
  }
})

test('usage of several secrets waits for them in one order, so that two nodes never wait for each other', async () => {
  await using world = await ledgerWorld()
  const secrets = Array.from({ length: 20 }, () => newId('sec')).sort()
  await world.db.transaction().execute(async (db) => {
    // Nobody asks for the keys that these would belong to. The one with the highest id lies first in the table.
    await sql`set local session_replication_role = replica`.execute(db)
    for (const id of secrets.toReversed()) await insertSecret(db, id, newId('key'))
  })
  const booked = await world.db.transaction().execute(async (holding) => {
    await sql`select from key_secrets where id = ${secrets[0]} for update`.execute(holding)
    const batch = secrets.map((id) => ({ ...bareRow(), secret_id: id }))
    const booked = settleUsage(world.db, 'node_a', 1n, JSON.stringify(batch), [])
    await untilWaiting(world.db, 1)
    const free = await sql`select id from key_secrets for update skip locked`.execute(holding)
    expect(free.rows).toHaveLength(secrets.length)
    return { booked }
  })
  await booked.booked
  const used = await world.db.selectFrom('keySecrets').select('lastUsedAt').distinct().execute()
  expect(used).toEqual([{ lastUsedAt: new Date('2026-11-21T12:00:00.000Z') }])
})

test('the end of grace periods waits for the secrets of a key in the same order', async () => {
  await using world = await ledgerWorld()
  const secrets = Array.from({ length: 5 }, () => newId('sec')).sort()
  const keyId = newId('key')
  const soon = new Date(Date.now() + 60_000)
  await world.db.transaction().execute(async (db) => {
    await sql`set local session_replication_role = replica`.execute(db)
    for (const id of secrets.toReversed()) await insertSecret(db, id, keyId, soon)
  })
  const other = openPool(world.url)
  try {
    const ended = await world.db.transaction().execute(async (holding) => {
      await sql`select from key_secrets where id = ${secrets[0]} for update`.execute(holding)
      const ended = audited(other, (db) => endGracePeriods(db, keyId, new Date()))
      await untilWaiting(world.db, 1)
      const free = await sql`select id from key_secrets for update skip locked`.execute(holding)
      expect(free.rows).toHaveLength(secrets.length)
      return { ended }
    })
    await ended.ended
  } finally {
    await other.destroy()
  }
})

async function insertSecret(db: Db, id: string, keyId: string, expiresAt: Date | null = null): Promise<void> {
  await db.insertInto('keySecrets').values({ id, keyId, hash: id, hint: 'hint', expiresAt }).execute()
}

async function grant(db: Db, account: string, amount: number, endsIn: string | null = null): Promise<void> {
  await audited(db, async (db) => {
    await sql`
      insert into credits (id, budget_id, amount_nano_usd, reason, created_by, expires_at)
      values (${newId('cdt')}, ${account}, ${amount}, 'a test', 'usr_test', now() + ${endsIn}::interval)`.execute(
      db,
    )
  })
}

async function untilWaiting(db: Db, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows.length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function usageRow({ budgetId, windowStart }: { budgetId: string; windowStart: Date }, cost: bigint) {
  return {
    ...bareRow(),
    cost_nano_usd: String(cost),
    budget_ids: [budgetId],
    budget_window_starts: [windowStart.toISOString()],
  }
}

/** What costs nothing. */
function bareRow() {
  return {
    id: newId('use'),
    request_id: newId('req'),
    attempt: 1,
    admitted_at: '2026-11-21T12:00:00.000Z',
    settled_at: '2026-11-21T12:00:01.000Z',
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
}
