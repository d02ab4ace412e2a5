import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Permission } from '../domain/permission.ts'
import { grantAllows } from './grant-allows.ts'

/**
 * Up to `limit` people whose roles allow this there, of the nearest level that has any: the project, else its team,
 * else the organization.
 */
export async function listNearestHolders(
  db: Db,
  permission: Permission,
  { teamId, projectId }: { teamId: string | null; projectId: string | null },
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ userId: string }>`
    with holders as (
      select g.user_id, min(case g.scope_type when 'project' then 1 when 'team' then 2 else 3 end) as distance
      from grants g join users u on u.id = g.user_id left join roles r on r.id = g.role_id and r.deleted_at is null
      where g.revoked_at is null and (g.expires_at is null or g.expires_at > now()) and u.deactivated_at is null
        and (g.scope_type = 'organization' or g.scope_type = 'team' and g.team_id = ${teamId}
          or g.scope_type = 'project' and g.project_id = ${projectId})
        and ${grantAllows(permission)}
      group by g.user_id
    )
    select user_id from holders where distance = (select min(distance) from holders)
    order by user_id limit ${limit}`.execute(db)
  return rows.map(({ userId }) => userId)
}
