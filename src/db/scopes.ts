import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { FoundScope } from '../domain/place.ts'
import type { Scope, ScopeType } from '../domain/scope.ts'

/** Where a scope lies, as the rows of rules carry it. */
export type Lying = Omit<FoundScope, 'scopeType'>

export const scopePlace = [
  'scopes.teamId',
  'scopes.projectId',
  'scopes.production',
  'scopes.ownerUserId',
] as const

/** Every place where a rule can be attached, and where it lies: in no team is the organization's own. */
export function scopes(db: Db) {
  const nowhere = lying({})
  return db
    .selectFrom('organization')
    .select([typed('organization'), 'id as scopeId', ...nowhere])
    .unionAll(db.selectFrom('users').select([typed('user'), 'id as scopeId', ...nowhere]))
    .unionAll(
      db.selectFrom('teams').select([typed('team'), 'id as scopeId', ...lying({ team: sql.ref('id') })]),
    )
    .unionAll(
      db
        .selectFrom('projects')
        .select([
          typed('project'),
          'id as scopeId',
          ...lying({ team: sql.ref('teamId'), project: sql.ref('id') }),
        ]),
    )
    .unionAll(
      db
        .selectFrom('environments')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([
          typed('environment'),
          'environments.id as scopeId',
          ...lying({ ...PROJECT, production: IN_PRODUCTION }),
        ]),
    )
    .unionAll(
      db
        .selectFrom('serviceAccounts')
        .innerJoin('projects', 'projects.id', 'serviceAccounts.projectId')
        .select([typed('service_account'), 'serviceAccounts.id as scopeId', ...lying(PROJECT)]),
    )
    .unionAll(
      db
        .selectFrom('keys')
        .innerJoin('environments', 'environments.id', 'keys.environmentId')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([
          typed('key'),
          'keys.id as scopeId',
          ...lying({ ...PROJECT, production: IN_PRODUCTION, owner: sql.ref('keys.userId') }),
        ]),
    )
    .as('scopes')
}

/**
 * Where the scope lies that a row of rules carries: looked up for each row. To join all there are with a page of rows
 * compares each with each, as the database plans it.
 */
export function scopeOf(db: Db, table: 'budgets' | 'policies' | 'rate_limits') {
  return db
    .selectFrom(scopes(db))
    .selectAll()
    .where('scopes.scopeType', '=', sql<ScopeType>`${sql.ref(`${table}.scope_type`)}`)
    .where('scopes.scopeId', '=', sql<string>`${sql.ref(`${table}.scope_id`)}`)
    .offset(sql.lit(0))
    .as('scopes')
}

export function findScope(db: Db, { type, id }: Scope): Promise<FoundScope | undefined> {
  return db
    .selectFrom(scopes(db))
    .select(['scopeType', ...scopePlace])
    .where('scopeType', '=', type)
    .where('scopeId', '=', id)
    .executeTakeFirst()
}

/** All that have one of these ids, in one question. */
export async function findScopes(db: Db, ids: readonly string[]): Promise<Map<string, FoundScope>> {
  const rows = await db
    .selectFrom(scopes(db))
    .select(['scopeType', 'scopeId', ...scopePlace])
    .where('scopeId', 'in', ids)
    .execute()
  return new Map(rows.map(({ scopeId, ...found }) => [scopeId, found]))
}

const PROJECT = { team: sql.ref('projects.teamId'), project: sql.ref('projects.id') }
const IN_PRODUCTION = sql<boolean>`environments.kind = 'production'`

function typed(type: ScopeType) {
  return sql<ScopeType>`${sql.lit(type)}`.as('scopeType')
}

type Columns = {
  team?: RawBuilder<unknown>
  project?: RawBuilder<unknown>
  production?: RawBuilder<boolean>
  owner?: RawBuilder<unknown>
}

function lying({ team, project, production, owner }: Columns) {
  return [
    sql<string | null>`${team ?? sql`null`}::text`.as('teamId'),
    sql<string | null>`${project ?? sql`null`}::text`.as('projectId'),
    sql<boolean>`${production ?? sql`false`}`.as('production'),
    sql<string | null>`${owner ?? sql`null`}::text`.as('ownerUserId'),
  ] as const
}
