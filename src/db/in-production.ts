import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** Whether the team or project has a production environment that is in use. */
export async function hasProduction(
  db: Db,
  of: { teamId: string } | { projectId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('environments')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .select('environments.id')
    .where((eb) =>
      'teamId' in of ? eb('projects.teamId', '=', of.teamId) : eb('projects.id', '=', of.projectId),
    )
    .where('environments.kind', '=', 'production')
    .where('environments.archivedAt', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether the service account has a key in production that works, or may work again. */
export async function hasProductionKey(db: Db, serviceAccountId: string): Promise<boolean> {
  const row = await db
    .selectFrom('keys')
    .innerJoin('environments', 'environments.id', 'keys.environmentId')
    .select('keys.id')
    .where('keys.serviceAccountId', '=', serviceAccountId)
    .where('keys.state', 'not in', ['revoked', 'expired'])
    .where(sql<boolean>`coalesce(keys.expires_at > now(), true)`)
    .where('environments.kind', '=', 'production')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
