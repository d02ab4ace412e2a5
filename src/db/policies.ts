import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Scope, ScopeType } from '../domain/scope.ts'
import type { Policies } from './schema.ts'
import { scopeOf } from './scopes.ts'
import { whereWithin } from './within.ts'

export type PolicyRow = Selectable<Policies>

export function findPolicy(db: Db, scope: Scope): Promise<PolicyRow | undefined> {
  return atScope(db, scope).executeTakeFirst()
}

export function lockPolicy(db: Db, scope: Scope): Promise<PolicyRow | undefined> {
  return atScope(db, scope).forUpdate().executeTakeFirst()
}

function atScope(db: Db, { type, id }: Scope) {
  return db.selectFrom('policies').selectAll().where('scopeType', '=', type).where('scopeId', '=', id)
}

/** Writes the policy of a scope as a whole, if it still has `version` (0: there was none). Undefined when it has not. */
export function setPolicy(
  db: Db,
  policy: Omit<Insertable<Policies>, 'version' | 'updatedAt'>,
  version: number,
): Promise<PolicyRow | undefined> {
  return db
    .insertInto('policies')
    .values(policy)
    .onConflict((conflict) =>
      conflict
        .columns(['scopeType', 'scopeId'])
        .doUpdateSet((eb) => ({
          ...policy,
          updatedAt: eb.fn('now'),
          version: eb('policies.version', '+', 1),
        }))
        .where('policies.version', '=', version),
    )
    .returningAll()
    .executeTakeFirst()
}

type PolicyFilter = {
  limit: number
  cursor: string | undefined
  scopeType: ScopeType | undefined
  exceptScopeType: ScopeType | undefined
  within: Within
}

/** Policies in the order of their scopes' ids, after `cursor`. A scope has one policy at most, so its id is the row's. */
export function listPolicies(
  db: Db,
  { limit, cursor, scopeType, exceptScopeType, within }: PolicyFilter,
): Promise<(PolicyRow & { id: string })[]> {
  return db
    .selectFrom('policies')
    .innerJoinLateral(scopeOf(db, 'policies'), (join) => join.onTrue())
    .selectAll('policies')
    .select('policies.scopeId as id')
    .$if(cursor !== undefined, (query) => query.where('policies.scopeId', '>', cursor ?? ''))
    .$if(scopeType !== undefined, (query) => query.where('policies.scopeType', '=', scopeType ?? ''))
    .$if(exceptScopeType !== undefined, (query) =>
      query.where('policies.scopeType', '<>', exceptScopeType ?? ''),
    )
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('policies.scopeId')
    .limit(limit)
    .execute()
}
