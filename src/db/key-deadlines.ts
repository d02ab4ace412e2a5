import { type ExpressionBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { KeyState } from '../domain/key-state.ts'
import type { Database } from './schema.ts'

export type DueKey = { id: string; state: KeyState; teamId: string }

const NOW = sql<Date>`now()`

/** Locks up to `limit` keys whose end has come, oldest first. Skips rows that another sweeper holds. */
export function lockExpiredKeys(db: Db, limit: number): Promise<DueKey[]> {
  return due(db, limit)
    .where('keys.state', 'in', ['pending', 'active', 'suspended'])
    .where('keys.expiresAt', '<=', NOW)
    .orderBy('keys.expiresAt')
    .execute()
}

/**
 * Locks up to `limit` keys that began or resumed: pending ones whose first moment has come, and suspended ones whose
 * suspension is over. Skips rows that another sweeper holds.
 */
export function lockAwakenedKeys(db: Db, limit: number): Promise<DueKey[]> {
  return due(db, limit)
    .where((eb) => eb.or([over(eb, 'pending', 'keys.notBefore'), over(eb, 'suspended', 'keys.resumeAt')]))
    .where((eb) => eb.or([eb('keys.expiresAt', 'is', null), eb('keys.expiresAt', '>', NOW)]))
    .execute()
}

function over(
  eb: ExpressionBuilder<Database, 'keys'>,
  state: KeyState,
  deadline: 'keys.notBefore' | 'keys.resumeAt',
) {
  return eb.and([eb('keys.state', '=', state), eb(deadline, '<=', NOW)])
}

function due(db: Db, limit: number) {
  return db
    .selectFrom('keys')
    .innerJoin('environments', 'environments.id', 'keys.environmentId')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .select(['keys.id', 'keys.state', 'projects.teamId'])
    .limit(limit)
    .forUpdate('keys')
    .skipLocked()
}
