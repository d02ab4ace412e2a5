import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { ReportedLimit } from '../domain/reported-limits.ts'
import type { Credentials } from './schema.ts'

const SHOWN = [
  'id',
  'providerId',
  'name',
  'hint',
  'weight',
  'state',
  'parkedReason',
  'parkedUntil',
  'secretVersion',
  'secretAt',
  'createdAt',
  'version',
] as const

/** A credential without its secret: sealed bytes are read only by who opens them. */
export type CredentialRow = Pick<Selectable<Credentials>, (typeof SHOWN)[number]> & {
  needsSecret: boolean
  environmentIds: string[]
  /** Null when the provider said nothing of it yet. Times come as text. */
  health: StoredHealth | null
}

type StoredHealth = {
  testedAt: string | null
  testWorks: boolean | null
  testDetail: string | null
  calledAt: string | null
  failedAt: string | null
  failedStatus: number | null
  limits: ReportedLimit[] | null
  limitsAt: string | null
}

/** True when the secret was erased: no bytes are left to open. */
const needsSecret = sql<boolean>`octet_length(sealed_secret) = 0`.as('needsSecret')

const environmentIds = sql<string[]>`(
  select coalesce(json_agg(environment_id order by environment_id), '[]')
  from environment_credentials where credential_id = credentials.id
)`.as('environmentIds')

const health = sql<StoredHealth | null>`(
  select json_build_object(
    'testedAt', tested_at, 'testWorks', test_works, 'testDetail', test_detail, 'calledAt', called_at,
    'failedAt', failed_at, 'failedStatus', failed_status, 'limits', limits, 'limitsAt', limits_at
  ) from credential_health where credential_id = credentials.id
)`.as('health')

export async function insertCredential(db: Db, credential: Insertable<Credentials>): Promise<void> {
  await db.insertInto('credentials').values(credential).execute()
}

export function findCredential(db: Db, credentialId: string): Promise<CredentialRow | undefined> {
  return shown(db).where('id', '=', credentialId).executeTakeFirst()
}

/** Locks the credential until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockCredential(db: Db, credentialId: string): Promise<CredentialRow | undefined> {
  return shown(db).where('id', '=', credentialId).forUpdate().executeTakeFirst()
}

export function lockCredentialsOf(db: Db, providerId: string): Promise<CredentialRow[]> {
  return shown(db).where('providerId', '=', providerId).orderBy('id').forUpdate().execute()
}

/** Credentials in order of creation, after `cursor`. */
export function listCredentials(
  db: Db,
  {
    limit,
    cursor,
    providerId,
  }: { limit: number; cursor: string | undefined; providerId: string | undefined },
): Promise<CredentialRow[]> {
  return shown(db)
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .$if(providerId !== undefined, (query) => query.where('providerId', '=', providerId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function setCredential(
  db: Db,
  credentialId: string,
  values: Updateable<Credentials>,
): Promise<void> {
  await db
    .updateTable('credentials')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', credentialId)
    .execute()
}

/** What it takes to call the provider with a credential. */
export function findSealedSecret(db: Db, credentialId: string) {
  return db
    .selectFrom('credentials')
    .select(['id', 'sealedDataKey', 'sealedSecret', 'secretVersion'])
    .where('id', '=', credentialId)
    .executeTakeFirst()
}

/** Deletes the credential and its bindings. Usage rows keep its id. */
export async function deleteCredential(db: Db, credentialId: string): Promise<void> {
  await db.deleteFrom('environmentCredentials').where('credentialId', '=', credentialId).execute()
  await db.deleteFrom('credentials').where('id', '=', credentialId).execute()
}

function shown(db: Db) {
  return db.selectFrom('credentials').select(SHOWN).select([needsSecret, environmentIds, health])
}
