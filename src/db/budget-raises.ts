import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { BudgetRaises } from './schema.ts'
import { scopes } from './scopes.ts'
import { whereWithin } from './within.ts'

export type BudgetRaiseRow = Selectable<BudgetRaises> & {
  /** Whether it holds now, by the database's clock. */
  active: boolean
}

export async function insertBudgetRaise(db: Db, raise: Insertable<BudgetRaises>): Promise<void> {
  await db.insertInto('budgetRaises').values(raise).execute()
}

export function findBudgetRaise(db: Db, budgetRaiseId: string): Promise<BudgetRaiseRow | undefined> {
  return all(db).where('budgetRaises.id', '=', budgetRaiseId).executeTakeFirst()
}

/** Raises of budgets that are there, in order of creation, after `cursor`. */
export function listBudgetRaises(
  db: Db,
  filter: { limit: number; cursor: string | undefined; budgetId: string | undefined; within: Within },
): Promise<BudgetRaiseRow[]> {
  const { limit, cursor, budgetId, within } = filter
  return all(db)
    .innerJoin('budgets', 'budgets.id', 'budgetRaises.budgetId')
    .innerJoin(scopes(db), (join) =>
      join
        .onRef('scopes.scopeType', '=', 'budgets.scopeType')
        .onRef('scopes.scopeId', '=', 'budgets.scopeId'),
    )
    .where('budgets.deletedAt', 'is', null)
    .$if(cursor !== undefined, (query) => query.where('budgetRaises.id', '>', cursor ?? ''))
    .$if(budgetId !== undefined, (query) => query.where('budgetRaises.budgetId', '=', budgetId ?? ''))
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('budgetRaises.id')
    .limit(limit)
    .execute()
}

/** Ends a raise now, if nobody and no time has. */
export async function setBudgetRaiseEnded(db: Db, budgetRaiseId: string): Promise<void> {
  await db
    .updateTable('budgetRaises')
    .set({ endedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', budgetRaiseId)
    .execute()
}

function all(db: Db) {
  return db
    .selectFrom('budgetRaises')
    .selectAll('budgetRaises')
    .select(
      sql<boolean>`budget_raises.ended_at is null and budget_raises.ends_at > clock_timestamp()`.as('active'),
    )
}
