import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { SavedViews } from './schema.ts'

export type ViewRow = Selectable<SavedViews>

/** A person's saved views, of one page or of all, by name. */
export function listViews(db: Db, userId: string, page?: string): Promise<ViewRow[]> {
  return db
    .selectFrom('savedViews')
    .selectAll()
    .where('userId', '=', userId)
    .$if(page !== undefined, (query) => query.where('page', '=', page ?? ''))
    .orderBy('name')
    .orderBy('id')
    .execute()
}

/** Undefined when the person has one of that name on that page. */
export function insertView(db: Db, view: Insertable<SavedViews>): Promise<ViewRow | undefined> {
  return db
    .insertInto('savedViews')
    .values(view)
    .onConflict((conflict) => conflict.columns(['userId', 'page', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Undefined when it is not there, or not theirs. */
export function deleteView(db: Db, view: { id: string; userId: string }): Promise<ViewRow | undefined> {
  return db
    .deleteFrom('savedViews')
    .where((eb) => eb.and(view))
    .returningAll()
    .executeTakeFirst()
}
