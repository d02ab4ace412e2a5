import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Environments } from './schema.ts'
import { SHOWN_TOKEN, type TokenRow } from './tokens.ts'

/** Everything that a person holds or is bound to: read for a report, and locked while they are being offboarded. */

export function lockKeyIdsOf(db: Db, userId: string): Promise<{ id: string }[]> {
  return db
    .selectFrom('keys')
    .select('id')
    .where('userId', '=', userId)
    .where('state', 'not in', ['revoked', 'expired'])
    .orderBy('id')
    .forUpdate()
    .execute()
}

export function lockGrantIdsOf(db: Db, userId: string): Promise<{ id: string }[]> {
  return db
    .selectFrom('grants')
    .select('id')
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** The tokens of a person that nobody revoked. */
export function listTokensOf(db: Db, userId: string): Promise<TokenRow[]> {
  return db
    .selectFrom('apiTokens')
    .select(SHOWN_TOKEN)
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)
    .orderBy('id')
    .execute()
}

/** The service accounts that a person answers for and that are in use. */
export function listAccountsOwnedBy(
  db: Db,
  userId: string,
): Promise<{ id: string; name: string; projectId: string }[]> {
  return db
    .selectFrom('serviceAccounts')
    .select(['id', 'name', 'projectId'])
    .where('ownerUserId', '=', userId)
    .where('deactivatedAt', 'is', null)
    .orderBy('id')
    .execute()
}

export type LivingSession = { id: string; kind: 'browser' | 'cli'; ip: string | null; lastSeenAt: Date }

export function listLivingSessionsOf(db: Db, userId: string): Promise<LivingSession[]> {
  return db
    .selectFrom('sessions')
    .select(['id', 'kind', 'ip', 'lastSeenAt'])
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .orderBy('id')
    .execute()
}

export type BoundEnvironment = {
  id: string
  name: string
  kind: Environments['kind']
  projectId: string
  teamId: string
}

/** Every environment that is in use. */
export function listUsedEnvironments(db: Db): Promise<BoundEnvironment[]> {
  return db
    .selectFrom('environments')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .select(['environments.id', 'environments.name', 'kind', 'projectId', 'teamId'])
    .where('environments.archivedAt', 'is', null)
    .orderBy('environments.id')
    .execute()
}

export type BoundCredential = {
  id: string
  name: string
  hint: string
  providerName: string
  environmentIds: string[]
}

/** Every credential, with those of these environments that use it: never its secret. */
export function listBoundCredentials(db: Db, environmentIds: string[]): Promise<BoundCredential[]> {
  return db
    .selectFrom('credentials')
    .innerJoin('providers', 'providers.id', 'credentials.providerId')
    .leftJoin('environmentCredentials as bound', (join) =>
      join
        .onRef('bound.credentialId', '=', 'credentials.id')
        .on(sql<boolean>`bound.environment_id = any(${environmentIds})`),
    )
    .select([
      'credentials.id',
      'credentials.name',
      'credentials.hint',
      'providers.name as providerName',
      sql<string[]>`coalesce(array_agg(bound.environment_id order by bound.environment_id)
        filter (where bound.environment_id is not null), '{}')`.as('environmentIds'),
    ])
    .where('providers.kind', '<>', 'demo')
    .groupBy(['credentials.id', 'providers.name'])
    .orderBy('credentials.id')
    .execute()
}

const WAYS_IN = [
  'passwords',
  'totpFactors',
  'passkeys',
  'recoveryCodes',
  'knownDevices',
  'signIns',
  'emailTokens',
  'emailChanges',
] as const

/** Deletes everything by which a person signs in, or has begun to. False when there was nothing. */
export async function deleteWaysIn(db: Db, userId: string): Promise<boolean> {
  let deleted = 0n
  for (const table of WAYS_IN) {
    const { numDeletedRows } = await db.deleteFrom(table).where('userId', '=', userId).executeTakeFirst()
    deleted += numDeletedRows
  }
  return deleted > 0n
}

/** What a person offered others, or what waits for them, by the kind of thing it is. Each is over afterwards. */
export async function endOffersOf(
  db: Db,
  userId: string,
): Promise<
  {
    kind: 'access-request.withdraw' | 'approval-rule.delete' | 'delivery.void' | 'invitation.revoke'
    id: string
  }[]
> {
  const now = sql<Date>`clock_timestamp()`
  const invitations = await db
    .updateTable('invitations')
    .set({ revokedAt: now })
    .where('invitedBy', '=', userId)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .returning('id')
    .execute()
  const deliveries = await db
    .updateTable('deliveries')
    .set({ voidedAt: now })
    .where('userId', '=', userId)
    .where('openedAt', 'is', null)
    .where('voidedAt', 'is', null)
    .returning('id')
    .execute()
  const rules = await db
    .updateTable('approvalRules')
    .set({ deletedAt: now })
    .where('createdBy', '=', userId)
    .where('deletedAt', 'is', null)
    .returning('id')
    .execute()
  const requests = await db
    .updateTable('accessRequests')
    .set({ state: 'withdrawn', decidedAt: now })
    .where('requesterId', '=', userId)
    .where('state', '=', 'pending')
    .returning('id')
    .execute()
  return [
    ...invitations.map(({ id }) => ({ kind: 'invitation.revoke' as const, id })),
    ...deliveries.map(({ id }) => ({ kind: 'delivery.void' as const, id })),
    ...rules.map(({ id }) => ({ kind: 'approval-rule.delete' as const, id })),
    ...requests.map(({ id }) => ({ kind: 'access-request.withdraw' as const, id })),
  ]
}
