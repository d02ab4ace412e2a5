import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ProviderKind } from '../domain/providers.ts'
import type { StoredOwnModel } from '../domain/routing.ts'
import { newId } from '../ids.ts'
import { insertAuditEvent } from './audit.ts'
import { notify } from './notify.ts'

/** A credential as stored: sealed. */
export type CredentialSnapshot = {
  id: string
  providerId: string
  weight: number
  parkedUntil: Date | null
  state: 'active' | 'parked'
  sealedDataKey: Buffer
  sealedSecret: Buffer
  secretVersion: number
}

export type ProviderSnapshot = { id: string; name: string; kind: ProviderKind; baseUrl: string }

/** All that routing needs: the connections in use, their credentials that are not disabled, and own models. */
export async function readProviderSnapshots(
  db: Db,
): Promise<{ providers: ProviderSnapshot[]; credentials: CredentialSnapshot[]; models: StoredOwnModel[] }> {
  const [providers, credentials, models] = await Promise.all([
    db
      .selectFrom('providers')
      .select(['id', 'name', 'kind', 'baseUrl'])
      .where('archivedAt', 'is', null)
      .orderBy('id')
      .execute(),
    db
      .selectFrom('credentials')
      .select([
        'id',
        'providerId',
        'weight',
        'parkedUntil',
        'state',
        'sealedDataKey',
        'sealedSecret',
        'secretVersion',
      ])
      .where('state', '!=', 'disabled')
      .where(sql<boolean>`octet_length(sealed_secret) > 0`)
      .orderBy('id')
      .execute(),
    db
      .selectFrom('models')
      .select([
        'id',
        'version',
        'name',
        'providerId',
        'upstreamModel',
        'rates',
        'contextWindow',
        'maxOutputTokens',
      ])
      .execute(),
  ])
  // The columns' checks keep kinds and states to the literals of these types.
  return {
    providers: providers as ProviderSnapshot[],
    credentials: credentials as CredentialSnapshot[],
    models: models as StoredOwnModel[],
  }
}

/**
 * Takes a credential out of use that the provider refuses, until a time, after which it is tried again.
 * Leaves alone one that is not active any more, or whose secret was replaced meanwhile.
 */
export async function parkCredential(
  db: Db,
  credential: { id: string; secretVersion: number },
  { reason, until, requestId }: { reason: string; until: Date; requestId: string },
): Promise<void> {
  await db.transaction().execute(async (db) => {
    const { numUpdatedRows } = await db
      .updateTable('credentials')
      .set({ state: 'parked', parkedReason: reason, parkedUntil: until, version: sql`version + 1` })
      .where('id', '=', credential.id)
      .where(sql<boolean>`(state = 'active' or parked_until <= now())`)
      .where('secretVersion', '=', credential.secretVersion)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return
    await insertAuditEvent(db, {
      id: newId('evt'),
      actorKind: 'job',
      actorId: 'gateway',
      userId: null,
      action: 'credential.park',
      targetId: credential.id,
      teamId: null,
      before: null,
      after: JSON.stringify({ state: 'parked', parkedUntil: until.toISOString() }),
      reason,
      requestId,
      ip: null,
    })
    await notify({ db }, { topic: 'providers' })
  })
}
