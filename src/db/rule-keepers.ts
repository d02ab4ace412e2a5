import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { FoundScope } from '../domain/place.ts'
import { grantAllows } from './grant-allows.ts'

/**
 * Who is told about the money of a scope: the person whose it is, or else those who may change budgets by a role at the
 * narrowest level around it where somebody may.
 */
export async function listRuleKeepers(db: Db, scope: FoundScope & { scopeId: string }): Promise<string[]> {
  const { scopeType, scopeId, teamId, projectId } = scope
  const person = scopeType === 'user' ? scopeId : scope.ownerUserId
  const { rows } = await sql<{ userId: string }>`
    with keepers as (
      select u.id as user_id, case g.scope_type when 'project' then 1 when 'team' then 2 else 3 end as level
      from grants g
      join users u on u.id = g.user_id and u.deactivated_at is null
      left join roles r on r.id = g.role_id and r.deleted_at is null
      where g.revoked_at is null and (g.expires_at is null or g.expires_at > clock_timestamp())
        and (g.scope_type = 'organization' or g.scope_type = 'team' and g.team_id = ${teamId}
          or g.scope_type = 'project' and g.project_id = ${projectId})
        and ${grantAllows('budget:update')}
      union
      select id, 0 from users where id = ${person} and deactivated_at is null
    )
    select distinct user_id from keepers where level = (select min(level) from keepers) order by user_id`.execute(
    db,
  )
  return rows.map(({ userId }) => userId)
}
