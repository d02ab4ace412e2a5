import { type RawBuilder, sql } from 'kysely'
import type { UsageFilter } from './requests.ts'
import { whereWithin } from './within.ts'

/** A page of the access log has at most so many lines and one, to know whether more follow. */
const MOST_LINES = 201

/** What has an index of its own, or is of few calls: these lead to their rows without their place. */
const SELECTIVE = ['keyId', 'secretId', 'userId', 'requestId', 'ip'] as const

/**
 * Whether a page of these calls is found by the keys of an environment or a project, which have no index of calls. In the
 * order of time one would read all that others called since the place was last used.
 */
export function isOfPlace(filter: UsageFilter, limit: number): boolean {
  return (
    (filter.environmentId !== undefined || filter.projectId !== undefined) &&
    SELECTIVE.every((field) => filter[field] === undefined) &&
    filter.failed !== true &&
    filter.priced !== false &&
    limit <= MOST_LINES
  )
}

/** What a row is asked for besides its place. */
export function besidesPlace(filter: UsageFilter): UsageFilter {
  return {
    ...filter,
    within: 'everything',
    teamId: undefined,
    projectId: undefined,
    environmentId: undefined,
  }
}

/**
 * The ids of the newest `limit` rows of `usage` that lie in the place of the filter and match `rows`, which says nothing of
 * places: PostgreSQL would take it for chance that all calls of a key are of one, and read them all. A key stays in its
 * environment, that in its project, and that in its team, so who sees the place sees all of it, and keys of others are not
 * looked at; who does not has own calls in it at most, which are looked for among their own. These are candidates: what is
 * shown of them, and to whom, is still to be asked.
 */
export function newestInPlace(
  { within, teamId, projectId, environmentId }: UsageFilter,
  rows: RawBuilder<unknown>,
  limit: number,
): RawBuilder<string> {
  const reach = within === 'everything' ? within : { ...within, ownerUserId: null }
  const owner = within === 'everything' ? null : within.ownerUserId
  const lies = (team: string, project: string, environment: string) =>
    sql.join(
      [
        ...(teamId === undefined ? [] : [sql`${sql.ref(team)} = ${teamId}`]),
        ...(projectId === undefined ? [] : [sql`${sql.ref(project)} = ${projectId}`]),
        ...(environmentId === undefined ? [] : [sql`${sql.ref(environment)} = ${environmentId}`]),
      ],
      sql` and `,
    )
  const places = sql`
    select e.id from environments e join projects p on p.id = e.project_id
    where ${whereWithin(reach, { team: 'p.team_id', project: 'p.id' })} and ${lies('p.team_id', 'p.id', 'e.id')}`
  const newestOf = (key: RawBuilder<unknown>, more: RawBuilder<unknown>, most: number) => sql`
    select id, admitted_at from usage where key_id = ${key} and ${rows} ${more}
    order by admitted_at desc, id desc limit ${most}`
  // Of many keys, only those that were used last count, and of these only what is not older than all of their last calls.
  const ofKeys = sql`
    with used as materialized (
      select k.id, last.admitted_at from (${places}) place join keys k on k.environment_id = place.id
      cross join lateral (${newestOf(sql`k.id`, sql``, 1)}) last
      order by last.admitted_at desc, last.id desc limit ${limit}
    )
    select row.id from used cross join lateral (${newestOf(
      sql`used.id`,
      sql`and admitted_at >= (
        select case when count(*) < ${limit} then '-infinity' else min(oldest.admitted_at) end from used oldest)`,
      limit,
    )}) row
    order by row.admitted_at desc, row.id desc limit ${limit}`
  if (owner === null) return sql`(${ofKeys})`
  return sql`(
    (${ofKeys}) union all (
      select id from usage
      where user_id = ${owner} and ${lies('team_id', 'project_id', 'environment_id')} and ${rows}
        and not exists (${places})
      order by admitted_at desc, id desc limit ${limit}))`
}
