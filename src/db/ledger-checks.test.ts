import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { admitCall, audited, type LedgerWorld, ledgerWorld, makeBudget, outcome } from '../../test/ledger.ts'
import { rollUp } from '../../test/roll-up.ts'
import { checkLedger } from './ledger-checks.ts'

let world: LedgerWorld
beforeAll(async () => {
  world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  const ledger = await world.open()
  const account = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  await audited(world.db, async (db) => {
    await sql`insert into organization (id, name) values ('org_test', 'test')`.execute(db)
    await sql`insert into credits (id, budget_id, amount_nano_usd, reason, created_by)
              values ('cdt_1', ${account.id}, 8, 'a test', 'test'), ('cdt_2', ${account.id}, 8, 'a test', 'test')`.execute(
      db,
    )
  })
  for (const costNanoUsd of [3n, 4n, 0n]) {
    const admission = await admitCall(ledger, [budget], 10n)
    if ('refused' in admission) throw new Error('the call was refused')
    ledger.settle(admission, outcome({ costNanoUsd }))
  }
  const paid = await admitCall(ledger, [account], 10n)
  if ('refused' in paid) throw new Error('the call was refused')
  ledger.settle(paid, outcome({ costNanoUsd: 9n }))
  await ledger.close(5_000)
  await sql`update usage set admitted_at = date_trunc('hour', now()) - interval '2 days'`.execute(world.db)
  await sql`insert into rate_pools (limit_id, dimension, most, shared) values ('rlm_test', 'requests', 10, 7)`.execute(
    world.db,
  )
  await sql`insert into rate_shares select 'rlm_test', 'requests', 'node_' || amount, 1, amount, 1 from unnest('{3,4}'::int[]) amount`.execute(
    world.db,
  )
  // What keeps these books true is taken away, so that each can be made to lie.
  await sql`alter table budget_windows drop constraint never_over_limit`.execute(world.db)
  await sql`alter table rate_pools drop constraint never_over_figure`.execute(world.db)
  await sql`alter table credits drop constraint credits_check`.execute(world.db)
})
afterAll(() => world?.[Symbol.asyncDispose]())
beforeEach(async () => {
  await rollUp(world.db, 100)
  expect(await broken()).toEqual([])
})

const LIES: [name: string, lie: RawBuilder<unknown>, undo: RawBuilder<unknown>, says: string][] = [
  [
    'spent',
    sql`update budget_windows set spent_nano_usd = spent_nano_usd + 1, over_nano_usd = 0 where limit_nano_usd = 100`,
    sql`update budget_windows set spent_nano_usd = spent_nano_usd - 1 where limit_nano_usd = 100`,
    'spent is 8, the rows say 7',
  ],
  [
    'leased',
    sql`update budget_windows set leased_nano_usd = 5 where limit_nano_usd = 100`,
    sql`update budget_windows set leased_nano_usd = 0 where limit_nano_usd = 100`,
    'set aside is 5, the leases say 0',
  ],
  [
    'limit',
    sql`update budget_windows set limit_nano_usd = 6 where limit_nano_usd = 100`,
    sql`update budget_windows set limit_nano_usd = 100 where limit_nano_usd = 6`,
    'spent 7 and set aside 0, of a limit of 6; said to be over: 0',
  ],
  [
    'once',
    sql`update usage set request_id = 'req_same'`,
    sql`update usage set request_id = 'req_' || id`,
    '4 usage rows',
  ],
  [
    'refused',
    sql`update usage set credential_id = null where cost_nano_usd = 3`,
    sql`update usage set credential_id = 'crd_test'`,
    'cost 3 with status 200',
  ],
  [
    'windows',
    sql`update usage set budget_ids = budget_ids || budget_ids,
                         budget_window_starts = budget_window_starts || budget_window_starts
        where cost_nano_usd = 0`,
    sql`update usage set budget_ids = budget_ids[1:1], budget_window_starts = budget_window_starts[1:1]`,
    '2 budgets, 2 windows',
  ],
  [
    'spent',
    sql`update usage set budget_ids = '{bud_gone}' where cost_nano_usd = 0`,
    sql`update usage set budget_ids = (select array_agg(id) from budgets where period = 'month') where cost_nano_usd = 0`,
    'usage rows charge 0 to a window that is not there',
  ],
  [
    'shares',
    sql`update rate_shares set amount = 5 where amount = 4`,
    sql`update rate_shares set amount = 4 where amount = 5`,
    'shared is 7, the shares say 8, of at most 10; said to be over: 0',
  ],
  [
    'shares',
    sql`update rate_pools set most = 6`,
    sql`update rate_pools set most = 10`,
    'shared is 7, the shares say 7, of at most 6; said to be over: 0',
  ],
  [
    'added-up',
    sql`update usage_cells set cost_nano_usd = cost_nano_usd + 1
        where cube = 1 and unit_id in (select id from usage_units where grain = 'hour')`,
    sql`update usage_cells set cost_nano_usd = cost_nano_usd - 1
        where cube = 1 and unit_id in (select id from usage_units where grain = 'hour')`,
    'the sums say 4 attempts, 0 errors, 400 input_tokens, 0 cached_input_tokens, 0 cache_write_tokens, 80 output_tokens, 0 reasoning_tokens, 17 cost_nano_usd; the calls 4 attempts, 0 errors, 400 input_tokens, 0 cached_input_tokens, 0 cache_write_tokens, 80 output_tokens, 0 reasoning_tokens, 16 cost_nano_usd',
  ],
  [
    'credits',
    sql`update credits set used_nano_usd = 8`,
    sql`update credits set used_nano_usd = 0`,
    'spent is 9, the credits paid 16 and can pay 16',
  ],
  [
    'credits',
    sql`update credits set used_nano_usd = 9 where id = 'cdt_1'`,
    sql`update credits set used_nano_usd = 0`,
    'used is 9, of 8',
  ],
]

test.each(LIES)('%s: what is wrong is found, and said', async (name, lie, undo, says) => {
  await lie.execute(world.db)
  const found = await broken()
  await undo.execute(world.db)
  expect(found.map((check) => check.name)).toEqual([name])
  expect(found[0]?.examples[0]?.problem).toBe(says)
})

async function broken() {
  const checks = await checkLedger(world.db, new Date(0))
  return checks.filter(({ faults }) => faults > 0)
}
