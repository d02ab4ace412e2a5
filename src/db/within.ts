import { type RawBuilder, sql } from 'kysely'
import type { Within } from '../domain/access.ts'

/** Narrows a list to what somebody may see. The columns say where a row lies and, for keys, whose it is. */
export function whereWithin(
  within: Within,
  columns: { team: string; project?: string; owner?: string },
): RawBuilder<boolean> {
  if (within === 'everything') return sql`true`
  const { team, project, owner } = columns
  // Only what can match, and nothing around it: an index then finds what few may see.
  const ways = [
    ...(within.teamIds.length === 0 ? [] : [sql`${sql.ref(team)} = any(${within.teamIds})`]),
    ...(project === undefined || within.projectIds.length === 0
      ? []
      : [sql`${sql.ref(project)} = any(${within.projectIds})`]),
    ...(owner === undefined || within.ownerUserId === null
      ? []
      : [sql`${sql.ref(owner)} = ${within.ownerUserId}`]),
  ]
  return ways.length === 0 ? sql`false` : sql`(${sql.join(ways, sql` or `)})`
}

/** The same for teams: who reaches a project knows the team that it is in. */
export function whereTeamWithin(within: Within, id: string): RawBuilder<boolean> {
  if (within === 'everything') return sql`true`
  return sql`(${sql.ref(id)} = any(${within.teamIds})
    or ${sql.ref(id)} in (select p.team_id from projects p where p.id = any(${within.projectIds})))`
}
