import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  admitCall,
  audited,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  outcome,
  until,
  windowOf,
} from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import type { Budget } from '../domain/budget.ts'
import { newId } from '../ids.ts'
import type { Ledger } from './ledger.ts'

const USD = 1_000_000_000n

test('what is left of a credit is refused from its end on, though a node holds all of it', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const account = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  const end = await grant(world.db, account, 5n * USD, '1.5 seconds')
  await grant(world.db, account, 2n * USD, null)
  await spend(ledger, account, 3n * USD)
  expect(ledger.room([account])).toBe(4n * USD)
  // Of what was let in before, nothing is cut.
  const open = await admitCall(ledger, [account], 3n * USD)
  expect(open).not.toHaveProperty('refused')

  await until(() => ledger.now() >= end, 'the credit lapses')
  const answers = await Promise.all([1, 2].map(() => admitCall(ledger, [account], USD)))
  const standing = { limitNanoUsd: 5n * USD, spentNanoUsd: 3n * USD, resetsAt: null }
  expect(answers).toMatchObject(Array(2).fill({ refused: 'budget', remainingNanoUsd: 0n, standing }))
  expect(await windowOf(world.db, account)).toEqual({
    spent: 3n * USD,
    leased: 3n * USD,
    limit: 5n * USD,
    over: USD,
  })
  if (!('refused' in open)) ledger.settle(open, outcome({ costNanoUsd: USD }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
  expect(await windowOf(world.db, account)).toMatchObject({ spent: 4n * USD, limit: 5n * USD })
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a credit pays from the moment it is granted', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const account = await makeBudget(world.db, { window: 'credits', limitNanoUsd: 0n })
  expect(await admitCall(ledger, [account], 1n)).toMatchObject({ refused: 'budget' })
  await grant(world.db, account, USD, '1 day')
  world.send({ topic: 'budget', id: account.id })
  await until(async () => ledger.room([account]) === USD, 'the ledger has looked')
  await spend(ledger, account, USD)
  expect(await admitCall(ledger, [account], 1n)).toMatchObject({ refused: 'budget' })
})

async function spend(ledger: Ledger, account: Budget, costNanoUsd: bigint): Promise<void> {
  const call = await admitCall(ledger, [account], costNanoUsd)
  if ('refused' in call) throw new Error('the account has that much')
  ledger.settle(call, outcome({ costNanoUsd }))
  await until(() => ledger.health().backlogRows === 0, 'the usage is booked')
}

/** Answers when it ends; far away when it does not. */
async function grant(db: Db, account: Budget, amount: bigint, lasts: string | null): Promise<Date> {
  const id = newId('cdt')
  await audited(db, async (db) => {
    await sql`
      insert into credits (id, budget_id, amount_nano_usd, reason, created_by, expires_at)
      values (${id}, ${account.id}, ${amount}, 'a test', 'test', clock_timestamp() + ${lasts}::interval)`.execute(
      db,
    )
  })
  const { expiresAt } = await db
    .selectFrom('credits')
    .select('expiresAt')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return expiresAt ?? new Date(8.64e15)
}
