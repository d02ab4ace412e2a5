import { sql } from 'kysely'
import type { Db } from '../app.ts'

type Claim = { actorId: string; key: string; operation: string; bodyHash: string; status: number }

/**
 * Claims the key for this transaction, or returns false when it is taken. Waits for another transaction that is
 * claiming the same key: if that one fails, the claim is ours.
 */
export async function claimIdempotencyKey(db: Db, claim: Claim): Promise<boolean> {
  const claimed = await db
    .insertInto('idempotencyKeys')
    .values(claim)
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst()
  return claimed !== undefined
}

export async function setIdempotentResponse(
  db: Db,
  { actorId, key }: { actorId: string; key: string },
  response: string,
): Promise<void> {
  await db
    .updateTable('idempotencyKeys')
    .set({ response })
    .where('actorId', '=', actorId)
    .where('key', '=', key)
    .execute()
}

export function findIdempotencyKey(db: Db, { actorId, key }: { actorId: string; key: string }) {
  return db
    .selectFrom('idempotencyKeys')
    .select(['operation', 'bodyHash', 'response'])
    .where('actorId', '=', actorId)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** Deletes up to `limit` keys that are older than `hours`. Returns how many there were. */
export async function deleteIdempotencyKeys(db: Db, hours: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('idempotencyKeys')
    .select(['actorId', 'key'])
    .where('createdAt', '<', sql<Date>`now() - make_interval(hours => ${hours})`)
    .limit(limit)
  const deleted = await db
    .deleteFrom('idempotencyKeys')
    .where((eb) => eb(eb.refTuple('actorId', 'key'), 'in', old.$asTuple('actorId', 'key')))
    .executeTakeFirst()
  return Number(deleted.numDeletedRows)
}
