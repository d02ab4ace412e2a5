import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { IdKind } from '../ids.ts'

export type Named = {
  id: string
  name: string
  kind: 'user' | 'thing'
  /** Null is the organization's own. */
  teamId: string | null
  projectId: string | null
  /** Of a key that a person owns. */
  ownerUserId: string | null
}

/** What has one of these ids: its name, and where it lies. */
export function findNamed(db: Db, ids: string[]): Promise<Named[]> {
  // An id says what it is of. In one parameter, each for its own table: a thousand take longer to plan than to look up.
  const any = (kind: IdKind) => sql<string>`any(${ids.filter((id) => id.startsWith(`${kind}_`))})`
  const within = db
    .selectFrom('projects')
    .select([
      ...named('projects'),
      ...lying({ team: sql.ref('projects.teamId'), project: sql.ref('projects.id') }),
    ])
    .where('projects.id', '=', any('prj'))
  return within
    .unionAll(
      db
        .selectFrom('teams')
        .select([...named('teams'), ...lying({ team: sql.ref('teams.id') })])
        .where('teams.id', '=', any('team')),
    )
    .unionAll(
      db
        .selectFrom('environments')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([...named('environments'), ...lying(OF_PROJECT)])
        .where('environments.id', '=', any('env')),
    )
    .unionAll(
      db
        .selectFrom('serviceAccounts')
        .innerJoin('projects', 'projects.id', 'serviceAccounts.projectId')
        .select([...named('serviceAccounts'), ...lying(OF_PROJECT)])
        .where('serviceAccounts.id', '=', any('svc')),
    )
    .unionAll(
      db
        .selectFrom('keys')
        .innerJoin('environments', 'environments.id', 'keys.environmentId')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([...named('keys'), ...lying({ ...OF_PROJECT, owner: sql.ref('keys.userId') })])
        .where('keys.id', '=', any('key')),
    )
    .unionAll(
      db
        .selectFrom('providers')
        .select([...named('providers'), ...lying({})])
        .where('providers.id', '=', any('prv')),
    )
    .unionAll(
      db
        .selectFrom('users')
        .select([...named('users', 'user'), ...lying({})])
        .where('users.id', '=', any('usr')),
    )
    .execute()
}

/** The names alone, by id: for who was let see these ids. */
export async function namesOf(db: Db, ids: string[]): Promise<Record<string, string>> {
  const found = ids.length === 0 ? [] : await findNamed(db, ids)
  return Object.fromEntries(found.map(({ id, name }) => [id, name]))
}

/** Where people own keys or hold roles, each place once. In no team is the organization itself. */
export async function placesOfUsers(
  db: Db,
  userIds: string[],
): Promise<{ userId: string; teamId: string | null; projectId: string | null }[]> {
  if (userIds.length === 0) return []
  const rows = await db
    .selectFrom('grants')
    .select(['userId', 'teamId', 'projectId'])
    .where('userId', 'in', userIds)
    .where('revokedAt', 'is', null)
    .union(
      db
        .selectFrom('keys')
        .innerJoin('environments', 'environments.id', 'keys.environmentId')
        .innerJoin('projects', 'projects.id', 'environments.projectId')
        .select([
          'keys.userId',
          sql<string | null>`projects.team_id`.as('teamId'),
          sql<string | null>`projects.id`.as('projectId'),
        ])
        .where('keys.userId', 'in', userIds),
    )
    .execute()
  return rows.flatMap(({ userId, ...place }) => (userId === null ? [] : [{ userId, ...place }]))
}

const OF_PROJECT = { team: sql.ref('projects.teamId'), project: sql.ref('projects.id') }

function named(table: string, kind: Named['kind'] = 'thing') {
  return [
    sql<string>`${sql.ref(`${table}.id`)}`.as('id'),
    sql<string>`${sql.ref(`${table}.name`)}`.as('name'),
    sql<Named['kind']>`${sql.lit(kind)}`.as('kind'),
  ] as const
}

type Columns = { team?: RawBuilder<unknown>; project?: RawBuilder<unknown>; owner?: RawBuilder<unknown> }

function lying({ team, project, owner }: Columns) {
  return [
    sql<string | null>`${team ?? sql`null`}::text`.as('teamId'),
    sql<string | null>`${project ?? sql`null`}::text`.as('projectId'),
    sql<string | null>`${owner ?? sql`null`}::text`.as('ownerUserId'),
  ] as const
}
