import type { Db } from '../app.ts'

/** Remembers which root key sealed this database, the first time; afterwards returns what was remembered. */
export async function keepRootKeyCheck(db: Db, ours: string): Promise<string | undefined> {
  await db
    .insertInto('installation')
    .values({ rootKeyCheck: ours })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return findRootKeyCheck(db)
}

export async function findRootKeyCheck(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('rootKeyCheck').executeTakeFirst()
  return row?.rootKeyCheck
}
