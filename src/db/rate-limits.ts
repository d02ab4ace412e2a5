import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { ScopeType } from '../domain/scope.ts'
import type { RateLimits } from './schema.ts'
import { type Lying, scopeOf, scopePlace } from './scopes.ts'
import { whereWithin } from './within.ts'

export type RateLimitRow = Selectable<RateLimits> & Lying

type Numbers = Pick<RateLimitRow, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentCalls'>

export async function insertRateLimit(
  db: Db,
  rateLimit: Insertable<RateLimits>,
): Promise<Selectable<RateLimits>> {
  return db.insertInto('rateLimits').values(rateLimit).returningAll().executeTakeFirstOrThrow()
}

export function findRateLimit(db: Db, rateLimitId: string): Promise<RateLimitRow | undefined> {
  return live(db).where('rateLimits.id', '=', rateLimitId).executeTakeFirst()
}

export function lockRateLimit(db: Db, rateLimitId: string): Promise<RateLimitRow | undefined> {
  return live(db).where('rateLimits.id', '=', rateLimitId).forUpdate('rateLimits').executeTakeFirst()
}

export type ScopedFilter = {
  limit: number
  cursor: string | undefined
  scopeType: ScopeType | undefined
  scopeId: string | undefined
  within: Within
}

/** With a user, their parts of what is for each member instead. */
export type PartsFilter = ScopedFilter & { userId: string | undefined }

/** Rate limits in order of creation, after `cursor`. */
export function listRateLimits(db: Db, filter: PartsFilter): Promise<RateLimitRow[]> {
  const { limit, cursor, scopeType, scopeId, userId, within } = filter
  return live(db)
    .$if(cursor !== undefined, (query) => query.where('rateLimits.id', '>', cursor ?? ''))
    .$if(scopeType !== undefined, (query) => query.where('rateLimits.scopeType', '=', scopeType ?? ''))
    .$if(scopeId !== undefined, (query) => query.where('rateLimits.scopeId', '=', scopeId ?? ''))
    .where('rateLimits.userId', userId === undefined ? 'is' : '=', userId ?? null)
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('rateLimits.id')
    .limit(limit)
    .execute()
}

export function setRateLimit(
  db: Db,
  rateLimitId: string,
  values: Partial<Numbers> & { deletedAt?: Date },
): Promise<Selectable<RateLimits>> {
  return db
    .updateTable('rateLimits')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', rateLimitId)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Changes the parts of a rate limit for each member as the whole was changed. */
export async function setRateLimitParts(
  db: Db,
  rateLimitId: string,
  values: Partial<Numbers> & { deletedAt?: Date },
): Promise<void> {
  await db
    .updateTable('rateLimits')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('memberOf', '=', rateLimitId)
    .where('deletedAt', 'is', null)
    .execute()
}

function live(db: Db) {
  return db
    .selectFrom('rateLimits')
    .innerJoinLateral(scopeOf(db, 'rate_limits'), (join) => join.onTrue())
    .selectAll('rateLimits')
    .select(scopePlace)
    .where('rateLimits.deletedAt', 'is', null)
}
