import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ScopedFilter } from './rate-limits.ts'
import type { Budgets } from './schema.ts'
import { type Lying, scopePlace, scopes } from './scopes.ts'
import { whereWithin } from './within.ts'

export type BudgetRow = Selectable<Budgets> &
  Lying & {
    /** The window that holds now, by the database's clock, and what is in it. */
    windowStart: Date
    windowEnd: Date
    spentNanoUsd: bigint
    leasedNanoUsd: bigint
  }

type Terms = Pick<Selectable<Budgets>, 'name' | 'kind' | 'limitNanoUsd' | 'onShort' | 'thresholds'>

export async function insertBudget(db: Db, budget: Insertable<Budgets>): Promise<void> {
  await db.insertInto('budgets').values(budget).execute()
}

export function findBudget(db: Db, budgetId: string): Promise<BudgetRow | undefined> {
  return live(db).where('budgets.id', '=', budgetId).executeTakeFirst()
}

/** Those of these budgets that are there, with what is in their windows. */
export async function findBudgets(db: Db, budgetIds: readonly string[]): Promise<BudgetRow[]> {
  return budgetIds.length === 0 ? [] : live(db).where('budgets.id', 'in', budgetIds).execute()
}

export async function lockBudget(db: Db, budgetId: string): Promise<BudgetRow | undefined> {
  await db.selectFrom('budgets').select('id').where('id', '=', budgetId).forUpdate().execute()
  return findBudget(db, budgetId)
}

/** Budgets in order of creation, after `cursor`. */
export function listBudgets(db: Db, filter: ScopedFilter): Promise<BudgetRow[]> {
  const { limit, cursor, scopeType, scopeId, within } = filter
  return live(db)
    .$if(cursor !== undefined, (query) => query.where('budgets.id', '>', cursor ?? ''))
    .$if(scopeType !== undefined, (query) => query.where('budgets.scopeType', '=', scopeType ?? ''))
    .$if(scopeId !== undefined, (query) => query.where('budgets.scopeId', '=', scopeId ?? ''))
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('budgets.id')
    .limit(limit)
    .execute()
}

export async function setBudget(
  db: Db,
  budgetId: string,
  values: { [K in keyof Terms]?: Terms[K] | undefined } & { deletedAt?: Date },
): Promise<void> {
  await db
    .updateTable('budgets')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', budgetId)
    .execute()
}

function live(db: Db) {
  const currentWindow = sql<{
    windowStart: Date
    windowEnd: Date
  }>`budget_window(budgets.period, budgets.time_zone, now())`
  return db
    .selectFrom('budgets')
    .innerJoin(scopes(db), (join) =>
      join
        .onRef('scopes.scopeType', '=', 'budgets.scopeType')
        .onRef('scopes.scopeId', '=', 'budgets.scopeId'),
    )
    .innerJoinLateral(currentWindow.as<'currentWindow'>(sql.ref('current_window')), (join) => join.onTrue())
    .leftJoin('budgetWindows', (join) =>
      join
        .onRef('budgetWindows.budgetId', '=', 'budgets.id')
        .onRef('budgetWindows.windowStart', '=', 'currentWindow.windowStart'),
    )
    .selectAll('budgets')
    .select((eb) => [
      ...scopePlace,
      'currentWindow.windowStart',
      'currentWindow.windowEnd',
      eb.fn.coalesce('budgetWindows.spentNanoUsd', sql<bigint>`0::int8`).as('spentNanoUsd'),
      eb.fn.coalesce('budgetWindows.leasedNanoUsd', sql<bigint>`0::int8`).as('leasedNanoUsd'),
    ])
    .where('budgets.deletedAt', 'is', null)
}
