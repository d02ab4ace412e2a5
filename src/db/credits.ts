import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ScopedFilter } from './rate-limits.ts'
import type { Budgets, Credits } from './schema.ts'
import { type Lying, scopePlace, scopes } from './scopes.ts'
import { whereWithin } from './within.ts'

export type CreditRow = Selectable<Credits> &
  Lying & {
    scopeType: string
    scopeId: string
    /** Its time has come, whether or not the ledger has looked since. */
    over: boolean
  }

/**
 * Opens the account of a scope unless it has one, and locks it: what it may spend changes for one at a time. Not against
 * who only points to it: the ledger does, with the account's window locked, which `payCredits` is about to lock.
 */
export async function openAccount(
  db: Db,
  account: Insertable<Budgets>,
): Promise<{ id: string; limitNanoUsd: bigint }> {
  await db
    .insertInto('budgets')
    .values(account)
    .onConflict((on) => on.doNothing())
    .execute()
  return db
    .selectFrom('budgets')
    .select(['id', 'limitNanoUsd'])
    .where('period', '=', 'credits')
    .where('scopeType', '=', account.scopeType)
    .where('scopeId', '=', account.scopeId)
    .where('deletedAt', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

/** Gives what the locked account has spent by now to the credits that it has. Before any other change of them. */
export async function payCredits(db: Db, budgetId: string): Promise<void> {
  await sql`select credit_pay(${budgetId})`.execute(db)
}

export async function insertCredit(db: Db, credit: Insertable<Credits>): Promise<void> {
  await db.insertInto('credits').values(credit).execute()
}

export function findCredit(db: Db, creditId: string): Promise<CreditRow | undefined> {
  return standing(db).where('credits.id', '=', creditId).executeTakeFirst()
}

/** Credits of open accounts in order of creation, after `cursor`, those that are over included. */
export function listCredits(
  db: Db,
  filter: ScopedFilter & { budgetId: string | undefined },
): Promise<CreditRow[]> {
  const { limit, cursor, scopeType, scopeId, budgetId, within } = filter
  return standing(db)
    .$if(cursor !== undefined, (query) => query.where('credits.id', '>', cursor ?? ''))
    .$if(scopeType !== undefined, (query) => query.where('budgets.scopeType', '=', scopeType ?? ''))
    .$if(scopeId !== undefined, (query) => query.where('budgets.scopeId', '=', scopeId ?? ''))
    .$if(budgetId !== undefined, (query) => query.where('credits.budgetId', '=', budgetId ?? ''))
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('credits.id')
    .limit(limit)
    .execute()
}

/** Ends a credit of an account that is locked and paid: what is unspent of it leaves the account. */
export async function setCreditEnded(
  db: Db,
  creditId: string,
  { endedBy, endReason }: { endedBy: string; endReason: string },
): Promise<void> {
  await db
    .updateTable('credits')
    .set({ endedBy, endReason, overAt: sql`clock_timestamp()`, toldAt: sql`clock_timestamp()` })
    .where('id', '=', creditId)
    .execute()
}

/** Writes down what a locked account may spend in all, for lists; takes out what has lapsed by now. */
export async function setAccountLimit(db: Db, budgetId: string): Promise<void> {
  await sql`select credit_lapse(${budgetId})`.execute(db)
  await sql`
    update budgets b set version = b.version + 1, limit_nano_usd = allowed.limit_nano_usd
    from budgets account, budget_allowance(account, 'epoch', clock_timestamp()) allowed
    where b.id = ${budgetId} and account.id = b.id`.execute(db)
}

/**
 * Accounts with credits that lapsed and of which the trail was not told, locked; others' hands are left alone.
 * In the order in which the ledger locks their windows.
 */
export async function lockLapsedAccounts(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('budgets')
    .select('id')
    .where('deletedAt', 'is', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('credits')
          .select('credits.id')
          .whereRef('credits.budgetId', '=', 'budgets.id')
          .where('credits.toldAt', 'is', null)
          .where('credits.expiresAt', '<=', sql<Date>`clock_timestamp()`),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  return rows.map(({ id }) => id)
}

/** Marks those credits of an account as told of that are over by themselves, and answers which they are. */
export async function tellLapsed(db: Db, budgetId: string): Promise<string[]> {
  const rows = await db
    .updateTable('credits')
    .set({ toldAt: sql`clock_timestamp()` })
    .where('budgetId', '=', budgetId)
    .where('overAt', 'is not', null)
    .where('toldAt', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export type DueLapseNotice = { id: string; days: number }

/**
 * Credits of which something is left and that lapse within the given days, each with the last of these that has
 * come and was not said. Those days that were over when it was granted say nothing.
 */
export async function listDueLapseNotices(
  db: Db,
  days: readonly number[],
  limit: number,
): Promise<DueLapseNotice[]> {
  const { rows } = await sql<DueLapseNotice>`
    select c.id, due.days
    from credits c
    join budgets b on b.id = c.budget_id and b.deleted_at is null
    left join budget_windows w on w.budget_id = b.id
    join credit_lines(b.id, coalesce(w.spent_nano_usd, 0)) line on line.id = c.id,
    lateral (
      select min(d) as days from unnest(${[...days]}::int[]) d
      where c.expires_at - make_interval(days => d) between c.created_at and clock_timestamp()
    ) due
    where c.over_at is null and c.expires_at > clock_timestamp()
      and due.days < coalesce(c.noticed_days, 'infinity'::float8)
      and line.used_nano_usd < c.amount_nano_usd
    order by c.expires_at
    limit ${limit}`.execute(db)
  return rows
}

/** False when somebody else has said it meanwhile. */
export async function claimLapseNotice(db: Db, { id, days }: DueLapseNotice): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('credits')
    .set({ noticedDays: days })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('noticedDays', 'is', null), eb('noticedDays', '>', days)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function standing(db: Db) {
  const lines = sql<{ id: string; usedNanoUsd: bigint }>`
    credit_lines(credits.budget_id, coalesce(budget_windows.spent_nano_usd, 0))`
  return db
    .selectFrom('credits')
    .innerJoin('budgets', 'budgets.id', 'credits.budgetId')
    .innerJoin(scopes(db), (join) =>
      join
        .onRef('scopes.scopeType', '=', 'budgets.scopeType')
        .onRef('scopes.scopeId', '=', 'budgets.scopeId'),
    )
    .leftJoin('budgetWindows', 'budgetWindows.budgetId', 'budgets.id')
    .innerJoinLateral(lines.as<'line'>(sql.ref('line')), (join) => join.onRef('line.id', '=', 'credits.id'))
    .selectAll('credits')
    .select([
      ...scopePlace,
      'budgets.scopeType',
      'budgets.scopeId',
      'line.usedNanoUsd',
      sql<boolean>`(credits.over_at is not null or coalesce(credits.expires_at <= clock_timestamp(), false))`.as(
        'over',
      ),
    ])
    .where('budgets.deletedAt', 'is', null)
}
