import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Scope } from '../domain/scope.ts'

/** How a scope and all that it lies in are called, and who answers for it. */
export type NamedScope = {
  organization: string | null
  team: string | null
  project: string | null
  environment: string | null
  serviceAccount: string | null
  user: string | null
  key: string | null
  teamId: string | null
  projectId: string | null
  /** The user, the owner of the key or who answers for the service account: while they are active. */
  ownerUserId: string | null
}

export async function nameScope(db: Db, { type, id }: Scope): Promise<NamedScope> {
  const of = (wanted: Scope['type']) => sql`case when ${type} = ${wanted} then ${id} end`
  const { rows } = await sql<NamedScope>`
    select o.name as organization, t.name as team, p.name as project, e.name as environment,
      s.name as service_account, u.name as "user", k.name as key, t.id as team_id, p.id as project_id,
      owner.id as owner_user_id
    from (values (1)) one
    left join organization o on o.id = ${of('organization')}
    left join keys k on k.id = ${of('key')}
    left join environments e on e.id = coalesce(k.environment_id, ${of('environment')})
    left join service_accounts s on s.id = coalesce(k.service_account_id, ${of('service_account')})
    left join projects p on p.id = coalesce(e.project_id, s.project_id, ${of('project')})
    left join teams t on t.id = coalesce(p.team_id, ${of('team')})
    left join users u on u.id = coalesce(k.user_id, ${of('user')})
    left join users owner on owner.id = coalesce(u.id, s.owner_user_id) and owner.deactivated_at is null`.execute(
    db,
  )
  const [row] = rows
  if (!row) throw new Error('a row of values is one row')
  return row
}
