import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** Whether the organization, or this team or project of it, has a production environment that is in use. */
export async function hasProduction(
  db: Db,
  of: { teamId?: string; projectId?: string } = {},
): Promise<boolean> {
  const { teamId, projectId } = of
  const row = await usedInProduction(db)
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .$if(teamId !== undefined, (query) => query.where('projects.teamId', '=', teamId ?? ''))
    .$if(projectId !== undefined, (query) => query.where('projects.id', '=', projectId ?? ''))
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a production environment that is in use is bound to this credential, or to any of this provider. */
export async function isBoundInProduction(
  db: Db,
  to: { credentialId?: string; providerId?: string },
): Promise<boolean> {
  const { credentialId, providerId } = to
  const row = await usedInProduction(db)
    .innerJoin('environmentCredentials as bound', 'bound.environmentId', 'environments.id')
    .innerJoin('credentials', 'credentials.id', 'bound.credentialId')
    .$if(credentialId !== undefined, (query) => query.where('credentials.id', '=', credentialId ?? ''))
    .$if(providerId !== undefined, (query) => query.where('credentials.providerId', '=', providerId ?? ''))
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

/** One production environment that is in use, of those that what follows narrows it to. */
function usedInProduction(db: Db) {
  return db
    .selectFrom('environments')
    .select('environments.id')
    .where('environments.kind', '=', 'production')
    .where('environments.archivedAt', 'is', null)
    .limit(1)
}
