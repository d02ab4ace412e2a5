import type { Db } from '../app.ts'

/** Whose call made a stored object, and where it lies. */
export type StoredObject = {
  projectId: string
  environmentId: string
  providerId: string
  credentialId: string
}

/** Finds what the books know of an object that is stored at a provider; undefined when no call of ours made it. */
export async function findStoredObject(db: Db, objectId: string): Promise<StoredObject | undefined> {
  const row = await db
    .selectFrom('usage')
    .select(['projectId', 'environmentId', 'providerId', 'credentialId'])
    .where('objectId', '=', objectId)
    .orderBy('settledAt', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row?.providerId || !row.credentialId) return undefined
  return { ...row, providerId: row.providerId, credentialId: row.credentialId }
}
