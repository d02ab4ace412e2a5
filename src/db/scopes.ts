import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Scope, ScopeType } from '../domain/scope.ts'

/** Every place where a rule can be attached, and the team it belongs to: null for the organization's own. */
export function scopes(db: Db) {
  const inProject = (type: ScopeType, table: 'environments' | 'serviceAccounts') =>
    db
      .selectFrom(table)
      .innerJoin('projects', 'projects.id', `${table}.projectId`)
      .select([typed(type), `${table}.id as scopeId`, team('projects.team_id')])
  return db
    .selectFrom('organization')
    .select([typed('organization'), 'id as scopeId', team('null')])
    .unionAll(db.selectFrom('users').select([typed('user'), 'id as scopeId', team('null')]))
    .unionAll(db.selectFrom('teams').select([typed('team'), 'id as scopeId', team('id')]))
    .unionAll(db.selectFrom('projects').select([typed('project'), 'id as scopeId', team('team_id')]))
    .unionAll(inProject('environment', 'environments'))
    .unionAll(inProject('service_account', 'serviceAccounts'))
    .unionAll(
      db
        .selectFrom('keys')
        .innerJoin('environments', 'environments.id', 'keys.environmentId')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([typed('key'), 'keys.id as scopeId', team('projects.team_id')]),
    )
    .as('scopes')
}

export type FoundScope = { scopeId: string; teamId: string | null }

export function findScope(db: Db, { type, id }: Scope): Promise<FoundScope | undefined> {
  return db
    .selectFrom(scopes(db))
    .select(['scopeId', 'teamId'])
    .where('scopeType', '=', type)
    .where('scopeId', '=', id)
    .executeTakeFirst()
}

function typed(type: ScopeType) {
  return sql<ScopeType>`${sql.lit(type)}`.as('scopeType')
}

function team(column: 'null' | 'id' | 'team_id' | 'projects.team_id') {
  return sql<string | null>`${sql.raw(column)}::text`.as('teamId')
}
