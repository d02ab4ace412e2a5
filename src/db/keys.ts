import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { KeyState } from '../domain/key-state.ts'
import type { EnvironmentKind } from '../domain/scope.ts'
import type { Keys } from './schema.ts'
import { whereFound } from './search.ts'
import { whereWithin } from './within.ts'

/** A key and where it lies. */
export type KeyRow = Selectable<Keys> & {
  environmentKind: EnvironmentKind
  projectId: string
  teamId: string
}

export async function insertKey(db: Db, key: Insertable<Keys>): Promise<void> {
  await db.insertInto('keys').values(key).execute()
}

export function findKey(db: Db, keyId: string): Promise<KeyRow | undefined> {
  return placed(db).where('keys.id', '=', keyId).executeTakeFirst()
}

/** Locks the key until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockKey(db: Db, keyId: string): Promise<KeyRow | undefined> {
  return placed(db).where('keys.id', '=', keyId).forUpdate('keys').executeTakeFirst()
}

export async function setKey(db: Db, keyId: string, values: Updateable<Keys>): Promise<void> {
  await db
    .updateTable('keys')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', keyId)
    .execute()
}

export type KeyFilter = {
  limit: number
  cursor: string | undefined
  within: Within
  teamId?: string | undefined
  projectId?: string | undefined
  environmentId?: string | undefined
  userId?: string | undefined
  serviceAccountId?: string | undefined
  environmentKind?: EnvironmentKind | undefined
  state?: KeyState | undefined
  /** Whether any of its secrets was ever called with. */
  used?: boolean | undefined
  /** Of those that are neither revoked nor expired. */
  expiresBefore?: Date | undefined
  q?: string | undefined
  now: Date
}

/** Keys in order of creation, after `cursor`. */
export function listKeys(db: Db, filter: KeyFilter): Promise<KeyRow[]> {
  let query = placed(db)
    .where(
      whereWithin(filter.within, { team: 'projects.teamId', project: 'projects.id', owner: 'keys.userId' }),
    )
    .orderBy('keys.id')
    .limit(filter.limit)
  if (filter.cursor !== undefined) query = query.where('keys.id', '>', filter.cursor)
  if (filter.teamId !== undefined) query = query.where('projects.teamId', '=', filter.teamId)
  if (filter.projectId !== undefined) query = query.where('projects.id', '=', filter.projectId)
  if (filter.environmentId !== undefined) query = query.where('keys.environmentId', '=', filter.environmentId)
  if (filter.userId !== undefined) query = query.where('keys.userId', '=', filter.userId)
  if (filter.serviceAccountId !== undefined)
    query = query.where('keys.serviceAccountId', '=', filter.serviceAccountId)
  if (filter.environmentKind !== undefined)
    query = query.where('environments.kind', '=', filter.environmentKind)
  if (filter.state !== undefined) query = query.where(stateAt(filter.now), '=', filter.state)
  if (filter.used !== undefined) query = query.where(everUsed, '=', filter.used)
  if (filter.expiresBefore !== undefined) {
    query = query
      .where('keys.expiresAt', '<', filter.expiresBefore)
      .where(stateAt(filter.now), 'not in', ['revoked', 'expired'])
  }
  const { q } = filter
  if (q !== undefined) {
    const hinted = sql`keys.id in (select key_id from key_secrets where right(hint, length(${q})) = ${q})`
    query = query.where(sql<boolean>`(${whereFound(q, 'keys.id', ['keys.name'])} or ${hinted})`)
  }
  return query.execute()
}

const everUsed = sql<boolean>`exists (select from key_secrets s where s.key_id = keys.id and s.last_used_at is not null)`

/** `keyStateAt` of domain/key-state.ts, in SQL: a page of a filtered list is read without the rest. */
function stateAt(now: Date) {
  return sql<KeyState>`case
    when keys.state in ('revoked', 'expired') then keys.state
    when keys.expires_at <= ${now} then 'expired'
    when keys.not_before > ${now} then 'pending'
    when keys.state = 'suspended' and keys.resume_at <= ${now} then 'active'
    when keys.state = 'pending' and keys.not_before <= ${now} then 'active'
    else keys.state end`
}

function placed(db: Db) {
  return db
    .selectFrom('keys')
    .innerJoin('environments', 'environments.id', 'keys.environmentId')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .selectAll('keys')
    .select(['environments.kind as environmentKind', 'environments.projectId', 'projects.teamId'])
}
