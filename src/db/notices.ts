import type { Insertable } from 'kysely'
import type { Db } from '../app.ts'
import type { Notices } from './schema.ts'

export async function insertNotice(db: Db, notice: Insertable<Notices>): Promise<void> {
  await db.insertInto('notices').values(notice).execute()
}
